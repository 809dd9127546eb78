"""Events as lines for people: a sign, the API's sentence, who, and below it the reason in full."""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from runner.plaintext import one_line
from web.terminal.api_documents import Item

_INDENT = " " * 11
_BAD, _GOOD, _WAITS, _CALM = "bold red", "green", "yellow", ""
_ENDS = {"SUCCEEDED": ("✓", _GOOD), "FAILED": ("✗", _BAD), "CANCELLED": ("■", _WAITS)}
_SIGNS = {
    "PipelineStarted": ("●", _CALM),
    "PipelineResumed": ("↻", _CALM),
    "StepStarted": ("●", _CALM),
    "StepSucceeded": ("✓", _GOOD),
    "StepSkipped": ("↷", _WAITS),
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
        line.append(f" ({one_line(item['actor']['name'], 60)})", "dim")
    yield line
    if failure := item.get("failure"):
        yield from reason(failure)
    command = _command(item)
    if page and (command or item["__typename"] == "PipelineStarted"):
        yield Text(f"{_INDENT}{page}", "dim")
    if command:
        yield Text(f"{_INDENT}→ {command}", "bold")


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
    """The commands for a step that has failed."""
    return f"stepwire retry {step_id}, or first stepwire explain {failure['id']}"


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
            return _ENDS[ended]
        case {"__typename": "ApprovalDecided", "approval": {"status": "APPROVED"}}:
            return "✓", _GOOD
        case {"__typename": "DefinitionChanged", "change": "broken"}:
            return "·", _WAITS
        case {"__typename": kind}:
            return _SIGNS.get(kind, ("·", _CALM))
        case _:
            return "·", _CALM
