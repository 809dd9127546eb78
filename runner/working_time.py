"""How long was worked, and how long only waited: what a pipeline took, told apart.

An attempt works from its beginning to its end, except while a person is asked, and while nobody was there to see it
work and it was lost. Everything else is waiting: for its turn, for an approval, between two attempts, until somebody
tries again, and while stepwire was down. A clock that was set back makes no span negative.
"""

from dataclasses import dataclass
from datetime import datetime

from runner.model import Attempt, Pipeline, Step


@dataclass(frozen=True, kw_only=True)
class TimeTaken:
    """In seconds, neither ever negative; together all the time from the beginning to the end, or to now."""

    worked: float = 0.0
    waited: float = 0.0


def of_attempt(attempt: Attempt, now: datetime) -> TimeTaken:
    end = attempt.finished_at or now
    waited = attempt.waited_seconds + (seconds(attempt.waiting_since, end) if attempt.waiting_since else 0.0)
    return _shared(seconds(attempt.started_at, end), max(0.0, seconds(attempt.started_at, end) - waited))


def of_step(step: Step, now: datetime) -> TimeTaken:
    """From the beginning of its first attempt; before that it takes no time."""
    end = step.finished_at or now
    worked = sum(of_attempt(attempt, end).worked for attempt in step.attempts)
    return _shared(seconds(step.started_at, end), worked) if step.started_at else TimeTaken()


def of_pipeline(pipeline: Pipeline, now: datetime) -> TimeTaken:
    """From when it was asked for."""
    end = pipeline.finished_at or now
    worked = sum(of_step(step, end).worked for step in pipeline.steps)
    return _shared(seconds(pipeline.created_at, end), worked)


def seconds(start: datetime, end: datetime) -> float:
    """How long that is; no time at all where the end comes first."""
    return max(0.0, (end - start).total_seconds())


def _shared(taken: float, worked: float) -> TimeTaken:
    return TimeTaken(worked=round(worked, 3), waited=round(max(0.0, taken - worked), 3))
