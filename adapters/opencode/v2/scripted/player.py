"""The playing of a script in a session, with the events that the real server would send."""

import asyncio
from itertools import count
from typing import assert_never

from adapters.opencode.v1.scripted import scripts as shared
from adapters.opencode.v2.scripted import scripts as s
from adapters.opencode.v2.scripted.asks import Ask
from adapters.opencode.v2.scripted.errors import ABORTED_STEP, ABORTED_TOOL, BLOCKED, NO_FINISH, structured
from adapters.opencode.v2.scripted.helpers import Helpers
from adapters.opencode.v2.scripted.identifiers import milliseconds, new_id
from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.sessions import Session
from adapters.opencode.v2.scripted.stage import Failed, Interrupted, Stage
from adapters.opencode.v2.scripted.transcript import Transcript

_TOOLS = {"bash": "shell", "task": "subagent"}
_KEYS = {"filePath": "path"}
_REFUSED: Properties = {"type": "unknown", "message": ""}


class Finished(Exception):
    """The script has come to its end before its last action."""


class Run:
    """One script in one session. Cancelling the task that plays it is what an interrupt does, or a kill."""

    def __init__(self, stage: Stage, session: Session, agent: str, model: str) -> None:
        self._stage = stage
        self._session = session
        self._write = Transcript(stage, session, agent, model)
        self._helpers = Helpers(stage, session, self._write)

    async def play(self, script: s.Script) -> None:
        """Raises Failed or Interrupted when the run is over, CancelledError when the server was killed."""
        try:
            for action in script:
                await self._do(action)
            self._finish("stop")
        except Finished:
            return
        except asyncio.CancelledError:
            if self._session.stop_reason is None:
                raise
            self._write.abort()
            raise Interrupted(self._session.stop_reason) from None

    async def _do(self, action: s.Action) -> None:
        match action:
            case shared.Say():
                await self._say("text", action.text, action.pause)
            case s.Think():
                await self._say("reasoning", action.text, 0)
            case shared.Use() | s.FailTool() | s.GarbleTool():
                await self._use(action)
            case shared.AskPermission():
                await self._ask_permission(action)
            case shared.AskQuestion():
                await self._ask_form("Questions", [*map(_question_field, count(), (action, *action.also))])
            case s.AskForm():
                await self._ask_form(action.title, [*action.fields])
            case shared.Retry():
                await self._try_again(s.shared_retry(action))
            case s.TryAgain():
                await self._try_again(action)
            case shared.Delegate():
                await self._delegate(action)
            case s.Background():
                self._send_away(action)
            case shared.Wait():
                await self._wait(action)
            case shared.Compact() | s.FailCompaction():
                self._compact(action)
            case shared.NextTurn():
                self._write.end_step(action.finish)
            case shared.Todos() | s.LoseReceipt():
                pass
            case s.SwitchModel():
                self._write.model = action.model
            case s.TellUsage():
                self._write.spent = _spent(action)
            case shared.Finish() | shared.Fail() | shared.Raw() | shared.HangUp() | s.Interrupt():
                await self._end(action)
            case _:
                assert_never(action)

    async def _end(self, action: shared.Finish | shared.Fail | shared.Raw | shared.HangUp | s.Interrupt) -> None:
        match action:
            case shared.Finish():
                self._finish(action.reason)
            case shared.Fail():
                self._fail(structured(action))
            case s.Interrupt():
                self._write.abort()
                raise Interrupted(action.reason)
            case shared.HangUp() | shared.Raw():
                self._stage.lose(self._session)
                await asyncio.Event().wait()
            case _:
                assert_never(action)

    def _finish(self, reason: str | None) -> None:
        if reason is None:
            self._fail(NO_FINISH)
        if reason == "content-filter":
            self._fail(BLOCKED, finish=reason, **self._write.spent)
        if reason != "tool-calls" or self._write.message_id is not None:
            self._write.end_step(reason or "unknown")
        raise Finished

    def _fail(self, error: Properties, **more: Json) -> None:
        if error["type"] not in ("provider.no-route", "aborted"):
            self._write.fail_step(error, **more)
        raise Failed(error)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._stage.pace)

    async def _wait(self, action: shared.Wait) -> None:
        if action.seconds is not None:
            await self._pause(action.seconds)
        else:
            await (action.gate or asyncio.Event()).wait()

    async def _say(self, kind: str, text: str, pause: float) -> None:
        self._write.begin_text(kind)
        for number, word in enumerate(text.split(" ")):
            self._write.add_text(f" {word}" if number else word)
            await self._pause(pause)
        self._write.end_text()

    async def _use(self, action: shared.Use | s.FailTool | s.GarbleTool) -> None:
        if isinstance(action, s.GarbleTool):
            words = f"Invalid JSON input for openai-chat tool call {action.tool}"
            error: Properties = {"type": "provider.invalid-output", "message": words}
            self._write.fail_tool(self._write.name_tool(action.tool, action.text), error)
            self._fail(error)
        else:
            call_id = self._write.call_tool(_named(action.tool), _told(action.input))
            await self._run_tool(call_id, action)
            self._write.end_step("tool-calls")

    async def _run_tool(self, call_id: str, action: shared.Use | s.FailTool) -> None:
        if isinstance(action, s.FailTool):
            self._write.fail_tool(call_id, {"type": action.type, "message": action.message})
            return
        await self._pause(action.pause)
        if action.error is not None:
            self._write.fail_tool(call_id, {"type": "tool.execution", "message": action.error})
        else:
            self._write.end_tool(call_id, action.output, {"truncated": False})

    async def _ask_permission(self, action: shared.AskPermission) -> None:
        name = _named(action.permission)
        call_id = self._write.call_tool(name, {"command": " ".join(action.patterns)})
        effect = self._stage.asks.effect(self._session.rules, name, action.patterns)
        if effect == "ask":
            await self._ask_for(call_id, name, action.patterns)
        elif effect == "deny":
            self._write.fail_tool(call_id, {"type": "tool.unknown", "message": f"Unknown tool: {name}"})
        else:
            self._write.end_tool(call_id, "Done.", {"exit": 0, "truncated": False})
        self._write.end_step("tool-calls")

    async def _ask_for(self, call_id: str, action: str, resources: tuple[str, ...]) -> None:
        shown: Properties = {"action": action, "resources": [*resources], "save": [*resources]}
        source: Properties = {"type": "tool", "messageID": self._write.message_id, "id": call_id}
        reply = await self._asked(Ask(shown={**self._head("per"), **shown, "source": source}))
        if reply is None or reply["decision"] != "reject":
            self._write.end_tool(call_id, "Done.", {"exit": 0, "truncated": False})
        elif reply.get("message"):
            self._write.fail_tool(call_id, _REFUSED)
        else:
            self._give_up(call_id)

    async def _ask_form(self, title: str, fields: list[Json]) -> None:
        call_id = self._write.call_tool("question", {"questions": fields})
        tool: Properties = {"messageID": self._write.message_id, "id": call_id}
        metadata: Properties = {"kind": "question", "tool": tool}
        shown: Properties = {**self._head("frm"), "title": title, "metadata": metadata, "fields": fields}
        reply = await self._asked(Ask(shown=shown))
        if reply is None:
            self._give_up(call_id)
        else:
            words = f"User has answered your questions: {reply['answer']}"
            self._write.end_tool(call_id, words, {"answers": reply["answer"]})
        self._write.end_step("tool-calls")

    async def _asked(self, ask: Ask) -> Properties | None:
        self._stage.asks.add(ask)
        if ask.is_form:
            self._stage.tell(self._session, "form.created", {"form": ask.shown})
        else:
            self._stage.tell(self._session, "permission.asked", ask.shown)
        try:
            return await ask.decided
        except asyncio.CancelledError:
            if ask.is_form and self._session.stop_reason is not None:
                settled: Properties = {"id": ask.id, "sessionID": self._session.id}
                self._stage.tell(self._session, "form.cancelled", settled)
            raise
        finally:
            if not ask.is_form:
                self._stage.asks.remove(ask)

    def _give_up(self, call_id: str) -> None:
        """What a refusal without words does. The real server says `shutdown`, as when it is stopped."""
        self._write.fail_tool(call_id, ABORTED_TOOL)
        self._write.fail_step(ABORTED_STEP, **self._write.spent)
        raise Interrupted("shutdown")

    def _head(self, prefix: str) -> Properties:
        return {"id": new_id(prefix), "sessionID": self._session.id}

    async def _try_again(self, action: s.TryAgain) -> None:
        wait = action.wait * self._stage.pace
        at = milliseconds() + round(wait * 1000)
        self._write.schedule_retry(action.attempt, at, structured(action.failure))
        await asyncio.sleep(wait)
        self._write.open_step()

    async def _delegate(self, action: shared.Delegate) -> None:
        await self._helpers.work_with(action)
        self._write.end_step("tool-calls")

    def _send_away(self, action: s.Background) -> None:
        self._helpers.send_away(action)
        self._write.end_step("tool-calls")

    def _compact(self, action: shared.Compact | s.FailCompaction) -> None:
        head: Properties = {"sessionID": self._session.id, "reason": "auto"}
        self._stage.record(self._session, "session.compaction.started", head)
        if isinstance(action, s.FailCompaction):
            error = structured(action.failure)
            self._stage.record(self._session, "session.compaction.failed", {**head, "error": error})
            return
        text = "What was said so far, in short."
        self._stage.tell(self._session, "session.compaction.delta", {"sessionID": self._session.id, "text": text})
        spent: Properties = {"sessionID": self._session.id, "source": "compaction", **self._write.spent}
        self._stage.record(self._session, "session.usage.recorded", spent)
        self._stage.record(self._session, "session.compaction.ended", {**head, "text": text})


def _named(tool: str) -> str:
    return _TOOLS.get(tool, tool)


def _told(told: Properties) -> Properties:
    return {_KEYS.get(name, name): value for name, value in told.items()}


def _question_field(number: int, asked: shared.AskQuestion) -> Properties:
    kind = "multiselect" if asked.multiple else "string"
    options: list[Json] = [{"value": label, "label": label} for label in asked.options]
    return {"key": f"q{number}", "description": asked.question, "type": kind, "options": options, "custom": True}


def _spent(action: s.TellUsage) -> Properties:
    cache: Properties = {"read": 0, "write": 0}
    tokens: Properties = {"input": action.input, "output": action.output, "reasoning": 0, "cache": cache}
    return {"cost": action.cost, "tokens": tokens}


async def play(stage: Stage, session: Session, model: str, agent: str, script: s.Script) -> None:
    """How a stage has its scripts played."""
    await Run(stage, session, agent, model).play(script)
