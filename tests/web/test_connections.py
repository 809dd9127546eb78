"""A client that never comes to an end, or takes nothing, or comes too often, costs a connection for some seconds."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.support.patience import eventually
from tests.support.serving import served
from web import connections, uvicorn_server
from web.connections import BODY_BYTES, Connections, Seldom, make_room, why_nothing_opens

pytestmark = pytest.mark.asyncio

HEAD = b"GET /alive HTTP/1.1\r\nhost: x\r\n"
ENDLESS = b"POST /%s HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


class App:
    """Answers, reads, streams without end, and holds sockets open."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        routes = [
            Route("/alive", self.alive, methods=["GET", "POST"]),
            Route("/read", self.read, methods=["POST"]),
            Route("/stream", self.stream),
            WebSocketRoute("/socket", self.socket),
        ]
        self.asgi = Starlette(routes=routes, max_body_size=BODY_BYTES)

    async def alive(self, _: Request) -> Response:
        return PlainTextResponse("alive")

    async def read(self, request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def stream(self, _: Request) -> Response:
        return StreamingResponse(self._without_end())

    async def _without_end(self) -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)
        finally:
            self.ended.set()

    async def socket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side hangs up."""
    said = b""
    async with asyncio.timeout(30):
        try:
            while part := await reader.read(65536):
                said += part
        except ConnectionError:
            pass
    return said


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"", b"408", id="nothing"),
        pytest.param(b"GET /al", b"408", id="half a line"),
        pytest.param(HEAD + b"x-a: 1\r\n", b"408", id="half a head"),
        pytest.param(b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc", b"408", id="half a body"),
        pytest.param(ENDLESS % b"read" + b"3\r\nabc\r\n", b"408", id="some chunks"),
        pytest.param(b"GET /" + b"x" * 200_000, b"431", id="an address without end"),
        pytest.param(HEAD + b"x-a: " + b"x" * 200_000, b"431", id="a header without end"),
        pytest.param(HEAD + b"x-a: 1\r\n" * 40_000, b"431", id="headers without end"),
    ],
)
async def test_a_request_that_does_not_come_to_its_end_is_given_up(
    sent: bytes, status: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_HEAD_SECONDS", 0.3 if status == b"408" else 30)
    monkeypatch.setattr(connections, "_BODY_SECONDS", 0.3)
    async with served(App().asgi) as url, opened(url) as (reader, writer):
        writer.write(sent)
        said = await rest(reader)

    # Whoever still sends when the other side hangs up may lose what was said last.
    assert said.startswith(b"HTTP/1.1 " + status) or (status == b"431" and not said)


async def test_a_head_that_comes_drop_by_drop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_HEAD_SECONDS", 0.3)
    async with served(App().asgi) as url, opened(url) as (reader, writer):
        writer.write(HEAD)
        ended = asyncio.create_task(rest(reader))
        while not ended.done():
            writer.write(b"x-a: 1\r\n")
            await asyncio.wait([ended], timeout=0.02)

    assert ended.result().startswith(b"HTTP/1.1 408")


async def test_a_connection_is_used_again_for_as_long_as_requests_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_HEAD_SECONDS", 0.3)
    async with served(App().asgi) as url, opened(url) as (reader, writer):
        for _ in range(3):
            writer.write(HEAD + b"\r\n")
            assert b"200" in await reader.readline()
            await reader.readuntil(b"alive")
            await asyncio.sleep(0.15)


@pytest.mark.parametrize("path", [b"read", b"alive", b"nowhere"])
async def test_a_body_without_end_is_cut(path: bytes) -> None:
    async with served(App().asgi) as url, opened(url) as (reader, writer):
        ended = asyncio.create_task(rest(reader))
        writer.write(ENDLESS % path)
        sent = 0
        while not ended.done() and sent < 100 * BODY_BYTES:
            try:
                writer.write(CHUNK)
                await writer.drain()
            except ConnectionError:
                break
            sent += len(CHUNK)
            await asyncio.sleep(0)

    assert sent < 20 * BODY_BYTES
    assert path != b"read" or b"HTTP/1.1 413" in ended.result() or ended.result() == b""


async def test_a_stream_that_nobody_reads_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_STALL_SECONDS", 0.2)
    app = App()
    async with served(app.asgi) as url, opened(url) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket can
        writer.write(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")

        async with asyncio.timeout(30):
            await app.ended.wait()


async def test_a_stream_that_is_read_slowly_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_STALL_SECONDS", 0.5)
    app = App()
    async with served(app.asgi) as url, opened(url) as (reader, writer):
        writer.write(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        for _ in range(60):
            assert await reader.read(1_000_000)
            await asyncio.sleep(0.02)

        assert not app.ended.is_set()


@pytest.mark.parametrize("caps", [{"most": 2}, {"most_of_one": 2}], ids=["in total", "of one address"])
async def test_one_connection_too_many_is_told_so_until_another_goes(
    caps: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Connections(**caps)
    async with served(App().asgi, counted) as url:
        async with opened(url) as first, opened(url) as second:
            for _, writer in (first, second):
                writer.write(HEAD + b"\r\n")
            assert all([b"200" in await reader.readline() for reader, _ in (first, second)])
            async with opened(url) as (reader, _):
                refused = await rest(reader)
        await eventually(lambda: counted.count == 0, within=30)
        async with opened(url) as (reader, writer):
            writer.write(HEAD + b"\r\n")
            answered = await reader.readline()

    assert refused.startswith(b"HTTP/1.1 503")
    assert b"There are 2 " in refused
    assert b"200" in answered


async def test_a_websocket_counts_once_and_until_it_is_closed() -> None:
    counted = Connections()
    async with served(App().asgi, counted) as url:
        async with opened(url) as (reader, writer):
            writer.write(
                b"GET /socket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert b"101" in await reader.readline()
            during = counted.count
        await eventually(lambda: counted.count == 0, within=30)

    assert during == 1


async def test_a_warning_that_comes_a_thousand_times_is_written_down_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, told = 0.0, list[int]()
    monkeypatch.setattr(connections.log, "warning", lambda _, times, **__: told.append(times))
    seldom = Seldom("full", lambda: now)

    for _ in range(1000):
        seldom()
    now = 61.0
    seldom()

    assert told == [1, 1000]


async def test_descriptors_that_are_used_up_are_told_of_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, told = list[str](), list[str]()

    def full() -> str:
        asked.append("")
        return "Too many open files"

    monkeypatch.setattr(connections.log, "warning", lambda event, **_: told.append(event))
    monkeypatch.setattr(uvicorn_server, "why_nothing_opens", full)
    monkeypatch.setattr(uvicorn_server, "_TICKS_A_SECOND", 1)
    async with served(App().asgi):
        await eventually(lambda: len(asked) > 2, within=30)

    assert told == ["descriptors_used_up"]


async def test_why_nothing_can_be_opened_is_said_in_the_system_s_words() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert why_nothing_opens() is None
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
        said = why_nothing_opens()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert "Too many open files" in (said or "")


async def test_there_are_never_more_connections_than_descriptors() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        room = make_room(10**9)
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert 0 < room < allowed
    assert make_room(5) == 5
