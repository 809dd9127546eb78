"""One subscriber, from where it stopped to its end: it catches up, is live, is parked when it does not read, and again.

    catching up ──(stands where the hub stands)──▶ live ──(its sink takes no more)──▶ parked ──▶ catching up
         └──────────(the place is none any more: Resync, and on from the newest)──────────┘

Catching up goes page by page, from the hub's window where that has them, and at the subscriber's own pace: what it does
not read yet is not fetched. Between the look that finds nothing more and becoming a member nothing is awaited, so
nothing can come in between. All of it runs in the operation's own task, and holds nobody up.
"""

import asyncio
from collections.abc import Hashable, Sequence

from resolvers.feed import SILENCE_SECONDS
from resolvers.wanted import Wanted
from runner.events import Recorded
from runner.journal import CursorLost, StorageError
from runner.model import Cursor
from schema.feeds import Heartbeat, Resync
from web.groups import Group
from web.hub import Hub
from web.members import Member
from web.results import Delivered
from web.sinks import HungUp, Sink, Stalled, handed

_RETRY_SECONDS = 1.0


class Subscription:
    """Every wanted event after `begin` once, in order, into the sink; see `resolvers.feed.Feed` for all that it tells.

    `begin` None is now; and CursorLost where it is no place. `place` is how far it has come; of one that is live, how
    far it had come when it joined. As many are kept as there are subscribers: nothing of the request is.
    """

    __slots__ = ("_begin", "_group", "_heard", "_hub", "_key", "_sink", "_wanted", "place")

    def __init__(
        self, hub: Hub, key: Hashable, group: Group, *, wanted: Wanted, begin: Cursor | CursorLost | None
    ) -> None:
        self.place = hub.newest
        self._hub = hub
        self._key = key
        self._group = group
        self._wanted = wanted
        self._begin = begin

    async def run(self, sink: Sink) -> None:
        """Never returns by itself. Raises Refused, Stalled or HungUp."""
        self._sink, self._heard = sink, _now()
        self._group = self._hub.enter(self._key, self._group)
        self._hub.behind.add(self)
        try:
            await self._take_place()
            while True:
                try:
                    await self._catch_up()
                    await self._live()
                except CursorLost as lost:
                    await self._begin_anew(lost)
        except (Stalled, HungUp):
            raise
        except Exception as error:
            raise self._group.refusal(error) from error
        finally:
            self._hub.behind.discard(self)
            self._hub.leave(self._key, self._group)

    async def _take_place(self) -> None:
        begin, self._begin = self._begin, None
        if isinstance(begin, CursorLost):
            await self._begin_anew(begin)
        else:
            self.place = begin or self._hub.newest

    async def _begin_anew(self, lost: CursorLost) -> None:
        await self._tell(await self._group.rendered(Resync.of(lost.reason, lost.newest)))
        self.place = lost.newest

    async def _catch_up(self) -> None:
        while events := await self._next():
            for recorded in events:
                if self._wanted(recorded):
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
                events = await self._group.context.journal.after(self.place)
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
        self._hub.begin(member, self._group, self._wanted)
        try:
            self.place = await member.parked
        finally:
            self._hub.end(member, self._group, self._wanted)
        self._hub.behind.add(self)
        self._heard = member.heard
        self._hub.figures.parked += 1
        try:
            await self._sink.ready()
        finally:
            self._hub.figures.parked -= 1

    async def _break_silence(self) -> None:
        if _now() - self._heard >= SILENCE_SECONDS:
            await self._tell(await self._group.rendered(Heartbeat.of(self.place, self._group.context.now())))

    async def _tell(self, result: Delivered) -> None:
        await handed(self._sink, result)
        self._hub.figures.deliveries += 1
        self._heard = _now()


def _now() -> float:
    return asyncio.get_running_loop().time()
