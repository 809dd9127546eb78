"""The scripted OpenCode as an ASGI application: the endpoints that a runner needs, answering as the real ones do."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from adapters.opencode.v1.scripted.player import Run
from adapters.opencode.v1.scripted.routes import PROVIDER, Request, Routes
from adapters.opencode.v1.scripted.scripts import SCRIPTS, Action, Script
from adapters.opencode.v1.scripted.sessions import Answer, Ask, Properties, Session, Stage, new_id
from adapters.opencode.v1.scripted.transport import Receive, Scope, Send

AGENTS: Mapping[str, str] = {
    "build": "The default agent.",
    "plan": "Plan mode.",
    "general": "For research.",
    "explore": "Explores code.",
}
_HEARTBEAT_SECONDS = 10.0
_PAGE = b"<!doctype html><html><head><title>OpenCode</title></head></html>"


@asynccontextmanager
async def scripted_opencode(
    *, agents: Mapping[str, str] = AGENTS, pace: float = 1.0
) -> AsyncIterator["ScriptedOpenCode"]:
    """A scripted OpenCode whose runs end with the context; `pace` scales every pause of the scripts."""
    server = ScriptedOpenCode(agents, pace)
    try:
        yield server
    finally:
        for session in tuple(server.sessions.values()):
            await server.abort(session)


class ScriptedOpenCode:
    """The application. It keeps what it was sent in `prompts`.

    Which script plays: that of the model's name, else that of the agent's, else `text`. A name that was played in the
    same title before takes the script `NAME-again`, where there is one.
    """

    def __init__(self, agents: Mapping[str, str], pace: float) -> None:
        self.agents = dict(agents)
        self.scripts: dict[str, Script] = dict(SCRIPTS)
        self.prompts: list[Properties] = []
        self.sessions: dict[str, Session] = {}
        self.asks: dict[str, Ask] = {}
        self.pace = pace
        self._routes = Routes(self)
        self._listeners: set[asyncio.Queue[bytes | None]] = set()

    def play(self, name: str, *actions: Action) -> None:
        """From now on the script of that name is this one."""
        self.scripts[name] = actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        method, path = scope["method"], scope["path"]
        if (method, path) == ("GET", "/global/event"):
            return await self._stream(send)
        found = self._routes.handler_of(method, path)
        if found is None:
            return await _respond(send, Answer(body=_PAGE, content_type="text/html;charset=UTF-8"))
        handler, parts = found
        return await _respond(send, await handler(Request(scope, body, parts)))

    def publish(self, event: str, properties: Properties, directory: str) -> None:
        payload: Properties = {"id": new_id("evt"), "type": event, "properties": properties}
        self._send_all({"directory": directory, "payload": payload})

    def drop_streams(self) -> None:
        """Ends every event stream, as a restart does."""
        for listener in tuple(self._listeners):
            listener.put_nowait(None)

    async def abort(self, session: Session) -> None:
        if session.run is not None and not session.run.done():
            session.run.cancel()
            with suppress(asyncio.CancelledError):
                await session.run

    def new_session(self, title: str, directory: str, parent_id: str | None = None) -> Session:
        session = Session(id=new_id("ses"), title=title, directory=directory, parent_id=parent_id)
        self.sessions[session.id] = session
        self.publish("session.created", {"sessionID": session.id, "info": session.shown()}, directory)
        return session

    def script_for(self, session: Session, agent: str, model: str | None) -> tuple[str, Script]:
        named = (model or "").partition("/")[2]
        name = next((name for name in (named, agent) if name in self.scripts), "text")
        played = any(
            other.title == session.title and other.runs for other in self.sessions.values() if other != session
        )
        if played and f"{name}-again" in self.scripts:
            name = f"{name}-again"
        return name, self.scripts[name]

    def start(self, session: Session, agent: str, model: str | None, prompt: str) -> "asyncio.Task[Answer]":
        name, script = self.script_for(session, agent, model)
        stage = Stage(publish=self.publish, asks=self.asks, new_session=self.new_session, pace=self.pace)
        run = Run(stage, session, agent, model or f"{PROVIDER}/{name}")
        session.runs += 1
        # A task of its own: hanging up does not stop a run.
        session.run = asyncio.create_task(run.play(script, prompt))
        return session.run

    def _send_all(self, event: Properties) -> None:
        frame = _frame(event)
        for listener in self._listeners:
            listener.put_nowait(frame)

    async def _stream(self, send: Send) -> None:
        frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners.add(frames)
        try:
            await _begin(send, 200, "text/event-stream")
            await _put(send, _frame({"payload": {"type": "server.connected", "properties": {}}}))
            while (frame := await self._next(frames)) is not None:
                await _put(send, frame)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._listeners.discard(frames)

    async def _next(self, frames: "asyncio.Queue[bytes | None]") -> bytes | None:
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                return await frames.get()
        except TimeoutError:
            return _frame({"payload": {"type": "server.heartbeat", "properties": {}}})


def _frame(event: Properties) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()


async def _begin(send: Send, status: int, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _put(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _respond(send: Send, answer: Answer) -> None:
    body = answer.body if answer.message is None else json.dumps(answer.message).encode()
    if body is None:
        raise ConnectionResetError
    await _begin(send, answer.status, answer.content_type)
    await send({"type": "http.response.body", "body": body})
