"""State is the fold of events: the one place where an event changes a pipeline.

A transition says what happened, and this says what that means: it is applied to decide, to store, and to tell followers
what the pipeline was right after each event, and gives all of them the same. Were transitions to return the new state
beside the events, there would be two descriptions of each change, and only one of them would be in the log.

It refuses nothing because of a rule. An event is a fact, and rules are for transitions, before it is one; what raises
here is an event that has no place to go to. Nor does it look at a clock or make up an id: all that it needs stands in
the event, so that a log gives tomorrow what it gave today. That is why events carry more than their story needs (the
prompt that was sent, the time of a change), and why a field that comes later needs a default that says what its absence
meant.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from runner.copies import replace
from runner.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttentionCleared,
    AttentionRaised,
    ChangesFound,
    PipelineEvent,
    PipelineFinished,
    PipelineResumed,
    PipelineStarted,
    SessionOpened,
    StepEvent,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from runner.failure_kinds import FailureKind
from runner.failures import Usage
from runner.model import (
    Attempt,
    FailureRecord,
    Handoff,
    Pipeline,
    PipelineStatus,
    Step,
    StepId,
    StepStatus,
)
from runner.working_time import seconds


def apply(pipeline: Pipeline | None, event: PipelineEvent) -> Pipeline:
    """The pipeline right after the event; None stands for "not started yet".

    Raises:
        ValueError: the event cannot follow, e.g. it is of a pipeline that was never started.
    """
    if isinstance(event, PipelineStarted):
        return replace(event.pipeline, seq=1)
    if pipeline is None:
        raise ValueError(f"{type(event).__name__} of {event.pipeline_id}, which was never started")
    return replace(_applied(pipeline, event), seq=pipeline.seq + 1)


def fold(events: Iterable[PipelineEvent], pipeline: Pipeline | None = None) -> Pipeline:
    """All the events applied in order, beginning with `pipeline`."""
    for event in events:
        pipeline = apply(pipeline, event)
    if pipeline is None:
        raise ValueError("no events to fold")
    return pipeline


def _applied(pipeline: Pipeline, event: PipelineFinished | StepEvent) -> Pipeline:
    match event:
        case PipelineFinished():
            return replace(
                pipeline,
                status=event.status,
                end_message=event.error_message,
                finished_at=event.at,
            )
        case _:
            step = _applied_to_step(_step(pipeline, event.step_id), event)
            before = _resumed(pipeline) if isinstance(event, PipelineResumed) else pipeline
            return _moved(_with_step(before, event.step_id, step), step, event.at)


def _applied_to_step(step: Step, event: StepEvent) -> Step:
    match event:
        case PipelineResumed():
            return _to_be_tried_again(step, event)
        case StepStarted():
            return _attempted(step, event)
        case SessionOpened():
            return _with_attempt(
                step,
                replace(
                    _attempt(step),
                    session_id=event.session_id,
                    model=event.model or _attempt(step).model,
                    resume=event.resume,
                ),
            )
        case StepSucceeded():
            return _succeeded(step, event.handoff, event.usage, event.at)
        case StepSkipped():
            return replace(step, status=StepStatus.SKIPPED, attention=(), finished_at=event.at)
        case StepRetrying():
            return replace(_ended(_lost(step, event), event.failure, event.usage, event.at), status=StepStatus.RUNNING)
        case StepFailed():
            ended = _ended(_lost(step, event), event.failure, event.usage, event.at)
            return replace(ended, finished_at=event.at)
        case AttentionRaised():
            others = tuple(attention for attention in step.attention if attention.id != event.attention.id)
            return _waiting(_reminded(replace(step, attention=(*others, event.attention)), event.at), event.at)
        case AttentionCleared():
            left = tuple(attention for attention in step.attention if attention.id != event.attention_id)
            return _waiting(replace(step, attention=left), event.at)
        case ApprovalRequested():
            return replace(step, approval=event.approval, status=StepStatus.WAITING)
        case ApprovalDecided():
            return replace(step, approval=event.approval)
        case ChangesFound():
            # They are kept beside the attempt: that they are known makes a new version, and no other step.
            return step
        case _:
            assert_never(event)


def _step(pipeline: Pipeline, step_id: StepId) -> Step:
    step = pipeline.step(step_id)
    if step is None:
        raise ValueError(f"pipeline {pipeline.id} has no step {step_id}")
    return step


def _attempt(step: Step) -> Attempt:
    if step.attempt is None:
        raise ValueError(f"step {step.id} has no attempt yet")
    return step.attempt


def _with_step(pipeline: Pipeline, step_id: StepId, step: Step) -> Pipeline:
    return replace(
        pipeline,
        steps=tuple(step if other.id == step_id else other for other in pipeline.steps),
    )


def _with_attempt(step: Step, attempt: Attempt) -> Step:
    return replace(step, attempts=(*step.attempts[:-1], attempt))


def _moved(pipeline: Pipeline, step: Step, at: datetime) -> Pipeline:
    """A living pipeline does what its current step does."""
    if step.status is StepStatus.WAITING:
        return replace(pipeline, status=PipelineStatus.WAITING)
    if step.status is StepStatus.RUNNING:
        return replace(
            pipeline,
            status=PipelineStatus.RUNNING,
            started_at=pipeline.started_at or at,
        )
    return pipeline


def _resumed(pipeline: Pipeline) -> Pipeline:
    return replace(pipeline, status=PipelineStatus.PENDING, end_message=None, finished_at=None)


def _to_be_tried_again(step: Step, event: PipelineResumed) -> Step:
    begun = event.plan or step.plan
    plan = replace(
        begun,
        model=event.model or begun.model,
        timeout_seconds=event.timeout_seconds or begun.timeout_seconds,
        prompt=event.prompt or step.plan.prompt,
    )
    return replace(
        step,
        plan=plan,
        status=StepStatus.PENDING,
        attempts_before=len(step.attempts),
        instruction=event.instruction,
        ended_by=None,
        attention=(),
        finished_at=None,
    )


def _attempted(step: Step, event: StepStarted) -> Step:
    attempt = Attempt(
        number=event.attempt,
        started_at=event.at,
        engine_agent=event.engine_agent,
        model=event.model,
        prompt=event.prompt,
    )
    return replace(
        step,
        status=StepStatus.RUNNING,
        attempts=(*step.attempts, attempt),
        attention=(),
        started_at=step.started_at or event.at,
    )


def _succeeded(step: Step, handoff: Handoff | None, usage: Usage, at: datetime) -> Step:
    if step.attempt and not step.attempt.status.ended:
        step = _with_attempt(
            step,
            replace(step.attempt, status=StepStatus.SUCCEEDED, usage=usage, finished_at=at),
        )
    return replace(step, status=StepStatus.SUCCEEDED, handoff=handoff, attention=(), finished_at=at)


def _ended(step: Step, record: FailureRecord, usage: Usage, at: datetime) -> Step:
    cancelled = record.failure.kind is FailureKind.CANCELLED
    status = StepStatus.CANCELLED if cancelled else StepStatus.FAILED
    attempt = _attempt(step)
    if attempt.status.ended:
        return replace(step, status=status, ended_by=record, attention=())
    attempt = replace(attempt, status=status, failure=record, usage=usage, finished_at=at)
    return replace(_with_attempt(step, attempt), status=status, attention=())


def _reminded(step: Step, at: datetime) -> Step:
    """A reminder that is due is given once."""
    approval = step.approval
    if approval is None or approval.remind_at is None or approval.remind_at > at:
        return step
    return replace(step, approval=replace(approval, remind_at=None))


def _waiting(step: Step, at: datetime) -> Step:
    if step.status not in (StepStatus.RUNNING, StepStatus.WAITING):
        return step
    asked = any(attention.kind.asks_a_person for attention in step.attention)
    step = replace(step, status=StepStatus.WAITING if asked else StepStatus.RUNNING)
    return _asking_since(step, at) if asked else _asking_no_more(step, at)


def _asking_since(step: Step, at: datetime) -> Step:
    attempt = _attempt(step)
    return step if attempt.waiting_since else _with_attempt(step, replace(attempt, waiting_since=at))


def _asking_no_more(step: Step, at: datetime) -> Step:
    """However many asks were open at once, the time is counted once."""
    attempt = step.attempt
    if attempt is None or attempt.waiting_since is None:
        return step
    waited = attempt.waited_seconds + seconds(attempt.waiting_since, at)
    return _with_attempt(step, replace(attempt, waited_seconds=waited, waiting_since=None))


def _lost(step: Step, event: StepFailed | StepRetrying) -> Step:
    """What nobody saw is not counted as work."""
    attempt = step.attempt
    if attempt is None or attempt.status.ended or event.lost_at is None:
        return step
    waited = attempt.waited_seconds + seconds(event.lost_at, event.at)
    return _with_attempt(step, replace(attempt, waited_seconds=waited))
