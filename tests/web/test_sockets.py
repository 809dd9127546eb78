"""graphql-transport-ws is spoken to the letter, and nothing that a client sends takes more than its own socket down."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from runner.principals import Approvals, Principal, owner
from tests.support.fakes import FakeClock
from tests.support.memory import MemoryJournal
from tests.support.memory_tokens import MemoryTokens
from tests.support.serving import served
from web import sinks, sockets
from web.gatekeeper import Gatekeeper
from web.operations import Asked
from web.results import Delivered, Refused
from web.sinks import Sink, handed
from web.sockets import Socket

pytestmark = pytest.mark.asyncio

TOKEN = "a-token"


class FakeOperations:
    """Counts to what the query says; "forever" counts on; "refused" is refused."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.size = 1

    async def opened(self, asked: Asked, principal: Principal) -> "Counting":
        if asked.query == "refused":
            raise Refused([GraphQLError("That is no document.")])
        return Counting(10**9 if asked.query == "forever" else int(asked.query), self)


class Counting:
    def __init__(self, count: int, operations: FakeOperations) -> None:
        self.count = count
        self.size = operations.size
        self.closed = operations.closed

    async def run(self, sink: Sink) -> None:
        try:
            for number in range(self.count):
                await handed(sink, Delivered(body=json.dumps({"data": {"n": number, "pad": "x" * self.size}}).encode()))
                await asyncio.sleep(0)
        finally:
            self.closed.set()


@pytest.fixture
def operations() -> FakeOperations:
    return FakeOperations()


@pytest_asyncio.fixture
async def address(operations: FakeOperations) -> AsyncIterator[str]:
    tokens = MemoryTokens(MemoryJournal())
    gatekeeper = Gatekeeper(token=TOKEN, owner=owner("owner", Approvals.ANY), tokens=tokens, clock=FakeClock())

    async def endpoint(websocket: WebSocket) -> None:
        await Socket(websocket, operations, gatekeeper).serve()

    async with served(Starlette(routes=[WebSocketRoute("/graphql", endpoint)])) as url:
        yield url.replace("http", "ws", 1) + "/graphql"


@asynccontextmanager
async def opened(address: str, *, protocol: str = "graphql-transport-ws") -> AsyncIterator[ClientConnection]:
    async with connect(address, subprotocols=[Subprotocol(protocol)]) as socket:
        yield socket


@asynccontextmanager
async def acknowledged(address: str) -> AsyncIterator[ClientConnection]:
    async with opened(address) as socket:
        await say(socket, type="connection_init", payload={"authorization": f"Bearer {TOKEN}"})
        assert await heard(socket) == {"type": "connection_ack"}
        yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def heard(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        return dict(json.loads(await socket.recv()))


async def closed_with(socket: ClientConnection, *, within: float = 60) -> int:
    async with asyncio.timeout(within):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


async def test_an_operation_gives_its_results_and_then_completes(address: str) -> None:
    async with acknowledged(address) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "2"})

        told = [await heard(socket) for _ in range(3)]

    assert [message["type"] for message in told] == ["next", "next", "complete"]
    assert [message["payload"]["data"]["n"] for message in told[:2]] == [0, 1]


async def test_a_refused_document_is_an_error_of_its_id_and_leaves_the_socket_open(address: str) -> None:
    async with acknowledged(address) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "refused"})
        error = await heard(socket)
        await say(socket, id="a", type="subscribe", payload={"query": "1"})
        again = await heard(socket)

    assert error == {"id": "a", "type": "error", "payload": [{"message": "That is no document."}]}
    assert again["type"] == "next"


async def test_complete_from_the_client_ends_the_operation_without_a_word(
    address: str, operations: FakeOperations
) -> None:
    async with acknowledged(address) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "forever"})
        await heard(socket)
        await say(socket, id="a", type="complete")
        async with asyncio.timeout(60):
            await operations.closed.wait()
        await say(socket, type="ping")
        async with asyncio.timeout(60):
            while (message := await heard(socket))["type"] == "next":
                pass

    assert message == {"type": "pong"}


async def test_a_client_that_goes_ends_its_operations(address: str, operations: FakeOperations) -> None:
    async with acknowledged(address) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "forever"})
        await heard(socket)

    async with asyncio.timeout(60):
        await operations.closed.wait()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param("{", 4400, id="not JSON"),
        pytest.param("[]", 4400, id="no object"),
        pytest.param("[" * 100_000, 4400, id="nested too deeply"),
        pytest.param("[" + "0," * 200_000 + "0]", 4400, id="values without end"),
        pytest.param('{"id":"a","type":"subscribe","payload":{"query":"\\ud800"}}', 4400, id="half a surrogate"),
        pytest.param("null", 4400, id="null"),
        pytest.param('"x"', 4400, id="a string"),
        pytest.param('{"type":"what"}', 4400, id="unknown type"),
        pytest.param('{"type":["x"]}', 4400, id="type is a list"),
        pytest.param('{"type":"subscribe","payload":{"query":"1"}}', 4400, id="no id"),
        pytest.param('{"id":{},"type":"subscribe","payload":{"query":"1"}}', 4400, id="id that cannot be a key"),
        pytest.param('{"id":"a","type":"subscribe","payload":null}', 4400, id="payload null"),
        pytest.param('{"id":"a","type":"subscribe","payload":{"query":1}}', 4400, id="query is a number"),
        pytest.param('{"id":"a","type":"subscribe","payload":{"query":"1","variables":[]}}', 4400, id="variables list"),
        pytest.param('{"type":"connection_init"}', 4429, id="a second init"),
        pytest.param(b"\x00", 4400, id="bytes"),
    ],
)
async def test_what_is_no_message_closes_the_socket(address: str, sent: str | bytes, code: int) -> None:
    async with acknowledged(address) as socket:
        await socket.send(sent)

        assert await closed_with(socket) == code


async def test_an_id_in_use_closes_the_socket(address: str) -> None:
    async with acknowledged(address) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "forever"})
        await say(socket, id="a", type="subscribe", payload={"query": "1"})

        assert await closed_with(socket) == 4409


async def test_nothing_is_served_before_the_acknowledgement(address: str) -> None:
    async with opened(address) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "1"})

        assert await closed_with(socket) == 4401


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer wrong"}, {"authorization": 7}])
async def test_a_wrong_token_is_refused(address: str, payload: Any) -> None:
    async with opened(address) as socket:
        await say(socket, type="connection_init", payload=payload)

        assert await closed_with(socket) == 4403


async def test_another_subprotocol_is_refused(address: str) -> None:
    async with opened(address, protocol="graphql-ws") as socket:
        assert await closed_with(socket) == 4406


async def test_who_never_initialises_is_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_INIT_SECONDS", 0.05)
    async with opened(address) as socket:
        assert await closed_with(socket) == 4408


async def test_a_peer_that_does_not_read_is_closed_and_its_operation_ended(
    address: str, operations: FakeOperations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "STALL_SECONDS", 0.2)
    operations.size = 100_000
    async with acknowledged(address) as socket:
        socket.transport.pause_reading()
        await say(socket, id="a", type="subscribe", payload={"query": "forever"})
        async with asyncio.timeout(60):
            await operations.closed.wait()
        socket.transport.resume_reading()

        assert await closed_with(socket) == 4410
