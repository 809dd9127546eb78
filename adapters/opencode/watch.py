"""The one reader of a server's event stream: hands every event to the witnesses and never gives up.

    connecting ─▶ connected (server.connected) ─▶ catch up ─▶ reading ─▶ silent, broken or ended ─▶ connecting

For its first half second OpenCode 1 accepts the request and never answers it, and there is no replay: so a connection
counts only when its first frame has come, and after each one what may have been missed is read anew.

A frame is parsed once, and goes to whoever follows a session that it is about. The events of a busy server that nobody
follows cost no more than that.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import Context
from typing import Generic, NoReturn, Protocol, TypeVar

from adapters.opencode.observations import Observations
from runner.failures import AgentError

log = logging.getLogger("stepwire.opencode")

DEAD_AFTER = 25.0
CONNECT_WITHIN = 3.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Source(Protocol):
    """Where events come from: each as it came, an empty one for a sign of life that says nothing else."""

    @property
    def url(self) -> str: ...

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...


class Routed(Protocol):
    """An event, as far as it is looked at before anybody takes it."""

    def concerns(self, sessions: frozenset[str]) -> bool:
        """Whether whoever follows these sessions wants it."""

    @property
    def changes_names(self) -> bool:
        """Whether agents, models or secrets of some folder may be others from now on."""


Client = TypeVar("Client", bound=Source)
Client_contra = TypeVar("Client_contra", bound=Source, contravariant=True)
Event = TypeVar("Event", bound=Routed)
Event_contra = TypeVar("Event_contra", contravariant=True)


class Witness(Protocol[Client_contra, Event_contra]):
    """Takes what happens; `blind` once something may have been missed."""

    blind: bool

    @property
    def seen(self) -> Observations: ...

    def take(self, event: Event_contra) -> None: ...

    async def catch_up(self, client: Client_contra) -> None:
        """Raises AgentError when what was missed cannot be read anew."""


class Watch(Generic[Client, Event]):
    """Runs as a task beside everything else; `run` returns only by being cancelled.

    `read` makes an event of a frame. It raises ValueError for what is none. `forget` is called whenever what was known
    of names and secrets may be out of date: after such an event, and after a gap.
    """

    def __init__(
        self,
        client: Client,
        read: Callable[[bytes], Event],
        *,
        forget: Callable[[], None],
        dead_after: float = DEAD_AFTER,
        connect_within: float = CONNECT_WITHIN,
    ) -> None:
        self._client = client
        self._read_event = read
        self._forget = forget
        self._dead_after = dead_after
        self._connect_within = connect_within
        self._witnesses: set[Witness[Client, Event]] = set()
        self._connected = asyncio.Event()
        self._wanted = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    @contextmanager
    def told(self, witness: Witness[Client, Event]) -> Iterator[None]:
        """The witness takes every event for as long as this lasts."""
        self._witnesses.add(witness)
        witness.blind = witness.blind or not self.is_connected
        try:
            yield
        finally:
            self._witnesses.discard(witness)

    async def connected(self, *, within: float) -> bool:
        """Waits a little for the stream; whether it is there."""
        self._wanted.set()
        try:
            async with asyncio.timeout(within):
                await self._connected.wait()
        except TimeoutError:
            return False
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs beside the block; should it ever break, the log says so."""
        # It works for all attempts, not for the one that happens to open it: that one's trace would have no end.
        reader = asyncio.create_task(self.run(), name="opencode-events", context=Context())
        reader.add_done_callback(_say_if_broken)
        try:
            yield
        finally:
            reader.cancel()
            await asyncio.wait((reader,))

    async def run(self) -> NoReturn:
        pause = _SHORTEST_PAUSE
        while True:
            try:
                await self._read()
            except (AgentError, TimeoutError) as error:
                # Once for each loss: an OpenCode that stays away says nothing new every few seconds.
                if self.is_connected or pause == _SHORTEST_PAUSE:
                    log.info("event_stream_lost", extra={"url": self._client.url, "why": str(error) or "silence"})
            # Only a connection that has brought something shows that the next one may be tried at once.
            pause = _SHORTEST_PAUSE if self.is_connected else min(pause * 2, _LONGEST_PAUSE)
            self._connected.clear()
            self._forget()
            for witness in self._witnesses:
                witness.blind = True
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        self._wanted.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def _read(self) -> None:
        """Reads one connection to its end."""
        async with asyncio.timeout(self._connect_within) as limit, self._client.events() as frames:
            await self._next(frames)
            limit.reschedule(None)
            self._connected.set()
            await self._catch_up()
            while True:
                async with asyncio.timeout(self._dead_after):
                    frame = await self._next(frames)
                if frame is None:
                    return
                if frame:
                    self._hand_on(frame)

    async def _next(self, frames: AsyncIterator[bytes]) -> bytes | None:
        return await anext(frames, None)

    async def _catch_up(self) -> None:
        for witness in tuple(self._witnesses):
            try:
                await witness.catch_up(self._client)
            except AgentError as error:
                log.info("catching_up_failed", extra={"session_id": witness.seen.session_id, "why": str(error)})

    def _hand_on(self, frame: bytes) -> None:
        try:
            event = self._read_event(frame)
        except ValueError:
            log.info("event_not_understood", extra={"url": self._client.url, "size": len(frame)})
            return
        if event.changes_names:
            self._forget()
        for witness in tuple(self._witnesses):
            if event.concerns(witness.seen.sessions):
                witness.take(event)


def _say_if_broken(reader: "asyncio.Task[NoReturn]") -> None:
    if not reader.cancelled() and (error := reader.exception()) is not None:
        log.error("event_stream_broken", exc_info=error)
