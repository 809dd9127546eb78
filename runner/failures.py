"""Why a step did not succeed: what is said of it, what was true then, and what it used.

FailureKind ──(KINDS)──▶ origin · retry · hint
    │
    ▼
Failure(kind, message, …)   a value: made where it is understood, stored once, never changed
    │
    ▼
AgentError(failure)         the only exception that carries it, from an adapter to the executor
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias, TypeVar

from runner.failure_kinds import KINDS, FailureKind, FailureOrigin, Retry

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


@dataclass(frozen=True, kw_only=True)
class FailureCause:
    """One link of the chain, in the words of whoever said it (`source`: opencode, provider, agent, stepwire …)."""

    source: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool that the agent called; `status` is pending, running, completed or error."""

    tool: str
    status: str
    input: Json = None
    error: str | None = None
    output: str | None = None


@dataclass(frozen=True, kw_only=True)
class Todo:
    content: str
    status: str


@dataclass(frozen=True, kw_only=True)
class EngineRetry:
    """A try of OpenCode's own inside one attempt of ours."""

    attempt: int
    message: str
    next_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was true at the moment of failure, frozen with it. All text is redacted and untrusted."""

    session_id: str | None = None
    model: str | None = None
    last_text: str | None = None
    last_tool: ToolCall | None = None
    todos: tuple[Todo, ...] = ()
    engine_retries: tuple[EngineRetry, ...] = ()
    side_effects: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why one attempt did not succeed.

    `message` is one sentence for the person watching, `hint` what to do next, `detail` plain text for the curious
    (at most 16 KiB), `causes` outermost first. `retry_after` is the earliest useful moment of a further attempt.
    """

    kind: FailureKind
    message: str
    origin: FailureOrigin
    hint: str
    retry: Retry
    detail: str | None = None
    causes: tuple[FailureCause, ...] = ()
    status_code: int | None = None
    evidence: Evidence | None = None
    retry_after: datetime | None = None

    @property
    def retryable(self) -> bool:
        """Whether a further attempt could help, decided by the kind and never by the wording."""
        return self.retry is not Retry.NO


def failure(
    kind: FailureKind,
    message: str,
    *,
    hint: str | None = None,
    detail: str | None = None,
    causes: tuple[FailureCause, ...] = (),
    status_code: int | None = None,
    evidence: Evidence | None = None,
    retry: Retry | None = None,
    retry_after: datetime | None = None,
) -> Failure:
    """A failure with what its kind fixes filled in; `hint` and `retry` only where the case knows better.

    An ENGINE_ERROR is worth a second attempt only when OpenCode itself broke (status 5xx).
    """
    facts = KINDS[kind]
    if kind is FailureKind.ENGINE_ERROR and retry is None and not (status_code or 0) >= 500:
        retry = Retry.NO
    return Failure(
        kind=kind,
        message=message,
        origin=facts.origin,
        hint=hint or facts.hint,
        retry=retry or facts.retry,
        detail=detail,
        causes=causes,
        status_code=status_code,
        evidence=evidence,
        retry_after=retry_after,
    )


_Number = TypeVar("_Number", int, float)

# A cached token of the cheapest models costs some 1e-9 dollars.
_COST_DIGITS = 10


def _together(one: _Number | None, other: _Number | None) -> _Number | None:
    """Nothing beside something untold is untold, too: zero is also where counting begins."""
    if one is None or other is None:
        return (one or other) or None
    return one + other


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens, and US dollars as the provider's price list gives them; None: nobody has told.

    Costs are rounded where no price list reaches: the noise of binary fractions is nothing that anybody paid.
    """

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cost: float | None = 0.0

    def __post_init__(self) -> None:
        if self.cost is not None:
            object.__setattr__(self, "cost", round(self.cost, _COST_DIGITS))

    def __add__(self, other: "Usage") -> "Usage":
        """What is known of both together."""
        return Usage(
            input_tokens=_together(self.input_tokens, other.input_tokens),
            output_tokens=_together(self.output_tokens, other.output_tokens),
            cost=_together(self.cost, other.cost),
        )


NO_USAGE = Usage()
UNKNOWN_USAGE = Usage(input_tokens=None, output_tokens=None, cost=None)


class AgentError(Exception):
    """An attempt ended without success, for the reason that it carries."""

    def __init__(self, reason: Failure, *, usage: Usage = NO_USAGE) -> None:
        super().__init__(reason.message)
        self.failure = reason
        self.usage = usage


FINGERPRINT_VERSION = 1

_VARYING = (
    (
        re.compile(
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
            re.IGNORECASE,
        ),
        "<id>",
    ),
    (
        re.compile(r"\b(?:ses|msg|per|que|prt|err|evt|req|chatcmpl)[_-][A-Za-z0-9_-]+"),
        "<id>",
    ),
    (
        re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"),
        "<time>",
    ),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b"), "<time>"),
    (re.compile(r"(?<![\w:/])(?:~|\.{0,2})?/[^\s\"'(),:;]+"), "<path>"),
    (
        re.compile(r"\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b", re.IGNORECASE),
        "<id>",
    ),
    (re.compile(r"\d+(?:\.\d+)?"), "<n>"),
)


def normalised(message: str) -> str:
    """The message without what differs from one occurrence to the next: ids, times, paths, numbers."""
    for pattern, word in _VARYING:
        message = pattern.sub(word, message)
    return " ".join(message.split())


def fingerprint(kind: FailureKind, agent: str | None, message: str) -> str:
    """The name of the group that failures of one cause share: 16 hex digits over kind, agent and normalised message."""
    text = "\x00".join((str(FINGERPRINT_VERSION), kind.value, agent or "", normalised(message)))
    return sha256(text.encode()).hexdigest()[:16]
