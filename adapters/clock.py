"""The runner's clock, as the machine has it."""

import asyncio
from datetime import UTC, datetime

from runner.model import in_milliseconds


class SystemClock:
    def now(self) -> datetime:
        return in_milliseconds(datetime.now(UTC))

    async def sleep_until(self, at: datetime) -> None:
        """Sleeps by the clock on the wall: after a suspended machine woke up, no longer than it should."""
        while True:
            seconds = (at - datetime.now(UTC)).total_seconds()
            if seconds <= 0:
                return
            await asyncio.sleep(min(seconds, 60.0))
