"""Whether a failed attempt is followed by another, and when, is decided by its kind and by how many are left."""

from dataclasses import replace
from datetime import datetime

import pytest

from runner.failure_kinds import KINDS, FailureKind, Retry
from runner.failures import Failure
from runner.model import Attempt, RetryDecision, RetryOutcome, Step, StepStatus
from runner.retry import RetryPolicy
from tests.support.builders import NOW, a_failure, a_pipeline, a_plan, after


def a_step(attempts: int, *, before: int = 0, max_attempts: int | None = None) -> Step:
    """Its newest attempt is the one that has failed."""
    step = a_pipeline([a_plan(max_attempts=max_attempts)]).steps[0]
    tried = tuple(
        Attempt(number=number, started_at=NOW, status=StepStatus.RUNNING) for number in range(1, attempts + 1)
    )
    return replace(step, status=StepStatus.RUNNING, attempts=tried, attempts_before=before)


def decided(
    failure: Failure, step: Step, *, max_attempts: int = 3, delay: float = 5, jitter: float = 0.5
) -> RetryDecision:
    policy = RetryPolicy(max_attempts=max_attempts, delay_seconds=delay, jitter=lambda: jitter)
    return policy.decide(step, failure, NOW)


def next_at(failure: Failure, attempts: int, **says: float) -> datetime:
    at = decided(failure, a_step(attempts), max_attempts=10_000, **says).next_attempt_at
    assert at is not None
    return at


@pytest.mark.parametrize("kind", FailureKind)
def test_the_kind_alone_decides_whether_another_attempt_follows(kind: FailureKind) -> None:
    outcome = decided(a_failure(kind, status_code=500), a_step(1)).outcome

    expected = RetryOutcome.NOT_RETRYABLE if KINDS[kind].retry is Retry.NO else RetryOutcome.RETRYING
    assert outcome is expected


@pytest.mark.parametrize(("attempts", "left"), [(1, 2), (2, 1), (3, 0), (4, 0)])
def test_attempts_are_counted_down_to_none(attempts: int, left: int) -> None:
    decision = decided(a_failure(FailureKind.ENGINE_LOST), a_step(attempts))

    assert decision.attempts_left == left
    assert decision.outcome is (RetryOutcome.RETRYING if left else RetryOutcome.EXHAUSTED)
    assert (decision.next_attempt_at is None) == (left == 0)


def test_once_means_one_more_attempt_however_many_are_allowed() -> None:
    first = decided(a_failure(FailureKind.EMPTY_BODY), a_step(1), max_attempts=5)
    second = decided(a_failure(FailureKind.EMPTY_BODY), a_step(2), max_attempts=5)

    assert (first.outcome, first.attempts_left) == (RetryOutcome.RETRYING, 1)
    assert second.outcome is RetryOutcome.EXHAUSTED


def test_once_means_none_where_only_one_is_allowed() -> None:
    decision = decided(a_failure(FailureKind.EMPTY_BODY), a_step(1), max_attempts=1)

    assert decision.outcome is RetryOutcome.EXHAUSTED


def test_a_steps_own_limit_comes_before_the_general_one() -> None:
    decision = decided(a_failure(FailureKind.ENGINE_LOST), a_step(3, max_attempts=4), max_attempts=1)

    assert (decision.outcome, decision.attempts_left) == (RetryOutcome.RETRYING, 1)


def test_attempts_before_a_persons_retry_do_not_count() -> None:
    decision = decided(a_failure(FailureKind.ENGINE_LOST), a_step(4, before=3))

    assert (decision.outcome, decision.attempts_left) == (RetryOutcome.RETRYING, 2)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 320), (8, 600), (5000, 600)])
def test_the_delay_doubles_up_to_ten_minutes(attempts: int, seconds: float) -> None:
    assert next_at(a_failure(FailureKind.ENGINE_LOST), attempts) == after(seconds)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 75), (0.5, 100), (1.0, 125)])
def test_the_delay_is_spread_by_a_quarter(jitter: float, seconds: float) -> None:
    assert next_at(a_failure(FailureKind.ENGINE_LOST), 1, delay=100, jitter=jitter) == after(seconds)


def test_an_interrupted_step_is_tried_again_at_once() -> None:
    assert next_at(a_failure(FailureKind.INTERRUPTED), 1) == NOW


@pytest.mark.parametrize(("named", "expected"), [(60, 60), (1, 5)])
def test_the_moment_that_a_provider_names_is_waited_for_but_never_hurried(named: float, expected: float) -> None:
    limited = a_failure(FailureKind.PROVIDER_RATE_LIMITED, retry_after=after(named))

    assert next_at(limited, 1) == after(expected)


def test_a_further_attempt_comes_on_a_whole_millisecond() -> None:
    at = next_at(a_failure(FailureKind.ENGINE_LOST), 1, delay=1 / 3)

    assert at.microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(500, RetryOutcome.RETRYING), (503, RetryOutcome.RETRYING), (418, RetryOutcome.NOT_RETRYABLE), (None, None)],
)
def test_an_error_of_opencode_is_worth_a_retry_only_when_it_broke_itself(
    status: int | None, outcome: RetryOutcome | None
) -> None:
    decision = decided(a_failure(FailureKind.ENGINE_ERROR, status_code=status), a_step(1))

    assert decision.outcome is (outcome or RetryOutcome.NOT_RETRYABLE)


def test_a_case_that_knows_better_than_its_kind_is_believed() -> None:
    as_its_cause = a_failure(FailureKind.SUBAGENT_FAILED, retry=Retry.YES)

    assert decided(as_its_cause, a_step(1)).outcome is RetryOutcome.RETRYING
