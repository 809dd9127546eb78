"""The trail's export is the same from terminal and page: of one answer of the API, both write the files that lie here.

The page's half of this is web/client/tests/audit.test.ts.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.formats import Format
from web.terminal.trail import COLUMNS, Wanted, print_events

HERE = Path(__file__).parent / "exported"
ROOT = Path(__file__).resolve().parents[2]


class Answering(ApiClient):
    """A server with the events of `answered.json`."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:8400", None)

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Item:
        nodes: list[dict[str, Any]] = json.loads((HERE / "answered.json").read_text(encoding="utf-8"))
        return {"events": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}


@pytest.mark.asyncio
async def test_the_terminal_exports_json(capsys: pytest.CaptureFixture[str]) -> None:
    await print_events(Answering(), Wanted(), Format.JSON)

    assert json.loads(capsys.readouterr().out) == json.loads((HERE / "trail.json").read_text(encoding="utf-8"))


@pytest.mark.asyncio
async def test_the_terminal_exports_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    await print_events(Answering(), Wanted(), Format.MARKDOWN)

    assert capsys.readouterr().out == (HERE / "trail.md").read_text(encoding="utf-8")


@pytest.mark.asyncio
async def test_the_table_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    await print_events(Answering(), Wanted(), Format.TABLE)

    failed = capsys.readouterr().out.splitlines()[1]
    assert "Fix <b>the</b> | login_form" in failed
    assert "✗ step 1 developer failed: no `key` [here](x)" in failed


def test_the_columns_are_documented() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")

    assert ", ".join(f"`{name}`" for name in COLUMNS) in page
