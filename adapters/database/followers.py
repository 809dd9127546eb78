"""Following the log: one reader's window of recent events that all followers share, pages of the database before it.

    log ──▶ |  pages, read by a follower that is behind  |  window, read once for all  |  now

A follower is a place in the log and nothing is kept for it: one that is slow falls out of the window and pages. There
is no task that reads ahead: of the followers that wait at the window's end, the first to be woken reads for the others.
What this process has just stored is put into the window as it is, when it follows on what stands there: reading it back
would give the same. Whatever does not fit is read.

Why a window, and not a queue for each follower, which is the common way? A queue has to be bounded, and then somebody
must decide what happens when it is full: to wait for the slowest, which holds up every commit; to drop events, which
breaks the one promise that there is; or to cut the subscriber off, who comes back and asks for all of it again. And a
queue is fed by whoever stores: an event that was stored while nobody fed it (a lost wake-up, another process, the gap
between reading what is stored and listening) would be missed in silence. The log is there anyway, complete and in
order. Asked "what comes after my place?" it has no gap between old and new, and a reader that is slow costs its own
time. What is lost with a queue is that reading costs a query for each follower and event; the window gives that back,
as followers near the end all want the same rows. It may be dropped at any time: it holds nothing that the log has not.

Also rejected: a task that reads ahead and hands out. It must be started, watched, and ended; and when it fails, someone
has to tell all who wait. The first to wake reads in its own time, and where that fails it tries again in a second.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from adapters.database import log
from adapters.database.log import PipelinesById
from adapters.database.readers import Reader
from adapters.notifier import Notifier
from runner.events import Recorded
from runner.journal import CursorLost, Quiet, StorageError
from runner.model import Cursor

_PAGE = 256
_LIVING = 1024
_RETRY_SECONDS = 1.0

ReadAfter: TypeAlias = Callable[[Cursor, PipelinesById], Awaitable[tuple[list[Recorded], PipelinesById]]]


class Window:
    """The newest events that were read, at most `size` of them, beginning after `base`."""

    def __init__(self, base: Cursor, size: int) -> None:
        self.base = base
        self.newest = base
        self._size = size
        self._events: list[Recorded] = []

    def add(self, events: Sequence[Recorded]) -> None:
        self._events += events
        if events:
            self.newest = events[-1].cursor
        if len(self._events) > 2 * self._size:
            self.base = self._events[-self._size - 1].cursor
            del self._events[: -self._size]

    def after(self, place: Cursor) -> Sequence[Recorded] | None:
        """Some events after the place, as far as read; None when the place lies before the window."""
        if place.position < self.base.position:
            return None
        start = bisect_right(self._events, place.position, key=lambda recorded: recorded.cursor.position)
        return self._events[start : start + _PAGE]


class Tail:
    """The end of the log, read once for all followers of this process."""

    def __init__(self, read: ReadAfter, notifier: Notifier, size: int, poll_seconds: float) -> None:
        self._read = read
        self._notifier = notifier
        self._size = size
        self._poll_seconds = poll_seconds
        self._window: Window | None = None
        self._pipelines: PipelinesById = {}
        self._reading = asyncio.Lock()
        self._ended_at: tuple[int, float] | None = None

    async def after(self, place: Cursor) -> Sequence[Recorded] | None:
        """Some events after the place, empty at the log's end; None when it lies before the window."""
        while True:
            window = self._window_for(place)
            events = window.after(place)
            if events is None or events:
                return events
            if self._is_at_end():
                return ()
            async with self._reading:
                read_meanwhile = window is not self._window or window.after(place) or self._is_at_end()
                if not read_meanwhile:
                    await self._read_on(window, place)

    def put(self, events: Sequence[Recorded]) -> bool:
        """Adds what was stored a moment ago; False when it does not follow on the window, or that is being read."""
        window = self._window
        if window is None or self._reading.locked() or not events:
            return False
        if events[0].cursor.position != window.newest.position + 1:
            return False
        window.add(events)
        changed = {one.pipeline.id: one.pipeline for one in events if one.pipeline}
        self._pipelines = _living(
            {**{key: value for key, value in self._pipelines.items() if key not in changed}, **changed}
        )
        return True

    def note_end(self) -> None:
        """All that was stored until now stands in the window."""
        self._ended_at = (self._notifier.count, asyncio.get_running_loop().time())

    def _is_at_end(self) -> bool:
        """Whether the last reading found the end, not long ago, and nobody has said since that there is more."""
        if self._ended_at is None:
            return False
        count, at = self._ended_at
        return count == self._notifier.count and asyncio.get_running_loop().time() < at + self._poll_seconds

    def _window_for(self, place: Cursor) -> Window:
        """While nobody followed, the log may have grown far beyond the window: a new one begins where it is needed."""
        if self._window is None or place.position > self._window.newest.position + self._size:
            self._window = Window(place, self._size)
        return self._window

    async def _read_on(self, window: Window, place: Cursor) -> None:
        began = (self._notifier.count, asyncio.get_running_loop().time())
        try:
            events, pipelines = await self._read(window.newest, self._pipelines)
        except CursorLost:
            if window.newest == place:
                raise
            self._window = Window(place, self._size)
            return
        self._pipelines = _living(pipelines)
        window.add(events)
        self._ended_at = began if len(events) < _PAGE else None


class Followers:
    """Every follower of this process: `follow` is the journal's."""

    def __init__(self, reader: Reader, notifier: Notifier, window: int = 4096, poll_seconds: float = 5.0) -> None:
        self._reader = reader
        self._notifier = notifier
        self._poll_seconds = poll_seconds
        self._tail = Tail(self._read_after, notifier, window, poll_seconds)

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """Told what has just been stored, in order; wakes everybody."""
        told = self._tail.put(recorded)
        self._notifier.notify()
        if told:
            self._tail.note_end()

    async def follow(self, after: Cursor | None, quiet_seconds: float) -> AsyncGenerator[Recorded | Quiet]:
        clock = asyncio.get_running_loop().time
        with self._notifier.listen() as woken:
            place = await self._first_place(after)
            quiet_at = clock() + quiet_seconds
            pipelines: PipelinesById = {}
            while True:
                woken.clear()
                longest = self._poll_seconds
                try:
                    events = await self._tail.after(place)
                    if events is None:
                        events, pipelines = await self._read_after(place, pipelines)
                        pipelines = _living(pipelines)
                except StorageError:
                    # The place is kept, so nothing is missed; whoever asks for the state is told why.
                    events, longest = (), _RETRY_SECONDS
                for recorded in events:
                    place = recorded.cursor
                    yield recorded
                if events:
                    await asyncio.sleep(0)  # the window may hold thousands more, and others want to run
                    quiet_at = clock() + quiet_seconds
                elif clock() >= quiet_at:
                    yield Quiet(cursor=place)
                    quiet_at = clock() + quiet_seconds
                else:
                    await _wait(woken, min(quiet_at - clock(), longest))

    async def _first_place(self, after: Cursor | None) -> Cursor:
        if after is None:
            return await self._reader.run(log.newest)
        await self._reader.run(lambda connection: log.check_complete(connection, after))
        return after

    async def _read_after(self, place: Cursor, pipelines: PipelinesById) -> tuple[list[Recorded], PipelinesById]:
        return await self._reader.run(lambda connection: log.events_after(connection, place, _PAGE, pipelines))


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


def _living(pipelines: PipelinesById) -> PipelinesById:
    """Those whose events are likely to come, the most lately changed: others are folded anew when they are met."""
    return dict([(key, pipeline) for key, pipeline in pipelines.items() if not pipeline.status.ended][-_LIVING:])
