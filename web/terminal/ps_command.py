"""`stepwire ps` and `stepwire show`: pipelines as they stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.references import References
from web.terminal.screen import new_console
from web.terminal.standing import story, summary
from web.terminal.troubles import CannotDo
from web.terminal.watch_command import as_line

# With the largest pipelines an answer stays below what the API gives at once.
_PAGE = 10
# Whoever waits for a person comes first, as on the page.
_ORDER = ("WAITING", "FAILED", "RUNNING", "PENDING", "CANCELLED", "SUCCEEDED")
_USUAL = ("WAITING", "FAILED", "RUNNING", "PENDING")


async def print_pipelines(client: ApiClient, statuses: Sequence[str], *, limit: int, as_json: bool) -> None:
    """Of each status the newest so many: those that wait for somebody or have failed first.

    Raises:
        CannotDo: a status is none.
    """
    wanted = sorted({_status(word) for word in statuses} or _USUAL, key=_ORDER.index)
    if as_json:
        found = [pipeline for status in wanted for pipeline in (await _newest(client, status, limit)).pipelines]
        print("[" + ",".join(f"\n{as_line(pipeline)}" for pipeline in found) + "\n]")
        return
    console, empty = new_console(), True
    for status in wanted:
        newest = await _newest(client, status, limit)
        for pipeline in newest.pipelines:
            empty = False
            for line in summary(pipeline, client.page(pipeline)):
                console.print(line, soft_wrap=True)
        if left := newest.total - len(newest.pipelines):
            print(f"  and {left:,} more {status.lower()}: --limit")
    if empty:
        print(f"No pipeline is {' or '.join(wanted).lower()}.")


async def print_pipeline(client: ApiClient, text: str, *, as_json: bool) -> None:
    """Raises CannotDo when there is no such one."""
    pipeline = (await References(client).pipeline(text)).pipeline
    await _add_changes(client, pipeline)
    if as_json:
        print(as_line(pipeline))
        return
    console = new_console()
    for line in story(pipeline, client.page(pipeline)):
        console.print(line, soft_wrap=True)


async def _add_changes(client: ApiClient, pipeline: Item) -> None:
    """To each attempt what it has changed; to one that has begun only now, nothing."""
    known = (await client.told(api_documents.CHANGES, {"id": pipeline["id"]}))["pipeline"]
    for step, told in zip(pipeline["steps"], known["steps"] if known else (), strict=False):
        for attempt, more in zip(step["attempts"], told["attempts"], strict=False):
            attempt.update(more)


async def _newest(client: ApiClient, status: str, limit: int) -> "_Newest":
    found: list[Item] = []
    after = None
    while True:
        variables = {"first": min(_PAGE, limit - len(found)), "after": after, "status": [status]}
        page = (await client.told(api_documents.PIPELINES, variables))["pipelines"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if len(found) == limit or not page["pageInfo"]["hasNextPage"]:
            return _Newest(pipelines=found, total=page["totalCount"])


@dataclass(frozen=True, kw_only=True)
class _Newest:
    """The newest of a status, and how many of it there are in all."""

    pipelines: Sequence[Item]
    total: int


def _status(word: str) -> str:
    status = word.strip().upper()
    if status in _ORDER:
        return status
    near = get_close_matches(status, _ORDER, n=1)
    meant = f"did you mean {near[0].lower()}?" if near else f"there are: {', '.join(_ORDER).lower()}."
    raise CannotDo(f'--status: there is no status "{one_line(word, 60)}"; {meant}')
