"""What `info.error` of a message means: one judge for each name that OpenCode gives it.

ReportedError ─┬─ APIError, UnknownError, ContextOverflowError ─▶ provider_refusal ─▶ provider_failures
               └─ the others, which OpenCode says by name alone
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from adapters.opencode.observations import Observations
from adapters.opencode.provider_failures import Circumstances, causes_of, refused, worded
from adapters.opencode.provider_refusal import is_too_large, kind_of, refusal_of
from adapters.opencode.reported import ErrorFacts, ReportedError
from adapters.opencode.words import ordinal, quoted, session_deleted
from runner.failure_kinds import FailureKind
from runner.failures import Failure, failure

__all__ = ["Circumstances", "aborted", "failure_of", "has_told_overflow"]

_Judge: TypeAlias = Callable[[ErrorFacts, Circumstances], Failure]
# What a provider can only have meant by its refusal, even where OpenCode took it for an overflow.
_NO_OVERFLOW = (FailureKind.CONTENT_FILTERED, FailureKind.PROVIDER_QUOTA, FailureKind.PROVIDER_RATE_LIMITED)


def failure_of(error: ReportedError, circumstances: Circumstances) -> Failure:
    """The failure that the error is, with the provider's own words as the last cause."""
    judge = _JUDGES.get(error.name)
    return judge(error.data, circumstances) if judge else _agent_error(error.data, circumstances, error.name)


def _api_error(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    refusal = refusal_of(facts)
    kind = kind_of(refusal)
    if kind is not None:
        return refused(kind, refusal, facts, circumstances)
    if facts.status_code is None and refusal.is_told:
        return refused(FailureKind.PROVIDER_BAD_STREAM, refusal, facts, circumstances)
    if facts.status_code is None:
        return _not_connected(facts, circumstances)
    return worded(FailureKind.PROVIDER_BAD_STREAM, "The provider's answer could not be read", facts)


def _not_connected(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    url = facts.url
    what = "The connection to the provider broke" if url is None else f"The provider cannot be reached at {url}"
    if circumstances.tries:
        what += f" in {circumstances.tries} tries"
    return worded(FailureKind.PROVIDER_UNAVAILABLE, what, facts)


def _unknown_error(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    """OpenCode's name for what it passes on unread: an error inside the stream, garbage, or a fault of its own."""
    refusal = refusal_of(facts)
    kind = kind_of(refusal)
    if kind is not None or refusal.is_told:
        return refused(kind or FailureKind.PROVIDER_BAD_STREAM, refusal, facts, circumstances)
    if circumstances.retried or circumstances.tries:
        return worded(FailureKind.PROVIDER_BAD_STREAM, "The provider's answer could not be read", facts)
    return _agent_error(facts, circumstances)


def _overflow(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    """OpenCode calls every 413 an overflow, and says in the end only that it could not make room."""
    seen = circumstances.seen
    earlier = [error.data for error in seen.errors_of(seen.session_id) if error.name == OVERFLOW]
    told = next((known for known in reversed(earlier) if known.message != facts.message), facts)
    refusal = refusal_of(told)
    kind = kind_of(refusal)
    if kind in _NO_OVERFLOW:
        return refused(kind, refusal, told, circumstances)
    if kind is not FailureKind.CONTEXT_OVERFLOW and (is_too_large(refusal) or refusal.page is not None):
        return refused(FailureKind.PROVIDER_REJECTED, replace(refusal, status=413), told, circumstances)
    if told is facts and not facts.body:
        message = "The prompt is larger than the model's context"
        return failure(FailureKind.CONTEXT_OVERFLOW, message, causes=causes_of(facts.message, source="opencode"))
    found = refused(FailureKind.CONTEXT_OVERFLOW, replace(refusal, status=None), told, circumstances)
    own = causes_of(facts.message, source="opencode") if told is not facts else ()
    return replace(found, causes=(*own, *found.causes))


def has_told_overflow(seen: Observations) -> bool:
    """Whether the provider's own words about an overflow have been seen."""
    return any(error.name == OVERFLOW for error in seen.errors_of(seen.session_id))


def _filtered(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    return worded(FailureKind.CONTENT_FILTERED, "The provider's content filter stopped the answer", facts)


def _truncated(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    return failure(FailureKind.OUTPUT_TRUNCATED, "The answer was cut at the model's output limit")


def _unauthenticated(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    return worded(FailureKind.PROVIDER_AUTH, "OpenCode has no valid key for the provider", facts)


def _unstructured(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    return worded(FailureKind.HANDOFF_INVALID, "The agent gave no structured answer", facts, source="opencode")


def aborted(circumstances: Circumstances) -> Failure:
    """Somebody else than stepwire stopped the session."""
    if circumstances.seen.disposed:
        return failure(FailureKind.ENGINE_LOST, "OpenCode was reloaded while the step was running")
    if circumstances.seen.deleted:
        return session_deleted()
    retry = circumstances.seen.retry
    last = f" (last: {quoted(retry.message)}, {ordinal(retry.attempt + 1)} try)" if retry else ""
    told = causes_of(retry.message) if retry else ()
    return failure(FailureKind.ENGINE_ABORTED, f"The session was aborted outside stepwire{last}", causes=told)


def _aborted(facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    return aborted(circumstances)


def _agent_error(facts: ErrorFacts, circumstances: Circumstances, name: str = "UnknownError") -> Failure:
    found = worded(FailureKind.AGENT_ERROR, "The agent reported", facts, source="opencode")
    message = found.message if facts.message.strip() else f"The agent reported: {name}"
    return replace(found, message=message, detail=found.detail or facts.message or None)


OVERFLOW = "ContextOverflowError"
_JUDGES: Mapping[str, _Judge] = {
    "APIError": _api_error,
    "UnknownError": _unknown_error,
    OVERFLOW: _overflow,
    "ContentFilterError": _filtered,
    "MessageOutputLengthError": _truncated,
    "MessageAbortedError": _aborted,
    "ProviderAuthError": _unauthenticated,
    "StructuredOutputError": _unstructured,
}
