"""The failure that a provider's refusal is: its sentence, its hint, and when it may be asked again.

Who spoke is said first: the provider, the one behind a router, or a gateway that answered in its place with a web page.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from adapters.opencode.observations import Moment, Observations
from adapters.opencode.provider_refusal import Refusal, is_about_key, is_named_overflow, is_too_large
from adapters.opencode.reported import ErrorFacts
from adapters.opencode.said import sentence_in
from adapters.opencode.words import quoted
from runner.excerpt import capped
from runner.failure_kinds import FailureKind
from runner.failures import Failure, FailureCause, failure

_LONGEST_WAIT = timedelta(days=7)
_NO_ACCESS = (
    "Read the provider's words: this account may not use the model, or what it may spend is spent; "
    "mend that at the provider, or use another model."
)
_PROXY = (
    "Give OpenCode the proxy's user name and password where it is started (HTTPS_PROXY), "
    "or keep this provider out of the proxy (NO_PROXY)."
)
_PERHAPS_OVERFLOW = (
    "Read the provider's words: if they speak of a rate, wait and try again; "
    "else shorten the prompt or the handoffs, or use a model with a larger context."
)
_SIZE = "Let the gateway take larger requests, or shorten the prompt, the handoffs and what the agent reads."


@dataclass(frozen=True, kw_only=True)
class Circumstances:
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


def refused(kind: FailureKind, refusal: Refusal, facts: ErrorFacts, circumstances: Circumstances) -> Failure:
    """The refusal as a failure of that kind, with the provider's words."""
    what, hint = _sentence(kind, refusal, facts, circumstances)
    words = quoted(refusal.words)
    if kind is FailureKind.CONTEXT_OVERFLOW and refusal.figures and not any(map(str.isdigit, words)):
        words += f" ({refusal.figures})"
    limited = kind is FailureKind.PROVIDER_RATE_LIMITED
    return failure(
        kind,
        f"{what}: {words}" if words else what,
        hint=hint,
        detail=_detail(facts) or facts.message or None,
        causes=causes_of(refusal.words),
        status_code=refusal.status,
        retry_after=_retry_after(refusal.headers, circumstances.now) if limited else None,
    )


def odd_finish(finish: str, detail: str | None = None) -> Failure:
    """The provider ended its answer in a way that is no end; the word is told, where it was passed on."""
    what = f'with "{quoted(finish)}", a finish reason that is not known'
    if finish == "error":
        what = "with an error, and said no more about it"
    return failure(FailureKind.PROVIDER_BAD_STREAM, f"The provider ended its answer {what}", detail=detail)


def worded(kind: FailureKind, what: str, facts: ErrorFacts, *, source: str = "provider") -> Failure:
    """A failure of that kind with the words of the error."""
    sentence = sentence_in(facts.message)
    words = quoted(sentence)
    return failure(
        kind,
        f"{what}: {words}" if words else what,
        detail=_detail(facts),
        causes=causes_of(sentence, source=source),
        status_code=facts.status_code,
    )


def causes_of(words: str, *, source: str = "provider") -> tuple[FailureCause, ...]:
    return (FailureCause(source=source, message=capped(words, 2000)),) if words.strip() else ()


def _sentence(
    kind: FailureKind, refusal: Refusal, facts: ErrorFacts, circumstances: Circumstances
) -> tuple[str, str | None]:
    """What happened, up to the provider's words, and the hint where the kind's own would mislead."""
    status = _status_of(refusal, facts)
    who = f"The provider {quoted(refusal.upstream)}" if refusal.upstream else "The provider"
    if refusal.status == 407:
        return f"A proxy before the provider asks for credentials{status}", _PROXY
    match kind:
        case FailureKind.PROVIDER_RATE_LIMITED:
            tries = f"; OpenCode gave up after {circumstances.tries} tries" if circumstances.tries else status
            return f"Rate limited by {who[0].lower()}{who[1:]}{tries}", None
        case FailureKind.PROVIDER_QUOTA:
            return f"{who}'s quota is used up", None
        case FailureKind.CONTENT_FILTERED:
            return f"{who}'s content filter refused the request{status}", None
        case FailureKind.CONTEXT_OVERFLOW if not is_named_overflow(refusal):
            return "OpenCode took the provider's refusal for an overflow of the model's context", _PERHAPS_OVERFLOW
        case FailureKind.CONTEXT_OVERFLOW:
            return "The prompt is larger than the model's context", None
        case FailureKind.PROVIDER_UNAVAILABLE:
            return f"{who} is not available{status}", None
        case FailureKind.PROVIDER_BAD_STREAM:
            return f"{who} broke off its answer with an error", None
        case _ if refusal.page is not None or is_too_large(refusal):
            return _before_the_provider(refusal, facts, status)
        case FailureKind.PROVIDER_AUTH if is_about_key(refusal):
            return f"{who} rejected the API key{status}", None
        case FailureKind.PROVIDER_AUTH:
            return f"{who} refused access{status}", _NO_ACCESS
        case _:
            return f"{who} rejected the request{status}", None


def _before_the_provider(refusal: Refusal, facts: ErrorFacts, status: str) -> tuple[str, str]:
    """A web page, or a limit in bytes: not what a model's API says, and nothing about the key or the model."""
    if is_too_large(refusal):
        who = "A gateway before the provider" if refusal.page is not None else "The provider, or a gateway before it,"
        return f"{who} takes no request as large as this one{status}", _SIZE
    gateway = refusal.headers.get("server") or _host_in(facts) or "the provider's address"
    hint = (
        f"Look at the gateway ({gateway}): it answered with a web page in the provider's place. "
        "Have it let OpenCode through, or correct the provider's address in OpenCode."
    )
    return f"A gateway before the provider answered with a web page{status}", hint


def _status_of(refusal: Refusal, facts: ErrorFacts) -> str:
    if refusal.status is None:
        return ""
    if refusal.status == 413:
        return " (status 413)"
    return f" (status {refusal.status})" if facts.status_code else f" (code {refusal.status})"


def _host_in(facts: ErrorFacts) -> str | None:
    return urlsplit(facts.url).netloc or None if facts.url else None


def _detail(facts: ErrorFacts) -> str | None:
    lines = [] if facts.url is None else [f"URL: {facts.url}"]
    lines += [f"{name}: {value}" for name, value in facts.headers.items()]
    if facts.body:
        lines += ["", facts.body]
    return "\n".join(lines).strip() or None


def _retry_after(headers: Mapping[str, str], now: Moment) -> datetime | None:
    """When the provider wants to be asked again: in milliseconds, seconds, or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError, OverflowError):
            wait = timedelta(seconds=float(headers[name]) * unit)
            return now.wall + min(max(wait, timedelta(0)), _LONGEST_WAIT)
    with suppress(KeyError, ValueError, TypeError):
        at = parsedate_to_datetime(headers["retry-after"])
        return min(max(at, now.wall), now.wall + _LONGEST_WAIT)
    return None
