"""What may become of a pipeline: pure functions from a pipeline and an intent to a Change, or IllegalTransition.

    start ─▶ begin_step ─▶ succeed_step ─▶ (next step | finished)
                 │   ▲
                 ▼   └── retrying ◀─┐
              fail_step ────────────┴─▶ failed ─▶ what a person does about it (`repairs`)

What a person is asked in the place of an agent stands in `approvals`.
Late news never moves what has ended: every transition checks that its attempt is the newest and still open.
"""

from dataclasses import replace
from datetime import datetime

from runner.approvals import requesting, waits_for_approval, withdrawing
from runner.attention import Attention, AttentionKind
from runner.changes import (
    Change,
    IllegalTransition,
    changed,
    clearing,
    failing,
    failure_record,
    going_on,
    step_of,
)
from runner.events import (
    AttentionCleared,
    AttentionRaised,
    ChangesFound,
    PipelineEvent,
    PipelineFinished,
    PipelineStarted,
    SessionOpened,
    StepRetrying,
    StepStarted,
    StepSucceeded,
)
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Failure, Json, Usage, failure
from runner.file_changes import FileChanges
from runner.model import (
    Actor,
    Attempt,
    Handoff,
    Pipeline,
    PipelineStatus,
    RetryDecision,
    RetryOutcome,
    Step,
    StepId,
    StepKind,
    StepStatus,
)
from runner.prompt import compose_prompt
from runner.retry import RetryPolicy
from runner.traces import NO_TRACES, Traces


def start(pipeline: Pipeline, actor: Actor) -> Change:
    """The pipeline enters the log; nothing runs yet."""
    started = PipelineStarted(at=pipeline.created_at, actor=actor, pipeline_id=pipeline.id, pipeline=pipeline)
    return changed(None, [started])


def begin_step(pipeline: Pipeline, at: datetime) -> Change:
    """The next attempt of the current step begins."""
    step = _current(pipeline)
    if step.attempt and not step.attempt.status.ended:
        raise IllegalTransition(f"Attempt {step.attempt.number} of step {step.position + 1} is still running.")
    return changed(pipeline, _beginning(pipeline, step, at))


def open_session(
    pipeline: Pipeline,
    step_id: StepId,
    attempt: int,
    session_id: str,
    model: str | None,
    at: datetime,
    resume: Json = None,
) -> Change:
    _, newest = _open_attempt(pipeline, step_id, attempt)
    if newest.session_id == session_id:
        raise IllegalTransition("It is already known.")
    event = SessionOpened(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attempt=attempt,
        session_id=session_id,
        model=model,
        resume=resume,
    )
    return changed(pipeline, [event])


def find_changes(pipeline: Pipeline, step_id: StepId, attempt: int, found: FileChanges, at: datetime) -> Change:
    """Whatever has become of the attempt since, and of its pipeline."""
    step = step_of(pipeline, step_id)
    if all(known.number != attempt for known in step.attempts):
        raise IllegalTransition(f"Step {step.position + 1} has no attempt {attempt}.")
    event = ChangesFound(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attempt=attempt,
        files=found.count,
        added=found.added,
        removed=found.removed,
    )
    return changed(pipeline, [event])


def succeed_step(
    pipeline: Pipeline, step_id: StepId, attempt: int, handoff: Handoff, usage: Usage, at: datetime
) -> Change:
    """The step succeeded; in the same change the next one begins, or the pipeline ends."""
    step, _ = _open_attempt(pipeline, step_id, attempt)
    event = StepSucceeded(
        at=at, pipeline_id=pipeline.id, step_id=step_id, attempt=attempt, handoff=handoff, usage=usage
    )
    return _then_next(pipeline, [*clearing(pipeline, step, at), event], at)


def fail_step(
    pipeline: Pipeline,
    step_id: StepId,
    attempt: int,
    reason: Failure,
    policy: RetryPolicy,
    at: datetime,
    usage: Usage = NO_USAGE,
    last_alive: datetime | None = None,
) -> Change:
    """The attempt failed: another will follow, or the step and its pipeline end. Written once, never revised.

    With `last_alive` it was lost when stepwire was; that is when nobody saw it work any more.
    """
    step, newest = _open_attempt(pipeline, step_id, attempt)
    lost_at = _lost_at(newest, last_alive)
    decision = policy.decide(step, reason, at)
    record = failure_record(pipeline, step, attempt, reason, decision, at)
    cleared = clearing(pipeline, step, at)
    if decision.outcome is not RetryOutcome.RETRYING:
        return changed(pipeline, [*cleared, *failing(pipeline, step, record, at, usage=usage, lost_at=lost_at)])
    retrying = StepRetrying(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attempt=attempt,
        failure=record,
        usage=usage,
        lost_at=lost_at,
    )
    return changed(pipeline, [*cleared, retrying])


def give_up(pipeline: Pipeline, reason: Failure, at: datetime) -> Change:
    """The current step fails for good, even if no attempt of it is open: stepwire itself cannot go on.

    An attempt is then begun, without a prompt, that the reason can belong to. A question to a person stays open.
    """
    step = _current(pipeline)
    if waits_for_approval(step):
        raise IllegalTransition(f"Step {step.position + 1} waits for a person's approval.")
    started: list[PipelineEvent] = []
    number = len(step.attempts)
    if step.attempt is None or step.attempt.status.ended:
        number += 1
        started = [StepStarted(at=at, pipeline_id=pipeline.id, step_id=step.id, attempt=number, model=step.plan.model)]
    record = failure_record(pipeline, step, number, reason, RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE), at)
    cleared = clearing(pipeline, step, at)
    return changed(pipeline, [*started, *cleared, *failing(pipeline, step, record, at)])


def cancel(pipeline: Pipeline, actor: Actor, reason: str | None, at: datetime, traces: Traces = NO_TRACES) -> Change:
    """A person ends a pipeline that has not ended; `traces` are what is known of the attempt that it ends."""
    if pipeline.status.ended:
        raise IllegalTransition(f"The pipeline has already ended: {pipeline.status.value.lower()}.")
    message = f"Cancelled by {actor.name}: {reason}" if reason else f"Cancelled by {actor.name}"
    step = pipeline.current
    if step is None or step.status is StepStatus.PENDING or step.attempt is None:
        finished = PipelineFinished(
            at=at, actor=actor, pipeline_id=pipeline.id, status=PipelineStatus.CANCELLED, error_message=message
        )
        return changed(pipeline, [finished])
    decision = RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE)
    left = traces.of(None if step.attempt.status.ended else step.attempt.session_id)
    cancelled = left.added_to(failure(FailureKind.CANCELLED, message))
    record = failure_record(pipeline, step, step.attempt.number, cancelled, decision, at)
    if step.attempt.status.ended:
        record = replace(record, id=f"{record.id}_cancelled")
    events = [*withdrawing(pipeline, step, actor, at), *clearing(pipeline, step, at, actor)]
    return changed(pipeline, [*events, *failing(pipeline, step, record, at, actor=actor, usage=left.usage)])


def raise_attention(
    pipeline: Pipeline, step_id: StepId, attempt: int, attention: Attention, at: datetime | None = None
) -> Change:
    """It is not moving, for this reason, as noticed `at`. The same one in the same words and times is no change."""
    step, _ = _open_attempt(pipeline, step_id, attempt)
    if attention in step.attention:
        raise IllegalTransition("It is already known.")
    event = AttentionRaised(at=at or attention.since, pipeline_id=pipeline.id, step_id=step_id, attention=attention)
    return changed(pipeline, [event])


def clear_attention(
    pipeline: Pipeline,
    step_id: StepId,
    attention_id: str,
    at: datetime,
    *,
    actor: Actor | None = None,
    answer: str | None = None,
) -> Change:
    """It moves again."""
    step = step_of(pipeline, step_id)
    attention = next((one for one in step.attention if one.id == attention_id), None)
    if attention is None:
        raise IllegalTransition("That question is no longer open.")
    if attention.kind is AttentionKind.APPROVAL:
        raise IllegalTransition(f"Step {step.position + 1} waits for a person's approval.")
    event = AttentionCleared(
        at=at,
        actor=actor,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attention_id=attention_id,
        kind=attention.kind,
        answer=answer,
    )
    return changed(pipeline, [event])


def _beginning(pipeline: Pipeline, step: Step, at: datetime) -> list[PipelineEvent]:
    started = StepStarted(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step.id,
        attempt=len(step.attempts) + 1,
        prompt=compose_prompt(pipeline, step) if step.plan.kind is StepKind.AGENT else None,
        engine_agent=step.plan.engine_agent,
        model=step.plan.model,
    )
    return [started] if step.plan.kind is StepKind.AGENT else [started, *requesting(pipeline, step, at)]


def _then_next(pipeline: Pipeline, events: list[PipelineEvent], at: datetime) -> Change:
    change = changed(pipeline, events)
    after = change.pipeline
    if after.current is None:
        finished = PipelineFinished(at=at, pipeline_id=pipeline.id, status=PipelineStatus.SUCCEEDED)
        return going_on(change, [finished])
    return going_on(change, _beginning(after, after.current, at))


def _lost_at(attempt: Attempt, last_alive: datetime | None) -> datetime | None:
    """None, too, while a person is asked: that is waiting already."""
    if last_alive is None or attempt.waiting_since is not None:
        return None
    return max(last_alive, attempt.started_at)


def _current(pipeline: Pipeline) -> Step:
    if pipeline.status.ended or pipeline.current is None:
        raise IllegalTransition(f"The pipeline has already ended: {pipeline.status.value.lower()}.")
    return pipeline.current


def _open_attempt(pipeline: Pipeline, step_id: StepId, attempt: int) -> tuple[Step, Attempt]:
    step = step_of(pipeline, step_id)
    newest = step.attempt
    if pipeline.status.ended or newest is None or newest.number != attempt or newest.status.ended:
        raise IllegalTransition(f"Attempt {attempt} of step {step.position + 1} is not running any more.")
    if step.plan.kind is StepKind.APPROVAL:
        raise IllegalTransition(f"Step {step.position + 1} waits for a person's approval.")
    return step, newest
