"""The scripted OpenCode 2 as an ASGI application: the endpoints that a runner needs, answering as 2.1.2 does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.opencode.v1.scripted.server import AGENTS
from adapters.opencode.v1.scripted.transport import Receive, Scope, Send
from adapters.opencode.v2.scripted.engine import Engine
from adapters.opencode.v2.scripted.identifiers import new_id
from adapters.opencode.v2.scripted.places import session_of
from adapters.opencode.v2.scripted.requests import Answer, ErrorAnswer, Request, in_json
from adapters.opencode.v2.scripted.routes import handler_of
from adapters.opencode.v2.scripted.sessions import Session
from adapters.opencode.v2.scripted.streams import HEARTBEAT, frame, stream

_LOG = "/api/experimental/session/"


@asynccontextmanager
async def scripted_opencode2(
    *,
    agents: Mapping[str, str] = AGENTS,
    pace: float = 1.0,
    password: str | None = None,
    log_file: Path | None = None,
) -> AsyncIterator["ScriptedOpenCode2"]:
    """A scripted OpenCode 2 whose runs end with the context; `pace` scales every pause of the scripts."""
    server = ScriptedOpenCode2(agents=agents, pace=pace, password=password, log_file=log_file)
    try:
        yield server
    finally:
        await server.stage.stop()


class ScriptedOpenCode2(Engine):
    """The application."""

    def kill(self) -> None:
        """As kill -9: it is down until `is_up` is set again, and runs are lost without a word."""
        self.is_up = False
        self.stage.kill()

    async def stop(self) -> None:
        """As a SIGTERM: it is down until `is_up` is set again, and runs have ended as interrupted."""
        await self.stage.stop()
        self.is_up = False

    def drop_streams(self) -> None:
        """Ends every stream, as a proxy that gives up does."""
        self.stage.cut_streams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if not self.is_up:
            return await _hang_up(send)
        body = await _body(receive)
        method, path = scope["method"], scope["path"]
        found = handler_of(method, path)
        is_route = found is not None or (method == "GET" and _streams(path))
        request = Request(scope, body, found[1] if found else tuple(path.removeprefix(_LOG).split("/")[:1]))
        if self.password is not None and not request.is_let_in(self.password):
            return await _respond(send, _UNAUTHORIZED if is_route else Answer(status=401))
        try:
            if found is not None:
                return await _respond(send, await found[0](self, request))
            if is_route:
                return await stream(self._chunks(path, request), receive, send)
        except ErrorAnswer as refused:
            return await _respond(send, refused.answer)
        except ConnectionError:
            return await _hang_up(send)
        return await _respond(send, Answer(status=404))

    def _chunks(self, path: str, request: Request) -> AsyncIterator[bytes]:
        return self._events() if path == "/api/event" else self._log(session_of(self, request), request)

    async def _events(self) -> AsyncIterator[bytes]:
        listener = self.stage.bus.listen()
        try:
            yield frame({"id": new_id("evt"), "type": "server.connected", "data": {}})
            yield HEARTBEAT
            async for chunk in listener.heard_with_heartbeats():
                yield chunk
        finally:
            listener.close()

    async def _log(self, session: Session, request: Request) -> AsyncIterator[bytes]:
        """What was, that one is up to date, and what comes; nothing is lost between them, for nothing is awaited."""
        listener = self.stage.followed(session.id).listen()
        # session.created, 0, is not in it.
        events = self.stage.log.after(session.id, request.number("after", 0))
        last = self.stage.log.next_seq(session.id) - 1
        try:
            for event in events:
                yield frame(event)
            yield frame({"type": "log.synced", "aggregateID": session.id, "seq": last})
            if request.asked("follow") == "true":
                async for chunk in listener.heard():
                    yield chunk
        finally:
            listener.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self.stage.stop()
        await send({"type": "lifespan.shutdown.complete"})


_UNAUTHORIZED = in_json({"_tag": "UnauthorizedError", "message": "Unauthorized"}, 401)


def _streams(path: str) -> bool:
    return path == "/api/event" or (path.startswith(_LOG) and path.endswith("/log") and path.count("/") == 5)


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _hang_up(send: Send) -> None:
    """Breaks off inside the body, also where a web server would make a 500 of what breaks off earlier."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    raise ConnectionResetError


async def _respond(send: Send, answer: Answer) -> None:
    typed = [] if answer.content_type is None else [(b"content-type", answer.content_type.encode())]
    size = [] if answer.status == 204 else [(b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*typed, *size]})
    await send({"type": "http.response.body", "body": answer.body})
