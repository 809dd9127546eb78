"""Where the results of one operation go: into a socket or a stream, and only while somebody reads there.

    result ─▶ Sink ─▶ Line, the transport of our own server        frames shared, no task, no await
                 └──▶ whatever sends, on any other ASGI server      one result at a time

Whether the peer reads is seen at the transport: what it has not taken lies in the write buffer. Beyond the buffer's
limit a sink takes nothing. So nobody waits for anybody, and what a peer that is slow costs is bounded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from web.json_text import written
from web.results import Delivered

# Under this name a server lends its Line to the application, in the extensions of the ASGI scope.
LINE = "stepwire.line"
STALL_SECONDS = 10.0
_FINAL_TEXT = 0x81


class Stalled(Exception):
    """The peer has taken nothing for ten seconds."""


class HungUp(Exception):
    """There is no peer any more."""


class Sink(Protocol):
    """Takes results in order, each whole or not at all."""

    def take(self, result: Delivered) -> bool:
        """Never waits; False, and it is not taken, while the peer does not read."""

    async def ready(self) -> None:
        """Returns when it takes again. Raises Stalled or HungUp."""


class Running(Protocol):
    """An operation that may begin."""

    async def run(self, sink: Sink) -> None:
        """Hands over all of its results. Raises Refused when it cannot go on, and what the sink raises."""


class Line(Protocol):
    """A connection's transport, written to as it is."""

    def push(self, frame: bytes) -> bool:
        """Whether it goes out: not while the write buffer is full, nor after the end."""

    @property
    def unread(self) -> int:
        """How many bytes the peer has not taken yet."""

    async def drained(self) -> None:
        """Returns when the write buffer has room. Raises HungUp."""


def line_of(scope: Mapping[str, Any]) -> Line | None:
    """That of the connection, where its server lends one."""
    line: Line | None = scope.get("extensions", {}).get(LINE, {}).get(LINE)
    return line


async def handed(sink: Sink, result: Delivered) -> None:
    """Returns when the sink has taken it. Raises Stalled or HungUp."""
    while not sink.take(result):
        await sink.ready()


class LineSink:
    """On a line; the two below know its frames."""

    __slots__ = ("_line",)

    def __init__(self, line: Line) -> None:
        self._line = line

    async def ready(self) -> None:
        unread = self._line.unread
        while True:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    return await self._line.drained()
            except TimeoutError:
                # Slow is not stalled: only whoever has taken nothing at all is given up.
                if self._line.unread >= unread:
                    raise Stalled from None
                unread = self._line.unread


class SocketSink(LineSink):
    """`next` messages of one operation on a websocket: the frame's head and the id are its own, the rest is shared."""

    __slots__ = ("_beginning",)

    def __init__(self, line: Line, id_: str) -> None:
        super().__init__(line)
        self._beginning = b'{"id":%b,"type":"next","payload":' % written(id_)

    def take(self, result: Delivered) -> bool:
        end = result.as_payload
        return self._line.push(_head(len(self._beginning) + len(end)) + self._beginning + end)


class StreamSink(LineSink):
    """Server-sent events: nothing in them is one subscriber's own."""

    __slots__ = ()

    def take(self, result: Delivered) -> bool:
        return self._line.push(result.as_chunk)


class SendingSink:
    """Over `send`, which may wait; takes nothing until it has returned."""

    def __init__(self, send: Callable[[Delivered], Awaitable[None]], tasks: asyncio.TaskGroup) -> None:
        self._send = send
        self._tasks = tasks
        self._sending: asyncio.Task[None] | None = None

    def take(self, result: Delivered) -> bool:
        if self._sending is not None and not self._sending.done():
            return False
        self._sending = self._tasks.create_task(self._sent(result))
        return True

    async def ready(self) -> None:
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=STALL_SECONDS)
            if not self._sending.done():
                raise Stalled

    async def _sent(self, result: Delivered) -> None:
        await self._send(result)


@lru_cache(maxsize=4096)
def _head(length: int) -> bytes:
    """That of an unmasked text frame (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((_FINAL_TEXT, length))
    if length < 1 << 16:
        return bytes((_FINAL_TEXT, 126)) + length.to_bytes(2, "big")
    return bytes((_FINAL_TEXT, 127)) + length.to_bytes(8, "big")
