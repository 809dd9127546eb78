"""What the form needs to help with: directories, issues, and an engine that can be started from the page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.agents import PromptedAgents
from tests.support.application import Running, application

pytestmark = pytest.mark.asyncio

DIRECTORY = """query ($path: String) { directory(path: $path) {
  ... on Directory { path parent isRepository entries { name path isRepository } }
  ... on InvalidInput { field message } } }"""
ISSUE = """query ($reference: String!) { githubIssue(reference: $reference) {
  ... on GithubIssue { markdown } ... on InvalidInput { field message } } }"""


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    (tmp_path / "root" / "app").mkdir(parents=True)
    async with application(tmp_path, PromptedAgents(), directory_root=(str(tmp_path / "root"),)) as served:
        yield served


async def test_directories_can_be_walked_below_the_root(running: Running, tmp_path: Path) -> None:
    root = tmp_path / "root"
    listed = (await running.query(DIRECTORY, {"path": str(root)}))["data"]["directory"]
    refused = (await running.query(DIRECTORY, {"path": str(tmp_path)}))["data"]["directory"]

    app = {"name": "app", "path": str(root / "app"), "isRepository": False}
    assert listed == {"path": str(root), "parent": None, "isRepository": False, "entries": [app]}
    assert refused["field"] == ["path"]
    assert "outside" in refused["message"]


async def test_a_reference_that_is_none_is_explained(running: Running) -> None:
    answer = (await running.query(ISSUE, {"reference": "nonsense"}))["data"]["githubIssue"]

    assert answer["field"] == ["reference"]
    assert "owner/name#" in answer["message"]


async def test_starting_an_engine_that_runs_changes_nothing(running: Running) -> None:
    answer = await running.query("mutation { startEngine { reachable url message } }")

    assert answer["data"]["startEngine"] == {"reachable": True, "url": "test", "message": None}
