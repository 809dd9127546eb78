"""Our own limits over an engine that has none: a pure function from what was observed to why the attempt must stop.

The clocks of step and stall stand still while a person is asked; each ask has its own clock.
"""

from adapters.opencode.observations import Ask, Moment, Observations, RetryWait
from adapters.opencode.words import ordinal, quoted, session_deleted, wanted
from runner.failure_kinds import FailureKind
from runner.failures import EngineRetry, Failure, FailureCause, failure
from runner.limits import Limits

NAMELESS_LIMIT = 3
_PROVIDER_FIRST = "See what the provider's words ask for; then try again, with a longer limit or another model."
_PROVIDER_SILENT = "See whether the provider answers at all; then try again, with a longer limit or another model."
_CUT_OFF = (
    "Try again; if it stays, look at what ends the provider's answers: a proxy, its time limit, or another model."
)
_NO_CALL = "Try again; if it stays, what serves this model does not call tools as OpenCode reads it: use another model."
_NOTHING_SAID = (
    "Try again; if it stays, see what the provider itself answers to this prompt, and whether its address in OpenCode "
    "is a chat API."
)
COMPACTION_LIMIT = 5


def exceeded(seen: Observations, limits: Limits, now: Moment) -> Failure | None:
    """Why the attempt must stop now; None while it may go on."""
    if seen.deleted:
        return session_deleted()
    return _unanswered(seen, limits, now) or _runaway(seen, limits) or _out_of_time(seen, limits, now)


def next_check(seen: Observations, limits: Limits, now: Moment) -> float:
    """In how many seconds a limit or a warning can be due, if nothing happens before."""
    if seen.asks:
        due = min(ask.since.monotonic for ask in seen.asks) + limits.ask_seconds
    else:
        quiet_since = quiet_from(seen)
        warn, stalled = quiet_since + limits.warn_seconds, quiet_since + limits.stall_seconds
        due = min(deadline(seen, limits, now), stalled, warn if warn > now.monotonic else stalled)
    return max(0.0, due - now.monotonic)


def deadline(seen: Observations, limits: Limits, now: Moment) -> float:
    """When the step's time is over, on the monotonic clock, if nobody is asked from now on."""
    return seen.begun.monotonic + limits.timeout_seconds + seen.asked_until(now)


def quiet_from(seen: Observations) -> float:
    """Since when there has been no sign of life; a known wait of OpenCode's own is none of silence."""
    last = seen.last_sign.monotonic
    if seen.retry and seen.retry.next_at:
        return max(last, seen.retry.since.at(seen.retry.next_at))
    return last


def provider_asked_for(wait: RetryWait) -> bool:
    """Whether the wait is longer than OpenCode's own (2, 4, 8 … s, jittered), so that the provider has named it."""
    if wait.next_at is None:
        return False
    return (wait.next_at - wait.since.wall).total_seconds() > 1.5 * 2.0 ** min(wait.attempt, 6) + 1


def timed_out(limits: Limits, seen: Observations | None = None) -> Failure:
    message = f"Step timed out after {limits.timeout_seconds:g}s"
    wait = _waited_for(seen) if seen else None
    if wait is None and seen and seen.awaiting:
        message += "; OpenCode was still waiting for the provider to begin its answer"
        return failure(FailureKind.STEP_TIMEOUT, message, hint=_PROVIDER_SILENT)
    if wait is None:
        return failure(FailureKind.STEP_TIMEOUT, message)
    said = f"{quoted(wait.message)} (OpenCode was before its {ordinal(wait.attempt + 1)} try)"
    causes = (FailureCause(source="provider", message=said),)
    message += f"; OpenCode was still retrying: {quoted(wait.message)}"
    return failure(FailureKind.STEP_TIMEOUT, message, hint=_PROVIDER_FIRST, causes=causes)


def _waited_for(seen: Observations) -> RetryWait | EngineRetry | None:
    """OpenCode's wait, or the try after it, which has brought nothing yet."""
    if seen.retry is not None:
        return seen.retry
    return seen.retries[-1] if seen.tried_again and seen.retries else None


def _unanswered(seen: Observations, limits: Limits, now: Moment) -> Failure | None:
    for ask in seen.asks:
        if now.monotonic - ask.since.monotonic >= limits.ask_seconds:
            return _expired(ask, limits)
    return None


def _expired(ask: Ask, limits: Limits) -> Failure:
    within = f"within {_duration(limits.ask_seconds)}"
    if ask.question is not None:
        message = f"Nobody answered the agent's question {within}: {quoted(ask.question.text)}"
        return failure(FailureKind.QUESTION_EXPIRED, message)
    return failure(FailureKind.PERMISSION_EXPIRED, f"Nobody answered the request for {wanted(ask)} {within}")


def _runaway(seen: Observations, limits: Limits) -> Failure | None:
    if len(seen.turns) > limits.max_turns:
        return failure(FailureKind.RUNAWAY, f"The agent looped: {limits.max_turns} turns without an end")
    if len(seen.nameless) >= NAMELESS_LIMIT:
        return _nameless(seen)
    if seen.compactions > COMPACTION_LIMIT:
        hint = "Check the model's context limit in OpenCode, or split the step into smaller ones."
        message = f"The agent looped: its context was compacted {seen.compactions} times"
        return failure(FailureKind.RUNAWAY, message, hint=hint)
    return None


def _nameless(seen: Observations) -> Failure:
    """OpenCode asks again, without end, after an answer whose finish it does not know; it does not pass on the word."""
    count = len(seen.nameless)
    if seen.finish == "tool-calls":
        message = f'The provider ended {count} answers in a row with "tool-calls", but without a call'
        return failure(FailureKind.PROVIDER_BAD_STREAM, message, hint=_NO_CALL)
    if seen.spoke_in in seen.nameless:
        message = (
            f"The provider ended {count} answers in a row with a finish reason that OpenCode does not know, "
            'passed on as "unknown", or with none because its stream was cut off'
        )
        return failure(FailureKind.PROVIDER_BAD_STREAM, message, hint=_CUT_OFF)
    message = (
        f'The provider gave {count} answers in a row without any text, whose finish reason OpenCode calls "unknown": '
        "a blocked prompt, an error in the place of an answer, a malformed call, or no stream at all"
    )
    return failure(FailureKind.PROVIDER_BAD_STREAM, message, hint=_NOTHING_SAID)


def _out_of_time(seen: Observations, limits: Limits, now: Moment) -> Failure | None:
    if seen.asks:
        return None
    ends = deadline(seen, limits, now)
    if now.monotonic >= ends:
        return timed_out(limits, seen)
    wait = seen.retry
    if wait and wait.next_at and provider_asked_for(wait) and wait.since.at(wait.next_at) > ends:
        return _too_long_a_wait(wait, limits)
    if now.monotonic - quiet_from(seen) >= limits.stall_seconds:
        return failure(FailureKind.STALLED, f"No sign of life from the agent for {limits.stall_seconds:g}s")
    return None


def _too_long_a_wait(wait: RetryWait, limits: Limits) -> Failure:
    assert wait.next_at is not None
    until = f"{wait.next_at:%H:%M:%S} UTC"
    return failure(
        FailureKind.PROVIDER_RATE_LIMITED,
        f"The provider lets no request through until {until}, after the step's limit of {limits.timeout_seconds:g}s: "
        f"{quoted(wait.message)}",
        causes=(FailureCause(source="provider", message=wait.message),),
        retry_after=wait.next_at,
    )


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:g} min" if seconds >= 60 and minutes == int(minutes) else f"{seconds:g}s"
