"""What a person can do about a failure from here, what helps most first; the page's first button and `explain` say it.

Something may have to be mended elsewhere before; the hint says what.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, unique

from runner.failure_kinds import FailureKind, Retry
from runner.failures import Failure


@unique
class Remedy(Enum):
    """One way on from a step that did not succeed."""

    TRY_AGAIN = "TRY_AGAIN"
    OTHER_MODEL = "OTHER_MODEL"
    OTHER_PROMPT = "OTHER_PROMPT"
    FURTHER_INSTRUCTION = "FURTHER_INSTRUCTION"
    LONGER_LIMIT = "LONGER_LIMIT"
    TODAYS_DEFINITION = "TODAYS_DEFINITION"
    SUPPLY_HANDOFF = "SUPPLY_HANDOFF"


_AGAIN, _MODEL, _PROMPT = Remedy.TRY_AGAIN, Remedy.OTHER_MODEL, Remedy.OTHER_PROMPT
_INSTRUCTION, _LIMIT = Remedy.FURTHER_INSTRUCTION, Remedy.LONGER_LIMIT
_TODAY, _BY_HAND = Remedy.TODAYS_DEFINITION, Remedy.SUPPLY_HANDOFF

REMEDIES: Mapping[FailureKind, tuple[Remedy, ...]] = {
    FailureKind.ENGINE_UNREACHABLE: (_AGAIN,),
    FailureKind.ENGINE_LOST: (_AGAIN,),
    FailureKind.ENGINE_ABORTED: (_AGAIN,),
    FailureKind.ENGINE_UNAUTHORIZED: (_AGAIN,),
    FailureKind.ENGINE_ERROR: (_AGAIN,),
    FailureKind.EMPTY_BODY: (_AGAIN,),
    FailureKind.INVALID_BODY: (_AGAIN,),
    FailureKind.UNEXPECTED_SHAPE: (_AGAIN,),
    FailureKind.UNKNOWN_AGENT: (_TODAY,),
    FailureKind.UNKNOWN_MODEL: (_MODEL, _TODAY, _AGAIN),
    FailureKind.CONFIG_INVALID: (_AGAIN,),
    FailureKind.DIRECTORY_MISSING: (_AGAIN,),
    FailureKind.PROVIDER_AUTH: (_AGAIN, _MODEL),
    FailureKind.PROVIDER_RATE_LIMITED: (_AGAIN, _MODEL),
    FailureKind.PROVIDER_QUOTA: (_MODEL, _AGAIN),
    FailureKind.PROVIDER_UNAVAILABLE: (_AGAIN, _MODEL),
    FailureKind.PROVIDER_REJECTED: (_MODEL, _AGAIN),
    FailureKind.PROVIDER_BAD_STREAM: (_AGAIN, _MODEL),
    FailureKind.CONTEXT_OVERFLOW: (_PROMPT, _MODEL),
    FailureKind.OUTPUT_TRUNCATED: (_INSTRUCTION, _MODEL),
    FailureKind.CONTENT_FILTERED: (_PROMPT, _MODEL),
    FailureKind.NO_OUTPUT: (_AGAIN, _INSTRUCTION),
    FailureKind.HANDOFF_INVALID: (_INSTRUCTION, _BY_HAND),
    FailureKind.AGENT_ERROR: (_AGAIN, _INSTRUCTION),
    FailureKind.SUBAGENT_FAILED: (_AGAIN,),
    FailureKind.PERMISSION_DENIED: (_INSTRUCTION,),
    FailureKind.PERMISSION_EXPIRED: (_AGAIN,),
    FailureKind.QUESTION_DISMISSED: (_INSTRUCTION, _PROMPT),
    FailureKind.QUESTION_EXPIRED: (_PROMPT, _AGAIN),
    FailureKind.STEP_TIMEOUT: (_LIMIT, _AGAIN, _MODEL),
    FailureKind.STALLED: (_AGAIN, _MODEL),
    FailureKind.RUNAWAY: (_INSTRUCTION, _MODEL),
    FailureKind.APPROVAL_REJECTED: (_AGAIN,),
    FailureKind.APPROVAL_EXPIRED: (_AGAIN,),
    FailureKind.CANCELLED: (_AGAIN,),
    FailureKind.INTERRUPTED: (_AGAIN,),
    FailureKind.INTERNAL: (_AGAIN,),
}

_OPTIONS: Mapping[Remedy, str] = {
    Remedy.TRY_AGAIN: "",
    Remedy.OTHER_MODEL: " --model PROVIDER/MODEL",
    Remedy.OTHER_PROMPT: " --prompt TEXT",
    Remedy.FURTHER_INSTRUCTION: " --instruction TEXT",
    Remedy.LONGER_LIMIT: " --timeout SECONDS",
    Remedy.TODAYS_DEFINITION: " --today",
}


def remedies(failure: Failure) -> tuple[Remedy, ...]:
    """Those of its kind, unless the case is known better; never none."""
    if failure.kind is FailureKind.HANDOFF_INVALID and failure.retry is Retry.NO:
        # The schema itself is at fault, so no other answer would do.
        return (_TODAY, _BY_HAND)
    if failure.kind is FailureKind.STEP_TIMEOUT and "longer limit" not in failure.hint:
        # What held it up is to be mended first: a folder that hangs, an OpenCode that is frozen.
        return (_AGAIN, _LIMIT, _MODEL)
    return REMEDIES[failure.kind]


def command(known: Iterable[Remedy], step_id: str) -> str:
    """What does the first of them that the terminal can do; a plain retry where it can do none."""
    first = next((remedy for remedy in known if remedy in _OPTIONS), Remedy.TRY_AGAIN)
    return f"stepwire retry {step_id}{_OPTIONS[first]}"
