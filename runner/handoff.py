"""What one agent tells the next: what is demanded of an answer, and whether the answer holds it.

    answer ─▶ json_values ─▶ the last value ─▶ the step's schema ─▶ data, or HANDOFF_INVALID
         └──▶ four sections, as JSON or under headings ──────────▶ data, or HANDOFF_INVALID where they are required

The last value counts, whatever became of it. To go back to an earlier one, because that is whole or fits, would take
what an agent has only quoted for its answer.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from runner.excerpt import DETAIL_LIMIT, capped
from runner.failure_kinds import FailureKind, Retry
from runner.failures import Failure, Json, failure
from runner.json_values import Broken, values
from runner.markdown import blocks, without_thoughts
from runner.model import StepPlan

_Found = TypeVar("_Found")

SECTIONS = {
    "whatWasDone": "What was done",
    "decisionsMade": "Decisions made",
    "openQuestions": "Open questions",
    "nextAgentContext": "Next agent context",
}
_LONGEST_HEADING = 250
_LARGE = 50_000
_BOLD = 7
_KEYS = {re.sub(r"[^a-z]", "", name.lower()): name for name in SECTIONS}
# Of a line without the blanks around it. No two parts can match the same signs: an agent may write what it likes.
_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]++(?P<title>.*)|(?P<bold>\*\*|__)(?P<strong>[^*_]{1,80})(?P=bold)?:?")
_QUOTED = re.compile(r"[\"']([^\"'\n]{1,80})[\"']")

_FORMAT = """\
End your answer with these four headings, each followed by a short text:
## What was done
## Decisions made
## Open questions
## Next agent context"""


class BadSchema(Exception):
    """It is no JSON Schema that anything could be checked against; the text says why."""


class Schemas(Protocol):
    """Whoever can tell whether a value satisfies a JSON Schema."""

    async def fault(self, value: Json, schema: Json) -> str | None:
        """What is wrong with the value, as the rest of a sentence about it (`lacks "done"`); None: nothing.

        Never asks the network.

        Raises:
            BadSchema: nothing can be told.
        """

    async def problem(self, schema: Json) -> str | None:
        """Why nothing could be checked against the schema, as far as that shows without a value; None: nothing does."""


def demand(plan: StepPlan, *, last: bool) -> str | None:
    """What the agent is told about the end of its answer; nothing where nobody comes after it and nothing is required.

    OpenCode has a format of its own for it (`format`), which neither checks nor asks again.
    """
    if plan.handoff_schema is not None:
        schema = json.dumps(plan.handoff_schema, indent=2, ensure_ascii=False)
        told = "End your answer with one JSON value in a ```json fence that satisfies this JSON Schema:"
        return f"{told}\n```json\n{schema}\n```"
    return _FORMAT if plan.handoff_required or not last else None


async def handed_over(answer: str, plan: StepPlan, schemas: Schemas) -> "Json | Failure":
    """The structured part of an agent's answer, None where it has none and needs none; or why it will not do."""
    try:
        return await _data(answer, plan, schemas)
    except _Unfit as unfit:
        return _invalid(unfit, answer)
    except BadSchema as error:
        message = f"The template's handoff schema is not valid: {error}"
        hint = "Correct the schema in the template, then try again with today's definition."
        return failure(FailureKind.HANDOFF_INVALID, message, hint=hint, retry=Retry.NO)


async def supplied(markdown: str, plan: StepPlan, schemas: Schemas) -> "Json | Failure":
    """The same of what a person writes in an agent's place.

    Sections are theirs to leave out, and a schema that nothing can be checked against does not keep them from going on.
    """
    try:
        return await _data(markdown, replace(plan, handoff_required=False), schemas)
    except _Unfit as unfit:
        return _invalid(unfit, markdown)
    except BadSchema:
        return None


def structured_part(markdown: str) -> Json:
    """The four sections as an object: under headings of any level and numbering, as JSON, or in a fenced JSON block.

    Headings inside code fences are no headings. None: there is no such part.
    """
    found = _last_of_ours(markdown)
    return _from_headings(markdown) if found is None or isinstance(found, Broken) else found


def missing_sections(data: Json) -> list[str]:
    """The names of the sections that a handoff should have and this one lacks."""
    held = data if isinstance(data, dict) else {}
    return [name for name in SECTIONS if held.get(name) in (None, "")]


class _Unfit(Exception):
    """Says what is wrong with a handoff, as the rest of a sentence about it."""


def _invalid(unfit: _Unfit, text: str) -> Failure:
    return failure(FailureKind.HANDOFF_INVALID, f"The handoff {unfit}", detail=capped(text, DETAIL_LIMIT))


async def _data(text: str, plan: StepPlan, schemas: Schemas) -> Json:
    if plan.handoff_schema is None:
        return await _read(partial(_sections, required=plan.handoff_required), text)
    found = await _read(values, text)
    if not found:
        raise _Unfit("has no structured part: it holds no JSON")
    last = found[-1]
    if isinstance(last, Broken):
        raise _Unfit(_said(last))
    if fault := await schemas.fault(last.value, plan.handoff_schema):
        raise _Unfit(fault)
    return last.value


async def _read(reader: Callable[[str], _Found], text: str) -> _Found:
    """What is found in the text; looked for on another thread where it is large."""
    return reader(text) if len(text) < _LARGE else await asyncio.to_thread(reader, text)


def _sections(text: str, *, required: bool) -> Json:
    data = structured_part(text)
    if required and (missing := missing_sections(data)):
        last = _last_of_ours(text)
        raise _Unfit(_said(last) if isinstance(last, Broken) else f'lacks "{missing[0]}"')
    return data


def _said(broken: Broken) -> str:
    line, column = broken.where
    return f"breaks as JSON at line {line}, column {column} of the text: {broken.reason}"


def _last_of_ours(markdown: str) -> "dict[str, Json] | Broken | None":
    """The last JSON object that has a section, or was to have one."""
    for found in reversed(values(markdown)):
        if isinstance(found, Broken):
            if any(_section(quoted) for quoted in _QUOTED.findall(found.text)):
                return found
        elif isinstance(found.value, dict):
            named = {_section(key) or key: item for key, item in found.value.items()}
            if any(name in named for name in SECTIONS):
                return named
    return None


def _section(title: str) -> str | None:
    """The section that goes by this title, however it is spelt."""
    return _KEYS.get(re.sub(r"[^a-z]", "", title.lower()))


def _from_headings(markdown: str) -> Json:
    """A heading of another name ends a section unless it is a smaller one within it."""
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    depth = 0
    for line, fenced in _lines(markdown):
        level, title = (0, "") if fenced else _heading(line)
        name = _section(title) if title else None
        if name:
            current, depth = sections.setdefault(name, []), level
        elif title and level <= depth:
            current = None
        elif current is not None:
            current.append(line)
    found = {name: "\n".join(lines).strip() for name, lines in sections.items()}
    return {**found} if found else None


def _heading(line: str) -> tuple[int, str]:
    """How deep it is, 1 to 6, bold text last of all, and what it says; an empty text: it is none."""
    found = _HEADING.fullmatch(line.strip()) if len(line) <= _LONGEST_HEADING else None
    if found is None:
        return 0, ""
    return (len(found["marks"]), found["title"]) if found["marks"] else (_BOLD, found["strong"])


def _lines(markdown: str) -> Iterator[tuple[str, bool]]:
    """Every line that is no thought, and whether it stands in a code fence."""
    for block in blocks(without_thoughts(markdown)):
        for line in block.written:
            yield line, block.language is not None
