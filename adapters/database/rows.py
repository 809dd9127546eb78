"""How values stand in rows: told once for each table, and used both ways.

A field stands in the column of its name, converted after its type as it is in an event's payload (see `values`), unless
`parts` say otherwise. `also` are columns that repeat what the value says, for those who ask in plain SQL; they are
written and never read. Keys of what a value belongs to are handed in with it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import RowMapping

from adapters.database.values import as_it_is, dumps, for_hint, hints_of, without_none
from runner.groups import FailureGroup
from runner.model import Actor, Approval, Attempt, FailureRecord, Handoff, Pipeline, Step

V = TypeVar("V")
NewRow: TypeAlias = dict[str, Any]
Row: TypeAlias = RowMapping
Write: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Part:
    """How a field stands in a row: what each of its columns takes from it, and the way back; None: it is given."""

    columns: Mapping[str, Write]
    read: Callable[[Row], Any] | None


PartOf: TypeAlias = Callable[[str, Any], Part]
"""Makes the part of a field, by its name and type."""


def plain(name: str, hint: Any) -> Part:
    """In the column of its name."""
    converter = for_hint(hint)
    return Part(columns={name: converter.write}, read=lambda row: converter.read(row[name]))


def called(column: str) -> PartOf:
    """In a column of another name."""
    return lambda _, hint: plain(column, hint)


def as_json(name: str, hint: Any) -> Part:
    """As JSON text, NULL for None."""
    converter = for_hint(hint)
    return Part(
        columns={name: lambda value: None if value is None else dumps(converter.write(value))},
        read=lambda row: None if row[name] is None else converter.read(json.loads(row[name])),
    )


def as_name(name: str, _: Any) -> Part:
    """An actor, by the name alone."""
    return Part(
        columns={name: lambda actor: None if actor is None else actor.name},
        read=lambda row: None if row[name] is None else Actor(name=row[name]),
    )


def elsewhere(_: str, __: Any) -> Part:
    """In rows of another table, which name this one."""
    return Part(columns={}, read=None)


def by_id(name: str, _: Any) -> Part:
    """In a row of another table, whose id stands here."""
    return Part(columns={f"{name}_id": lambda value: None if value is None else value.id}, read=None)


def spread(**parts: PartOf) -> PartOf:
    """Field by field, in columns beside the others."""

    def part(_: str, hint: Any) -> Part:
        kind = without_none(hint)
        inner = _parts(kind, parts)
        readers = _readers(inner)
        return Part(columns=_writers(inner), read=lambda row: kind(**{name: read(row) for name, read in readers}))

    return part


class Columns(Generic[V]):
    """Some columns of a table, taken from a value."""

    def __init__(self, writers: Mapping[str, Write]) -> None:
        self.names = tuple(writers)
        self._writers = tuple(writers.items())

    def __call__(self, value: V) -> NewRow:
        return {column: write(value) for column, write in self._writers}


class Rows(Generic[V]):
    """The rows of one kind of value."""

    def __init__(self, kind: type[V], also: Mapping[str, Callable[[V], Any]] | None = None, **parts: PartOf) -> None:
        self._kind = kind
        inner = _parts(kind, parts)
        self._readers = _readers(inner)
        self._writers = {**_writers(inner), **(also or {})}
        self._whole: Columns[V] = Columns(self._writers)

    def row(self, value: V, **keys: Any) -> NewRow:
        """The value with the keys of what it belongs to."""
        return {**keys, **self._whole(value)}

    def only(self, *names: str) -> Columns[V]:
        """For when no others can have changed."""
        return Columns({name: self._writers[name] for name in names})

    def value(self, row: Row, **given: Any) -> V:
        """The way back; `given` are the fields that stand elsewhere."""
        return self._kind(**{name: read(row) for name, read in self._readers}, **given)


def _parts(kind: type[Any], parts: Mapping[str, PartOf]) -> Mapping[str, Part]:
    return {name: parts.get(name, plain)(name, hint) for name, hint in hints_of(kind).items()}


def _writers(parts: Mapping[str, Part]) -> dict[str, Write]:
    return {column: _of_field(field, write) for field, part in parts.items() for column, write in part.columns.items()}


def _of_field(field: str, write: Write) -> Write:
    take = attrgetter(field)
    return take if write is as_it_is else lambda value: write(take(value))


def _readers(parts: Mapping[str, Part]) -> Sequence[tuple[str, Callable[[Row], Any]]]:
    return [(name, part.read) for name, part in parts.items() if part.read is not None]


def _kind(record: FailureRecord | None) -> str | None:
    return record.failure.kind.value if record else None


PIPELINES = Rows(
    Pipeline,
    also={
        "error_message": lambda pipeline: pipeline.error_message,
        "failure_kind": lambda pipeline: _kind(pipeline.failure),
    },
    started_by=as_name,
    steps=elsewhere,
)
# What events move.
PIPELINE_MOVES = PIPELINES.only(
    "status", "error_message", "end_message", "failure_kind", "started_at", "finished_at", "seq"
)

STEPS = Rows(
    Step,
    also={
        "kind": lambda step: step.plan.kind.value,
        "agent": lambda step: step.plan.agent,
        "error_message": lambda step: step.error_message,
    },
    plan=as_json,
    attention=as_json,
    attempts=elsewhere,
    handoff=elsewhere,
    ended_by=by_id,
    approval=by_id,
)
# What events move; the plan moves too, but seldom.
STEP_MOVES = STEPS.only(
    *("status", "error_message", "attempts_before", "instruction", "ended_by_id", "approval_id", "attention"),
    *("started_at", "finished_at"),
)
STEP_PLAN = STEPS.only("kind", "agent", "plan")

ATTEMPTS = Rows(Attempt, failure=by_id, usage=spread(), resume=as_json)
FAILURES = Rows(
    FailureRecord,
    also={"group_id": lambda record: record.group_id},
    failure=spread(causes=as_json, evidence=as_json),
    decision=spread(outcome=called("decision")),
    cursor=spread(),
)
HANDOFFS = Rows(Handoff, data=as_json, supplied_by=as_name)
APPROVALS = Rows(Approval, decided_by=as_name)
GROUPS = Rows(FailureGroup, acknowledgement=as_json)
# What people say of it; failures move the rest.
GROUP_DECISION = GROUPS.only("status", "acknowledgement", "settled_through")
