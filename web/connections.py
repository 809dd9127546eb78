"""Connections from outside: how many there may be, and how long each may take for what it has to say and to hear.

    accepted ─▶ counted, or 503 ─▶ a head within 10 s and 64 kB ─▶ a body within 60 s and 2 MB ─▶ answers that are read

uvicorn alone waits for ever: for a head that never ends, and for a client that takes nothing of an answer. A proxy in
front would do; but people run stepwire without one.
"""

import asyncio
import os
import resource
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web.sinks import LINE, HungUp

_HEAD_SECONDS = 10.0
_HEAD_BYTES = 64 * 1024
_BODY_SECONDS = 60.0
_STALL_SECONDS = 10.0
BODY_BYTES = 2 * 1024 * 1024
# For the database, OpenCode, and whatever else is opened while all connections are taken.
_OTHER_DESCRIPTORS = 128
_SAID_EVERY = 60.0

log = structlog.get_logger("stepwire.connections")


class Seldom:
    """Writes a warning down at most once a minute, with how often it was meant."""

    def __init__(self, event: str, now: Callable[[], float] = time.monotonic) -> None:
        self._event = event
        self._now = now
        self._times = 0
        self._next = float("-inf")

    def __call__(self, **facts: object) -> None:
        self._times += 1
        if self._now() >= self._next:
            log.warning(self._event, times=self._times, **facts)
            self._times, self._next = 0, self._now() + _SAID_EVERY


class Connections:
    """Those that are open, in total and by address; `most_of_one` is the cap of a single address."""

    def __init__(self, most: int = 2_000, most_of_one: int = 1_000) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._hosts: dict[asyncio.BaseTransport, str] = {}
        self._of_host = Counter[str]()
        self._refused = Seldom("connections_refused")

    @property
    def count(self) -> int:
        return len(self._hosts)

    def admit(self, transport: asyncio.BaseTransport, host: str) -> str | None:
        """Counts it; or says why there is no room for it."""
        reason = None
        if len(self._hosts) >= self._most:
            reason = f"There are {self._most:,} connections already (--max-connections)."
        elif self._of_host[host] >= self._most_of_one:
            reason = f"There are {self._most_of_one:,} from this address already (--max-connections-per-address)."
        if reason is None:
            self._hosts[transport] = host
            self._of_host[host] += 1
            return None
        self._refused(reason=reason, address=host)
        return f"{reason} Try again soon.\n"

    def leave(self, transport: asyncio.BaseTransport) -> None:
        if (host := self._hosts.pop(transport, None)) is not None:
            self._of_host -= Counter((host,))


class Config(uvicorn.Config):
    """uvicorn's, and what all connections of a server share."""

    def __init__(self, app: Any, *, connections: Connections, **options: Any) -> None:
        super().__init__(app, **options)
        self.connections = connections


class HttpConnection(HttpToolsProtocol):
    """One of HTTP, until it becomes a websocket: gives up whoever does not come to an end.

    Is a `web.sinks.Line` for whole chunks of a response that has begun.
    """

    config: Config

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._head: int | None = 0
        self._body = 0
        self._over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        refusal = self.config.connections.admit(transport, self.client[0] if self.client else "")
        if refusal is not None:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE, refusal)
            return
        self._wait(_HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self.config.connections.leave(self.transport)
        self._wait(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > _HEAD_BYTES:
                self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A head may have {_HEAD_BYTES:,} bytes.\n")

    def on_message_begin(self) -> None:
        if self._deadline is None:
            self._wait(_HEAD_SECONDS)
        self._head, self._body = 0, 0
        super().on_message_begin()
        self.scope["extensions"] = {LINE: {LINE: self}}

    def on_headers_complete(self) -> None:
        self._head = None
        self._wait(_BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)
        if self._body > BODY_BYTES and self.cycle.response_complete:
            # Nobody will read the rest, however long it is.
            self._over = True
            self.transport.close()

    def on_message_complete(self) -> None:
        self._wait(None)
        super().on_message_complete()

    def push(self, frame: bytes) -> bool:
        if self.flow.write_paused or self.cycle.disconnected or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    @property
    def unread(self) -> int:
        return self.transport.get_write_buffer_size()

    async def drained(self) -> None:
        await self.flow.drain()
        if self.cycle.disconnected or self.transport.is_closing():
            raise HungUp

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(None)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _wait(self, seconds: float | None) -> None:
        """Until whoever sends has come to the end of the next part."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._end(HTTPStatus.REQUEST_TIMEOUT, "The request did not come to its end in time.\n")

    def _watch(self, unread: int | None) -> None:
        """Gives up a client that has taken nothing since it was looked at last: what is left for it would never go."""
        left = self.transport.get_write_buffer_size()
        if unread is not None and left >= unread:
            self.transport.abort()
            return
        self._stalled = self.loop.call_later(_STALL_SECONDS, self._watch, left)

    def _end(self, status: HTTPStatus, words: str) -> None:
        self._over = True
        self._wait(None)
        if not getattr(self.cycle, "response_started", False):
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(words)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n{words}".encode()
            )
        self.transport.close()


def make_room(most: int) -> int:
    """Has the system allow as many descriptors as so many connections need, where it may; how many there can be."""
    allowed, at_most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _OTHER_DESCRIPTORS
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        raised = wanted if at_most == resource.RLIM_INFINITY else min(wanted, at_most)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, at_most))
            allowed = raised
    if allowed == resource.RLIM_INFINITY:
        return most
    # With very few descriptors half of them have to do for everything else.
    return max(1, min(most, max(allowed - _OTHER_DESCRIPTORS, allowed // 2)))


def why_nothing_opens() -> str | None:
    """None; or in the system's words why nothing more can be opened.

    uvloop does not tell: it hangs up on whoever connects then, and goes on listening.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return str(error)
    return None
