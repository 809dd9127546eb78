"""The state as rows: what of a pipeline stands in which column. `loading` is the way back."""

from datetime import datetime
from typing import Any, TypeAlias

from adapters.database.values import dumps, text_of, write
from runner.failures import Json
from runner.model import (
    Actor,
    Approval,
    Attempt,
    Cursor,
    FailureGroup,
    FailureRecord,
    Handoff,
    Pipeline,
    Step,
    StepPlan,
)

NewRow: TypeAlias = dict[str, Any]

# What events move; a plan moves too, but seldom.
PIPELINE_MOVES = ("status", "error_message", "end_message", "failure_kind", "started_at", "finished_at", "seq")
STEP_MOVES = (
    *("status", "error_message", "attempts_before", "instruction", "ended_by_id", "approval_id", "attention"),
    *("started_at", "finished_at"),
)
PLAN_COLUMNS = ("kind", "agent", "plan")


def pipeline_row(pipeline: Pipeline) -> NewRow:
    return {
        "id": pipeline.id,
        "title": pipeline.title,
        "template": pipeline.template,
        "prompt": pipeline.prompt,
        "directory": pipeline.directory,
        "branch": pipeline.branch,
        "started_by": pipeline.started_by.name,
        "created_at": text_of(pipeline.created_at),
        **pipeline_changes(pipeline),
    }


def pipeline_changes(pipeline: Pipeline) -> NewRow:
    """The columns that events move."""
    failure = pipeline.failure
    return {
        "status": pipeline.status.value,
        "error_message": failure.failure.message if failure else pipeline.end_message,
        "end_message": pipeline.end_message,
        "failure_kind": failure.failure.kind.value if failure else None,
        "started_at": _text(pipeline.started_at),
        "finished_at": _text(pipeline.finished_at),
        "seq": pipeline.seq,
    }


def step_row(pipeline: Pipeline, step: Step) -> NewRow:
    return {
        "id": step.id,
        "pipeline_id": pipeline.id,
        "position": step.position,
        **plan_columns(step.plan),
        **step_changes(step),
    }


def step_changes(step: Step) -> NewRow:
    """The columns that events move; the plan moves too, but seldom."""
    return {
        "status": step.status.value,
        "error_message": step.error_message,
        "attempts_before": step.attempts_before,
        "instruction": step.instruction,
        "ended_by_id": step.ended_by.id if step.ended_by else None,
        "approval_id": step.approval.id if step.approval else None,
        "attention": dumps([write(attention) for attention in step.attention]),
        "started_at": _text(step.started_at),
        "finished_at": _text(step.finished_at),
    }


def plan_columns(plan: StepPlan) -> NewRow:
    return {"kind": plan.kind.value, "agent": plan.agent, "plan": dumps(write(plan))}


def attempt_row(step: Step, attempt: Attempt) -> NewRow:
    return {
        "step_id": step.id,
        "number": attempt.number,
        "status": attempt.status.value,
        "engine_agent": attempt.engine_agent,
        "model": attempt.model,
        "session_id": attempt.session_id,
        "prompt": attempt.prompt,
        "failure_id": attempt.failure.id if attempt.failure else None,
        "input_tokens": attempt.usage.input_tokens,
        "output_tokens": attempt.usage.output_tokens,
        "cost": attempt.usage.cost,
        "started_at": text_of(attempt.started_at),
        "finished_at": _text(attempt.finished_at),
    }


def failure_row(pipeline: Pipeline, step: Step, record: FailureRecord, cursor: Cursor) -> NewRow:
    failure = record.failure
    return {
        "id": record.id,
        "pipeline_id": pipeline.id,
        "step_id": step.id,
        "attempt": record.attempt,
        "kind": failure.kind.value,
        "origin": failure.origin.value,
        "message": failure.message,
        "hint": failure.hint,
        "detail": failure.detail,
        "status_code": failure.status_code,
        "retry": failure.retry.value,
        "retry_after": _text(failure.retry_after),
        "decision": record.decision.outcome.value,
        "attempts_left": record.decision.attempts_left,
        "next_attempt_at": _text(record.decision.next_attempt_at),
        "causes": dumps([write(cause) for cause in failure.causes]),
        "evidence": dumps(write(failure.evidence)) if failure.evidence else None,
        "group_id": record.group_id,
        "agent": record.agent,
        "template": pipeline.template,
        "step_position": step.position,
        "occurred_at": text_of(record.occurred_at),
        "position": cursor.position,
        "epoch": cursor.epoch,
    }


def handoff_row(step: Step, handoff: Handoff) -> NewRow:
    return {
        "step_id": step.id,
        "markdown": handoff.markdown,
        "data": _json_text(handoff.data),
        "supplied_by": _name(handoff.supplied_by),
        "created_at": text_of(handoff.created_at),
    }


def approval_row(pipeline: Pipeline, step: Step, approval: Approval) -> NewRow:
    return {
        "id": approval.id,
        "pipeline_id": pipeline.id,
        "step_id": step.id,
        "status": approval.status.value,
        "description": approval.description,
        "comment": approval.comment,
        "decided_by": _name(approval.decided_by),
        "requested_at": text_of(approval.requested_at),
        "decided_at": _text(approval.decided_at),
        "expires_at": _text(approval.expires_at),
        "remind_at": _text(approval.remind_at),
    }


def group_row(group: FailureGroup) -> NewRow:
    return {
        "id": group.id,
        "kind": group.kind.value,
        "title": group.title,
        "count": group.count,
        "first_seen_at": text_of(group.first_seen_at),
        "last_seen_at": text_of(group.last_seen_at),
        "last_success_at": _text(group.last_success_at),
        "status": group.status.value,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else text_of(at)


def _name(actor: Actor | None) -> str | None:
    return None if actor is None else actor.name


def _json_text(value: Json) -> str | None:
    return None if value is None else dumps(value)
