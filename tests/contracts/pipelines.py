"""Pipelines, and what becomes of them: values for the tests of journals and reads."""

import itertools
from datetime import UTC, datetime, timedelta

from runner import transitions
from runner.changes import Change
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Failure, failure
from runner.ids import step_id_of
from runner.journal import Journal
from runner.model import Actor, Handoff, Pipeline, PipelineId, Step, StepKind, StepPlan
from runner.retry import RetryPolicy

ANA = Actor(name="Ana")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EMPTY = failure(FailureKind.EMPTY_BODY, "OpenCode returned empty body (status 200)", status_code=200)
REFUSED = failure(FailureKind.PROVIDER_AUTH, "The provider rejected the API key (status 401)", status_code=401)
AGENT, APPROVAL = StepKind.AGENT, StepKind.APPROVAL

_numbers = itertools.count(1)


def a_pipeline(
    *kinds: StepKind,
    template: str | None = "quick_fix",
    directory: str | None = None,
    at: datetime = NOON,
    title: str = "Fix the login",
) -> Pipeline:
    pipeline_id = PipelineId(f"pip_{next(_numbers):08}")
    steps = tuple(
        Step(
            id=step_id_of(pipeline_id, position),
            position=position,
            plan=StepPlan(
                kind=kind, agent="build" if kind is AGENT else None, remind_after_seconds=5, expires_after_seconds=3600
            ),
        )
        for position, kind in enumerate(kinds or (AGENT, AGENT))
    )
    return Pipeline(
        id=pipeline_id,
        title=title,
        prompt="Mend what is broken",
        steps=steps,
        started_by=ANA,
        created_at=at,
        template=template,
        directory=directory,
    )


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def started(pipeline: Pipeline) -> Change:
    return transitions.start(pipeline, ANA)


def succeeded(pipeline: Pipeline, at: datetime = NOON, markdown: str = "Done") -> Change:
    """The current step ends well; the next one begins in the same change."""
    step = _current(pipeline)
    assert step.attempt is not None
    handoff = Handoff(markdown=markdown, created_at=at)
    return transitions.succeed_step(pipeline, step.id, step.attempt.number, handoff, NO_USAGE, at)


def session_opened(pipeline: Pipeline, at: datetime = NOON) -> Change:
    step = _current(pipeline)
    return transitions.open_session(pipeline, step.id, len(step.attempts), f"ses_{step.id}", None, at)


def failed(pipeline: Pipeline, reason: Failure = REFUSED, at: datetime = NOON) -> Change:
    step = _current(pipeline)
    assert step.attempt is not None
    return transitions.fail_step(pipeline, step.id, step.attempt.number, reason, RetryPolicy(), at)


async def commit(journal: Journal, change: Change) -> Pipeline:
    """The pipeline as it came out."""
    recorded = await journal.commit(change)
    return next(after.pipeline for after in reversed(recorded) if after.pipeline)


async def begun(journal: Journal, pipeline: Pipeline | None = None, at: datetime = NOON) -> Pipeline:
    """A pipeline whose first step is running."""
    pipeline = await commit(journal, started(pipeline or a_pipeline()))
    return await commit(journal, transitions.begin_step(pipeline, at))


async def broken(
    journal: Journal, pipeline: Pipeline | None = None, reason: Failure = REFUSED, at: datetime = NOON
) -> Pipeline:
    """A pipeline whose first step has failed for good."""
    return await commit(journal, failed(await begun(journal, pipeline, at), reason, at))


def _current(pipeline: Pipeline) -> Step:
    assert pipeline.current is not None
    return pipeline.current
