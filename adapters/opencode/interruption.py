"""The failure of an attempt that an end of stepwire has cut off, and of which nothing more is to be had."""

from runner.failures import Failure, FailureCause, FailureKind, failure


def interrupted(why: str) -> Failure:
    """The attempt is lost; `why` says what was found of it."""
    cause = FailureCause(source="opencode", message=why)
    return failure(FailureKind.INTERRUPTED, "stepwire stopped while the step was running", causes=(cause,))
