"""A provider's refusal, read from what OpenCode passed on of it, and what its names mean.

ErrorFacts ──(refusal_of)──▶ Refusal ──(kind_of)──▶ FailureKind

A name is judged before the status: content filters, budgets and throttles stand behind 400, 403 and 429 alike. Names of
the unspecific sort (`invalid_request_error`, `server_error`) count only where there is no status.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from adapters.opencode.reported import ErrorFacts
from adapters.opencode.said import (
    figures_in,
    json_in,
    message_in,
    names_in,
    page_title,
    sentence_in,
    status_in,
    title_of,
    upstream_in,
)
from runner.failure_kinds import FailureKind


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """`status` is that of the answer, or the one that an error in the stream names. `page` is the title of the web page
    that came instead of an answer, None where there was none; `upstream` the provider behind a router; `figures` are
    numbers of tokens. `is_told` says that there was an error to read, and not words alone.
    """

    words: str
    status: int | None = None
    names: tuple[str, ...] = ()
    headers: Mapping[str, str]
    page: str | None = None
    upstream: str | None = None
    figures: str = ""
    is_told: bool = False


def refusal_of(facts: ErrorFacts) -> Refusal:
    """Reads body and headers; where there is no body, a message that is JSON itself stands for it."""
    headers = {name.lower(): value.strip() for name, value in facts.headers.items()}
    page = _page_of(facts, headers)
    value: JsonValue = None if page is not None else _value_of(facts)
    return Refusal(
        words=_words(facts, value, page),
        status=_status_of(facts, value),
        names=(*names_in(value), *names_in(facts.message), *_named_in(headers)),
        headers=headers,
        page=page,
        upstream=upstream_in(value),
        figures=figures_in(value),
        is_told=value is not None,
    )


def kind_of(refusal: Refusal) -> FailureKind | None:
    """What it is by its names, its headers, its status; None where none of them tells."""
    return _by_name(refusal) or _by_status(refusal.status)


def _by_name(refusal: Refusal) -> FailureKind | None:
    meanings = {kind for name in refusal.names if (kind := _meaning(name)) is not None}
    known = _SPECIFIC if refusal.status is not None else (*_SPECIFIC, *_UNSPECIFIC)
    found = next((kind for kind, _ in known if kind in meanings), None)
    return found or (FailureKind.PROVIDER_RATE_LIMITED if _is_throttled(refusal) else None)


def _by_status(status: int | None) -> FailureKind | None:
    if status is None or status < 400:
        return None
    if status in (408, 425) or status >= 500:
        return FailureKind.PROVIDER_UNAVAILABLE
    return _STATUSES.get(status, FailureKind.PROVIDER_REJECTED)


def _is_throttled(refusal: Refusal) -> bool:
    """Whether headers tell that the provider only wants to be asked later, whatever status it says that with."""
    if refusal.status not in (400, 403, 413, 422) or refusal.page is not None:
        return False
    left = [value for name, value in refusal.headers.items() if "ratelimit" in name and "remaining" in name]
    return "0" in left or any(name in refusal.headers for name in ("retry-after", "retry-after-ms"))


def is_too_large(refusal: Refusal) -> bool:
    """Whether the size of the request in bytes was refused, which is nothing that the model's context limits."""
    named = any(_TOO_LARGE.search(_plain(name)) for name in refusal.names)
    # OpenCode keeps the page, or the phrase, of a 413 but not the status.
    return refusal.status == 413 or named or (refusal.status is None and refusal.words in _PHRASES_OF_413)


def is_about_key(refusal: Refusal) -> bool:
    """Whether it was the key that was refused, and not what it is used for."""
    return refusal.status == 401 or any(_KEY.search(_plain(name)) for name in refusal.names)


def is_named_overflow(refusal: Refusal) -> bool:
    """Whether the provider itself calls it one, or gives figures; OpenCode goes by wording alone."""
    named = any(_meaning(name) is FailureKind.CONTEXT_OVERFLOW for name in refusal.names)
    return named or bool(refusal.figures) or any(map(str.isdigit, refusal.words))


def _page_of(facts: ErrorFacts, headers: Mapping[str, str]) -> str | None:
    if facts.body.strip() and headers.get("content-type", "").startswith("text/html"):
        return title_of(facts.body)
    return page_title(facts.body or facts.message)


def _value_of(facts: ErrorFacts) -> JsonValue:
    """The error itself. A message may also quote an answer that could not be read, which is none."""
    if facts.body.strip():
        return json_in(facts.body)
    value = json_in(facts.message)
    is_error = facts.message.lstrip().startswith(("{", "[")) or (isinstance(value, dict) and "error" in value)
    return value if is_error else None


def _status_of(facts: ErrorFacts, value: JsonValue) -> int | None:
    """An answer that begins well (200) may hold an error with a status of its own."""
    if facts.status_code is not None and facts.status_code >= 400:
        return facts.status_code
    return status_in(value) or facts.status_code


def _words(facts: ErrorFacts, value: JsonValue, page: str | None) -> str:
    if page is not None:
        return page
    said = message_in(value) if isinstance(value, dict | list) else None
    return said or sentence_in(facts.message)


def _named_in(headers: Mapping[str, str]) -> tuple[str, ...]:
    named = (
        headers.get(name, "").partition(":")[0] for name in ("x-amzn-errortype", "x-error-code", "x-ms-error-code")
    )
    return tuple(filter(None, named))


def _meaning(name: str) -> FailureKind | None:
    plain = _plain(name)
    # "rate_limit_quota" is a throttle, however money is called elsewhere.
    if _THROTTLE.search(plain):
        return FailureKind.PROVIDER_RATE_LIMITED
    return next((kind for kind, pattern in (*_SPECIFIC, *_UNSPECIFIC) if pattern.search(plain)), None)


def _plain(name: str) -> str:
    """In one spelling: ResponsibleAIPolicyViolation is responsible_ai_policy_violation."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")


_STATUSES: Mapping[int, FailureKind] = {
    401: FailureKind.PROVIDER_AUTH,
    402: FailureKind.PROVIDER_QUOTA,
    403: FailureKind.PROVIDER_AUTH,
    407: FailureKind.PROVIDER_AUTH,
    429: FailureKind.PROVIDER_RATE_LIMITED,
}
_PHRASES_OF_413 = ("Request Entity Too Large", "Payload Too Large", "Content Too Large")
_KEY = re.compile(r"authentication|unauthenticated|api_key|token_expired")
_THROTTLE = re.compile(
    r"rate_?limit|throttl|too_many_requests|per_(?:minute|second|hour)|resource_exhausted|concurrency|slow_down"
)
_TOO_LARGE = re.compile(r"(?:request|payload|entity|body|content|file)_too_large|size_limit_exceeded")
_SPECIFIC = (
    (
        FailureKind.CONTENT_FILTERED,
        re.compile(
            r"content_?(?:filter|policy|violation|moderation|safety)|responsible_ai|policy_violation|usage_policy|moderat"
            r"|guardrail|safety|prohibited|data_?inspection|inappropriate|(?<!case_)sensitive|blocklist|jailbreak|flagged"
            r"|^invalid_prompt$|^recitation$|^cyber_"
        ),
    ),
    (
        FailureKind.PROVIDER_QUOTA,
        re.compile(
            # Not "suspended", "load_balancer" or "thinking_budget".
            r"quota|(?<!thinking_)(?<!reasoning_)budget|billing|credits?(?:_|$)|insufficient_(?:user_)?(?:funds|credit)"
            r"|(?<!load_)balance(?!r)|payment|arrear|overdue|(?<!su)spend|usage_?limit|access_terminated"
            r"|(?:daily|weekly|monthly|user)_limit|usage_not_included"
            r"|subscription_(?:required|expired|limit)|out_of_funds|free_tier"
        ),
    ),
    (
        FailureKind.CONTEXT_OVERFLOW,
        re.compile(
            r"context_?(?:length|window|size|limit)|prompt_(?:is_)?too_long|input_too_long|above_max_length"
            r"|(?:token|input)_limit_exceeded|(?:max|prompt|input|context)_tokens_exceeded"
        ),
    ),
    (FailureKind.PROVIDER_RATE_LIMITED, _THROTTLE),
    # Some refuse a wrong key with 400.
    (FailureKind.PROVIDER_AUTH, re.compile(r"(?:invalid|incorrect|wrong|expired)_api_key|api_key_(?:invalid|expired)")),
)
_UNSPECIFIC = (
    (
        FailureKind.PROVIDER_AUTH,
        re.compile(r"auth|api_key|permission|forbidden|access_denied|credential|(?:invalid|expired)_token"),
    ),
    (
        FailureKind.PROVIDER_UNAVAILABLE,
        re.compile(
            r"overload|unavailable|capacity|server_error|internal|^api_error$|time_?out|timed_out|deadline|gateway"
            r"|not_ready|upstream|provider_error|stream_error|connection"
        ),
    ),
    (
        FailureKind.PROVIDER_REJECTED,
        re.compile(r"invalid|bad_request|not_found|unsupported|unprocessable|validation|too_large|not_supported"),
    ),
)
