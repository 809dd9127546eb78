"""Values and reads gone bad, the same ones each time: what a stored log may hold that nobody has thought of."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import UTC, datetime
from random import Random
from typing import Any

from runner.model import Cursor
from runner.reads import AsOf, Page

_PLACES = 30
_OFTEN = 0.25


class Loud(str):
    """A text that is not exactly one."""


class Later:
    """Something to await where nobody thinks of it."""

    def __await__(self) -> Iterator[Any]:
        return iter(())

    def __repr__(self) -> str:
        return "Later"


BAD: Sequence[Any] = (
    None, 7, True, float("nan"), 2**40, "", "x", "RUNNING", Loud("x"), Later(), ValueError("not to be had"), [], [None],
    {"a": 1}, datetime(2026, 11, 23, tzinfo=UTC), object, (), ("a", 1),
)  # fmt: skip
# Without these there is no telling things apart, nor versions of one; and no event to show.
_KEPT = frozenset(
    ("id", "seq", "pipeline_id", "step_id", "group_id", "finished_at", "cursor", "position", "epoch", "actor", "event")
)


class Spoiler:
    """Puts bad values into some fields of some values."""

    def __init__(self, random: Random, values: Any) -> None:
        """For what is like these."""
        self._random = random
        self._places: dict[tuple[type, str], Any] = {}
        classes = sorted(_classes(values), key=lambda each: each.__name__)
        for kind in random.choices(classes, k=_PLACES):
            name = random.choice([each.name for each in dataclasses.fields(kind) if each.name not in _KEPT])
            self._places[kind, name] = random.choice(BAD)
        self._done: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        if id(value) not in self._done:
            # Held, so that no other value gets its id.
            self._done[id(value)] = (value, self._spoiled(value))
        return self._done[id(value)][1]

    def _spoiled(self, value: Any) -> Any:
        match value:
            case tuple() | list():
                return type(value)(map(self, value))
            case dict():
                return {key: self(each) for key, each in value.items()}
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        spoiled = copy(value)
        for each in dataclasses.fields(value):
            place = (type(value), each.name)
            is_bad = place in self._places and self._random.random() < _OFTEN
            # Not by way of the class, which would refuse it.
            object.__setattr__(spoiled, each.name, self._places[place] if is_bad else self(getattr(value, each.name)))
        return spoiled


@dataclasses.dataclass(kw_only=True)
class Unreliable:
    """Reads that answer spoiled values, and raise when they are asked one of the questions.

    `moved` is by how much the log is longer than it was.
    """

    reads: Any
    spoil: Callable[[Any], Any]
    refused: str
    error: Exception
    moved: int = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def asked(*arguments: object) -> Any:
            if name == self.refused:
                raise self.error
            answer = self.spoil(await getattr(self.reads, name)(*arguments))
            if isinstance(answer, AsOf | Page) and self.moved:
                place = Cursor(position=answer.cursor.position + self.moved, epoch=answer.cursor.epoch)
                return dataclasses.replace(answer, cursor=place)
            return answer

        return asked


def _classes(value: Any) -> set[type]:
    """Of the domain values in it."""
    found: set[type] = set()
    waiting, known = [value], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in known:
            continue
        known.add(id(each))
        if isinstance(each, tuple | list):
            waiting += each
        elif dataclasses.is_dataclass(each) and not isinstance(each, type):
            names = [one.name for one in dataclasses.fields(each)]
            if set(names) - _KEPT:
                found.add(type(each))
            waiting += [getattr(each, name) for name in names]
    return found
