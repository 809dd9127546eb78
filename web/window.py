"""The newest events of the log in memory, without a hole: what they come after, and all that came after that."""

from bisect import bisect_right
from collections.abc import Sequence

from runner.events import Recorded
from runner.model import Cursor

_PAGE = 256


class Window:
    """Begins after `base` and ends at `newest`; of what is added it keeps at least the newest `size`."""

    def __init__(self, base: Cursor, size: int, events: Sequence[Recorded] = ()) -> None:
        self.base = base
        self.newest = base
        self._size = size
        self._events: list[Recorded] = []
        for recorded in events:
            self.add(recorded)

    def add(self, recorded: Recorded) -> None:
        """The event right after the newest."""
        self._events.append(recorded)
        self.newest = recorded.cursor
        if len(self._events) > 2 * self._size:
            self.base = self._events[-self._size - 1].cursor
            del self._events[: -self._size]

    def after(self, place: Cursor) -> Sequence[Recorded] | None:
        """Some events right after the place, none if it is the newest; None when it is no place in the window."""
        start = bisect_right(self._events, place.position, key=lambda recorded: recorded.cursor.position)
        if place != (self._events[start - 1].cursor if start else self.base):
            return None
        return self._events[start : start + _PAGE]
