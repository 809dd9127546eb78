"""Foreign words made fit for a sentence of ours, and what both generations say of a refusal or a session."""

from dataclasses import replace

from adapters.opencode.observations import Ask
from runner.failure_kinds import FailureKind
from runner.failures import Failure, FailureCause, failure


def quoted(words: str) -> str:
    """In one line, short enough for a sentence."""
    line = " ".join(words.split())
    return line if len(line) <= 400 else f"{line[:399].rstrip()}…"


def ended(words: str) -> str:
    """As a sentence that another may follow: with a full stop, unless it ends otherwise."""
    return words if words.endswith((".", "?", "!", "…")) else f"{words}."


def ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def wanted(ask: Ask) -> str:
    """What the permission is for, as in: bash "rm -rf build"."""
    if ask.permission is None:
        return "an answer"
    patterns = ", ".join(f'"{quoted(pattern)}"' for pattern in ask.permission.patterns)
    name = ask.permission.permission.replace("_", " ")
    return f"{name} {patterns}".strip()


def with_cause(reason: Failure, trouble: str | None) -> Failure:
    """The same reason, and what went wrong behind it on our side, if anything did."""
    if trouble is None:
        return reason
    return replace(reason, causes=(*reason.causes, FailureCause(source="stepwire", message=trouble)))


def session_deleted(status_code: int | None = None) -> Failure:
    """The end of an attempt whose session is not there any more."""
    message = "The session was deleted in OpenCode while the step was running"
    return failure(FailureKind.ENGINE_ABORTED, message, status_code=status_code)


def refused_by_person(ask: Ask) -> Failure:
    """The end of an attempt whose ask a person refused or dismissed; it says who, where that is known."""
    who = ask.refused_by
    if ask.question is not None:
        said = f"{who} dismissed the agent's question" if who else "The agent's question was dismissed"
        return failure(FailureKind.QUESTION_DISMISSED, f"{said}: {quoted(ask.question.text)}")
    said = f"{who} refused {wanted(ask)}" if who else f"The permission for {wanted(ask)} was refused"
    return failure(FailureKind.PERMISSION_DENIED, said)
