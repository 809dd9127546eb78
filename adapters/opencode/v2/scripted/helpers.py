"""The sub-agents of a run: sessions of their own that the run waits for, or that wake its session when they end."""

import asyncio

from adapters.opencode.v1.scripted.scripts import Delegate
from adapters.opencode.v2.scripted.identifiers import new_id
from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.scripts import Background, Script
from adapters.opencode.v2.scripted.sessions import Session
from adapters.opencode.v2.scripted.stage import Stage
from adapters.opencode.v2.scripted.transcript import Transcript

_TASK = "Look into it."
_STATES = {"succeeded": "completed", "failed": "error", "interrupted": "cancelled"}


class Helpers:
    def __init__(self, stage: Stage, session: Session, write: Transcript) -> None:
        self._stage = stage
        self._session = session
        self._write = write

    async def work_with(self, action: Delegate) -> None:
        """The run stands still until the helper has ended, which is interrupted with it."""
        call_id, child = self._begin(action.agent, action.script)
        assert child.run is not None
        try:
            await asyncio.wait({child.run})
        except asyncio.CancelledError:
            if self._session.stop_reason is not None:
                await self._stage.interrupt(child, self._session.stop_reason)
            raise
        if child.outcome == "succeeded":
            said = child.messages.last_text()
            self._write.end_tool(call_id, said, {"sessionID": child.id, "status": "completed", "output": said})
        else:
            words = child.messages.last_error() or "Subagent cancelled"
            self._write.fail_tool(call_id, {"type": "tool.execution", "message": words})

    def send_away(self, action: Background) -> None:
        """The helper works on by itself; at its end it wakes the session."""
        call_id, child = self._begin(action.agent, action.script, background=True)
        assert child.run is not None
        words = f"The subagent is working in the background (id: {child.id})."
        self._write.end_tool(call_id, words, {"sessionID": child.id, "status": "running", "output": words})
        child.run.add_done_callback(lambda run: self._wake(child, action.woken))

    def _begin(self, agent: str, script: Script, **more: Json) -> "tuple[str, Session]":
        told: Properties = {"agent": agent, "description": "sub", "prompt": _TASK, **more}
        call_id = self._write.call_tool("subagent", told)
        inherited = {name: self._session.begun[name] for name in ("projectID", "location", "version")}
        provider, _, name = self._write.model.partition("/")
        own: Properties = {"sessionID": new_id("ses"), "parentID": self._session.id, "slug": "scripted-helper"}
        own |= {"title": "sub", "agent": agent, "model": {"id": name, "providerID": provider}}
        child = self._stage.create({**inherited, **own})
        metadata: Properties = {"sessionID": child.id, "status": "running"}
        self._write.tell("session.tool.progress", {"id": call_id, "metadata": metadata})
        input_id = new_id("msg")
        child.plays[input_id] = script
        self._stage.enqueue(child, input_id, {"type": "user", "payload": {"text": _TASK}, "delivery": "steer"})
        self._stage.start(child)
        return call_id, child

    def _wake(self, child: Session, script: Script) -> None:
        if child.outcome is None or child.stop_reason == "shutdown" or self._session.deleted:
            return
        words = child.messages.last_error() or child.messages.last_text()
        text = f'<subagent id="{child.id}" state="{_STATES[child.outcome]}" description="sub">\n{words}\n</subagent>'
        payload: Properties = {"text": text, "description": "sub", "metadata": {"source": "subagent"}}
        input_id = new_id("msg")
        self._session.plays[input_id] = script
        self._stage.enqueue(self._session, input_id, {"type": "synthetic", "payload": payload, "delivery": "steer"})
        self._stage.start(self._session)
