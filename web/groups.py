"""A group: all subscribers who see the same of an event, which is rendered once and pushed to each of them.

    offered: an event, and who wants it ─▶ rendered once ─▶ the same bytes to each member, 500 a tick

They asked by the same document, under the same rights and with the same variables, but for those that say which events
they want and after which place: these decide who is shown an event, not what is shown of it.

A member stands where the hub stands. What lies at or before the place where it joined is passed over, and when its sink
takes no more it is parked after what it has, and left alone. So nobody waits for the slowest, and nobody has a gap or
an event twice. A parked member catches up by itself (`web.subscription`) and joins again.

Most events are rendered in the moment they are offered. Where something has to be awaited, the later events of this
group queue behind it, and no other group's. The newest 256 are kept for those who catch up.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql.execution import Executor

from resolvers import Context
from resolvers.feed import SILENCE_SECONDS
from resolvers.wanted import Wanted
from runner.events import Recorded
from runner.model import Cursor
from schema.event_interface import shown
from schema.feeds import Heartbeat
from web.delivery_figures import DeliveryFigures
from web.members import Audience, Member
from web.renderer import Renderer, Rendering
from web.results import Delivered, Mask

_log = structlog.get_logger("stepwire.delivery")

_KEPT = 256
_KEPT_BYTES = 1_000_000
_AT_ONCE = 500


@dataclass(slots=True, kw_only=True)
class Offer:
    """An event, the place before it, and who wants it; `stored_at` by the loop's clock, where that is known."""

    recorded: Recorded
    before: Cursor
    audiences: Sequence[Audience]
    stored_at: float | None = None
    _members: list[Member] | None = None
    _told: int = 0

    def next_members(self, count: int) -> Iterable[Member]:
        """Those who are live when the first of them is told; later ones have it already, or join after it."""
        if self._members is None:
            self._members = [member for audience in self.audiences for member in audience.members]
        chosen = self._members[self._told : self._told + count]
        self._told += len(chosen)
        return chosen

    @property
    def told(self) -> frozenset[Member]:
        return frozenset((self._members or ())[: self._told])

    @property
    def is_over(self) -> bool:
        return self._members is not None and self._told >= len(self._members)


@dataclass(slots=True, kw_only=True)
class _Kept:
    """The newest results, as tasks while they are made, so that nobody renders twice."""

    results: "OrderedDict[Cursor, Rendering]" = field(default_factory=OrderedDict)
    size: int = 0

    def put(self, place: Cursor, rendering: Rendering) -> None:
        self.results[place] = rendering
        self.size += len(rendering.body) if isinstance(rendering, Delivered) else 0
        while len(self.results) > _KEPT or (self.size > _KEPT_BYTES and len(self.results) > 1):
            _, oldest = self.results.popitem(last=False)
            self.size -= len(oldest.body) if isinstance(oldest, Delivered) else 0


class Group(Renderer):
    """Those who see the same, by what they want."""

    def __init__(self, executor: Executor[Any], context: Context, mask: Mask, figures: DeliveryFigures) -> None:
        super().__init__(executor, context, mask, figures)
        self.audiences: dict[Wanted, Audience] = {}
        self.subscribers = 0
        self._kept = _Kept()
        self._offers: deque[Offer] = deque()
        self._goes_on = False

    def offer(self, offer: Offer) -> None:
        """The next event that somebody here wants."""
        self._offers.append(offer)
        if not self._goes_on:
            self._go_on()

    async def shown(self, recorded: Recorded) -> Delivered:
        """The event, for one who catches up."""
        rendering = self._rendering(recorded)
        # It may have been begun for somebody else, who goes on without us.
        return rendering if isinstance(rendering, Delivered) else await asyncio.shield(rendering)

    def beat(self, newest: Cursor, now: float) -> None:
        """Tells those who have heard nothing for ten seconds how far the log is, as far as they have it.

        A group that waits for an event's parts has it up to that event.
        """
        reached = self._offers[0].before if self._offers else newest
        silent: dict[Cursor, list[Member]] = {}
        for member in self._members():
            if member.heard <= now - SILENCE_SECONDS:
                place = max(reached, member.place, key=lambda place: place.position)
                silent.setdefault(place, []).append(member)
        for place, members in silent.items():
            rendering = self.render(Heartbeat.of(place, self.context.now()))
            if isinstance(rendering, Delivered):
                self._push(rendering, members, place, now)

    def park_all(self, place: Cursor) -> None:
        """What was offered and not told yet is dropped; everybody catches up, from there or else from this place."""
        reached, told = place, frozenset[Member]()
        if self._offers:
            reached, told = self._offers[0].before, self._offers[0].told
        for member in list(self._members()):
            has = self._offers[0].recorded.cursor if member in told else reached
            member.park(max(has, member.place, key=lambda place: place.position))
        self._offers.clear()

    def close(self) -> None:
        """Nobody is left."""
        self._offers.clear()
        for rendering in self._kept.results.values():
            if not isinstance(rendering, Delivered):
                rendering.cancel()

    def _members(self) -> Iterable[Member]:
        return (member for audience in self.audiences.values() for member in audience.members)

    def _go_on(self, _: object = None) -> None:
        self._goes_on = True
        try:
            self._goes_on = self._tell_some()
        except Exception:  # noqa: BLE001  logged
            # A group that stopped here would be silent for ever.
            _log.exception("group_broken")
            self._goes_on = False
            self.park_all(self._offers[0].before)

    def _tell_some(self) -> bool:
        """Tells what is rendered to as many as one tick allows; whether it is called again for what is left."""
        loop, left = asyncio.get_running_loop(), _AT_ONCE
        while self._offers and left > 0:
            offer = self._offers[0]
            rendering = self._rendering(offer.recorded)
            if not isinstance(rendering, Delivered):
                rendering.add_done_callback(self._go_on)
                return True
            left -= self._tell(offer, rendering, left, loop.time())
        if self._offers:
            loop.call_soon(self._go_on)
        return bool(self._offers)

    def _tell(self, offer: Offer, result: Delivered, count: int, now: float) -> int:
        """To so many at most; how many it was."""
        position = offer.recorded.cursor.position
        members = [member for member in offer.next_members(count) if member.place.position < position]
        self._push(result, members, offer.before, now)
        if offer.is_over:
            self._offers.popleft()
            if offer.stored_at is not None:
                self._figures.sent(now - offer.stored_at)
        return len(members)

    def _push(self, result: Delivered, members: Sequence[Member], before: Cursor, now: float) -> None:
        figures = self._figures
        for member in members:
            if member.audience is None:
                continue
            if member.sink.take(result):
                member.heard = now
                figures.deliveries += 1
            else:
                figures.parkings += 1
                member.park(before)

    def _rendering(self, recorded: Recorded) -> Rendering:
        rendering = self._kept.results.get(recorded.cursor)
        if rendering is None:
            rendering = self.render(shown(recorded))
            self._kept.put(recorded.cursor, rendering)
            if not isinstance(rendering, Delivered):
                rendering.add_done_callback(lambda made: self._keep(recorded.cursor, made))
        return rendering

    def _keep(self, place: Cursor, made: "asyncio.Task[Delivered]") -> None:
        if made.cancelled():
            self._kept.results.pop(place, None)
        else:
            self._kept.put(place, made.result())
