"""The playing of a script in a session, with the events and messages that the real server would have."""

import asyncio
from typing import assert_never

from pydantic import JsonValue

from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.sessions import Answer, Ask, Properties, Session, Stage, milliseconds, new_id
from adapters.opencode.v1.scripted.transcript import Transcript


class Ended(Exception):
    """The run is over, with `finish`, `error` or an answer that is no message."""

    def __init__(self, *, finish: str | None = None, error: Properties | None = None, answer: Answer | None = None):
        super().__init__(finish or error or answer)
        self.finish, self.error, self.answer = finish, error, answer


class Run:
    """One script in one session. Cancelling the task that plays it is what an abort does."""

    def __init__(self, stage: Stage, session: Session, agent: str, model: str) -> None:
        self._stage = stage
        self._session = session
        self._model = model
        self._write = Transcript(stage.publish, session, agent, model)

    async def play(self, script: s.Script, prompt: str) -> Answer:
        self._write.tell_prompt(prompt)
        self._write.set_status({"type": "busy"})
        self._write.begin_message()
        try:
            for action in script:
                await self._do(action)
            ended = Ended(finish="stop")
        except Ended as reason:
            ended = reason
        except asyncio.CancelledError:
            ended = self._aborted()
        return self._end(ended)

    async def _do(self, action: s.Action) -> None:
        match action:
            case s.Say():
                await self._say(action)
            case s.Use():
                await self._use(action)
            case s.AskPermission():
                await self._ask_permission(action)
            case s.AskQuestion():
                await self._ask_question(action)
            case s.Retry():
                await self._retry(action)
            case s.Delegate():
                await self._delegate(action)
            case s.Wait():
                await self._wait(action)
            case s.Todos():
                items: list[JsonValue] = [
                    {"content": c, "status": status, "priority": "medium"} for c, status in action.items
                ]
                self._write.publish("todo.updated", {"todos": items})
            case s.Compact():
                self._write.publish("session.compacted", {})
            case s.NextTurn():
                self._write.next_message(action.finish)
            case s.Finish():
                raise Ended(finish=action.reason)
            case s.Fail():
                raise Ended(error={"name": action.name, "data": dict(action.data)})
            case s.Raw():
                self._tell_raw(action)
            case s.HangUp():
                raise Ended(answer=Answer(body=None))
            case _:
                assert_never(action)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._stage.pace)

    async def _wait(self, action: s.Wait) -> None:
        if action.seconds is not None:
            await self._pause(action.seconds)
        else:
            await (action.gate or asyncio.Event()).wait()

    async def _say(self, action: s.Say) -> None:
        part = self._write.new_part("text", text="")
        said = ""
        for word in action.text.split(" "):
            delta = word if not said else f" {word}"
            said += delta
            fields: Properties = {"messageID": part["messageID"], "partID": part["id"], "field": "text", "delta": delta}
            self._write.publish("message.part.delta", fields)
            await self._pause(action.pause)
        part["text"] = said
        self._write.publish("message.part.updated", {"part": dict(part)})

    async def _use(self, action: s.Use) -> None:
        part = self._write.new_tool(action.tool, dict(action.input))
        await self._pause(action.pause)
        self._write.end_tool(part, output=action.output, error=action.error)
        self._write.next_message("tool-calls")

    async def _ask_permission(self, action: s.AskPermission) -> None:
        command: Properties = {"command": action.patterns[0] if action.patterns else ""}
        part = self._write.new_tool(action.permission, command)
        patterns: list[JsonValue] = list(action.patterns)
        request: Properties = {
            "permission": action.permission,
            "patterns": patterns,
            "tool": {"callID": part["callID"]},
        }
        reply = await self._asked("per", "permission.asked", request)
        if reply is None or (reply.get("reply") == "reject" and not reply.get("message")):
            self._write.end_tool(part, error="The user rejected permission to use this specific tool call.")
            raise Ended(finish="tool-calls")
        if reply.get("reply") == "reject":
            self._write.end_tool(part, error=f"The user rejected permission with feedback: {reply['message']}")
        else:
            self._write.end_tool(part, output="Done.")
        self._write.next_message("tool-calls")

    async def _ask_question(self, action: s.AskQuestion) -> None:
        questions: list[JsonValue] = [_question(asked) for asked in (action, *action.also)]
        part = self._write.new_tool("question", {"questions": questions})
        reply = await self._asked("que", "question.asked", {"questions": questions})
        if reply is None:
            self._write.end_tool(part, error="The user dismissed this question")
            raise Ended(finish="tool-calls")
        self._write.end_tool(part, output=str(reply.get("answers")))
        self._write.next_message("tool-calls")

    async def _asked(self, prefix: str, event: str, request: Properties) -> Properties | None:
        ask_id = new_id(prefix)
        request = {"id": ask_id, "sessionID": self._session.id, **request}
        ask = Ask(ask_id, request, asyncio.get_running_loop().create_future())
        self._stage.asks[ask_id] = ask
        self._write.publish(event, request)
        # Aborted, it stays in the list, as it does in the real server.
        return await ask.decided

    async def _retry(self, action: s.Retry) -> None:
        wait = action.wait * self._stage.pace
        next_at = milliseconds() + round(wait * 1000)
        self._write.set_status({"type": "retry", "attempt": action.attempt, "message": action.message, "next": next_at})
        await asyncio.sleep(wait)
        self._write.set_status({"type": "busy"})

    async def _delegate(self, action: s.Delegate) -> None:
        child = self._stage.new_session(f"sub (@{action.agent})", self._session.directory, self._session.id)
        told: Properties = {"description": "sub", "prompt": "", "subagent_type": action.agent}
        part = self._write.new_tool("task", told, metadata={"sessionId": child.id})
        run = Run(self._stage, child, action.agent, self._model)
        child.run = asyncio.create_task(run.play(action.script, ""))
        answer = await child.run
        info = (answer.message or {}).get("info")
        error = info.get("error") if isinstance(info, dict) else None
        if isinstance(error, dict) and isinstance(data := error.get("data"), dict):
            self._write.end_tool(part, error=f"Subagent failed (task_id: {child.id}): {data.get('message')}")
        else:
            self._write.end_tool(part, output=f'<task id="{child.id}" state="completed"></task>')
        self._write.next_message("tool-calls")

    def _tell_raw(self, action: s.Raw) -> None:
        if action.session_error is not None:
            error: Properties = {"name": "UnknownError", "data": {"message": action.session_error}}
            self._write.publish("session.error", {"error": error})
        raise Ended(answer=Answer(status=action.status, body=action.body, content_type=action.content_type))

    def _aborted(self) -> Ended:
        """An abort in a retry wait leaves no error behind."""
        if self._session.status.get("type") == "retry":
            return Ended()
        return Ended(error={"name": "MessageAbortedError", "data": {"message": "Aborted"}})

    def _end(self, ended: Ended) -> Answer:
        if ended.error is not None:
            self._write.publish("session.error", {"error": ended.error})
            self._write.message["error"] = ended.error
        self._write.finish_message(ended.finish)
        self._write.set_status({"type": "idle"})
        self._write.publish("session.idle", {})
        self._write.publish("session.updated", {"info": self._session.shown()})
        parts: list[JsonValue] = list(self._write.parts)
        return ended.answer or Answer(message={"info": dict(self._write.message), "parts": parts})


def _question(asked: s.AskQuestion) -> JsonValue:
    options: list[JsonValue] = [{"label": label, "description": ""} for label in asked.options]
    return {"question": asked.question, "header": "", "options": options, "multiple": asked.multiple}
