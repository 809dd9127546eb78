"""One subscriber, from where it stopped to its end: it catches up, is live, is parked when it does not read, and again.

    catching up ──(stands where the hub stands)──▶ live ──(its sink takes no more)──▶ parked ──▶ catching up
         └──────────(the place is none any more: Resync, and on from the newest)──────────┘

Catching up goes page by page, from the hub's window where that has them, and at the subscriber's own pace: what it does
not read yet is not fetched. Between the look that finds nothing more and becoming a member nothing is awaited, so
nothing can come in between. All of it runs in the operation's own task, and holds nobody up.
"""

import asyncio
from collections.abc import Sequence

from resolvers.feed import MALFORMED, SILENCE_SECONDS, Feed
from runner.events import Recorded
from runner.journal import CursorLost, StorageError
from schema.feeds import Heartbeat, Resync
from schema.scalars import CursorMalformed
from web.groups import Group
from web.hub import Hub
from web.members import Member
from web.results import Delivered
from web.sinks import Sink, handed

_RETRY_SECONDS = 1.0


class Subscription:
    """Every wanted event of the feed once, in order, into the sink; see `resolvers.feed.Feed` for all that it tells.

    `place` is how far it has come; of one that is live, how far it had come when it joined.
    """

    __slots__ = ("_feed", "_group", "_heard", "_hub", "_sink", "place")

    def __init__(self, hub: Hub, group: Group, feed: Feed, sink: Sink) -> None:
        self.place = hub.newest
        self._hub = hub
        self._group = group
        self._feed = feed
        self._sink = sink
        self._heard = _now()

    async def run(self) -> None:
        """Never returns by itself. Raises Stalled or HungUp."""
        self._hub.behind.add(self)
        try:
            await self._begin()
            while True:
                try:
                    await self._catch_up()
                    await self._live()
                except CursorLost as lost:
                    await self._begin_anew(lost)
        finally:
            self._hub.behind.discard(self)

    async def _begin(self) -> None:
        try:
            self.place = self._feed.begin() or self.place
        except CursorMalformed:
            await self._begin_anew(CursorLost(MALFORMED, self._hub.newest))

    async def _begin_anew(self, lost: CursorLost) -> None:
        await self._tell(await self._group.rendered(Resync.of(lost.reason, lost.newest)))
        self.place = lost.newest

    async def _catch_up(self) -> None:
        while events := await self._next():
            for recorded in events:
                if self._feed.wanted(recorded):
                    await self._tell(await self._group.shown(recorded))
                self.place = recorded.cursor
            await self._break_silence()
            await asyncio.sleep(0)  # there may be thousands more, and others want to run

    async def _next(self) -> Sequence[Recorded]:
        """What comes right after its place; nothing once it stands where the hub stands, or further on."""
        while True:
            if (known := self._hub.after(self.place)) is not None:
                return known
            try:
                events = await self._feed.context.journal.after(self.place)
            except StorageError:
                # The place is kept, so nothing is missed; whoever asks for the state is told why.
                await self._break_silence()
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if events or self.place.position >= self._hub.place.position:
                return events

    async def _live(self) -> None:
        member = Member(self._sink, self.place, self._heard)
        self._hub.behind.discard(self)
        with self._hub.live(self._group, self._feed.wanted, member):
            self.place = await member.parked
        self._hub.behind.add(self)
        self._heard = member.heard
        self._hub.figures.parked += 1
        try:
            await self._sink.ready()
        finally:
            self._hub.figures.parked -= 1

    async def _break_silence(self) -> None:
        if _now() - self._heard >= SILENCE_SECONDS:
            await self._tell(await self._group.rendered(Heartbeat.of(self.place, self._feed.context.now())))

    async def _tell(self, result: Delivered) -> None:
        await handed(self._sink, result)
        self._hub.figures.deliveries += 1
        self._heard = _now()


def _now() -> float:
    return asyncio.get_running_loop().time()
