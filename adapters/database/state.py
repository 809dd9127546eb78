"""The state read back: the rows of some pipelines, put together again. Six statements, however many pipelines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, Table, select

from adapters.database import tables
from adapters.database.rows import APPROVALS, ATTEMPTS, FAILURES, HANDOFFS, PIPELINES, STEPS, Row
from runner.model import Approval, Attempt, FailureRecord, Handoff, Pipeline, Step


def load_pipelines(connection: Connection, ids: Collection[str] | Select[tuple[str]]) -> list[Pipeline]:
    """Those that exist, in no promised order. `ids` may be a query, for when they are too many to be listed."""
    table = tables.pipelines
    found = connection.execute(select(table).where(table.c.id.in_(ids))).mappings().all()
    parts = _parts(connection, ids)
    return [_pipeline(row, parts) for row in found]


@dataclass(frozen=True, kw_only=True)
class _Parts:
    steps: Mapping[str, Sequence[Row]]
    attempts: Mapping[str, Sequence[Row]]
    failures: Mapping[str, FailureRecord]
    handoffs: Mapping[str, Handoff]
    approvals: Mapping[str, Approval]


def _parts(connection: Connection, ids: Collection[str] | Select[tuple[str]]) -> _Parts:
    def rows(table: Table, wanted: ColumnElement[bool], *order: str) -> Sequence[Row]:
        columns = [table.c[name] for name in order]
        return connection.execute(select(table).where(wanted).order_by(*columns)).mappings().all()

    steps = select(tables.steps.c.id).where(tables.steps.c.pipeline_id.in_(ids))
    failures, approvals = (rows(table, table.c.pipeline_id.in_(ids)) for table in (tables.failures, tables.approvals))
    handoffs = rows(tables.handoffs, tables.handoffs.c.step_id.in_(steps))
    return _Parts(
        steps=_grouped("pipeline_id", rows(tables.steps, tables.steps.c.pipeline_id.in_(ids), "position")),
        attempts=_grouped("step_id", rows(tables.attempts, tables.attempts.c.step_id.in_(steps), "number")),
        failures={row["id"]: FAILURES.value(row) for row in failures},
        handoffs={row["step_id"]: HANDOFFS.value(row) for row in handoffs},
        approvals={row["id"]: APPROVALS.value(row) for row in approvals},
    )


def _grouped(name: str, rows: Iterable[Row]) -> Mapping[str, Sequence[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[name], []).append(row)
    return grouped


def _pipeline(row: Row, parts: _Parts) -> Pipeline:
    return PIPELINES.value(row, steps=tuple(_step(step, parts) for step in parts.steps.get(row["id"], ())))


def _step(row: Row, parts: _Parts) -> Step:
    return STEPS.value(
        row,
        attempts=tuple(_attempt(attempt, parts) for attempt in parts.attempts.get(row["id"], ())),
        ended_by=parts.failures[row["ended_by_id"]] if row["ended_by_id"] else None,
        handoff=parts.handoffs.get(row["id"]),
        approval=parts.approvals[row["approval_id"]] if row["approval_id"] else None,
    )


def _attempt(row: Row, parts: _Parts) -> Attempt:
    return ATTEMPTS.value(row, failure=parts.failures[row["failure_id"]] if row["failure_id"] else None)
