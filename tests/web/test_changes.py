"""From outside: what an attempt changed is in the API, tells of itself live without secrets, and in the terminal."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from runner.agents import Answer, Observer, Work
from runner.attention import Attention, AttentionKind, PermissionRequest
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure
from runner.model import Pipeline
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.builders import NOW
from tests.support.commands import STEPWIRE

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGES = """query ($id: ID!) { pipeline(id: $id) { steps { attempts { number changes {
  source unknown fileCount added removed truncated sharedWith
  files { path previousPath status added removed binary diff truncated }
} } } } }"""
LIVE = """subscription { events {
  __typename
  ... on ChangesFound {
      sentence attempt files added removed
    step { status attempts { changes { fileCount files { path } } } }
  }
} }"""
SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


class Writers(PromptedAgents):
    """Do to the files what the prompt says."""

    async def run(self, work: Work, observer: Observer) -> Answer:
        folder = Path(work.directory or "/nowhere")
        if "write" in work.prompt:
            (folder / "new.py").write_text(f"a = 1\ntoken = '{SECRET}'\n")
        if "ask" in work.prompt:
            request = PermissionRequest(id="per_1", permission="bash", patterns=("rm *",))
            asked = Attention(
                id=f"att_{work.step_id}", kind=AttentionKind.PERMISSION, message="?", since=NOW, permission=request
            )
            await observer.attention_raised(asked)
            raise AgentError(failure(FailureKind.PERMISSION_DENIED, "Refused"))
        return await super().run(work, observer)


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


def a_repository(directory: Path) -> Path:
    directory.mkdir()
    git(directory, "init", "--quiet")
    (directory / "kept").write_text("one\n")
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", "Begin")
    (directory / "dirty").write_text("before\n")
    return directory


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with application(tmp_path_factory.mktemp("server"), Writers(), max_attempts=1) as running:
        yield running


async def changes(running: Running, pipeline: Pipeline) -> dict[str, Any]:
    [step] = (await running.query(CHANGES, {"id": pipeline.id}))["data"]["pipeline"]["steps"]
    [attempt] = step["attempts"]
    return dict(attempt["changes"])


@pytest.mark.parametrize(("word", "status"), [("write", "SUCCEEDED"), ("fail and write", "FAILED")])
async def test_they_are_told_live_after_the_end_with_all_there_is_to_know(
    running: Running, tmp_path: Path, word: str, status: str
) -> None:
    project = a_repository(tmp_path / "project")
    async with running.subscription(LIVE) as items:
        pipeline = await running.start(f"{word} it", directory=str(project))
        item = await items.until("ChangesFound")

    seen = [event["__typename"] for event in items.seen]
    assert seen.index("PipelineFinished") < seen.index("ChangesFound")
    assert item["sentence"] == "step 1 build: 1 file changed, +2 −0"
    assert (item["attempt"], item["files"], item["added"], item["removed"]) == (1, 1, 2, 0)
    assert item["step"] == {
        "status": status,
        "attempts": [{"changes": {"fileCount": 1, "files": [{"path": "new.py"}]}}],
    }
    assert await changes(running, pipeline) == {
        "source": "GIT",
        "unknown": None,
        "fileCount": 1,
        "added": 2,
        "removed": 0,
        "truncated": False,
        "sharedWith": [],
        "files": [
            {
                "path": "new.py",
                "previousPath": None,
                "status": "ADDED",
                "added": 2,
                "removed": 0,
                "binary": False,
                "diff": "@@ -0,0 +1,2 @@\n+a = 1\n+token = '[redacted:key]'",
                "truncated": False,
            }
        ],
    }


async def test_whoever_is_asked_sees_them_before_the_answer(running: Running, tmp_path: Path) -> None:
    project = a_repository(tmp_path / "project")
    async with running.subscription(LIVE) as items:
        pipeline = await running.start("write, then ask", directory=str(project))
        await items.until("ChangesFound")

    assert (await changes(running, pipeline))["fileCount"] == 1


async def test_a_folder_in_no_repository_is_told_as_that(running: Running, tmp_path: Path) -> None:
    async with running.subscription(LIVE) as items:
        pipeline = await running.start("write", directory=str(tmp_path))
        await items.until("PipelineFinished")

    found = await changes(running, pipeline)
    assert found["source"] is None
    assert found["unknown"] == f"{tmp_path} is in no git repository, so nobody can tell what was changed there."


async def test_without_a_folder_nobody_can_tell(running: Running) -> None:
    async with running.subscription(LIVE) as items:
        pipeline = await running.start("do it")
        await items.until("PipelineFinished")

    assert (await changes(running, pipeline))["unknown"] == (
        "The pipeline names no directory, so nobody can tell what was changed."
    )


async def test_the_terminal_says_how_much(running: Running, tmp_path: Path) -> None:
    project = a_repository(tmp_path / "project")
    async with running.subscription(LIVE) as items:
        pipeline = await running.start("write", directory=str(project))
        await items.until("ChangesFound")

    said = await asyncio.to_thread(shown, running, pipeline.id)
    told = json.loads(await asyncio.to_thread(shown, running, pipeline.id, "--json"))

    assert "  1 file changed, +2 −0\n" in said
    assert told["steps"][0]["attempts"][0]["changes"] == {"unknown": None, "fileCount": 1, "added": 2, "removed": 0}


def shown(running: Running, pipeline_id: str, *options: str) -> str:
    command = [*STEPWIRE, "show", pipeline_id, *options, "--url", running.url]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
