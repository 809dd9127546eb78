"""Events as lines for people: a sign, the API's sentence, who, and below it the reason in full."""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from runner.plaintext import one_line
from runner.remedies import Remedy, command
from web.terminal.api_documents import Item

_INDENT = " " * 11
_BAD, _GOOD, _WAITS, _CALM = "bold red", "green", "yellow", ""
# Sign and style of a pipeline or step in that status.
STATUSES = {
    "PENDING": ("○", _CALM),
    "RUNNING": ("●", _CALM),
    "WAITING": ("◐", _WAITS),
    "SUCCEEDED": ("✓", _GOOD),
    "FAILED": ("✗", _BAD),
    "CANCELLED": ("■", _WAITS),
    "SKIPPED": ("↷", _WAITS),
}
_SIGNS = {
    "PipelineStarted": ("●", _CALM),
    "PipelineResumed": ("↻", _CALM),
    "StepStarted": ("●", _CALM),
    "StepSucceeded": ("✓", _GOOD),
    "StepSkipped": ("↷", _WAITS),
    "ChangesFound": ("±", _CALM),
    "StepRetrying": ("↻", _WAITS),
    "StepFailed": ("✗", _BAD),
    "AttentionRaised": ("◐", _WAITS),
    "AttentionCleared": ("◑", _CALM),
    "ApprovalRequested": ("◐", _WAITS),
    "ApprovalDecided": ("✗", _WAITS),
}


def clock(at: str) -> str:
    """The time of day, here, of an instant as the API writes it."""
    return f"{datetime.fromisoformat(at).astimezone():%H:%M:%S}"


def moment(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"


def place(step: Item) -> str:
    """The step by number and name, e.g. step 2 developer."""
    return f"step {step['position'] + 1} {one_line(step['agent'] or 'approval', 60)}"


def who(item: Item) -> str:
    """The actor and, where it is known, by which way, e.g. reviewer, page; empty where stepwire itself acted."""
    if not item["actor"]:
        return ""
    channel = item.get("channel")
    return f"{item['actor']['name']}, {channel.lower()}" if channel else str(item["actor"]["name"])


def lines(item: Item, *, titled: bool, page: str = "") -> Iterator[Text]:
    """The event as one line, then the reason in full, and the command that answers what is asked.

    `titled` names the pipeline, too, and `page` is its address. None for what another event says better: an approval is
    requested and decided.
    """
    if _said_elsewhere(item):
        return
    mark, style = sign(item)
    line = Text.assemble((f"{clock(item['at'])} ", "dim"), (f"{mark} ", style))
    if titled and "pipeline" in item:
        line.append(f"{one_line(item['pipeline']['title'], 60)} · ", "bold")
    line.append(one_line(item["sentence"]), style)
    if item["actor"]:
        line.append(f" ({one_line(who(item), 80)})", "dim")
    line.append(_taken(item), "dim")
    yield line
    if failure := item.get("failure"):
        yield from reason(failure)
    command = _command(item)
    if page and (command or item["__typename"] == "PipelineStarted"):
        yield Text(f"{_INDENT}{page}", "dim")
    if command:
        yield Text(f"{_INDENT}→ {command}", "bold")


def took(part: Item) -> str:
    """How long was worked, and how long only waited: 0:16 in 8 attempts, waited 21:33."""
    attempts = len(part.get("attempts", ()))
    times = f" in {attempts} attempts" if attempts > 1 else ""
    waited = f", waited {duration(part['waitedSeconds'])}" if part["waitedSeconds"] >= 1 else ""
    return f"{duration(part['workedSeconds'])}{times}{waited}"


def duration(seconds: float) -> str:
    """41 s → 0:41, an hour → 1:00:00; as the page writes it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _taken(item: Item) -> str:
    """Of what has ended with this event."""
    ended = {"PipelineFinished": "pipeline", "StepSucceeded": "step", "StepFailed": "step"}.get(item["__typename"])
    part = item.get(ended) if ended else None
    return f" · {took(part)}" if part and "workedSeconds" in part else ""


def reason(failure: Item, indent: str = _INDENT) -> Iterator[Text]:
    """What the message alone does not say: what to do, and the chain of causes, outermost first."""
    yield Text(f"{indent}→ {one_line(failure['hint'])}", "bold" if failure["retryable"] else "")
    for cause in failure["causes"]:
        yield Text(f"{indent}because {one_line(cause['source'])}: {one_line(cause['message'])}", "dim")


def asked(attention: Item, approval: Item | None) -> str | None:
    """The command that answers what holds a step up; None where nobody is asked anything."""
    match attention["kind"]:
        case "PERMISSION":
            return f"stepwire allow {attention['id']}, or refuse it"
        case "QUESTION":
            return f"stepwire answer {attention['id']} TEXT"
        case "APPROVAL" if approval:
            return f"stepwire approve {approval['id']}, or reject it"
        case _:
            return None


def mended(step_id: str, failure: Item) -> str:
    """The commands for a step that has failed: the one that is likeliest to help, and the one that tells more."""
    known = [Remedy[word] for word in failure["remedies"] if word in Remedy.__members__]
    return f"{command(known, step_id)}, or first stepwire explain {failure['id']}"


def _said_elsewhere(item: Item) -> bool:
    """Whether it is the wait for an approval, and is told where ApprovalRequested is: `step` has no approval there."""
    waits = (item.get("attention") or item).get("kind") == "APPROVAL"
    return waits and "approval" not in item.get("step", {})


def _command(item: Item) -> str | None:
    match item:
        case {"__typename": "StepFailed", "step": {"id": step_id}, "failure": {"id": _} as failure}:
            return mended(step_id, failure)
        case {"__typename": "StepRetrying", "failure": {"id": failure_id}}:
            return f"stepwire explain {failure_id}"
        case {"__typename": "ApprovalRequested", "approval": approval}:
            return asked({"kind": "APPROVAL"}, approval)
        case {"__typename": "AttentionRaised", "attention": attention, "step": step}:
            return asked(attention, step.get("approval"))
        case _:
            return None


def sign(item: Item) -> tuple[str, str]:
    """The event's sign and style; a dot for one of which nothing else is known here."""
    match item:
        case {"__typename": "PipelineFinished", "status": ended}:
            return STATUSES[ended]
        case {"__typename": "ApprovalDecided", "approval": {"status": "APPROVED"}}:
            return "✓", _GOOD
        case {"__typename": "DefinitionChanged", "change": "broken"} | {
            "__typename": "EngineStarted",
            "reachable": False,
        }:
            return "·", _WAITS
        case {"__typename": kind}:
            return _SIGNS.get(kind, ("·", _CALM))
        case _:
            return "·", _CALM
