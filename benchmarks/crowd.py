"""Many subscribers in one process that does nothing else: it notes when each result arrives, and at which one.

`python -m benchmarks.crowd` with a line of JSON on standard input for each thing to do, a line of JSON for its answer:
see `Crowd`. The client's side of a websocket is written out here, as a library's costs more than what is measured.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

ACKNOWLEDGED = b'"connection_ack"'
NO_EVENT = (b"Heartbeat", b"Resync")


class Subscriber(asyncio.Protocol):
    """One connection: asks, counts, and can stop reading. `arrived` are nanoseconds of the monotonic clock."""

    def __init__(self, payload: dict[str, Any] | None, path: str, sse: bool) -> None:
        self.arrived: list[int] = []
        self.last: bytes = b""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._payload = payload
        self._path = path
        self._sse = sse
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        if self._sse:
            body = json.dumps(self._payload).encode()
            head = (
                f"POST {self._path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            transport.write(head.encode() + body)
            return
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n"
            "sec-websocket-protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._buffer += data
        if not self._upgraded:
            _, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            self._upgraded, self._buffer = True, bytearray(rest)
            if self._payload is None:
                self._begin()
            elif not self._sse:
                self._say({"type": "connection_init"})
        for message in self._events() if self._sse else self._frames():
            self._hear(message, now)

    def connection_lost(self, _: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("hung up on"))

    def _hear(self, message: bytes, now: int) -> None:
        if ACKNOWLEDGED in message[:64]:
            self._say({"id": "1", "type": "subscribe", "payload": self._payload})
            self._begin()
        elif self._sse and message == b":":
            self._begin()
        elif not any(word in message for word in NO_EVENT):
            self.arrived.append(now)
            self.last = message

    def _begin(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    def _events(self) -> list[bytes]:
        *whole, rest = bytes(self._buffer).split(b"\n\n")
        self._buffer = bytearray(rest)
        return [event.split(b"\r\n")[-1] if event.endswith(b":") else event for event in whole]

    def _frames(self) -> list[bytes]:
        found, buffer = [], self._buffer
        while len(buffer) >= 2:
            length, start = buffer[1] & 127, 2
            if length == 126:
                length, start = int.from_bytes(buffer[2:4], "big"), 4
            elif length == 127:
                length, start = int.from_bytes(buffer[2:10], "big"), 10
            if len(buffer) < start + length:
                break
            if buffer[0] & 15 == 9:
                self._frame(0x8A, bytes(buffer[start : start + length]))
            elif buffer[0] & 15 == 1:
                found.append(bytes(buffer[start : start + length]))
            del buffer[: start + length]
        return found

    def _say(self, message: dict[str, Any]) -> None:
        self._frame(0x81, json.dumps(message).encode())

    def _frame(self, first: int, data: bytes) -> None:
        """Masked with nothing but zeros, which is a mask all the same."""
        size = len(data)
        length = bytes((128 | size,)) if size < 126 else bytes((128 | 126,)) + size.to_bytes(2, "big")
        self.transport.write(bytes((first,)) + length + bytes(4) + data)


class Crowd:
    """`do` what a line asks: {"do": name, …}. All subscribers of one crowd are connected to one server."""

    def __init__(self) -> None:
        self.all: list[Subscriber] = []

    async def connect(
        self, port: int, payloads: list[Any], count: int, path: str = "/graphql", sse: bool = False
    ) -> dict[str, Any]:
        """So many more; the payloads go round. Answers how long it took, in seconds."""
        began, loop = time.monotonic(), asyncio.get_running_loop()
        for first in range(0, count, 100):
            made = [Subscriber(payloads[n % len(payloads)], path, sse) for n in range(first, min(first + 100, count))]
            self.all += made
            await asyncio.gather(*(_opened(loop, one, port) for one in made))
            await asyncio.gather(*(one.ready for one in made))
        return {"seconds": time.monotonic() - began}

    async def heard(self, each: int, seconds: float = 60.0, besides: int = 0) -> dict[str, Any]:
        """When all but the last `besides` have had `each` results since: the arrivals of each result, in order."""
        those = self.all[: len(self.all) - besides]
        until = time.monotonic() + seconds
        while any(len(one.arrived) < each for one in those) and time.monotonic() < until:  # noqa: ASYNC110  it is polled on purpose, as a wake-up would cost
            await asyncio.sleep(0.02)
        missing = sum(1 for one in those if len(one.arrived) < each)
        rounds = [[one.arrived[n] for one in those if len(one.arrived) > n] for n in range(each)]
        return {"missing": missing, "arrived": rounds}

    async def forget(self) -> dict[str, Any]:
        for one in self.all:
            one.arrived.clear()
        return {}

    async def pause(self, number: int, reading: bool) -> dict[str, Any]:
        transport = self.all[number].transport
        (transport.resume_reading if reading else transport.pause_reading)()
        return {}

    async def counts(self) -> dict[str, Any]:
        return {"counts": [len(one.arrived) for one in self.all]}

    async def last(self) -> dict[str, Any]:
        return {"last": [one.last.decode() for one in self.all]}

    async def leave(self) -> dict[str, Any]:
        for one in self.all:
            one.transport.abort()
        self.all.clear()
        return {}


async def _opened(loop: asyncio.AbstractEventLoop, one: Subscriber, port: int) -> None:
    await loop.create_connection(lambda: one, "127.0.0.1", port)


async def told(answers: Callable[[dict[str, Any]], Any]) -> None:
    """A line of JSON in, a line of JSON out, until there are no more."""
    reader = asyncio.StreamReader(limit=1 << 26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await answers(json.loads(line))), flush=True)


def main() -> None:
    crowd = Crowd()

    async def answers(asked: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await getattr(crowd, asked.pop("do"))(**asked)
        return answer

    asyncio.run(told(answers))


if __name__ == "__main__":
    main()
