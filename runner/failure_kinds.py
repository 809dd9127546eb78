"""The kinds of failure: what happened, who is to blame, whether another attempt can help, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique


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


_AGENT, _PROVIDER, _ENGINE = FailureOrigin.AGENT, FailureOrigin.PROVIDER, FailureOrigin.ENGINE
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
        _ENGINE, Retry.NO, "Somebody or something stopped the session in OpenCode; try again when that was not meant."
    ),
    FailureKind.ENGINE_UNAUTHORIZED: _facts(
        _ENGINE,
        Retry.NO,
        "Restart stepwire with OpenCode's user name and password (--opencode-username, --opencode-password); "
        "then try again.",
    ),
    FailureKind.ENGINE_ERROR: _facts(_ENGINE, Retry.ONCE, "Look for the reference in OpenCode's log, then try again."),
    FailureKind.EMPTY_BODY: _facts(
        _ENGINE, Retry.ONCE, "Look into OpenCode's log; an old version or a proxy in between can cause this."
    ),
    FailureKind.INVALID_BODY: _facts(
        _ENGINE, Retry.ONCE, "Check that the URL is OpenCode's own and that no proxy in between changes its answers."
    ),
    FailureKind.UNEXPECTED_SHAPE: _facts(
        _ENGINE, Retry.NO, "Check that OpenCode's version is one that stepwire knows (stepwire doctor)."
    ),
    FailureKind.UNKNOWN_AGENT: _facts(
        _PIPELINE,
        Retry.NO,
        "Correct the agent's name in the template, or add it to OpenCode, then try again with today's definition.",
    ),
    FailureKind.UNKNOWN_MODEL: _facts(
        _PIPELINE, Retry.NO, "Try again with a model that OpenCode has, or configure its provider there first."
    ),
    FailureKind.CONFIG_INVALID: _facts(_PIPELINE, Retry.NO, "Correct that file, then try again."),
    FailureKind.DIRECTORY_MISSING: _facts(
        _PIPELINE, Retry.NO, "Create the directory, then try again; or start a new pipeline in the right one."
    ),
    FailureKind.PROVIDER_AUTH: _facts(_PROVIDER, Retry.NO, "Check the provider's key in OpenCode, then try again."),
    FailureKind.PROVIDER_RATE_LIMITED: _facts(
        _PROVIDER, Retry.LATER, "Wait until the provider lets requests through again, or use another model."
    ),
    FailureKind.PROVIDER_QUOTA: _facts(
        _PROVIDER, Retry.NO, "Top up the provider's account or raise its limit, or use another model."
    ),
    FailureKind.PROVIDER_UNAVAILABLE: _facts(
        _PROVIDER, Retry.YES, "Check the provider's status and its address in OpenCode, or use another model."
    ),
    FailureKind.PROVIDER_REJECTED: _facts(
        _PROVIDER,
        Retry.NO,
        "Do what the provider's words ask, at the provider or in OpenCode's settings, or use another model.",
    ),
    FailureKind.PROVIDER_BAD_STREAM: _facts(
        _PROVIDER, Retry.ONCE, "Try again; if it stays, the provider or a proxy before it breaks its answers."
    ),
    FailureKind.CONTEXT_OVERFLOW: _facts(
        _PROVIDER, Retry.NO, "Try again with a shorter prompt, or with a model that has a larger context."
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
        _AGENT, Retry.ONCE, "Try again, or tell the agent in its instructions that it must end with an answer."
    ),
    FailureKind.HANDOFF_INVALID: _facts(
        _AGENT, Retry.ONCE, "Try again with an instruction that names the missing part, or supply the handoff by hand."
    ),
    FailureKind.AGENT_ERROR: _facts(
        _AGENT, Retry.NO, "Read the agent's own words, change what they ask, then try again."
    ),
    FailureKind.SUBAGENT_FAILED: _facts(_AGENT, Retry.NO, "Mend what stopped the sub-agent, then try again."),
    FailureKind.PERMISSION_DENIED: _facts(
        _PERSON, Retry.NO, "Try again with an instruction that shows the agent another way."
    ),
    FailureKind.PERMISSION_EXPIRED: _facts(
        _PERSON, Retry.YES, "Try again and answer, or allow this in OpenCode's permissions for good."
    ),
    FailureKind.QUESTION_DISMISSED: _facts(
        _PERSON, Retry.NO, "Try again with an instruction that answers the question."
    ),
    FailureKind.QUESTION_EXPIRED: _facts(
        _PERSON, Retry.YES, "Try again with the answer in the prompt, or try again and answer in time."
    ),
    FailureKind.STEP_TIMEOUT: _facts(
        _PIPELINE, Retry.YES, "Try again with a longer limit, or split the step into smaller ones."
    ),
    FailureKind.STALLED: _facts(
        _ENGINE, Retry.YES, "Try again; if it stays, look at the provider and at OpenCode's log."
    ),
    FailureKind.RUNAWAY: _facts(
        _AGENT,
        Retry.NO,
        "See in the session what the agent repeats, then try again with an instruction or another model.",
    ),
    FailureKind.APPROVAL_REJECTED: _facts(_PERSON, Retry.NO, "Do what the comment asks, then try again to ask anew."),
    FailureKind.APPROVAL_EXPIRED: _facts(_PERSON, Retry.NO, "Try again to ask anew."),
    FailureKind.CANCELLED: _facts(_PERSON, Retry.NO, "Try again to go on from here."),
    FailureKind.INTERRUPTED: _facts(
        _PIPELINE, Retry.YES, "Look in the directory for what the step may have changed, then try again."
    ),
    FailureKind.INTERNAL: _facts(
        _PIPELINE, Retry.NO, "Look for the reference in stepwire's log and report it; then try again."
    ),
}
