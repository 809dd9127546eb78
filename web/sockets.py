"""graphql-transport-ws on one socket: the protocol of the graphql-ws library, told by its own rules for closing.

    connection_init ─▶ connection_ack ─▶ subscribe ─▶ next … ─▶ complete | error
    4400 not a message · 4401 not yet acknowledged · 4403 wrong or revoked token · 4406 wrong subprotocol
    4408 no connection_init · 4409 that id is in use · 4410 the peer does not read
    4429 a second connection_init or too many operations

Source: the graphql-ws protocol document (PROTOCOL.md); 4410 is ours.
"""

import asyncio
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from resolvers import is_sayable
from runner.principals import Principal
from web.gatekeeper import Gatekeeper
from web.json_text import written
from web.operations import Asked, asked_in, parsed
from web.results import Delivered, Refused
from web.sinks import STALL_SECONDS, HungUp, Running, SendingSink, Sink, SocketSink, Stalled, line_of
from web.token import CHANNEL, GONE

SUBPROTOCOL = "graphql-transport-ws"
_INIT_SECONDS = 5.0
_OPERATIONS = 100
_LONGEST_ID = 500
_REASON_BYTES = 123


class Closed(Exception):
    """The socket must be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Operations(Protocol):
    """Runs one operation of any type."""

    async def opened(self, asked: Asked, principal: Principal) -> Running:
        """It, ready to hand over its results; one for a query or mutation. Raises Refused."""


class Socket:
    """One connection from accept to close."""

    def __init__(self, websocket: WebSocket, operations: Operations, gatekeeper: Gatekeeper) -> None:
        self._websocket = websocket
        self._operations = operations
        self._gatekeeper = gatekeeper
        self._running: dict[str, asyncio.Task[None]] = {}
        self._principal: Principal | None = None
        self._leaving: list[asyncio.Task[None]] = []
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Returns when the socket is closed, whoever closed it."""
        if SUBPROTOCOL not in self._websocket.scope.get("subprotocols", []):
            await self._websocket.accept()
            await self._websocket.close(4406, f"Speak {SUBPROTOCOL}.")
            return
        await self._websocket.accept(SUBPROTOCOL)
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._read(tasks)
                finally:
                    # The group waits for its tasks, and a subscription never ends by itself.
                    for task in (*self._running.values(), *self._leaving):
                        task.cancel()
        except* Closed as closed:
            first = closed.exceptions[0]
            while isinstance(first, ExceptionGroup):
                first = first.exceptions[0]
            assert isinstance(first, Closed)
            await self._websocket.close(first.code, _fitting(first.reason))
        except* (WebSocketDisconnect, HungUp):
            pass

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        try:
            async with asyncio.timeout(_INIT_SECONDS):
                while self._principal is None:
                    await self._handle(_parsed(await self._receive()), tasks)
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        while True:
            await self._handle(_parsed(await self._receive()), tasks)

    async def _receive(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        if not isinstance(text, str):
            raise Closed(4400, "Send text, not bytes.")
        return text

    async def _handle(self, message: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(_payload_of(message) or {}, tasks)
            case "ping":
                payload = _payload_of(message)
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                _payload_of(message)
            case "subscribe":
                self._subscribe(message, tasks)
            case "complete":
                if task := self._running.pop(_id_of(message), None):
                    task.cancel()
            case other:
                raise Closed(4400, f"Unknown message type {written(other).decode()[:60]}")

    async def _initialise(self, payload: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        if self._principal:
            raise Closed(4429, "Too many initialisation requests")
        headers = self._websocket.headers
        given = payload.get("authorization") or payload.get("Authorization")
        channel = payload.get(CHANNEL)
        self._principal = await self._gatekeeper.admit(
            given if isinstance(given, str) else headers.get("authorization"),
            channel if isinstance(channel, str) else headers.get(CHANNEL),
        )
        if self._principal is None:
            raise Closed(4403, "Forbidden: the token is missing or wrong")
        if self._principal.digest is not None:
            self._leaving.append(tasks.create_task(self._leave(self._principal)))
        await self._send({"type": "connection_ack"})

    async def _leave(self, principal: Principal) -> None:
        await self._gatekeeper.gone(principal)
        raise Closed(4403, GONE)

    def _subscribe(self, message: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        if self._principal is None:
            raise Closed(4401, "Unauthorized: send connection_init first")
        id_ = _id_of(message)
        try:
            asked = asked_in(message.get("payload"))
        except ValueError as error:
            raise Closed(4400, f"The payload of subscribe: {error}") from None
        if id_ in self._running:
            raise Closed(4409, f"Subscriber for {id_[:60]} already exists")
        if len(self._running) >= _OPERATIONS:
            raise Closed(4429, f"At most {_OPERATIONS} operations on one socket")
        self._running[id_] = tasks.create_task(self._run(id_, asked, self._principal, tasks))

    async def _run(self, id_: str, asked: Asked, principal: Principal, tasks: asyncio.TaskGroup) -> None:
        me = asyncio.current_task()
        try:
            running = await self._operations.opened(asked, principal)
            del asked  # it may go on for days
            await running.run(self._sink(id_, tasks))
            await self._end(me, {"id": id_, "type": "complete"})
        except Refused as refused:
            errors = [error.formatted for error in refused.errors]
            await self._end(me, {"id": id_, "type": "error", "payload": errors})
        except Stalled:
            raise _stalled() from None

    def _sink(self, id_: str, tasks: asyncio.TaskGroup) -> Sink:
        if (line := line_of(self._websocket.scope)) is not None:
            return SocketSink(line, id_)
        beginning = f'{{"id":{written(id_).decode()},"type":"next","payload":'

        async def send(result: Delivered) -> None:
            await self._send_text(beginning + result.as_payload.decode())

        return SendingSink(send, tasks)

    async def _end(self, me: "asyncio.Task[None] | None", last: dict[str, Any]) -> None:
        """The one terminal message of an operation; none when the client has completed it already."""
        # By task and not by id alone: after its complete the client may have given the id to another operation.
        if self._running.get(last["id"]) is me:
            del self._running[last["id"]]
            await self._send(last)

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(written(message).decode())

    async def _send_text(self, text: str) -> None:
        try:
            # Waiting for the lock counts: whoever holds it waits for the same peer.
            async with asyncio.timeout(STALL_SECONDS), self._sending:
                await self._websocket.send_text(text)
        except TimeoutError:
            raise _stalled() from None


def _stalled() -> Closed:
    return Closed(4410, "Stalled: resume with your cursor")


def _parsed(text: str) -> dict[str, Any]:
    try:
        message = parsed(text)
    except ValueError as error:
        raise Closed(4400, f"Not JSON: {error}"[:120]) from None
    except Refused as refused:
        raise Closed(4400, refused.errors[0].message) from None
    if not isinstance(message, dict):
        raise Closed(4400, "A message is a JSON object")
    return message


def _id_of(message: dict[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not id_ or not is_sayable(id_):
        raise Closed(4400, "id must be a string that is not empty, without NUL or half a surrogate pair")
    if len(id_) > _LONGEST_ID:
        raise Closed(4400, f"id must have at most {_LONGEST_ID} characters")
    return id_


def _payload_of(message: dict[str, Any]) -> dict[str, Any] | None:
    """That of a message which may have one."""
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise Closed(4400, f"The payload of {message['type']} must be an object")
    return payload


def _fitting(reason: str) -> str:
    """As much of it as a close frame has room for, in whole characters."""
    return reason.encode(errors="replace")[:_REASON_BYTES].decode(errors="ignore")
