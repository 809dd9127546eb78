"""Changes of a pipeline, and what transitions of every family make them of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runner.events import AttentionCleared, PipelineEvent, PipelineFinished, PipelineResumed, StepFailed
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Failure, Usage
from runner.fold import fold
from runner.ids import part_id
from runner.model import Actor, FailureRecord, Pipeline, PipelineStatus, RetryDecision, Step, StepId
from runner.outcomes import Decision


@dataclass(frozen=True, kw_only=True)
class Change:
    """A new version of a pipeline and the events that made it so; `before` is the version it was decided on."""

    before: Pipeline | None
    pipeline: Pipeline
    events: tuple[PipelineEvent, ...]


class IllegalTransition(Exception):
    """The pipeline's state does not allow it (any more); the text says why, for the person who asked.

    `decision` is what somebody else was faster with, where that is why.
    """

    def __init__(self, text: str, decision: Decision | None = None) -> None:
        super().__init__(text)
        self.decision = decision


def changed(before: Pipeline | None, events: Iterable[PipelineEvent]) -> Change:
    """What the events make of it; at least one has to be there when there was nothing before."""
    happened = tuple(events)
    return Change(before=before, pipeline=fold(happened, before), events=happened)


def going_on(change: Change, events: Iterable[PipelineEvent]) -> Change:
    """The same change with these events after its own."""
    more = tuple(events)
    return Change(before=change.before, pipeline=fold(more, change.pipeline), events=(*change.events, *more))


def resumed_by(pipeline: Pipeline, events: list[PipelineEvent], actor: Actor, reason: str, at: datetime) -> Change:
    """A person's act replaced the step; the pipeline waits for its turn to go on, or has ended with it."""
    change = changed(pipeline, events)
    if (current := change.pipeline.current) is None:
        finished = PipelineFinished(at=at, actor=actor, pipeline_id=pipeline.id, status=PipelineStatus.SUCCEEDED)
        return going_on(change, [finished])
    resumed = PipelineResumed(at=at, actor=actor, pipeline_id=pipeline.id, step_id=current.id, reason=reason)
    return going_on(change, [resumed])


def failing(
    pipeline: Pipeline,
    step: Step,
    record: FailureRecord,
    at: datetime,
    *,
    actor: Actor | None = None,
    usage: Usage = NO_USAGE,
    lost_at: datetime | None = None,
) -> list[PipelineEvent]:
    """The step ends without success, and its pipeline with it."""
    cancelled = record.failure.kind is FailureKind.CANCELLED
    return [
        StepFailed(
            at=at,
            actor=actor,
            pipeline_id=pipeline.id,
            step_id=step.id,
            attempt=record.attempt,
            failure=record,
            usage=usage,
            lost_at=lost_at,
        ),
        PipelineFinished(
            at=at,
            actor=actor,
            pipeline_id=pipeline.id,
            status=PipelineStatus.CANCELLED if cancelled else PipelineStatus.FAILED,
            error_message=record.failure.message,
        ),
    ]


def clearing(
    pipeline: Pipeline, step: Step, at: datetime, actor: Actor | None = None, answer: str | None = None
) -> list[PipelineEvent]:
    """Whatever kept the step from moving is over."""
    return [
        AttentionCleared(
            at=at,
            actor=actor,
            pipeline_id=pipeline.id,
            step_id=step.id,
            attention_id=attention.id,
            kind=attention.kind,
            answer=answer,
        )
        for attention in step.attention
    ]


def failure_record(
    pipeline: Pipeline, step: Step, attempt: int, reason: Failure, decision: RetryDecision, at: datetime
) -> FailureRecord:
    return FailureRecord(
        id=part_id("fai", step.id, attempt),
        pipeline_id=pipeline.id,
        step_id=step.id,
        attempt=attempt,
        failure=reason,
        decision=decision,
        occurred_at=at,
        agent=step.plan.agent,
    )


def step_of(pipeline: Pipeline, step_id: StepId) -> Step:
    """Raises IllegalTransition where the pipeline has none of that id."""
    step = pipeline.step(step_id)
    if step is None:
        raise IllegalTransition("The pipeline has no such step.")
    return step
