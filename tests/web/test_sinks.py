"""A sink takes each result whole and in order, or says that it does not; slow is not stalled."""

import asyncio
import json

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from web import sinks
from web.results import Delivered
from web.sinks import SendingSink, SocketSink, Stalled, StreamSink, handed

pytestmark = pytest.mark.asyncio


class FakeLine:
    """Takes `room` frames; each wait for more frees one, or none once nobody reads."""

    def __init__(self, room: int = 1000) -> None:
        self.frames: list[bytes] = []
        self.room = room
        self.unread = 100
        self.waits = 0
        self.reads_each_wait = 0

    def push(self, frame: bytes) -> bool:
        if not self.room:
            return False
        self.room -= 1
        self.frames.append(frame)
        return True

    async def drained(self) -> None:
        self.waits += 1
        self.unread -= self.reads_each_wait
        if self.unread > 0:
            await asyncio.sleep(60)
        self.room = 1


def a_result(size: int = 1, cursor: str | None = "MQ") -> Delivered:
    return Delivered(body=json.dumps({"data": "x" * size}).encode(), cursor=cursor)  # type: ignore[arg-type]  # a text


@pytest.mark.parametrize("size", [1, 60, 61, 62, 63, 64, 65, 66, 200, 65_000, 65_480, 65_490, 65_500, 70_000])
@pytest.mark.parametrize("id_", ["1", 'é"\\', "x" * 36])
async def test_a_client_reads_the_frames_that_are_pushed(size: int, id_: str) -> None:
    line = FakeLine()
    for _ in range(2):
        assert SocketSink(line, id_).take(a_result(size))
    client = ClientProtocol(parse_uri("ws://localhost"), state=OPEN)
    client.receive_data(b"".join(line.frames))

    told = [json.loads(bytes(frame.data)) for frame in client.events_received() if frame.opcode is Opcode.TEXT]  # type: ignore[union-attr]  # no response
    assert told == [{"id": id_, "type": "next", "payload": {"data": "x" * size}}] * 2


@pytest.mark.parametrize(("cursor", "place"), [("MQ", "id: MQ\n"), (None, "")])
async def test_an_event_is_one_chunk(cursor: str | None, place: str) -> None:
    line = FakeLine()
    assert StreamSink(line).take(a_result(cursor=cursor))

    size, _, rest = line.frames[0].partition(b"\r\n")
    assert rest == f'event: next\n{place}data: {{"data": "x"}}\n\n\r\n'.encode()
    assert int(size, 16) == len(rest) - 2


async def test_whoever_takes_nothing_for_that_long_is_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "STALL_SECONDS", 0.001)
    line = FakeLine(room=0)

    with pytest.raises(Stalled):
        await handed(StreamSink(line), a_result())
    assert line.frames == []


async def test_whoever_takes_little_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "STALL_SECONDS", 0.001)
    line = FakeLine(room=0)
    line.reads_each_wait = 20

    await handed(StreamSink(line), a_result())

    assert len(line.frames) == 1
    assert line.waits == 5


async def test_without_a_line_one_result_is_sent_after_the_other() -> None:
    sent: list[Delivered] = []
    may_send = asyncio.Event()

    async def send(result: Delivered) -> None:
        await may_send.wait()
        sent.append(result)

    first, second = a_result(1), a_result(2)
    async with asyncio.TaskGroup() as tasks:
        sink = SendingSink(send, tasks)
        assert sink.take(first)
        assert not sink.take(second)
        may_send.set()
        await handed(sink, second)

    assert sent == [first, second]


async def test_without_a_line_a_peer_stalls_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "STALL_SECONDS", 0.001)

    async def send(_: Delivered) -> None:
        await asyncio.sleep(60)

    async with asyncio.TaskGroup() as tasks:
        sink = SendingSink(send, tasks)
        await handed(sink, a_result())
        with pytest.raises(Stalled):
            await handed(sink, a_result())
        assert sink._sending is not None
        sink._sending.cancel()
