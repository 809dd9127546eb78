"""A copy with other fields is the one that `dataclasses.replace` makes, of whatever value."""

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from runner.copies import replace
from runner.failures import Usage
from runner.model import Actor, Channel, Cursor, StepPlan


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Something is kept beside the fields, once it was asked for."""

    length: int

    @cached_property
    def doubled(self) -> int:
        return 2 * self.length


@dataclass(frozen=True, slots=True)
class Slotted:
    name: str


@dataclass(frozen=True)
class Counted:
    """A field is made here, and not handed in."""

    text: str
    count: int = field(init=False, default=3)


@dataclass
class Free:
    name: str


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (StepPlan(agent="build"), {"model": "a/b", "agent": None}),
        (StepPlan(agent="build"), {}),
        (Actor(name="Ana", channel=Channel.CLI), {"name": "Ben"}),
        (Cursor(position=1, epoch="e"), {"position": 2}),
        (Usage(cost=0.1), {"cost": 0.1 + 0.2}),
        (Slotted(name="a"), {"name": "b"}),
        (Counted(text="a"), {"text": "b"}),
        (Free(name="a"), {"name": "b"}),
    ],
    ids=["plan", "nothing", "not compared", "ordered", "rounded when made", "slots", "not handed in", "not frozen"],
)
def test_it_is_what_the_standard_library_makes(value: Any, changes: dict[str, Any]) -> None:
    before = dataclasses.asdict(value)

    copy = replace(value, **changes)

    assert type(copy) is type(value)
    assert dataclasses.asdict(copy) == dataclasses.asdict(dataclasses.replace(value, **changes))
    assert copy is not value
    assert dataclasses.asdict(value) == before


@pytest.mark.parametrize(
    "value", [StepPlan(agent="build"), Usage(), Slotted(name="a")], ids=lambda value: type(value).__name__
)
def test_a_field_that_it_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="agnet"):
        replace(value, agnet="plan")


def test_what_was_worked_out_of_the_old_fields_is_not_taken_over() -> None:
    value = Measured(length=1)
    assert value.doubled == 2

    assert replace(value, length=5).doubled == 10
