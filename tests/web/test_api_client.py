"""Whoever follows from a terminal misses nothing when the line breaks, and is told what trying again does not mend."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from web.terminal.api_client import ApiClient, Lost
from web.terminal.api_documents import Item
from web.terminal.troubles import CannotDo

Conversation = Callable[["Peer"], Awaitable[None]]
EVENTS = "subscription Events($after: Cursor) { events(after: $after) { cursor } }"


class Peer:
    """The server's end of one socket, after its beginning."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.variables: dict[str, Any] = {}
        self.credentials: object = None

    async def begin(self) -> None:
        self.credentials = json.loads(await self.socket.recv())["payload"]
        await self.socket.send('{"type":"connection_ack"}')
        self.variables = json.loads(await self.socket.recv())["payload"]["variables"]

    async def give(self, *cursors: str) -> None:
        for cursor in cursors:
            await self.send({"id": "1", "type": "next", "payload": {"data": {"events": {"cursor": cursor}}}})

    async def send(self, message: object) -> None:
        await self.socket.send(json.dumps(message))


@asynccontextmanager
async def server(*conversations: Conversation) -> AsyncIterator[tuple[str, list[Peer]]]:
    """Has one conversation after the other, a socket each; yields its address and whom it met."""
    left, met = list(conversations), list[Peer]()

    async def talk(socket: ServerConnection) -> None:
        peer = Peer(socket)
        met.append(peer)
        try:
            await peer.begin()
            await left.pop(0)(peer)
        except ConnectionClosed:
            pass

    protocol = Subprotocol("graphql-transport-ws")
    async with serve(talk, "127.0.0.1", 0, subprotocols=[protocol]) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}", met


@asynccontextmanager
async def answering(response: bytes) -> AsyncIterator[str]:
    """A server that gives every request this answer and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def http(status: str, body: str, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return f"{head}{body}".encode()


async def followed(url: str, count: int, after: str | None = None) -> tuple[list[str], list[str]]:
    """The cursors of the first `count` items, and what was told about the line."""
    told: list[str] = []
    items = ApiClient(url, "t" * 16).follow(EVENTS, {"after": after}, lost=lambda error: told.append(str(error)))
    cursors = []
    async with asyncio.timeout(60), aclosing(items):
        async for item in items:
            cursors.append(item["cursor"])
            if len(cursors) == count:
                break
    return cursors, told


@pytest.mark.asyncio
async def test_a_broken_line_is_taken_up_at_the_last_cursor() -> None:
    async def restarts(peer: Peer) -> None:
        await peer.give("a", "b")
        await peer.socket.close(1012, "the server stops")

    async def breaks(peer: Peer) -> None:
        await peer.give("c")
        peer.socket.transport.abort()

    async with server(restarts, breaks, lambda peer: peer.give("d")) as (url, met):
        cursors, told = await followed(url, 4, after="start")

    assert cursors == ["a", "b", "c", "d"]
    assert [peer.variables["after"] for peer in met] == ["start", "b", "c"]
    assert [line == "None" for line in told] == [False, True, False, True]
    assert told[0] == "the server stops"


@pytest.mark.asyncio
async def test_a_subscription_that_completes_is_taken_up_again() -> None:
    async def completes(peer: Peer) -> None:
        await peer.give("a")
        await peer.send({"id": "1", "type": "complete"})
        await peer.socket.wait_closed()

    async with server(completes, lambda peer: peer.give("b")) as (url, _):
        cursors, _ = await followed(url, 2)

    assert cursors == ["a", "b"]


@pytest.mark.asyncio
async def test_pings_are_answered_and_the_token_is_shown() -> None:
    heard = []

    async def pings(peer: Peer) -> None:
        await peer.send({"type": "ping"})
        heard.append(json.loads(await peer.socket.recv()))
        await peer.give("a")

    async with server(pings) as (url, met):
        await followed(url, 1)

    assert heard == [{"type": "pong"}]
    assert met[0].credentials == {"authorization": f"Bearer {'t' * 16}"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("last", "message"),
    [
        (
            {"id": "1", "type": "error", "payload": [{"message": "Unknown field \x1b[31m“x”"}]},
            "refused: Unknown field “x”",
        ),
        ({"id": "1", "type": "next", "payload": {"data": None, "errors": [{"message": "No."}]}}, "refused: No."),
    ],
    ids=["error", "next"],
)
async def test_errors_of_the_server_are_not_tried_again(last: object, message: str) -> None:
    async with server(lambda peer: peer.send(last)) as (url, met):
        with pytest.raises(CannotDo, match=message):
            await followed(url, 1)

    assert len(met) == 1


@pytest.mark.asyncio
async def test_a_wrong_token_is_not_tried_again() -> None:
    async def forbids(peer: Peer) -> None:
        await peer.socket.close(4403, "Forbidden")

    async with server(forbids) as (url, met):
        with pytest.raises(CannotDo, match=r"The token is missing or wrong: give the one .* with --token"):
            await followed(url, 1)

    assert len(met) == 1


@pytest.mark.asyncio
async def test_a_first_connection_that_fails_ends_it() -> None:
    with pytest.raises(
        CannotDo, match=r"No stepwire answers at http://127.0.0.1:1 \(.+\): start it with stepwire serve"
    ):
        await followed("http://127.0.0.1:1", 1)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("response", "message"),
    [
        (http("401 Unauthorized", '{"errors":[{"message":"no"}]}'), "The token is missing or wrong"),
        (http("403 Forbidden", "Host 'x' is not allowed", "text/plain"), r"\(status 403\): Host 'x' is not allowed"),
        (http("200 OK", "<html>another server</html>", "text/html"), r"is no stepwire, or not as it should be"),
        (http("200 OK", '["no object"]'), r"is no stepwire, or not as it should be"),
        (http("200 OK", '{"errors":[{"message":"Unknown\\u001b[2J field"}]}'), "refused the request: Unknown field"),
        (http("200 OK", '{"data":null}'), "refused the request: no data came"),
    ],
    ids=["token", "host", "page", "list", "errors", "nothing"],
)
async def test_an_answer_that_is_none_is_said(response: bytes, message: str) -> None:
    async with answering(response) as url:
        with pytest.raises(CannotDo, match=message):
            await ApiClient(url, None).ask("{ engine { url } }")


@pytest.mark.asyncio
async def test_a_request_that_gets_no_answer_is_lost() -> None:
    async with answering(b"") as url:
        with pytest.raises(Lost):
            await ApiClient(url, None).ask("{ engine { url } }")


@pytest.mark.asyncio
async def test_a_server_behind_a_proxy_that_is_down_is_lost_not_refused() -> None:
    async with answering(http("502 Bad Gateway", "no", "text/plain")) as url:
        with pytest.raises(Lost, match="status 502"):
            async for _ in ApiClient(url, None).subscribe(EVENTS, {}):
                pass


class Silent(ApiClient):
    """Gives no answer so many times, and then one."""

    def __init__(self, lost: int) -> None:
        super().__init__("http://here", None)
        self.asked: list[object] = []
        self._lost = lost

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Item:
        self.asked.append(variables)
        if len(self.asked) <= self._lost:
            raise Lost("reset")
        return {"done": True}


@pytest.mark.asyncio
@pytest.mark.parametrize("lost", [0, 1])
async def test_what_is_done_once_at_most_is_asked_again(lost: int) -> None:
    client = Silent(lost)

    assert await client.told_once("mutation", {"key": "k"}) == {"done": True}
    assert client.asked == [{"key": "k"}] * (lost + 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("asked", ["told", "told_once"])
async def test_whoever_gives_no_answer_is_not_waited_for(asked: str) -> None:
    client = Silent(2)
    asking = client.told if asked == "told" else client.told_once

    with pytest.raises(CannotDo, match=r"No stepwire answers at http://here \(reset\)"):
        await asking("mutation", {"key": "k"})
