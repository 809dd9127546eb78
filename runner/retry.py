"""Whether a failed attempt is followed by another, and when: decided once, from the kind, never from the wording."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.failure_kinds import FailureKind, Retry
from runner.failures import Failure
from runner.model import RetryDecision, RetryOutcome, Step, in_milliseconds

_LONGEST_DELAY = 600.0
_MOST_DOUBLINGS = 30


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently. `delay_seconds` comes before the second attempt and doubles from there.

    `jitter` gives a factor between 0 and 1; delays are spread over 75 to 125 %, so that pipelines that failed together
    do not return together.
    """

    max_attempts: int = 2
    delay_seconds: float = 5.0
    jitter: Callable[[], float] = random.random

    def decide(self, step: Step, failure: Failure, at: datetime) -> RetryDecision:
        """What follows the failure of the step's newest attempt. Attempts before a person's own retry do not count."""
        if not failure.retryable:
            return RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE)
        used = len(step.attempts) - step.attempts_before
        left = max(0, self._allowed(step, failure) - used)
        if left == 0:
            return RetryDecision(outcome=RetryOutcome.EXHAUSTED)
        return RetryDecision(
            outcome=RetryOutcome.RETRYING,
            attempts_left=left,
            next_attempt_at=self._next_attempt_at(failure, used, at),
        )

    def _allowed(self, step: Step, failure: Failure) -> int:
        allowed = step.plan.max_attempts or self.max_attempts
        return min(allowed, 2) if failure.retry is Retry.ONCE else allowed

    def _next_attempt_at(self, failure: Failure, used: int, at: datetime) -> datetime:
        # A pause is for whoever was overloaded or is being mended; here nobody was, it was stepwire that stopped.
        if failure.kind is FailureKind.INTERRUPTED:
            return at
        doubled = self.delay_seconds * 2.0 ** min(used - 1, _MOST_DOUBLINGS)
        delay = min(doubled, _LONGEST_DELAY) * (0.75 + 0.5 * self.jitter())
        soonest = at + timedelta(seconds=delay)
        return in_milliseconds(max(soonest, failure.retry_after or soonest))
