"""Events as lines for people: a sign, who, what, and below it the reason in full, made safe for a terminal."""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from web.terminal.documents import Item
from web.terminal.safe import one_line

_BAD, _GOOD, _WAITS, _CALM = "bold red", "green", "yellow", ""
_ENDS = {
    "SUCCEEDED": ("✓", _GOOD, "succeeded"),
    "FAILED": ("✗", _BAD, "failed"),
    "CANCELLED": ("■", _WAITS, "cancelled"),
}


def clock(at: str) -> str:
    """The time of day, here, of an instant as the API writes it."""
    return f"{datetime.fromisoformat(at).astimezone():%H:%M:%S}"


def moment(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"


def place(step: Item) -> str:
    """The step by number and name, e.g. step 2 developer."""
    return f"step {step['position'] + 1} {one_line(step['agent'] or 'approval', 60)}"


def lines(item: Item, *, titled: bool) -> Iterator[Text]:
    """The event as one line, and a line for each part of the reason; `titled` names the pipeline, too.

    None for what another event says better: an approval is requested and decided.
    """
    if (item.get("attention") or item).get("kind") == "APPROVAL":
        return
    sign, style, said = sentence(item)
    line = Text(f"{clock(item['at'])} ", style="dim")
    line.append(f"{sign} ", style or "default")
    if titled and "pipeline" in item:
        line.append(f"{one_line(item['pipeline']['title'], 60)} · ", "bold")
    line.append(said, style or "default")
    if item["actor"]:
        line.append(f" ({one_line(item['actor']['name'], 60)})", "dim")
    yield line
    if failure := item.get("failure"):
        yield from reason(failure)
    if item["__typename"] == "ApprovalRequested":
        yield Text(f"           → stepwire approve {item['approval']['id']}, or reject it", "bold")


def reason(failure: Item) -> Iterator[Text]:
    """What the message alone does not say: what to do, and the chain of causes, outermost first."""
    yield Text(f"           → {one_line(failure['hint'])}", "bold" if failure["retryable"] else "")
    for cause in failure["causes"]:
        yield Text(f"           because {one_line(cause['source'])}: {one_line(cause['message'])}", "dim")


def sentence(item: Item) -> tuple[str, str, str]:
    """Sign, style and words of an event, without its time, actor and pipeline."""
    kind = item["__typename"]
    if "step" in item:
        sign, style, said = _of_step(kind, item)
        return sign, style, f"{place(item['step'])}{said}"
    return _of_pipeline(kind, item) if "pipeline" in item else _of_log(kind, item)


def _of_pipeline(kind: str, item: Item) -> tuple[str, str, str]:
    pipeline = item["pipeline"]
    if kind == "PipelineFinished":
        sign, style, word = _ENDS[item["status"]]
        why = f": {one_line(pipeline['errorMessage'])}" if pipeline["errorMessage"] else ""
        return sign, style, f"{word}{why}"
    template = pipeline["template"]
    return "●", _CALM, f"started from {one_line(template, 60)}" if template else "started"


def _of_step(kind: str, item: Item) -> tuple[str, str, str]:
    match kind:
        case "StepStarted":
            again = f", attempt {item['attempt']}" if item["attempt"] > 1 else ""
            return "●", _CALM, f" began{again}"
        case "StepSucceeded":
            return "✓", _GOOD, " succeeded"
        case "StepSkipped":
            return "↷", _WAITS, f" skipped: {one_line(item['reason'])}"
        case "StepRetrying":
            when = f"; tries again at {clock(item['nextAttemptAt'])}" if item["nextAttemptAt"] else "; tries again"
            return "↻", _WAITS, f": attempt {item['attempt']} failed: {one_line(item['errorMessage'])}{when}"
        case "StepFailed":
            return "✗", _BAD, f" failed: {one_line(item['errorMessage'])}"
        case "PipelineResumed":
            return "↻", _CALM, f" goes on: {one_line(item['reason'])}"
        case _:
            return _waiting(kind, item)


def _waiting(kind: str, item: Item) -> tuple[str, str, str]:
    match kind:
        case "AttentionRaised":
            attention = item["attention"]
            options = (attention.get("question") or {}).get("options") or []
            choice = f" [{' / '.join(one_line(option, 60) for option in options)}]" if options else ""
            asks = attention["kind"] in ("PERMISSION", "QUESTION")
            until = f" (until {moment(attention['nextAt'])})" if asks and attention["nextAt"] else ""
            return "◐", _WAITS, f": {one_line(attention['message'])}{choice}{until}"
        case "AttentionCleared":
            answer = f": {one_line(item['answer'])}" if item["answer"] else ""
            return "◑", _CALM, f": {item['kind'].lower().replace('_', ' ')} is over{answer}"
        case "ApprovalRequested":
            asked = item["approval"]
            said = f": {one_line(asked['description'])}" if asked["description"] else ""
            until = f" (until {moment(asked['expiresAt'])})" if asked["expiresAt"] else ""
            return "◐", _WAITS, f" waits for you{said}{until}"
        case "ApprovalDecided":
            decided = item["approval"]
            said = f": {one_line(decided['comment'])}" if decided["comment"] else ""
            approved = decided["status"] == "APPROVED"
            return ("✓" if approved else "✗"), (_GOOD if approved else _WAITS), f" {decided['status'].lower()}{said}"
        case _:
            return "·", _CALM, f": {kind}"


def _of_log(kind: str, item: Item) -> tuple[str, str, str]:
    match kind:
        case "DefinitionChanged":
            style = _WAITS if item["change"] == "broken" else _CALM
            return "·", style, f"{one_line(item['definition'])} {one_line(item['change'])}"
        case "FailureGroupChanged":
            group = item["group"]
            return "·", _CALM, f"“{one_line(group['title'])}” ({group['count']} times) is {group['status'].lower()}"
        case "LogPruned":
            return "·", _CALM, f"{item['events']} events from before {moment(item['before'])} are gone"
        case _:
            return "·", _CALM, kind
