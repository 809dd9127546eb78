"""What is written into a row is read from it again, and no column of a table is forgotten."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import RowMapping, Table

from adapters.database import tables
from adapters.database.rows import (
    APPROVALS,
    ATTEMPTS,
    FAILURES,
    GROUPS,
    HANDOFFS,
    PIPELINE_MOVES,
    PIPELINES,
    STEP_MOVES,
    STEP_PLAN,
    STEPS,
    Rows,
)
from runner.attention import Attention, AttentionKind
from runner.failure_kinds import FailureKind
from runner.failures import Evidence, FailureCause, Usage, failure
from runner.groups import FailureGroup
from runner.model import (
    Actor,
    Approval,
    Attempt,
    Cursor,
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

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANA = Actor(name="Ana")
RECORD = FailureRecord(
    id="fai_1",
    pipeline_id=PipelineId("pip_1"),
    step_id=StepId("stp_1_0"),
    attempt=2,
    failure=replace(
        failure(FailureKind.PROVIDER_AUTH, "The key is wrong", detail="sk-…", status_code=401),
        causes=(FailureCause(source="provider", message="no"),),
        evidence=Evidence(last_text="I tried", side_effects=("a file",)),
        retry_after=AT,
    ),
    decision=RetryDecision(outcome=RetryOutcome.RETRYING, attempts_left=1, next_attempt_at=AT + timedelta(seconds=4)),
    occurred_at=AT,
    agent="build",
    cursor=Cursor(position=7, epoch="e"),
)
ATTEMPT = Attempt(
    number=2,
    started_at=AT,
    failure=RECORD,
    usage=Usage(input_tokens=3, output_tokens=4, cost=0.5),
    resume={"input": "msg_1", "seq": 7},
)
HANDOFF = Handoff(markdown="Done", created_at=AT, data={"whatWasDone": ["it"]}, supplied_by=ANA)
APPROVAL = Approval(id="app_1", requested_at=AT, decided_by=ANA, remind_at=AT)
STEP = Step(
    id=StepId("stp_1_0"),
    position=0,
    plan=StepPlan(agent="build", handoff_schema={"type": "object"}),
    status=StepStatus.FAILED,
    attempts=(ATTEMPT,),
    attention=(Attention(id="att_1", kind=AttentionKind.STALLED, message="It is silent", since=AT),),
    ended_by=RECORD,
    handoff=HANDOFF,
    approval=APPROVAL,
    started_at=AT,
)
PIPELINE = Pipeline(
    id=PipelineId("pip_1"),
    title="Mend it",
    prompt="Mend what is broken",
    steps=(STEP,),
    started_by=ANA,
    created_at=AT,
    status=PipelineStatus.FAILED,
    seq=9,
)
GROUP = FailureGroup(
    id="grp_1", kind=FailureKind.RUNAWAY, title="In circles", count=2, first_seen_at=AT, last_seen_at=AT
)
STEP_PARTS = {"attempts": (ATTEMPT,), "ended_by": RECORD, "handoff": HANDOFF, "approval": APPROVAL}

CASES = [
    pytest.param(PIPELINES, PIPELINE, tables.pipelines, {}, {"steps": (STEP,)}, id="pipelines"),
    pytest.param(STEPS, STEP, tables.steps, {"pipeline_id": "pip_1"}, STEP_PARTS, id="steps"),
    pytest.param(ATTEMPTS, ATTEMPT, tables.attempts, {"step_id": "stp_1_0"}, {"failure": RECORD}, id="attempts"),
    pytest.param(FAILURES, RECORD, tables.failures, {"template": "t", "step_position": 0}, {}, id="failures"),
    pytest.param(HANDOFFS, HANDOFF, tables.handoffs, {"step_id": "stp_1_0"}, {}, id="handoffs"),
    pytest.param(
        APPROVALS, APPROVAL, tables.approvals, {"pipeline_id": "pip_1", "step_id": "stp_1_0"}, {}, id="approvals"
    ),
    pytest.param(GROUPS, GROUP, tables.failure_groups, {"fingerprint_version": 1}, {}, id="groups"),
]


@pytest.mark.parametrize(("rows", "value", "table", "keys", "given"), CASES)
def test_a_value_comes_back_from_its_row(
    rows: Rows[Any], value: Any, table: Table, keys: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    row = rows.row(value, **keys)

    read = rows.value(as_read(row), **given)
    assert read == value
    assert vars(read) == vars(value)
    assert set(row) == set(table.columns.keys())
    assert all(isinstance(column, str | int | float | None) for column in row.values())


def test_a_figure_that_nobody_told_is_null_and_not_zero() -> None:
    attempt = replace(ATTEMPT, usage=Usage(input_tokens=None, output_tokens=0, cost=None))

    row = ATTEMPTS.row(attempt)

    assert (row["input_tokens"], row["output_tokens"], row["cost"]) == (None, 0, None)
    assert ATTEMPTS.value(as_read(row), failure=RECORD) == attempt


@pytest.mark.parametrize("handoff", [replace(HANDOFF, data=None, supplied_by=None), replace(HANDOFF, data=[])])
def test_nothing_is_null_and_empty_is_not(handoff: Handoff) -> None:
    row = HANDOFFS.row(handoff)

    assert row["data"] == (None if handoff.data is None else "[]")
    assert HANDOFFS.value(as_read(row)) == handoff


def test_a_failure_comes_back_with_its_place_in_the_log() -> None:
    row = FAILURES.row(RECORD, template=None, step_position=0)

    assert FAILURES.value(as_read(row)).cursor == RECORD.cursor


def test_plain_sql_can_ask_what_a_value_only_says() -> None:
    assert PIPELINES.row(PIPELINE)["error_message"] == "The key is wrong"
    assert PIPELINES.row(PIPELINE)["failure_kind"] == "PROVIDER_AUTH"
    assert STEPS.row(STEP)["agent"] == "build"
    assert FAILURES.row(RECORD)["group_id"] == RECORD.group_id
    assert FAILURES.row(RECORD)["decision"] == "RETRYING"


def test_what_events_move_is_all_that_a_later_version_may_differ_in() -> None:
    later = replace(PIPELINE, status=PipelineStatus.RUNNING, started_at=AT, finished_at=AT, end_message="So", seq=10)
    moved = replace(STEP, status=StepStatus.RUNNING, attempts_before=1, instruction="Go", attention=(), approval=None)

    assert PIPELINES.row(PIPELINE) | PIPELINE_MOVES(later) == PIPELINES.row(later)
    assert STEPS.row(STEP) | STEP_MOVES(moved) == STEPS.row(moved)
    assert json.loads(STEP_PLAN(STEP)["plan"])["handoff_schema"] == {"type": "object"}


def as_read(row: Mapping[str, Any]) -> RowMapping:
    """A row as SQLAlchemy gives it: only ever asked for its columns."""
    return cast(RowMapping, row)
