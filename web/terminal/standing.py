"""A pipeline as it stands, as lines: where it is, why it does not move, and the command that would move it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.text import Text

from runner.file_changes import total
from runner.plaintext import one_line
from runner.sentences import span
from web.terminal.api_documents import Item
from web.terminal.lines import STATUSES, asked, mended, moment, place, reason, took

_INDENT, _DEEPER = " " * 2, " " * 12


def summary(pipeline: Item, address: str) -> Iterator[Text]:
    """What a list says of it: one line, then whatever somebody has to know or do, then its page."""
    yield _head(pipeline)
    for step in pipeline["steps"]:
        yield from _trouble(step, named=True)
    yield Text(f"{_DEEPER}{address}", "dim")


def story(pipeline: Item, address: str) -> Iterator[Text]:
    """All of it that fits a terminal: its steps, each with what is wrong and the reason in full."""
    yield _head(pipeline)
    yield Text(f"{_INDENT}{address}", "dim")
    yield Text(f"{_INDENT}began {moment(pipeline['createdAt'])}{_where(pipeline)}", "dim")
    for step in pipeline["steps"]:
        yield _step(step)
        yield from _changed(step)
        yield from _trouble(step)


def _head(pipeline: Item) -> Text:
    mark, style = STATUSES[pipeline["status"]]
    age = datetime.now(UTC) - datetime.fromisoformat(pipeline["finishedAt"] or pipeline["createdAt"])
    line = Text.assemble((f"{mark} {pipeline['status'].lower():9} ", style), f"{pipeline['id']}  ")
    line.append(one_line(pipeline["title"], 60), "bold")
    template = f" · {one_line(pipeline['template'], 60)}" if pipeline["template"] else ""
    return line.append(f"{template} · {span(age)} ago{_taken(pipeline)}", "dim")


def _where(pipeline: Item) -> str:
    places = (("in", pipeline["directory"]), ("on branch", pipeline["branch"]))
    return "".join(f" {word} {one_line(place)}" for word, place in places if place)


def _step(step: Item) -> Text:
    mark, style = STATUSES[step["status"]]
    model = f" · {one_line(step['model'])}" if step["model"] else ""
    line = Text.assemble(f"{_INDENT}", (f"{mark} {place(step)} {step['status'].lower()}", style))
    return line.append(f"{model}{_taken(step)}", "dim")


def _changed(step: Item) -> Iterator[Text]:
    """By its newest attempt, where that is known."""
    changes = step["attempts"][-1].get("changes") if step["attempts"] else None
    if changes is not None and changes["unknown"] is None:
        yield Text(_DEEPER + total(changes["fileCount"], changes["added"], changes["removed"]), "dim")


def _taken(part: Item) -> str:
    """How long it took so far; nothing of what has not begun."""
    return f" · {took(part)}" if part["workedSeconds"] or part["waitedSeconds"] else ""


def _trouble(step: Item, *, named: bool = False) -> Iterator[Text]:
    """What is wrong with it, or what it waits for, in the API's words, then the command."""
    before = f"{place(step)}: " if named else ""
    if failure := step["failure"]:
        yield Text(f"{_DEEPER}{before}{one_line(failure['message'])}", "bold red")
        yield from reason(failure, _DEEPER)
        yield Text(f"{_DEEPER}→ {mended(step['id'], failure)}", "bold")
    for attention in step["attention"]:
        yield Text(f"{_DEEPER}{before}{one_line(attention['message'])}", "yellow")
        yield from (Text(f"{_DEEPER}{line}") for line in _details(attention))
        if command := asked(attention, step["approval"]):
            yield Text(f"{_DEEPER}→ {command}", "bold")


def _details(attention: Item) -> Iterator[str]:
    """What one needs to know before one answers, beyond the message."""
    permission, question = attention["permission"], attention["question"]
    if permission and permission["saves"]:
        yield f"--always allows {', '.join(one_line(pattern, 100) for pattern in permission['saves'])}"
    fields = question["fields"] if question else []
    for field in fields:
        options = " / ".join(one_line(option["value"], 60) for option in field["options"])
        asked_for = f"{one_line(field['key'])}: {one_line(field['text'])} " if len(fields) > 1 else ""
        if asked_for or options:
            yield f"{asked_for}{f'[{options}]' if options else ''}".rstrip()
