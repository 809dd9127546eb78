"""Server-sent events: whoever listens to a channel gets each frame published from then on, and silence is commented."""

import asyncio
import json
from collections.abc import AsyncIterator

from adapters.opencode.v1.scripted.transport import Receive, Send
from adapters.opencode.v2.scripted.log import Properties

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": heartbeat\n\n"


class Channel:
    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def publish(self, event: Properties) -> None:
        for listener in self._listeners:
            listener.frames.put_nowait(frame(event))

    def listen(self) -> "Listener":
        listener = Listener(self._listeners)
        self._listeners.add(listener)
        return listener

    def close(self) -> None:
        """Ends every stream, as a restart does; whoever comes afterwards listens again."""
        for listener in tuple(self._listeners):
            listener.frames.put_nowait(None)


class Listener:
    """Hears what is published from its making on, until it is closed."""

    def __init__(self, listeners: "set[Listener]") -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners = listeners

    def close(self) -> None:
        self._listeners.discard(self)

    async def heard(self) -> AsyncIterator[bytes]:
        while (found := await self.frames.get()) is not None:
            yield found

    async def heard_with_heartbeats(self, every: float = HEARTBEAT_SECONDS) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(every):
                    found = await self.frames.get()
            except TimeoutError:
                found = HEARTBEAT
            if found is None:
                return
            yield found


def frame(event: Properties) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()


async def stream(chunks: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Sends the chunks until they end or the client has gone."""
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.ensure_future(_until_gone(receive))
    sending = asyncio.ensure_future(_send_all(chunks, send))
    try:
        await asyncio.wait((gone, sending), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        sending.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_all(chunks: AsyncIterator[bytes], send: Send) -> None:
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
