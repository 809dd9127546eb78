"""The runner's clock: the machine's, but one that never goes back."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from runner.model import in_milliseconds

_BEHIND_PACE = 0.5


def _on_the_wall() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """Where the machine's clock was put back, this one goes at half its pace until the two agree.

    Going back with it, steps would end before they began, and whatever is due would wait for the hour to pass again.
    Keeping the pace was rejected, too: the clock would be wrong for as long as the process lives.
    """

    def __init__(
        self, wall: Callable[[], datetime] = _on_the_wall, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._last = (wall(), monotonic())

    def now(self) -> datetime:
        last, at = self._last
        monotonic = self._monotonic()
        now = max(self._wall(), last + timedelta(seconds=(monotonic - at) * _BEHIND_PACE))
        self._last = (now, monotonic)
        return in_milliseconds(now)

    async def sleep_until(self, at: datetime) -> None:
        """Sleeps by the clock on the wall: after a suspended machine woke up, no longer than it should."""
        while True:
            seconds = (at - self.now()).total_seconds()
            if seconds <= 0:
                return
            await asyncio.sleep(min(seconds, 60.0))
