"""Where scripts are played: the sessions, their log, the bus, what waits for a person, and the runs themselves."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

from adapters.opencode.v2.scripted.asks import Asks
from adapters.opencode.v2.scripted.identifiers import milliseconds, new_id
from adapters.opencode.v2.scripted.log import Log, Properties
from adapters.opencode.v2.scripted.scripts import Action, Script
from adapters.opencode.v2.scripted.sessions import Session, begun_with
from adapters.opencode.v2.scripted.streams import Channel

PROVIDER = "scripted"
_SECOND_VERSION = frozenset({"session.tool.success", "session.tool.failed"})
_SECOND_VERSION |= {"session.instructions.updated", "session.deleted"}
_NOT_ON_THE_BUS = frozenset({"session.usage.recorded"})


class Failed(Exception):
    """A run has ended in an error."""

    def __init__(self, error: Properties) -> None:
        super().__init__(error)
        self.error = error


class Interrupted(Exception):
    """A run was ended by somebody or something."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Play: TypeAlias = "Callable[[Stage, Session, str, str, Script], Awaitable[None]]"


class Stage:
    """A new one on the log file of another begins where that one ended, however it ended.

    `perform` plays a script in a session, with a model, as an agent; raises Failed or Interrupted.
    """

    def __init__(
        self, *, scripts: Mapping[str, Script], agents: Mapping[str, str], log: Log, pace: float, perform: Play
    ) -> None:
        self.scripts: dict[str, Script] = dict(scripts)
        self.agents = dict(agents)
        self.models_known = True
        self.pace = pace
        self._perform = perform
        self.pid = os.getpid()
        self.log = log
        self.bus = Channel()
        self.asks = Asks()
        self.sessions: dict[str, Session] = {}
        self._followed: dict[str, Channel] = {}
        self._runs: set[asyncio.Task[None]] = set()
        for events in log.sessions:
            self._remember(events)

    def create(self, begun: Properties) -> Session:
        """`begun` is the data of `session.created`."""
        event = self._event("session.created", str(begun["sessionID"]), begun)
        session = self.sessions[str(begun["sessionID"])] = begun_with(event)
        self._publish(session, event)
        return session

    def record(self, session: Session, kind: str, data: Properties) -> None:
        """Something that lasts: in the log, on the bus, and in the session itself."""
        event = self._event(kind, session.id, data)
        session.happened(event)
        self._publish(session, event)

    def tell(self, session: Session, kind: str, data: Properties) -> None:
        """Something that is only on the bus."""
        event: Properties = {"id": new_id("evt"), "created": milliseconds(), "type": kind, "data": data}
        session.happened(event)
        self._broadcast(session, event)

    def followed(self, session_id: str) -> Channel:
        """What is added to the session's log from now on."""
        return self._followed.setdefault(session_id, Channel())

    def enqueue(self, session: Session, input_id: str, item: Properties) -> Properties:
        """Admits an input: the receipt."""
        self.record(session, "session.inbox.enqueued", {"inboxID": input_id, "item": item})
        return session.inputs[input_id]

    def start(self, session: Session) -> None:
        """Begins a run, unless one is there to take the inputs that wait."""
        if session.active:
            return
        session.stop_reason = None
        # A task of its own: hanging up does not stop a run.
        session.run = asyncio.create_task(self._execute(session))
        self._runs.add(session.run)
        session.run.add_done_callback(self._runs.discard)

    async def interrupt(self, session: Session, reason: str) -> bool:
        """Whether there was a run; it has ended, and said so."""
        # A run that was begun just now says that it has, first.
        await asyncio.sleep(0)
        if session.run is None or session.run.done():
            return False
        session.stop_reason = reason
        session.run.cancel()
        with suppress(asyncio.CancelledError):
            await session.run
        return True

    async def delete(self, session: Session) -> None:
        for child in [other for other in self.sessions.values() if other.parent_id == session.id]:
            await self.delete(child)
        await self.interrupt(session, "user")
        self.record(session, "session.deleted", {"sessionID": session.id})
        self.sessions.pop(session.id, None)

    async def stop(self) -> None:
        """As a SIGTERM does, and the start after it: runs say that they were interrupted, to be read afterwards."""
        self.cut_streams()
        for session in tuple(self.sessions.values()):
            await self.interrupt(session, "shutdown")
        self._cut()

    def kill(self) -> None:
        """As a kill -9 does, and the start after it: nobody writes anything any more."""
        for session in self.sessions.values():
            _forget_run(session)
        self._cut()

    def lose(self, session: Session) -> None:
        """As a kill does, for one session and its helpers; every stream is cut, other sessions go on."""
        for other in self.sessions.values():
            if session.id in (other.id, other.parent_id):
                _forget_run(other)
        self.cut_streams()

    def take_up(self) -> None:
        """Goes on with the runs that a kill has left without an end, as `serve --service` does at its start."""
        for session in tuple(self.sessions.values()):
            if session.executing and not session.active:
                payload: Properties = {"text": "Continue.", "description": "Taken up again after a restart"}
                item: Properties = {"type": "synthetic", "payload": payload, "delivery": "steer"}
                self.enqueue(session, new_id("msg"), item)
                self.start(session)

    def script_for(self, session: Session, agent: str) -> tuple[str, Script]:
        named = (session.model or "").partition("/")[2]
        name = next((name for name in (named, agent) if name in self.scripts), "text")
        if f"{name}-again" in self.scripts and self._was_played(session):
            name = f"{name}-again"
        return name, self.scripts[name]

    def play(self, name: str, *actions: Action) -> None:
        """From now on the script of that name is this one."""
        self.scripts[name] = actions

    def has_model(self, model: str) -> bool:
        provider, _, name = model.partition("/")
        return self.models_known and provider == PROVIDER and name in self.scripts

    async def _execute(self, session: Session) -> None:
        data: Properties = {"sessionID": session.id}
        self.record(session, "session.execution.started", data)
        try:
            await self._play_waiting(session)
        except Failed as failed:
            self.record(session, "session.execution.failed", {**data, "error": failed.error})
        except Interrupted as interrupted:
            self.record(session, "session.execution.interrupted", {**data, "reason": interrupted.reason})
        else:
            self.record(session, "session.execution.succeeded", data)
            self._give_title(session)
        self.tell(session, "session.idle", data)

    async def _play_waiting(self, session: Session) -> None:
        agent = session.agent or next(iter(self.agents))
        if agent not in self.agents:
            raise Failed({"type": "unknown", "message": f'Agent not found: "{agent}"'})
        self._end_tools_left_running(session)
        if not session.told_instructions:
            delta: Properties = dict.fromkeys(("core/environment", "core/date", *session.instructions), "0" * 64)
            self.record(session, "session.instructions.updated", {"sessionID": session.id, "delta": delta})
        while session.waiting:
            input_id = session.waiting[0]
            self.record(session, "session.inbox.delivered", {"sessionID": session.id, "inboxID": input_id})
            await self._play(session, input_id, agent)

    async def _play(self, session: Session, input_id: str, agent: str) -> None:
        name, script = self.script_for(session, agent)
        model = session.model or f"{PROVIDER}/{name}"
        if not self.has_model(model):
            raise Failed({"type": "provider.no-route", "message": f"Model unavailable: {model}"})
        await self._perform(self, session, model, agent, session.plays.get(input_id, script))

    def _end_tools_left_running(self, session: Session) -> None:
        for message_id, call_id, name in tuple(session.messages.running_tools()):
            error: Properties = {"type": "aborted", "message": f"Tool execution interrupted: {name}"}
            call: Properties = {"sessionID": session.id, "assistantMessageID": message_id, "id": call_id}
            self.record(session, "session.tool.failed", {**call, "error": error, "executed": False})

    def _give_title(self, session: Session) -> None:
        """A call of its own, after the end, that costs something too."""
        if session.title is not None:
            return
        spent: Properties = {"source": "title", "cost": 0.00013, "tokens": _TITLE_TOKENS}
        self.record(session, "session.usage.recorded", {"sessionID": session.id, **spent})
        self.tell_usage(session)
        self.record(session, "session.renamed", {"sessionID": session.id, "title": "A scripted session"})

    def tell_usage(self, session: Session) -> None:
        totals: Properties = {"cost": session.cost, "tokens": session.tokens}
        self.tell(session, "session.usage.updated", {"sessionID": session.id, **totals})

    def _was_played(self, session: Session) -> bool:
        others = (other for other in self.sessions.values() if other is not session and other.title == session.title)
        return session.title is not None and any(other.inputs for other in others)

    def _remember(self, events: tuple[Properties, ...]) -> None:
        session = begun_with(events[0])
        for event in events[1:]:
            session.happened(event)
        if not session.deleted:
            self.sessions[session.id] = session

    def _cut(self) -> None:
        self.asks.forget_all()
        self.cut_streams()
        self.pid += 1

    def cut_streams(self) -> None:
        self.bus.close()
        for channel in self._followed.values():
            channel.close()

    def _event(self, kind: str, session_id: str, data: Properties) -> Properties:
        version = 2 if kind in _SECOND_VERSION else 1
        durable: Properties = {"aggregateID": session_id, "seq": self.log.next_seq(session_id), "version": version}
        event: Properties = {"id": new_id("evt"), "created": milliseconds(), "type": kind, "durable": durable}
        return {**event, "data": {"sessionID": session_id, **data}}

    def _publish(self, session: Session, event: Properties) -> None:
        self.log.append(event)
        if event["type"] != "session.created":
            self.followed(session.id).publish(event)
        if event["type"] not in _NOT_ON_THE_BUS:
            self._broadcast(session, event)

    def _broadcast(self, session: Session, event: Properties) -> None:
        placed = not str(event["type"]).startswith("session.execution.")
        self.bus.publish({**event, "location": {"directory": session.directory}} if placed else event)


def _forget_run(session: Session) -> None:
    if session.run is not None:
        session.run.cancel()
        session.run = None


_TITLE_TOKENS: Properties = {"input": 90, "output": 15, "reasoning": 5, "cache": {"read": 10, "write": 0}}
