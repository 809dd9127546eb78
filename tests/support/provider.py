"""A scripted stand-in for an LLM provider: OpenAI's chat API with streaming, on loopback, misbehaving as it is told.

    async with provider() as llm:
        llm.script("text", tool("bash", {"command": "ls"}), text("Done."))   # one reply per turn of a conversation
        llm.script_requests("flaky", refusal(500), text("Back again."))      # one reply per request, whoever asks
        …point OpenCode at llm.url…
        assert llm.received_for("text")[0].prompt == "Say hello"

The last reply of a script stays, and a script may be replaced while OpenCode runs ("the key is mended").
A model without a script does what `BEHAVIOURS` says of its name, else answers with text.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.provider_replies import BEHAVIOURS
from tests.support.provider_wire import Received, Reply, Wire


@dataclass
class Provider:
    """The running stand-in; `url` is the base that OpenCode is configured with."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    _scripts: dict[str, Callable[[Received], Reply]] = field(default_factory=dict)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def script(self, model: str, *replies: Reply) -> None:
        """One reply per turn: the n-th answer of the assistant to the same prompt is the n-th reply."""
        self._scripts[model] = lambda received: replies[min(received.turn, len(replies) - 1)]

    def script_requests(self, model: str, *replies: Reply) -> None:
        """One reply per request from now on, OpenCode's own retries included."""
        left = list(replies)
        self._scripts[model] = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def script_below(self, folder: str, *replies: Reply) -> None:
        """One reply per request to a path in the folder, whatever model it asks for: see `address`."""
        self.script_requests(f"/{folder}", *replies)

    def address(self, path: str) -> str:
        """The address of a path of its own, for another package than the one that `url` is for."""
        return self.url.removesuffix("/v1") + path

    def received_for(self, model: str) -> Sequence[Received]:
        return [received for received in self.received if received.model == model]

    async def wait_for(self, model: str, count: int = 1, *, within: float = 60) -> Sequence[Received]:
        """Waits until so many requests for the model have come in."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: len(self.received_for(model)) >= count)
        return self.received_for(model)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request after the other, until a reply was none or the other side hangs up."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(reader, Wire(reader, writer)):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, wire: Wire) -> bool:
        received = await _read_request(reader)
        async with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        chosen = self._scripts.get(f"/{received.folder}") or self._scripts.get(received.model)
        reply = chosen(received) if chosen else BEHAVIOURS.get(received.model, BEHAVIOURS["text"])
        await reply(wire, received)
        return wire.is_complete


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().splitlines()
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    decoded = json.loads(body or b"{}")
    return Received(path=head[0].split()[1], headers=headers, body=decoded if isinstance(decoded, dict) else {})


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Serves on a free port until left; connections that still hang are cut."""
    running = Provider()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await running.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield running
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()
