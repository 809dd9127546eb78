"""Following the log, one reader by itself: a place, pages of the database after it, and a wait for more.

A follower is a place in the log and nothing is kept for it: one that is slow costs its own time. Asked what comes after
its place, the log has no gap between old and new, and whoever is woken for nothing, or not at all, asks again. Who
serves many subscribers reads once for all of them (see `web.hub`) and needs of this only `after`.

The common way is a queue for each. It has to be bounded, and then somebody must decide what happens when it is full: to
wait for the slowest, which holds up every commit; to drop events, which breaks the one promise that there is; or to cut
the follower off, which comes back and asks for all of it again. And a queue is fed by whoever stores: what was stored
while nobody fed it (a lost wake-up, another process) would be missed in silence.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from adapters.database import log
from adapters.database.log import PipelinesById
from adapters.database.readers import Reader
from adapters.notifier import Notifier
from runner.events import Recorded
from runner.journal import Quiet, StorageError
from runner.model import Cursor

_PAGE = 256
_LIVING = 1024
_RETRY_SECONDS = 1.0


class Followers:
    """Every follower of this process: `follow` and `after` are the journal's."""

    def __init__(self, reader: Reader, notifier: Notifier, poll_seconds: float = 5.0) -> None:
        self._reader = reader
        self._notifier = notifier
        self._poll_seconds = poll_seconds

    def committed(self, _: Sequence[Recorded]) -> None:
        """Wakes everybody."""
        self._notifier.notify()

    async def after(self, place: Cursor) -> Sequence[Recorded]:
        events, _ = await self._page(place, {})
        return events

    async def follow(self, after: Cursor | None, quiet_seconds: float) -> AsyncGenerator[Recorded | Quiet]:
        clock = asyncio.get_running_loop().time
        with self._notifier.listen() as woken:
            place = await self._first_place(after)
            quiet_at = clock() + quiet_seconds
            pipelines: PipelinesById = {}
            while True:
                woken.clear()
                longest = self._poll_seconds
                events: Sequence[Recorded] = ()
                try:
                    events, pipelines = await self._page(place, pipelines)
                except StorageError:
                    # The place is kept, so nothing is missed; whoever asks for the state is told why.
                    longest = _RETRY_SECONDS
                for recorded in events:
                    place = recorded.cursor
                    yield recorded
                if events:
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

    async def _page(self, place: Cursor, known: PipelinesById) -> tuple[Sequence[Recorded], PipelinesById]:
        events, pipelines = await self._reader.run(lambda connection: log.events_after(connection, place, _PAGE, known))
        return events, _living(pipelines)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


def _living(pipelines: PipelinesById) -> PipelinesById:
    """Those whose events are likely to come, the most lately changed: others are folded anew when they are met."""
    return dict([(key, pipeline) for key, pipeline in pipelines.items() if not pipeline.status.ended][-_LIVING:])
