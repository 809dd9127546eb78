"""Agents are asked about a directory only while it is the one that was meant."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runner.agents import Agents, Work
from runner.directories import WorkingDirectories
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from runner.file_changes import FileChanges
from runner.limits import Limits
from runner.model import StepId
from runner.placed import PlacedAgents, PlacedTrees
from runner.ports import TreeError
from tests.runner.composing import KNOWN
from tests.support.fakes import NOTHING_CHANGED, FakeTrees, ScriptedAgents

pytestmark = pytest.mark.asyncio

LIMITS = Limits(timeout_seconds=1, stall_seconds=1, ask_seconds=1, max_turns=1)


def work_in(directory: str | None) -> Work:
    return Work(
        step_id=StepId("stp_1_0"),
        attempt=1,
        title="t",
        prompt="p",
        engine_agent="build",
        limits=LIMITS,
        directory=directory,
    )


CALLS: dict[str, Callable[[Agents, str], Awaitable[object]]] = {
    "run": lambda agents, directory: agents.run(work_in(directory), None),  # type: ignore[arg-type]  # never told
    "stop": lambda agents, directory: agents.stop("ses_1", directory),
    "reload": lambda agents, directory: agents.reload(directory),
    "known": lambda agents, directory: agents.known(directory),
    "answer_permission": lambda agents, directory: agents.answer_permission("per_1", directory, "once", None),
    "answer_question": lambda agents, directory: agents.answer_question("que_1", directory, ["yes"]),
    "dismiss_question": lambda agents, directory: agents.dismiss_question("que_1", directory),
}


def swapped(tmp_path: Path, how: str) -> str:
    """A folder as it was meant, after somebody has put something else in its place; its path."""
    meant = tmp_path / "root" / "parent" / "app"
    (tmp_path / "elsewhere" / "app").mkdir(parents=True)
    meant.parent.mkdir(parents=True)
    match how:
        case "a-link-out-of-the-roots":
            meant.symlink_to(tmp_path / "elsewhere")
        case "a-link-inside":
            (tmp_path / "root/other").mkdir()
            meant.symlink_to("../other")
        case "a-link-above-it":
            meant.parent.rmdir()
            meant.parent.symlink_to(tmp_path / "elsewhere")
        case "a-link-to-itself":
            meant.symlink_to(meant)
    return str(meant)


def end_of(directory: str) -> str:
    return os.path.realpath(directory)


def placed(tmp_path: Path) -> tuple[PlacedAgents, ScriptedAgents]:
    agents = ScriptedAgents(KNOWN)
    return PlacedAgents(agents, WorkingDirectories([str(tmp_path / "root")])), agents


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("how", ["a-link-out-of-the-roots", "a-link-inside", "a-link-above-it", "a-link-to-itself"])
async def test_a_folder_that_was_swapped_is_refused_in_own_words(call: str, how: str, tmp_path: Path) -> None:
    directory = swapped(tmp_path, how)
    leads_to = end_of(directory)
    agents, inner = placed(tmp_path)

    with pytest.raises(AgentError) as refused:
        await CALLS[call](agents, directory)

    reason = refused.value.failure
    assert reason.kind is FailureKind.DIRECTORY_MISSING
    assert reason.message.startswith(f"Directory {directory} ")
    assert how == "a-link-to-itself" or f"leads to {leads_to} now" in reason.message
    assert "Find out who changed the folder" in reason.hint
    assert inner.calls == []


@pytest.mark.parametrize("call", CALLS)
async def test_the_folder_that_was_meant_is_passed_on(call: str, tmp_path: Path) -> None:
    (tmp_path / "root/app").mkdir(parents=True)
    agents, inner = placed(tmp_path)

    await CALLS[call](agents, str(tmp_path / "root/app"))

    assert call in ("known", "reload") or inner.calls


async def test_a_folder_outside_of_the_roots_of_today_is_refused(tmp_path: Path) -> None:
    agents, _ = placed(tmp_path)

    with pytest.raises(AgentError, match=f"{tmp_path} is outside of where pipelines may work: {tmp_path}/root"):
        await agents.known(str(tmp_path))


async def test_a_folder_that_is_gone_is_left_to_the_engine_and_none_is_none(tmp_path: Path) -> None:
    agents, _ = placed(tmp_path)

    assert (await agents.known(str(tmp_path / "root/gone"))).agents == KNOWN.agents
    assert (await agents.known(None)).agents == KNOWN.agents


async def test_how_the_engine_is_has_nothing_to_do_with_folders(tmp_path: Path) -> None:
    agents, _ = placed(tmp_path)

    assert await agents.health() == await agents.start()


class Telling(ScriptedAgents):
    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        return FileChanges(count=1)


async def test_what_was_changed_is_asked_of_the_folder_that_was_meant(tmp_path: Path) -> None:
    directories = WorkingDirectories((str(tmp_path / "root"),))
    meant, telling, silent = swapped(tmp_path, "a-link-inside"), Telling(KNOWN), ScriptedAgents(KNOWN)
    there = str((tmp_path / "root/other").resolve())

    assert await PlacedAgents(telling, directories).changes("ses_1", there) == FileChanges(count=1)
    assert await PlacedAgents(silent, directories).changes("ses_1", there) is None
    with pytest.raises(AgentError):
        await PlacedAgents(telling, directories).changes("ses_1", meant)


async def test_the_files_of_a_folder_are_not_looked_at_once_it_is_another(tmp_path: Path) -> None:
    trees = FakeTrees()
    placed = PlacedTrees(trees, WorkingDirectories((str(tmp_path / "root"),)))
    meant = swapped(tmp_path, "a-link-inside")
    there = str((tmp_path / "root/other").resolve())

    await placed.remember("key", there, "Title")
    for look in (placed.remember("other", meant, "Title"), placed.changes("key", meant)):
        with pytest.raises(TreeError, match="not the folder that was meant, so what was changed"):
            await look

    assert await placed.changes("key", there) == NOTHING_CHANGED
    await placed.forget("key")
    assert (list(trees.remembered), trees.forgotten) == (["key"], ["key"])
