"""`stepwire events`: the audit trail, all of it, page by page, as a table, JSON or Markdown."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from rich.text import Text

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.formats import Format
from web.terminal.lines import moment, sign, who
from web.terminal.references import References
from web.terminal.screen import new_console
from web.terminal.troubles import CannotDo
from web.terminal.watch_command import as_line

# Of every export that has columns, from here and from the page.
COLUMNS = ("time", "pipeline", "event", "who")

_PAGE = 500
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_ESCAPED = r"\\\1"
_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events; `last` for the newest so many, otherwise all, oldest first."""

    after: str | None = None
    before: str | None = None
    last: int | None = None
    pipeline: str | None = None
    step: str | None = None
    types: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def variables(self) -> Item:
        return {
            "after": self.after,
            "before": self.before,
            "pipelineId": self.pipeline,
            "stepId": self.step,
            "types": [_event_type(word) for word in self.types] or None,
            "since": _instant(self.since, "--since"),
            "until": _instant(self.until, "--until"),
        }


async def print_events(client: ApiClient, wanted: Wanted, form: Format) -> None:
    wanted, console = await _checked(client, wanted), new_console()
    match form:
        case Format.JSON:
            first = True
            async for item in _events(client, wanted):
                print(f"{'[' if first else ','}\n{as_line(item)}", end="", flush=True)
                first = False
            print("[]" if first else "\n]")
        case Format.MARKDOWN:
            print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
            async for item in _events(client, wanted):
                print(markdown_row(item), flush=True)
        case Format.TABLE:
            async for item in _events(client, wanted):
                console.print(_row(item), soft_wrap=True)


async def _checked(client: ApiClient, wanted: Wanted) -> Wanted:
    """The same with whole ids and names that the server knows. Raises CannotDo with the nearest."""
    if wanted.types:
        known = (await client.told(api_documents.EVENT_TYPES))["__type"]["enumValues"]
        names = [value["name"] for value in known]
        for word in wanted.types:
            if _event_type(word) not in names:
                raise CannotDo(f'--type: there is no event type "{one_line(word, 60)}"; {_nearest(word, names)}')
    if wanted.pipeline:
        wanted = replace(wanted, pipeline=(await References(client).pipeline(wanted.pipeline)).id)
    if wanted.step:
        wanted = replace(wanted, step=(await References(client).step(wanted.step)).id)
    return wanted


def _nearest(word: str, names: Sequence[str]) -> str:
    near = get_close_matches(_event_type(word), names, n=2)
    meant, every = " or ".join(near).lower(), ", ".join(names).lower()
    return f"did you mean {meant}?" if near else f"there are: {every}."


async def _events(client: ApiClient, wanted: Wanted) -> AsyncIterator[Item]:
    variables, left = wanted.variables(), wanted.last
    if left is not None:
        pages = await _newest(client, variables, left)
        for item in pages:
            yield item
        return
    more = True
    while more:
        page = await _page(client, {**variables, "first": _PAGE})
        for item in page["nodes"]:
            yield item
        more, variables["after"] = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]


async def _newest(client: ApiClient, variables: Item, count: int) -> list[Item]:
    """The newest so many, oldest first: read from the end, page by page."""
    found: list[Item] = []
    while count > len(found):
        page = await _page(client, {**variables, "last": min(_PAGE, count - len(found))})
        found = [*page["nodes"], *found]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        variables = {**variables, "before": page["nodes"][0]["cursor"]}
    return found


async def _page(client: ApiClient, variables: Item) -> Item:
    page: Item = (await client.told(api_documents.TRAIL, variables))["events"]
    return page


def markdown_row(item: Item) -> str:
    """The event in the columns of every export, with nothing in it that is read as Markdown or HTML."""
    cells = (
        item["at"],
        one_line(item["pipeline"]["title"]) if "pipeline" in item else "",
        one_line(item["sentence"]),
        one_line(who(item)),
    )
    return f"| {' | '.join(_SPECIAL.sub(_ESCAPED, cell) for cell in cells)} |"


def _row(item: Item) -> Text:
    mark, style = sign(item)
    title = one_line(item["pipeline"]["title"]) if "pipeline" in item else ""
    line = Text.assemble((f"{moment(item['at'])}  ", "dim"), (f"{title[:30]:30}  ", "bold"))
    line.append(f"{mark} {one_line(item['sentence'])}", style)
    if item["actor"]:
        line.append(f"  ({one_line(who(item))})", "dim")
    return line


def _event_type(word: str) -> str:
    """STEP_FAILED, as one may write it: step_failed, step-failed, StepFailed."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word.strip())
    return spaced.replace("-", "_").upper()


def _instant(text: str | None, option: str) -> str | None:
    """An instant as RFC 3339; a bare date or time is meant here, and 2h is two hours ago."""
    if text is None:
        return None
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return (datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).isoformat()
        return datetime.fromisoformat(text.strip()).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        example = "2026-01-31, 2026-01-31T12:00, or 90m, 2h, 3d ago"
        raise CannotDo(f'{option}: "{one_line(text)}" is no time; write e.g. {example}.') from error
