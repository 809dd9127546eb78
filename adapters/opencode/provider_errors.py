"""What `info.error` of a message means: the provider's refusals, told apart by status and code, never by wording."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from pydantic import JsonValue

from adapters.opencode.observations import Moment, Observations
from adapters.opencode.reported import ErrorFacts, ReportedError
from adapters.opencode.words import ordinal, quoted
from runner.excerpt import capped
from runner.failures import Failure, FailureCause, FailureKind, failure

# The only words that are looked for: names that providers give to a quota that is used up.
QUOTA_NAMES = frozenset(
    (
        "insufficient_quota",
        "insufficient_balance",
        "insufficient_funds",
        "quota_exceeded",
        "billing_error",
        "billing_hard_limit_reached",
        "billing_not_active",
        "credit_balance_too_low",
        "usage_limit_reached",
        "FreeUsageLimitError",
    )
)
_LONGEST_WAIT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the judgement may use beside the error.

    `tries` is how often OpenCode asked for this answer, as far as seen; without the stream the answer still shows that
    it was more than once (`retried`), but not how often.
    """

    seen: Observations
    now: Moment
    retried: bool = False

    @property
    def tries(self) -> int | None:
        return self.seen.tried_again + 1 if self.seen.tried_again else None


_Judge: TypeAlias = Callable[[ErrorFacts, Context], Failure]


def failure_of(error: ReportedError, context: Context) -> Failure:
    """The failure that the error is, with the provider's own words as the last cause."""
    judge = _JUDGES.get(error.name)
    return judge(error.data, context) if judge else _agent_error(error.data, context, error.name)


def _api_error(facts: ErrorFacts, context: Context) -> Failure:
    status = facts.status_code
    if status == 402 or (status == 429 and is_quota(facts.body)):
        return worded(FailureKind.PROVIDER_QUOTA, "The provider's quota is used up", facts)
    if status == 429:
        return _rate_limited(facts, context)
    if status in (401, 403):
        what = "rejected the API key" if status == 401 else "refused access"
        return worded(FailureKind.PROVIDER_AUTH, f"The provider {what} (status {status})", facts)
    if status is None:
        return _not_connected(facts, context)
    if status in (408, 425) or status >= 500:
        return worded(FailureKind.PROVIDER_UNAVAILABLE, f"The provider is not available (status {status})", facts)
    if status >= 400:
        return worded(FailureKind.PROVIDER_REJECTED, f"The provider rejected the request (status {status})", facts)
    return worded(FailureKind.PROVIDER_BAD_STREAM, "The provider's answer could not be read", facts)


def _rate_limited(facts: ErrorFacts, context: Context) -> Failure:
    gave_up = f"; OpenCode gave up after {context.tries} tries" if context.tries else " (status 429)"
    return failure(
        FailureKind.PROVIDER_RATE_LIMITED,
        f"Rate limited by the provider{gave_up}",
        detail=_detail(facts),
        causes=causes_of(facts.message),
        status_code=429,
        retry_after=_retry_after(facts.headers, context.now),
    )


def _not_connected(facts: ErrorFacts, context: Context) -> Failure:
    url = facts.metadata.get("url")
    what = (
        f"The provider cannot be reached at {url}" if isinstance(url, str) else "The connection to the provider broke"
    )
    if context.tries:
        what += f" in {context.tries} tries"
    return worded(FailureKind.PROVIDER_UNAVAILABLE, what, facts)


def is_quota(body: str | None) -> bool:
    """Whether the provider's error carries one of the names of a used-up quota."""
    return any(name in QUOTA_NAMES for name in names_in(loaded(body)))


def names_in(value: JsonValue) -> list[str]:
    """The names that an error gives itself: code, type, status and reason, its inner errors' too."""
    if not isinstance(value, dict):
        return []
    own = [str(value[key]) for key in ("code", "type", "status", "reason") if isinstance(value.get(key), str)]
    return own + names_in(value.get("error"))


def _unknown_error(facts: ErrorFacts, context: Context) -> Failure:
    inner = loaded(facts.message)
    if isinstance(inner, dict):
        words = message_in(inner) or facts.message
        quota = any(name in QUOTA_NAMES for name in names_in(inner))
        kind = FailureKind.PROVIDER_QUOTA if quota else FailureKind.PROVIDER_BAD_STREAM
        what = "The provider's quota is used up" if quota else "The provider broke off its answer with an error"
        return failure(kind, f"{what}: {quoted(words)}", detail=facts.message, causes=causes_of(words))
    if context.retried or context.tries:
        return worded(FailureKind.PROVIDER_BAD_STREAM, "The provider's answer could not be read", facts)
    return _agent_error(facts, context)


def message_in(value: dict[str, JsonValue]) -> str | None:
    """What an error says, however deep it says it."""
    inner = value.get("error")
    if isinstance(inner, dict):
        return message_in(inner)
    said = value.get("message", inner)
    return said if isinstance(said, str) and said.strip() else None


def _overflow(facts: ErrorFacts, context: Context) -> Failure:
    earlier = [error.data.message for error in context.seen.errors_of(context.seen.session_id)]
    words = next((said for said in earlier if said and said != facts.message), "")
    causes = (*causes_of(facts.message, source="opencode"), *causes_of(words))
    message = "The prompt is larger than the model's context"
    return failure(FailureKind.CONTEXT_OVERFLOW, message, detail=_detail(facts), causes=causes)


def _filtered(facts: ErrorFacts, context: Context) -> Failure:
    return worded(FailureKind.CONTENT_FILTERED, "The provider's content filter stopped the answer", facts)


def _truncated(facts: ErrorFacts, context: Context) -> Failure:
    return failure(FailureKind.OUTPUT_TRUNCATED, "The answer was cut at the model's output limit")


def _unauthenticated(facts: ErrorFacts, context: Context) -> Failure:
    return worded(FailureKind.PROVIDER_AUTH, "OpenCode has no valid key for the provider", facts)


def _unstructured(facts: ErrorFacts, context: Context) -> Failure:
    return worded(FailureKind.HANDOFF_INVALID, "The agent gave no structured answer", facts, source="opencode")


def aborted(context: Context) -> Failure:
    """Somebody else than stepwire stopped the session."""
    if context.seen.disposed:
        return failure(FailureKind.ENGINE_LOST, "OpenCode was reloaded while the step was running")
    if context.seen.deleted:
        return failure(FailureKind.ENGINE_ABORTED, "The session was deleted in OpenCode while the step was running")
    retry = context.seen.retry
    last = f" (last: {quoted(retry.message)}, {ordinal(retry.attempt + 1)} try)" if retry else ""
    causes = causes_of(retry.message) if retry else ()
    return failure(FailureKind.ENGINE_ABORTED, f"The session was aborted outside stepwire{last}", causes=causes)


def _aborted(facts: ErrorFacts, context: Context) -> Failure:
    return aborted(context)


def _agent_error(facts: ErrorFacts, context: Context, name: str = "UnknownError") -> Failure:
    said = _words_or(facts.message, name)
    return failure(
        FailureKind.AGENT_ERROR,
        f"The agent reported: {said}",
        detail=_detail(facts) or facts.message or None,
        causes=causes_of(facts.message, source="opencode"),
        status_code=facts.status_code,
    )


def worded(kind: FailureKind, what: str, facts: ErrorFacts, *, source: str = "provider") -> Failure:
    """`what` happened, followed by the words of whoever reported it."""
    words = quoted(facts.message)
    return failure(
        kind,
        f"{what}: {words}" if words else what,
        detail=_detail(facts),
        causes=causes_of(facts.message, source=source),
        status_code=facts.status_code,
    )


def _words_or(words: str, name: str) -> str:
    return quoted(words) or name


def causes_of(words: str, *, source: str = "provider") -> tuple[FailureCause, ...]:
    return (FailureCause(source=source, message=capped(words, 2000)),) if words.strip() else ()


def _detail(facts: ErrorFacts) -> str | None:
    url = facts.metadata.get("url")
    lines = [f"URL: {url}"] if isinstance(url, str) else []
    lines += [f"{name}: {value}" for name, value in facts.headers.items()]
    if facts.body:
        lines += ["", facts.body]
    return "\n".join(lines).strip() or None


def loaded(text: str | None) -> JsonValue:
    """JSON, or None for what is none."""
    try:
        value: JsonValue = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return value


def _retry_after(headers: Mapping[str, str], now: Moment) -> datetime | None:
    """When the provider wants to be asked again: in milliseconds, seconds, or as a date."""
    named = {name.lower(): value.strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError, OverflowError):
            wait = timedelta(seconds=float(named[name]) * unit)
            return now.wall + min(max(wait, timedelta(0)), _LONGEST_WAIT)
    with suppress(KeyError, ValueError, TypeError):
        at = parsedate_to_datetime(named["retry-after"])
        return min(max(at, now.wall), now.wall + _LONGEST_WAIT)
    return None


_JUDGES: Mapping[str, _Judge] = {
    "APIError": _api_error,
    "UnknownError": _unknown_error,
    "ContextOverflowError": _overflow,
    "ContentFilterError": _filtered,
    "MessageOutputLengthError": _truncated,
    "MessageAbortedError": _aborted,
    "ProviderAuthError": _unauthenticated,
    "StructuredOutputError": _unstructured,
}
