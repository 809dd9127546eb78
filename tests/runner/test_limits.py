"""People are told of silence well before it ends the attempt."""

import pytest

from runner.limits import Limits


@pytest.mark.parametrize(("stall_seconds", "warn_seconds"), [(300, 60), (120, 60), (15, 7.5)])
def test_people_are_told_after_half_the_time_or_a_minute(stall_seconds: float, warn_seconds: float) -> None:
    assert Limits(stall_seconds=stall_seconds).warn_seconds == warn_seconds
