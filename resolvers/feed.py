"""The log as one subscriber has it: what it wants, signs of life in between, a new start where news was lost."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from resolvers.context import Context
from resolvers.wanted import Wanted
from runner.events import Recorded
from runner.journal import CursorLost, Quiet
from runner.model import Cursor as Place
from schema.event_interface import Event, shown
from schema.feeds import Heartbeat, Resync
from schema.scalars import Cursor, CursorMalformed, decode_cursor

SILENCE_SECONDS = 10.0
MALFORMED = "malformed: the cursor is none that this API gave"

FeedItem: TypeAlias = Event | Heartbeat | Resync


@dataclass(frozen=True, kw_only=True, eq=False)
class Feed(AsyncIterable[FeedItem]):
    """Every wanted event after the cursor, stored ones first, then live: each once, in order. Never ends by itself.

    A subscriber that comes back goes on where it stopped, whatever its document says of a cursor. Says at least every
    20 s of what is not wanted, and every 10 s of nothing, how far the log is. Where completeness cannot be proved it
    says so once and goes on from the newest place. Loaders are new for each item.

    Iterated, it follows the log by itself; who serves many takes `begin` and `wanted`, and keeps the same promises.
    """

    context: Context
    after: Cursor | None
    wanted: Wanted

    async def __aiter__(self) -> AsyncGenerator[FeedItem]:
        place, lost = await self._first()
        while True:
            if lost is not None:
                self.context.renew()
                yield Resync.of(lost.reason, lost.newest)
                place, lost = lost.newest, None
            try:
                async with aclosing(_follow(self.context, place, self.wanted)) as items:
                    async for item in items:
                        self.context.renew()
                        yield item
            except CursorLost as error:
                lost = error

    def begin(self) -> Place | None:
        """The place to begin after; None: now.

        Raises:
            CursorMalformed: it is none.
        """
        after = self.after if self.context.resumed is None else self.context.resumed
        return None if after is None else decode_cursor(after)

    async def _first(self) -> tuple[Place | None, CursorLost | None]:
        try:
            return self.begin(), None
        except CursorMalformed:
            return None, CursorLost(MALFORMED, await self.context.journal.newest())


async def _follow(
    context: Context, place: Place | None, wanted: Callable[[Recorded], bool]
) -> AsyncGenerator[Event | Heartbeat]:
    silence = _Silence(context.now)
    async with aclosing(context.journal.follow(place, SILENCE_SECONDS)) as news:
        async for told in news:
            if isinstance(told, Quiet) or not wanted(told):
                if isinstance(told, Quiet) or silence.is_long:
                    yield Heartbeat.of(told.cursor, silence.broken())
            else:
                silence.broken()
                yield shown(told)


class _Silence:
    """How long the subscriber has heard nothing."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._since = now()

    @property
    def is_long(self) -> bool:
        return self._now() - self._since >= timedelta(seconds=SILENCE_SECONDS)

    def broken(self) -> datetime:
        self._since = self._now()
        return self._since
