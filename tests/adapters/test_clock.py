"""Whatever becomes of the machine's clock, time goes on: never back, never still, in the end as the machine has it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.clock import SystemClock

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """Its clock on the wall can be set; the monotonic one cannot."""

    def __init__(self) -> None:
        self.wall = NOON
        self.monotonic = 100.0
        self.clock = SystemClock(lambda: self.wall, lambda: self.monotonic)

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds


def test_it_is_as_late_as_on_the_wall() -> None:
    machine = Machine()

    machine.passes(90.0)

    assert machine.clock.now() == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("back", [timedelta(milliseconds=3), timedelta(minutes=1), HOUR, timedelta(days=400)])
def test_it_never_goes_back(back: timedelta) -> None:
    machine = Machine()
    seen = [machine.clock.now()]

    machine.wall -= back
    for _ in range(50):
        machine.passes(0.5)
        seen.append(machine.clock.now())

    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


def test_a_clock_put_back_is_caught_up_with() -> None:
    machine = Machine()
    machine.wall -= HOUR

    machine.passes(HOUR.total_seconds())
    halfway = machine.clock.now()
    machine.passes(HOUR.total_seconds())
    agreed = machine.clock.now()
    machine.passes(10.0)

    assert halfway == NOON + HOUR / 2
    assert agreed == machine.wall - timedelta(seconds=10) == NOON + HOUR
    assert machine.clock.now() == machine.wall


def test_a_suspended_machine_is_believed() -> None:
    machine = Machine()

    machine.wall += HOUR  # the monotonic clock stood still

    assert machine.clock.now() == NOON + HOUR


@pytest.mark.asyncio
async def test_who_sleeps_does_not_wait_for_the_hour_that_comes_twice() -> None:
    began = asyncio.get_running_loop().time()
    put_back = [timedelta()]
    clock = SystemClock(lambda: datetime.now(UTC) - put_back[0])
    due = clock.now() + timedelta(seconds=0.05)

    put_back[0] = HOUR
    async with asyncio.timeout(30):
        await clock.sleep_until(due)

    assert clock.now() >= due
    assert asyncio.get_running_loop().time() - began >= 0.05
