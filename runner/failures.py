"""Why a step did not succeed: every kind of failure, who caused it, what to do, and whether trying again can help.

FailureKind ──(KINDS)──▶ origin · retry · hint
    │
    ▼
Failure(kind, message, …)   a value: made where it is understood, stored once, never changed
    │
    ▼
AgentError(failure)         the only exception that carries it, from an adapter to the executor
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from hashlib import sha256
from typing import TypeAlias, TypeVar

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


@unique
class FailureOrigin(Enum):
    """Who is to blame, and so where to look."""

    AGENT = "AGENT"
    PROVIDER = "PROVIDER"
    ENGINE = "ENGINE"
    PIPELINE = "PIPELINE"
    PERSON = "PERSON"


@unique
class FailureKind(Enum):
    """What happened, chosen from structure (status, envelope, finish, our own limits), never from wording."""

    ENGINE_UNREACHABLE = "ENGINE_UNREACHABLE"
    ENGINE_LOST = "ENGINE_LOST"
    ENGINE_ABORTED = "ENGINE_ABORTED"
    ENGINE_UNAUTHORIZED = "ENGINE_UNAUTHORIZED"
    ENGINE_ERROR = "ENGINE_ERROR"
    EMPTY_BODY = "EMPTY_BODY"
    INVALID_BODY = "INVALID_BODY"
    UNEXPECTED_SHAPE = "UNEXPECTED_SHAPE"
    UNKNOWN_AGENT = "UNKNOWN_AGENT"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    CONFIG_INVALID = "CONFIG_INVALID"
    DIRECTORY_MISSING = "DIRECTORY_MISSING"
    PROVIDER_AUTH = "PROVIDER_AUTH"
    PROVIDER_RATE_LIMITED = "PROVIDER_RATE_LIMITED"
    PROVIDER_QUOTA = "PROVIDER_QUOTA"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    PROVIDER_REJECTED = "PROVIDER_REJECTED"
    PROVIDER_BAD_STREAM = "PROVIDER_BAD_STREAM"
    CONTEXT_OVERFLOW = "CONTEXT_OVERFLOW"
    OUTPUT_TRUNCATED = "OUTPUT_TRUNCATED"
    CONTENT_FILTERED = "CONTENT_FILTERED"
    NO_OUTPUT = "NO_OUTPUT"
    HANDOFF_INVALID = "HANDOFF_INVALID"
    AGENT_ERROR = "AGENT_ERROR"
    SUBAGENT_FAILED = "SUBAGENT_FAILED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    PERMISSION_EXPIRED = "PERMISSION_EXPIRED"
    QUESTION_DISMISSED = "QUESTION_DISMISSED"
    QUESTION_EXPIRED = "QUESTION_EXPIRED"
    STEP_TIMEOUT = "STEP_TIMEOUT"
    STALLED = "STALLED"
    RUNAWAY = "RUNAWAY"
    APPROVAL_REJECTED = "APPROVAL_REJECTED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    CANCELLED = "CANCELLED"
    INTERRUPTED = "INTERRUPTED"
    INTERNAL = "INTERNAL"


@unique
class Retry(Enum):
    """Whether a further attempt can help: never, one more at most, as often as attempts are left, or only later."""

    NO = "NO"
    ONCE = "ONCE"
    YES = "YES"
    LATER = "LATER"


@dataclass(frozen=True, kw_only=True)
class KindFacts:
    """What is fixed by the kind alone."""

    origin: FailureOrigin
    retry: Retry
    hint: str


def _facts(origin: FailureOrigin, retry: Retry, hint: str) -> KindFacts:
    return KindFacts(origin=origin, retry=retry, hint=hint)


_AGENT, _PROVIDER, _ENGINE = (
    FailureOrigin.AGENT,
    FailureOrigin.PROVIDER,
    FailureOrigin.ENGINE,
)
_PIPELINE, _PERSON = FailureOrigin.PIPELINE, FailureOrigin.PERSON

KINDS: Mapping[FailureKind, KindFacts] = {
    FailureKind.ENGINE_UNREACHABLE: _facts(
        _ENGINE,
        Retry.YES,
        "Start OpenCode, or correct the address that stepwire was given (--opencode-url), then try again.",
    ),
    FailureKind.ENGINE_LOST: _facts(
        _ENGINE,
        Retry.YES,
        "See in OpenCode's log why it stopped, and in the directory what the step may have changed, then try again.",
    ),
    FailureKind.ENGINE_ABORTED: _facts(
        _ENGINE,
        Retry.NO,
        "Somebody or something stopped the session in OpenCode; try again when that was not meant.",
    ),
    FailureKind.ENGINE_UNAUTHORIZED: _facts(
        _ENGINE,
        Retry.NO,
        "Restart stepwire with OpenCode's user name and password (--opencode-username, --opencode-password); "
        "then try again.",
    ),
    FailureKind.ENGINE_ERROR: _facts(_ENGINE, Retry.ONCE, "Look for the reference in OpenCode's log, then try again."),
    FailureKind.EMPTY_BODY: _facts(
        _ENGINE,
        Retry.ONCE,
        "Look into OpenCode's log; an old version or a proxy in between can cause this.",
    ),
    FailureKind.INVALID_BODY: _facts(
        _ENGINE,
        Retry.ONCE,
        "Check that the URL is OpenCode's own and that no proxy in between changes its answers.",
    ),
    FailureKind.UNEXPECTED_SHAPE: _facts(
        _ENGINE,
        Retry.NO,
        "Check that OpenCode's version is one that stepwire knows (stepwire doctor).",
    ),
    FailureKind.UNKNOWN_AGENT: _facts(
        _PIPELINE,
        Retry.NO,
        "Correct the agent's name in the template, or add it to OpenCode, then try again with today's definition.",
    ),
    FailureKind.UNKNOWN_MODEL: _facts(
        _PIPELINE,
        Retry.NO,
        "Try again with a model that OpenCode has, or configure its provider there first.",
    ),
    FailureKind.CONFIG_INVALID: _facts(_PIPELINE, Retry.NO, "Correct that file, then try again."),
    FailureKind.DIRECTORY_MISSING: _facts(
        _PIPELINE,
        Retry.NO,
        "Create the directory, then try again; or start a new pipeline in the right one.",
    ),
    FailureKind.PROVIDER_AUTH: _facts(
        _PROVIDER,
        Retry.NO,
        "Check the provider's key in OpenCode, then try again.",
    ),
    FailureKind.PROVIDER_RATE_LIMITED: _facts(
        _PROVIDER,
        Retry.LATER,
        "Wait until the provider lets requests through again, or use another model.",
    ),
    FailureKind.PROVIDER_QUOTA: _facts(
        _PROVIDER,
        Retry.NO,
        "Top up the provider's account or raise its limit, or use another model.",
    ),
    FailureKind.PROVIDER_UNAVAILABLE: _facts(
        _PROVIDER,
        Retry.YES,
        "Check the provider's status and its address in OpenCode, or use another model.",
    ),
    FailureKind.PROVIDER_REJECTED: _facts(
        _PROVIDER,
        Retry.NO,
        "Do what the provider's words ask, at the provider or in OpenCode's settings, or use another model.",
    ),
    FailureKind.PROVIDER_BAD_STREAM: _facts(
        _PROVIDER,
        Retry.ONCE,
        "Try again; if it stays, the provider or a proxy before it breaks its answers.",
    ),
    FailureKind.CONTEXT_OVERFLOW: _facts(
        _PROVIDER,
        Retry.NO,
        "Try again with a shorter prompt, or with a model that has a larger context.",
    ),
    FailureKind.OUTPUT_TRUNCATED: _facts(
        _AGENT,
        Retry.NO,
        "Try again with an instruction to answer in fewer words, or raise the model's output limit in OpenCode first.",
    ),
    FailureKind.CONTENT_FILTERED: _facts(
        _PROVIDER, Retry.NO, "Try again with the prompt in other words, or with another model."
    ),
    FailureKind.NO_OUTPUT: _facts(
        _AGENT,
        Retry.ONCE,
        "Try again, or tell the agent in its instructions that it must end with an answer.",
    ),
    FailureKind.HANDOFF_INVALID: _facts(
        _AGENT,
        Retry.ONCE,
        "Try again with an instruction that names the missing part, or supply the handoff by hand.",
    ),
    FailureKind.AGENT_ERROR: _facts(
        _AGENT,
        Retry.NO,
        "Read the agent's own words, change what they ask, then try again.",
    ),
    FailureKind.SUBAGENT_FAILED: _facts(_AGENT, Retry.NO, "Mend what stopped the sub-agent, then try again."),
    FailureKind.PERMISSION_DENIED: _facts(
        _PERSON,
        Retry.NO,
        "Try again with an instruction that shows the agent another way.",
    ),
    FailureKind.PERMISSION_EXPIRED: _facts(
        _PERSON,
        Retry.YES,
        "Try again and answer, or allow this in OpenCode's permissions for good.",
    ),
    FailureKind.QUESTION_DISMISSED: _facts(
        _PERSON, Retry.NO, "Try again with an instruction that answers the question."
    ),
    FailureKind.QUESTION_EXPIRED: _facts(
        _PERSON, Retry.YES, "Try again with the answer in the prompt, or try again and answer in time."
    ),
    FailureKind.STEP_TIMEOUT: _facts(
        _PIPELINE,
        Retry.YES,
        "Try again with a longer limit, or split the step into smaller ones.",
    ),
    FailureKind.STALLED: _facts(
        _ENGINE,
        Retry.YES,
        "Try again; if it stays, look at the provider and at OpenCode's log.",
    ),
    FailureKind.RUNAWAY: _facts(
        _AGENT,
        Retry.NO,
        "See in the session what the agent repeats, then try again with an instruction or another model.",
    ),
    FailureKind.APPROVAL_REJECTED: _facts(
        _PERSON,
        Retry.NO,
        "Do what the comment asks, then try again to ask anew.",
    ),
    FailureKind.APPROVAL_EXPIRED: _facts(_PERSON, Retry.NO, "Try again to ask anew."),
    FailureKind.CANCELLED: _facts(_PERSON, Retry.NO, "Try again to go on from here."),
    FailureKind.INTERRUPTED: _facts(
        _PIPELINE, Retry.YES, "Look in the directory for what the step may have changed, then try again."
    ),
    FailureKind.INTERNAL: _facts(
        _PIPELINE,
        Retry.NO,
        "Look for the reference in stepwire's log and report it; then try again.",
    ),
}


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
