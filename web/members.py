"""Live subscribers: a member is one of them, an audience those of one group who want the same."""

import asyncio
from typing import TYPE_CHECKING

from resolvers.wanted import Wanted
from runner.model import Cursor
from web.sinks import Sink

if TYPE_CHECKING:
    from web.groups import Group


class Member:
    """One subscriber while it stands where the hub stands.

    Nothing at or before `place`, where it joined, is for it: it has that already. `heard` is when it was told something
    last, by the loop's clock. `parked` gets the place to catch up from once the sink has taken no more; from then on
    the member is in no audience, and is told nothing.
    """

    __slots__ = ("audience", "heard", "parked", "place", "sink")

    def __init__(self, sink: Sink, place: Cursor, heard: float) -> None:
        self.sink = sink
        self.place = place
        self.heard = heard
        self.audience: Audience | None = None
        self.parked: asyncio.Future[Cursor] = asyncio.get_running_loop().create_future()

    def join(self, audience: "Audience") -> None:
        self.audience = audience
        audience.members[self] = None

    def leave(self) -> None:
        if self.audience is not None:
            del self.audience.members[self]
            self.audience = None

    def park(self, place: Cursor) -> None:
        """It has everything up to this place, and nothing after it."""
        self.leave()
        if not self.parked.done():
            self.parked.set_result(place)


class Audience:
    """Live members of one group who want the same."""

    __slots__ = ("group", "members", "wanted")

    def __init__(self, group: "Group", wanted: Wanted) -> None:
        self.group = group
        self.wanted = wanted
        self.members: dict[Member, None] = {}
