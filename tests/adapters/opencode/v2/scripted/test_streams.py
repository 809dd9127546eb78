"""A stream is never silent for long, and ends with whoever reads it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.opencode.v2.scripted.streams import HEARTBEAT, Channel, frame, stream
from tests.adapters.opencode.v2.scripted.caller import scripted_caller

pytestmark = pytest.mark.asyncio


async def test_silence_is_commented() -> None:
    heard = Channel().listen().heard_with_heartbeats(every=0.01)

    assert [await anext(heard), await anext(heard)] == [HEARTBEAT, HEARTBEAT]


async def test_what_is_published_goes_to_everyone_who_listens_until_they_stop() -> None:
    channel = Channel()
    first, second = channel.listen(), channel.listen()
    channel.publish({"type": "one"})
    second.close()
    channel.publish({"type": "two"})
    channel.close()

    assert [chunk async for chunk in first.heard()] == [frame({"type": "one"}), frame({"type": "two"})]
    assert second.frames.qsize() == 1


async def test_a_stream_stops_when_its_reader_has_gone() -> None:
    listener, sent = Channel().listen(), list[Any]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async with asyncio.timeout(60):
        await stream(listener.heard(), receive, send)

    assert sent == ["http.response.start"]


async def test_the_bus_says_hello_with_a_comment_after_the_first_frame() -> None:
    async with scripted_caller() as caller, caller.http.stream("GET", "/api/event") as response:
        chunks: AsyncIterator[bytes] = response.aiter_raw()

        assert b"server.connected" in await anext(chunks)
        assert await anext(chunks) == HEARTBEAT
