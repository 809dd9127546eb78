"""uvicorn, set up for stepwire: sockets can be closed although nobody reads them, and a stop records first."""

import asyncio
import gc
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from web.connections import Config, Connections, HttpConnection, Seldom, why_nothing_opens
from web.sinks import LINE, HungUp

_SOCKET_MESSAGE_BYTES = 1024 * 1024
_GRACE_SECONDS = 10
_ABORT_SECONDS = 5.0
_SWITCH_SECONDS = 0.0005
_TICKS_A_SECOND = 10
# New objects, and collections of the next younger generation, before one is collected; Python's own are 700, 10, 10.
_COLLECT_AT = (10_000, 20, 20)


class SocketProtocol(WebSocketsSansIOProtocol):
    """Sends a close at once, also to a peer that does not read, and gives its connection up soon after.

    Is a `web.sinks.Line` for whole frames: what is made already need not pass the library's state machine once for
    each peer. A frame without extensions does not change its state.
    """

    config: Config
    _is_full = False

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            # The application's task has not begun yet.
            self.scope["extensions"][LINE] = {LINE: self}

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_full = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_full = False

    def push(self, frame: bytes) -> bool:
        if self._is_full or self.conn.state is not State.OPEN or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    @property
    def unread(self) -> int:
        return self.transport.get_write_buffer_size()

    async def drained(self) -> None:
        await self.writable.wait()
        if self.conn.state is not State.OPEN or self.transport.is_closing():
            raise HungUp

    def connection_lost(self, exc: Exception | None) -> None:
        self.config.connections.leave(self.transport)
        super().connection_lost(exc)

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()
            self.loop.call_later(_ABORT_SECONDS, self.transport.abort)
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Both hold every header, and would for as long as the socket is open.
            del self.request, self.response


class Server(uvicorn.Server):
    """Calls `announce` with its address once it listens, and `before_stop` before the sockets are closed (1012)."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        announce: Callable[[str], None],
        before_stop: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._before_stop = before_stop
        self._full = Seldom("descriptors_used_up")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = self.config.host
            self._announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0 and (reason := why_nothing_opens()):
            self._full(reason=reason)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._before_stop()
        await super().shutdown(sockets)


def configured(app: ASGIApp, host: str, port: int, connections: Connections | None = None) -> Config:
    """No per-message deflate (memory and time for each socket), no server header, no access log of its own."""
    return Config(
        app,
        connections=connections or Connections(),
        host=host,
        port=port,
        loop="uvloop",
        http=HttpConnection,
        ws=SocketProtocol,
        ws_max_size=_SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def keep_what_is_loaded() -> None:
    """Tunes the process for serving: modules and schema are never looked through again for garbage, and a thread that
    comes back from the database waits half a millisecond for a busy loop instead of Python's five.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AT)
    sys.setswitchinterval(_SWITCH_SECONDS)


async def stopped(task: "asyncio.Task[None]", seconds: float) -> None:
    """Waits for the task, and cancels it when it takes longer than that."""
    _, pending = await asyncio.wait([task], timeout=seconds)
    if pending:
        task.cancel()
        await asyncio.wait([task])
