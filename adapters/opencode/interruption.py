"""The failure of an attempt that an end of stepwire has cut off, and of which nothing more is to be had."""

from dataclasses import replace

from runner.failure_kinds import FailureKind
from runner.failures import UNKNOWN_USAGE, AgentError, Evidence, Failure, FailureCause, failure


def interrupted(why: str) -> Failure:
    """The attempt is lost; `why` says what was found of it."""
    cause = FailureCause(source="opencode", message=why)
    return failure(FailureKind.INTERRUPTED, "stepwire stopped while the step was running", causes=(cause,))


def not_found_again(session_id: str, why: str) -> AgentError:
    """Its session could not be had: what it has used is not known."""
    reason = replace(interrupted(why), evidence=Evidence(session_id=session_id))
    return AgentError(reason, usage=UNKNOWN_USAGE)
