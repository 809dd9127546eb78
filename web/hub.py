"""The hub: one reader of the log for all subscribers of this process, which stands at one place and hands out.

    journal ─▶ stored: what follows on the place, as it is ─▶ filters ─▶ groups ─▶ members
       └─────▶ read: whatever else came after the place ───▶

One task reads; nothing is read for each subscriber. What this process has just stored is taken as it is when it follows
on the place where the hub stands: reading it back would give the same. Whatever does not fit, because another process
stored it or a wake-up was lost, is read from the log, which the hub asks every five seconds anyway. It asks the filters
who wants an event before anything is executed, and offers the event to their groups in the same tick.

Who catches up does so alone and from the hub's window, or from the database before it, until it stands where the hub
stands; in the same tick it becomes a member. That is the whole seam between the past and now: one comparison of places.

A hub that died would freeze everybody. So it survives what its reads raise, whatever that is: it tries again from its
place, and `failed_reads` counts. When the log is not the one it knew any more it begins anew, and has everybody
catch up, which tells them.
"""

import asyncio
from collections.abc import Hashable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from resolvers.wanted import Wanted
from runner.events import LogPruned, Recorded
from runner.journal import CursorLost, Journal
from runner.model import Cursor
from runner.reads import EventQuery, Reads
from web.connections import Seldom
from web.delivery_figures import DeliveryFigures, Standing
from web.filter_index import FilterIndex
from web.groups import Group, Offer
from web.members import Audience, Member
from web.window import Window

if TYPE_CHECKING:
    from web.subscription import Subscription

_WINDOW = 1024
_FIRST = 512
_POLL_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_BEAT_SECONDS = 0.5

_log = structlog.get_logger("stepwire.hub")


class Hub:
    """Is a hook of the journal, and `run` beside it.

    `behind` are the subscriptions that are not live: they catch up, or are parked.
    """

    def __init__(self, *, poll_seconds: float = _POLL_SECONDS, beat_seconds: float = _BEAT_SECONDS) -> None:
        self.figures = DeliveryFigures(self._standing)
        self.filters = FilterIndex[Audience]()
        self.behind: set[Subscription] = set()
        self._poll_seconds = poll_seconds
        self._beat_seconds = beat_seconds
        self._groups: dict[Hashable, Group] = {}
        self._window: Window | None = None
        self._stands = False
        self._begun = asyncio.Event()
        self._woken = asyncio.Event()
        self._stored: list[tuple[Recorded, float]] = []
        self._runs = False
        self._failed = Seldom("hub_read_failed")

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """Told what has just been stored, in order; handed out in the next tick."""
        if self._runs:
            now = asyncio.get_running_loop().time()
            self._stored += [(one, now) for one in recorded]
            self._woken.set()

    async def run(self, journal: Journal, reads: Reads) -> None:
        """Reads and hands out until it is cancelled; never raises."""
        self._runs = True
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(journal, reads))
            tasks.create_task(self._beat())

    async def begun(self) -> None:
        """Returns once it stands somewhere."""
        await self._begun.wait()

    @property
    def place(self) -> Cursor:
        """Where it stands: all up to there has been offered to whoever was live."""
        return self._known.newest

    @property
    def newest(self) -> Cursor:
        """The newest place that it has heard of: "now" for whoever comes now."""
        return self._stored[-1][0].cursor if self._stored else self.place

    def after(self, place: Cursor) -> Sequence[Recorded] | None:
        """Some events right after the place, without asking the database: none at the hub's own; None: ask it."""
        return self._known.after(place)

    def group(self, key: Hashable) -> Group | None:
        """That of all who see the same, while it has subscribers."""
        return self._groups.get(key)

    def enter(self, key: Hashable, group: Group) -> Group:
        """One subscriber more: of this group, or of the one that has come into being under its key."""
        group = self._groups.setdefault(key, group)
        group.subscribers += 1
        self.figures.subscribers += 1
        return group

    def leave(self, key: Hashable, group: Group) -> None:
        self.figures.subscribers -= 1
        group.subscribers -= 1
        if group.subscribers == 0:
            del self._groups[key]
            group.close()

    def begin(self, member: Member, group: Group, wanted: Wanted) -> None:
        """The member is told from now on, until it is parked or ended.

        Only for one that stands where the hub stands, or further on.
        """
        if (audience := group.audiences.get(wanted)) is None:
            audience = group.audiences[wanted] = Audience(group, wanted)
            self.filters.add(wanted, audience)
        member.join(audience)

    def end(self, member: Member, group: Group, wanted: Wanted) -> None:
        """Of one that was begun, parked or not."""
        member.leave()
        audience = group.audiences.get(wanted)
        if audience is not None and not audience.members:
            del group.audiences[wanted]
            self.filters.remove(wanted, audience)

    @property
    def _known(self) -> Window:
        if self._window is None:
            raise RuntimeError("the hub stands nowhere yet: await begun()")
        return self._window

    async def _follow(self, journal: Journal, reads: Reads) -> None:
        while True:
            self._woken.clear()
            seconds = self._poll_seconds
            try:
                if not self._stands:
                    await self._begin(journal, reads)
                if not self._hand_out_stored():
                    await self._hand_out_read(journal)
            except CursorLost as lost:
                _log.warning("log_replaced", reason=lost.reason)
                self._stands, seconds = False, 0.0
            except Exception as error:  # noqa: BLE001  see the module's last paragraph
                self.figures.failed_reads += 1
                self._failed(reason=repr(error))
                seconds = _RETRY_SECONDS
            await _wait(self._woken, seconds)

    async def _begin(self, journal: Journal, reads: Reads) -> None:
        """Stands at the end of the log, with what came right before it: whoever returns now has missed just that."""
        page = await reads.events(EventQuery(last=_FIRST))
        unbroken = _unbroken(page.items)
        base = unbroken[0].cursor if unbroken else await journal.newest()
        before, self._window = self._window, Window(base, _WINDOW, unbroken[1:])
        self._stands = True
        self._begun.set()
        if before is not None:
            for group in self._groups.values():
                group.park_all(before.newest)

    def _hand_out_stored(self) -> bool:
        """Whether that is all there is, as far as it is known here."""
        stored, self._stored = self._stored, []
        for recorded, at in stored:
            if recorded.cursor.position > self.place.position + 1:
                return False
            if recorded.cursor.position > self.place.position:
                self._hand_out(recorded, at)
        return bool(stored)

    async def _hand_out_read(self, journal: Journal) -> None:
        while events := await journal.after(self.place):
            for recorded in events:
                self._hand_out(recorded, None)
            await asyncio.sleep(0)  # there may be thousands more, and others want to run

    def _hand_out(self, recorded: Recorded, stored_at: float | None) -> None:
        before = self.place
        if isinstance(recorded.event, LogPruned):
            # What lies before may not be there any more: whoever comes from there has to be told.
            self._window = Window(before, _WINDOW)
        self._known.add(recorded)
        wanting: dict[Group, list[Audience]] = {}
        for audience in self.filters.wanting(recorded):
            wanting.setdefault(audience.group, []).append(audience)
        for group, audiences in wanting.items():
            group.offer(Offer(recorded=recorded, before=before, audiences=audiences, stored_at=stored_at))

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(self._beat_seconds)
            for group in list(self._groups.values()):
                try:
                    group.beat(self.place, clock())
                except Exception:  # noqa: BLE001  logged; the other groups are to hear it
                    _log.exception("beat_failed")

    def _standing(self) -> Standing:
        if self._window is None:
            return Standing(groups=len(self._groups), hub_lag=0, slowest_lag=0)
        place = self.place.position
        slowest = min((one.place.position for one in self.behind), default=place)
        lag = self.newest.position - place
        return Standing(groups=len(self._groups), hub_lag=max(0, lag), slowest_lag=max(0, place - slowest))


def _unbroken(events: Sequence[Recorded]) -> Sequence[Recorded]:
    """The last of them, as far back as no position is missing: before that something was pruned."""
    first = len(events) - 1
    while first > 0 and events[first - 1].cursor.position == events[first].cursor.position - 1:
        first -= 1
    return events[max(0, first) :]


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
