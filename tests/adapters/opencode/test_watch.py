"""The reader of the event stream comes back after every kind of end, and reads anew what it may have missed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.opencode.connection import new_http_client
from adapters.opencode.observations import Observations, nothing_seen, real_now
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.shower import Shower
from adapters.opencode.v1.wire import Event
from adapters.opencode.v1.witness import Witness
from adapters.opencode.watch import Watch
from tests.adapters.opencode.v1.engines import a_work, http, on_a_socket, scripted_engine
from tests.adapters.opencode.v1.listening import Listener
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
BUSY: dict[str, Any] = {"sessionID": "ses_root", "status": {"type": "retry", "attempt": 1, "message": "m", "next": 1}}


def frame(kind: str, properties: dict[str, Any] | None = None) -> bytes:
    event = {"directory": "/", "payload": {"type": kind, "properties": properties or {}}}
    return f"data: {json.dumps(event)}\n\n".encode()


CONNECTED = HEAD + frame("server.connected")
STATUS = frame("session.status", BUSY)


@asynccontextmanager
async def watched(behave: Any, **limits: float) -> AsyncIterator[Witness]:
    async with on_a_socket(behave) as url, new_http_client(url) as client:
        watch = Watch(Client(client), Event.read, forget=lambda: None, **limits)
        seen = nothing_seen("ses_root", real_now(), "/")
        witness = Witness(seen, Shower(Listener()), real_now)
        reader = asyncio.create_task(watch.run())
        try:
            with watch.told(witness):
                yield witness
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def until_retrying(witness: Witness) -> Observations:
    async with asyncio.timeout(60):
        while witness.seen.retry is None:
            witness.changed.clear()
            await witness.changed.wait()
    return witness.seen


class Streams:
    """Plays one list of chunks per connection of the stream; the last one stays open. All else answers as empty."""

    def __init__(self, *connections: list[bytes]) -> None:
        self._connections = list(connections)
        self.opened = 0
        self.asked: list[str] = []

    async def __call__(self, line: str, writer: asyncio.StreamWriter) -> None:
        path = line.split(" ")[1].partition("?")[0]
        if path != "/global/event":
            self.asked.append(path)
            writer.write(http(b"{}" if path == "/session/status" else b"[]"))
            return
        self.opened += 1
        last = len(self._connections) == 1
        for chunk in self._connections[0] if last else self._connections.pop(0):
            writer.write(chunk)
            await writer.drain()
        if last:
            await asyncio.Event().wait()


@pytest.mark.parametrize(
    "first",
    [
        pytest.param([CONNECTED], id="clean end"),
        pytest.param([CONNECTED, b'data: {"directory": "/", "pay'], id="cut in a frame"),
        pytest.param([http(b"", status="500 No")], id="refused"),
        pytest.param([http(b"<html>", content_type="text/html")], id="web page"),
        pytest.param([b"nonsense\r\n\r\n"], id="no HTTP"),
        pytest.param([], id="closed at once"),
    ],
)
async def test_it_comes_back(first: list[bytes]) -> None:
    streams = Streams(first, [CONNECTED, STATUS])

    async with watched(streams) as witness:
        await until_retrying(witness)

    assert streams.opened == 2
    assert witness.blind


async def test_a_connection_without_a_first_frame_is_given_up() -> None:
    gate = asyncio.Event()
    streams = Streams([CONNECTED, STATUS])

    async def behave(line: str, writer: asyncio.StreamWriter) -> None:
        if "/global/event" in line and not gate.is_set():
            gate.set()
            await asyncio.Event().wait()
        await streams(line, writer)

    async with watched(behave, connect_within=0.1) as witness:
        await until_retrying(witness)

    assert streams.opened == 1


async def test_a_stream_that_falls_silent_is_dead() -> None:
    streams = Streams([CONNECTED], [CONNECTED, STATUS])
    silent = asyncio.Event()

    async def behave(line: str, writer: asyncio.StreamWriter) -> None:
        await streams(line, writer)
        if "/global/event" in line:
            await writer.drain()
            silent.set()
            await asyncio.Event().wait()

    async with watched(behave, dead_after=0.1) as witness:
        await until_retrying(witness)

    assert streams.opened == 2


async def test_frames_that_are_garbage_are_passed_over() -> None:
    garbage = [b"data: {not json\n\n", b"data: 3\n\n", b": comment\n\n", b'data: {"payload": {"type": 5}}\n\n']
    streams = Streams([CONNECTED, *garbage, frame("sync"), STATUS, STATUS])

    async with watched(streams) as witness:
        seen = await until_retrying(witness)

    assert len(seen.retries) == 1
    assert streams.opened == 1


async def test_after_each_connection_everything_is_read_anew() -> None:
    streams = Streams([CONNECTED, STATUS])

    async with watched(streams) as witness:
        await until_retrying(witness)

    assert streams.asked == [
        "/session/ses_root/children",
        "/session/status",
        "/session/ses_root/message",
        "/permission",
        "/question",
    ]


async def test_an_ask_that_came_in_a_gap_is_found() -> None:
    async with (
        scripted_opencode(pace=0) as server,
        new_http_client("http://scripted", transport=AsgiTransport(server)) as http_client,
    ):
        server.play("text", s.AskPermission(patterns=("ls",)))
        session = server.new_session("T", "/")
        run = server.start(session, "build", None, "Go")
        client = Client(http_client)
        witness = Witness(nothing_seen(session.id, real_now(), "/"), Shower(Listener()), real_now)
        await eventually(lambda: bool(server.asks))

        await witness.catch_up(client)
        (ask,) = witness.seen.asks
        await client.reply_permission(ask.id, "/", "once", None)
        await witness.catch_up(client)
        await run

    assert witness.seen.asks == ()


async def test_an_attempt_survives_a_stream_that_ends_again_and_again() -> None:
    async with scripted_engine() as engine:
        gate = asyncio.Event()
        engine.play(s.Wait(gate=gate), s.AskPermission(patterns=("ls",)), s.Say(text="All done."))
        listener = Listener()
        attempt = asyncio.create_task(engine.agents.run(a_work(), listener))
        await listener.session()
        engine.server.drop_streams()
        gate.set()

        attention = await listener.attention()
        assert attention.permission is not None
        engine.server.drop_streams()
        await engine.agents.answer_permission(attention.permission.id, "/", "once", None)

        assert (await attempt).markdown == "All done."
