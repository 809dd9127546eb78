"""The state read back: the rows of some pipelines, put together again. Six statements, however many pipelines."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, select

from adapters.database import tables
from adapters.database.values import read, time_of
from runner.failures import (
    Evidence,
    Failure,
    FailureCause,
    FailureKind,
    FailureOrigin,
    Retry,
    Usage,
)
from runner.model import (
    Actor,
    Approval,
    ApprovalStatus,
    Attempt,
    Attention,
    Cursor,
    FailureGroup,
    FailureGroupStatus,
    FailureRecord,
    Handoff,
    Pipeline,
    PipelineId,
    PipelineStatus,
    RetryDecision,
    RetryOutcome,
    Step,
    StepId,
    StepPlan,
    StepStatus,
)

Row: TypeAlias = RowMapping


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
    return _Parts(
        steps=_grouped("pipeline_id", rows(tables.steps, tables.steps.c.pipeline_id.in_(ids), "position")),
        attempts=_grouped("step_id", rows(tables.attempts, tables.attempts.c.step_id.in_(steps), "number")),
        failures={row["id"]: failure_of(row) for row in failures},
        handoffs={row["step_id"]: _handoff(row) for row in rows(tables.handoffs, tables.handoffs.c.step_id.in_(steps))},
        approvals={row["id"]: approval_of(row) for row in approvals},
    )


def _grouped(name: str, rows: Iterable[Row]) -> Mapping[str, Sequence[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[name], []).append(row)
    return grouped


def group_of(row: Row) -> FailureGroup:
    return FailureGroup(
        id=row["id"],
        kind=FailureKind(row["kind"]),
        title=row["title"],
        count=row["count"],
        first_seen_at=time_of(row["first_seen_at"]),
        last_seen_at=time_of(row["last_seen_at"]),
        last_success_at=_time(row["last_success_at"]),
        status=FailureGroupStatus(row["status"]),
    )


def failure_of(row: Row) -> FailureRecord:
    return FailureRecord(
        id=row["id"],
        pipeline_id=PipelineId(row["pipeline_id"]),
        step_id=StepId(row["step_id"]),
        attempt=row["attempt"],
        failure=_failure(row),
        decision=RetryDecision(
            outcome=RetryOutcome(row["decision"]),
            attempts_left=row["attempts_left"],
            next_attempt_at=_time(row["next_attempt_at"]),
        ),
        occurred_at=time_of(row["occurred_at"]),
        agent=row["agent"],
        cursor=Cursor(position=row["position"], epoch=row["epoch"]),
    )


def approval_of(row: Row) -> Approval:
    return Approval(
        id=row["id"],
        requested_at=time_of(row["requested_at"]),
        description=row["description"],
        status=ApprovalStatus(row["status"]),
        comment=row["comment"],
        decided_by=Actor(name=row["decided_by"]) if row["decided_by"] is not None else None,
        decided_at=_time(row["decided_at"]),
        expires_at=_time(row["expires_at"]),
        remind_at=_time(row["remind_at"]),
    )


def _failure(row: Row) -> Failure:
    return Failure(
        kind=FailureKind(row["kind"]),
        message=row["message"],
        origin=FailureOrigin(row["origin"]),
        hint=row["hint"],
        retry=Retry(row["retry"]),
        detail=row["detail"],
        causes=tuple(read(FailureCause, cause) for cause in json.loads(row["causes"])),
        status_code=row["status_code"],
        evidence=read(Evidence, json.loads(row["evidence"])) if row["evidence"] else None,
        retry_after=_time(row["retry_after"]),
    )


def _pipeline(row: Row, parts: _Parts) -> Pipeline:
    return Pipeline(
        id=PipelineId(row["id"]),
        title=row["title"],
        prompt=row["prompt"],
        steps=tuple(_step(step, parts) for step in parts.steps.get(row["id"], ())),
        started_by=Actor(name=row["started_by"]),
        created_at=time_of(row["created_at"]),
        template=row["template"],
        directory=row["directory"],
        branch=row["branch"],
        status=PipelineStatus(row["status"]),
        end_message=row["end_message"],
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        seq=row["seq"],
    )


def _step(row: Row, parts: _Parts) -> Step:
    return Step(
        id=StepId(row["id"]),
        position=row["position"],
        plan=read(StepPlan, json.loads(row["plan"])),
        status=StepStatus(row["status"]),
        attempts=tuple(_attempt(attempt, parts) for attempt in parts.attempts.get(row["id"], ())),
        attempts_before=row["attempts_before"],
        instruction=row["instruction"],
        ended_by=parts.failures[row["ended_by_id"]] if row["ended_by_id"] else None,
        attention=tuple(read(Attention, attention) for attention in json.loads(row["attention"])),
        handoff=parts.handoffs.get(row["id"]),
        approval=parts.approvals[row["approval_id"]] if row["approval_id"] else None,
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
    )


def _attempt(row: Row, parts: _Parts) -> Attempt:
    return Attempt(
        number=row["number"],
        started_at=time_of(row["started_at"]),
        status=StepStatus(row["status"]),
        engine_agent=row["engine_agent"],
        model=row["model"],
        session_id=row["session_id"],
        prompt=row["prompt"],
        failure=parts.failures[row["failure_id"]] if row["failure_id"] else None,
        usage=Usage(input_tokens=row["input_tokens"], output_tokens=row["output_tokens"], cost=row["cost"]),
        finished_at=_time(row["finished_at"]),
    )


def _handoff(row: Row) -> Handoff:
    return Handoff(
        markdown=row["markdown"],
        created_at=time_of(row["created_at"]),
        data=json.loads(row["data"]) if row["data"] is not None else None,
        supplied_by=Actor(name=row["supplied_by"]) if row["supplied_by"] is not None else None,
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)
