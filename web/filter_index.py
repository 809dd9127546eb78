"""Who wants an event, found by what the event is and not by asking everybody.

Each filter is kept under the narrowest thing that it demands: its step, its pipeline, its template, the kinds of
failure that it names, and so on; a filter that demands nothing, under that. An event has one of each. So a thousand
subscribers with a pipeline each cost a look into a dictionary, not a thousand questions. A filter that demands one
thing only is met by being found; one that demands more is asked, once for all who have it.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from resolvers.wanted import Wanted
from runner.events import REGISTER, Recorded, StepEvent, StepFailed, StepRetrying

T = TypeVar("T", bound=Hashable)
Fact: TypeAlias = tuple[str, Hashable]

_ANYTHING: Fact = ("anything", None)


@dataclass(frozen=True, kw_only=True)
class _Kept(Generic[T]):
    """All that have one filter; `is_met` by being found."""

    wanted: Wanted
    is_met: bool
    things: dict[T, None] = field(default_factory=dict)


class FilterIndex(Generic[T]):
    """Things under the filters they have; `asked` counts how often a filter was asked about an event."""

    def __init__(self) -> None:
        self._found: dict[Fact, dict[Wanted, _Kept[T]]] = {}
        self.asked = 0

    def add(self, wanted: Wanted, thing: T) -> None:
        demands = tuple(_demands(wanted))
        for fact in demands[0] if demands else (_ANYTHING,):
            filters = self._found.setdefault(fact, {})
            kept = filters.setdefault(wanted, _Kept(wanted=wanted, is_met=len(demands) <= 1))
            kept.things[thing] = None

    def remove(self, wanted: Wanted, thing: T) -> None:
        for fact in next(_demands(wanted), (_ANYTHING,)):
            filters = self._found[fact]
            del filters[wanted].things[thing]
            if not filters[wanted].things:
                del filters[wanted]
            if not filters:
                del self._found[fact]

    def wanting(self, recorded: Recorded) -> Iterator[T]:
        """All whose filter the event passes, each once."""
        for fact in _facts(recorded):
            for kept in self._found.get(fact, {}).values():
                if kept.is_met or self._asks(kept.wanted, recorded):
                    yield from kept.things

    def _asks(self, wanted: Wanted, recorded: Recorded) -> bool:
        self.asked += 1
        return wanted(recorded)


def _demands(wanted: Wanted) -> Iterator[tuple[Fact, ...]]:
    """Each thing demanded, as the facts of which an event must have one; the narrowest first."""
    singles: Sequence[Fact] = (
        ("step", wanted.step_id),
        ("pipeline", wanted.pipeline_id),
        ("template", wanted.template),
    )
    yield from ((fact,) for fact in singles if fact[1] is not None)
    for name, values in (("kind", wanted.kinds), ("origin", wanted.origins), ("type", wanted.types)):
        if values is not None:
            yield tuple((name, value) for value in values)


def _facts(recorded: Recorded) -> Iterator[Fact]:
    event, pipeline = recorded.event, recorded.pipeline
    yield _ANYTHING
    yield "type", REGISTER[type(event)].stored
    if pipeline is not None:
        yield "pipeline", pipeline.id
        yield "template", pipeline.template
    if isinstance(event, StepEvent):
        yield "step", event.step_id
    if isinstance(event, StepFailed | StepRetrying):
        yield "kind", event.failure.failure.kind
        yield "origin", event.failure.failure.origin
