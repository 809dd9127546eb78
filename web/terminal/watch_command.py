"""`stepwire watch`: the event log as lines, from now on or after a cursor."""

import json
import sys
from typing import Any

from runner.plaintext import one_line
from web.terminal import api_documents
from web.terminal.api_client import ApiClient, Lost
from web.terminal.api_documents import Item
from web.terminal.lines import lines
from web.terminal.screen import new_console
from web.terminal.troubles import complain


async def watch_log(client: ApiClient, *, after: str | None, failures: bool, as_json: bool) -> None:
    """Never ends by itself. Signs of life are not shown; a gap in the log is, on stderr."""
    document = api_documents.FAILURES if failures else api_documents.EVENTS
    console = new_console()
    async for item in client.follow(document, {"after": after}, lost=_told_lost):
        kind = item["__typename"]
        if kind == "Resync":
            complain(f"some events were missed ({one_line(item['reason'])}); going on from the newest.")
        if kind == "Heartbeat":
            continue
        if as_json:
            print_json(item)
        elif kind != "Resync":
            page = client.page(item["pipeline"]) if "pipeline" in item else ""
            for line in lines(item, titled=True, page=page):
                console.print(line, soft_wrap=True)


def print_json(item: Item) -> None:
    """One object on one line, as the API gives it; `type` is what GraphQL calls __typename."""
    print(as_line(item), flush=True)


def as_line(item: Item) -> str:
    return json.dumps(_typed(item), ensure_ascii=False)


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {("type" if key == "__typename" else key): _typed(item) for key, item in value.items()}
    return [_typed(item) for item in value] if isinstance(value, list) else value


def _told_lost(error: Lost | None) -> None:
    complain("the line is back." if error is None else f"lost the line ({error}); trying again.")
    sys.stdout.flush()
