"""A branch is switched to only where nothing can be lost by it, and a refusal says what to do."""

import asyncio
import os
import stat
import subprocess
from pathlib import Path

import pytest

from adapters.git import Git
from runner.ports import BranchError

pytestmark = pytest.mark.asyncio


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    done = subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "file").write_text("one\n")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


async def test_a_branch_that_is_not_there_is_made_from_where_one_stands(repository: Path) -> None:
    await Git(os.environ).check_out(str(repository), "fix/login")

    assert git(repository, "branch", "--show-current") == "fix/login"


async def test_a_branch_that_is_there_is_switched_to(repository: Path) -> None:
    git(repository, "branch", "known")

    await Git(os.environ).check_out(str(repository), "known")

    assert git(repository, "branch", "--show-current") == "known"


async def test_branches_are_its_own_and_those_of_its_remotes(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path.parent / f"{tmp_path.name}-clone"
    git(repository, "branch", "fix/login")
    git(repository, "branch", "fix-login/deep")
    git(repository, "tag", "v1")
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    git(clone, "switch", "--quiet", "--create", "mine/own")

    assert await Git(os.environ).names(str(clone)) == ["fix-login/deep", "fix/login", "main", "mine/own"]
    await Git(os.environ).check_out(str(clone), "fix/login")

    assert git(clone, "rev-parse", "--abbrev-ref", "fix/login@{upstream}") == "origin/fix/login"


async def test_a_branch_without_a_commit_is_there_while_one_stands_on_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "trunk")

    assert await Git(os.environ).names(str(tmp_path)) == ["trunk"]


async def test_the_beginning_of_a_name_is_no_branch(repository: Path) -> None:
    git(repository, "branch", "fix/login")

    assert "fix" not in await Git(os.environ).names(str(repository))
    with pytest.raises(BranchError, match=r'"fix" cannot be checked out'):
        await Git(os.environ).check_out(str(repository), "fix")


async def test_a_tree_with_changes_is_left_as_it_is(repository: Path) -> None:
    (repository / "file").write_text("two\n")

    with pytest.raises(BranchError, match=r"1 file is not committed\. Commit or stash"):
        await Git(os.environ).check_out(str(repository), "other")

    assert git(repository, "branch", "--show-current") == "main"
    assert (repository / "file").read_text() == "two\n"


async def test_a_tree_with_changes_may_stay_on_its_own_branch(repository: Path) -> None:
    (repository / "file").write_text("two\n")

    await Git(os.environ).check_out(str(repository), "main")

    assert (repository / "file").read_text() == "two\n"


@pytest.mark.parametrize("branch", ["a..b", "-x", "with space", "end.lock", "@{-1}x"])
async def test_what_is_no_name_for_a_branch_is_refused(repository: Path, branch: str) -> None:
    with pytest.raises(BranchError, match="no name for a branch"):
        await Git(os.environ).check(str(repository), branch)


async def test_a_directory_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BranchError, match="no git repository"):
        await Git(os.environ).check(str(tmp_path), "branch")


def a_script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("how", ["hook", "hooks elsewhere", "file system monitor", "variable"])
async def test_nothing_that_the_repository_names_is_run(repository: Path, tmp_path: Path, how: str) -> None:
    ran = tmp_path.parent / f"{tmp_path.name}-ran"
    script = f'env > "{ran}"'
    environment = dict(os.environ)
    match how:
        case "hook":
            a_script(repository / ".git" / "hooks" / "post-checkout", script)
        case "hooks elsewhere":
            a_script(repository / ".git" / "mine" / "post-checkout", script)
            git(repository, "config", "core.hooksPath", ".git/mine")
        case "file system monitor":
            git(repository, "config", "core.fsmonitor", str(a_script(repository / ".git" / "monitor", script)))
        case _:
            hooks = a_script(repository / ".git" / "mine" / "post-checkout", script).parent
            told = {"COUNT": "1", "KEY_0": "core.hooksPath", "VALUE_0": str(hooks)}
            environment |= {f"GIT_CONFIG_{name}": value for name, value in told.items()}

    await Git(environment).check_out(str(repository), "fix/login")

    assert git(repository, "branch", "--show-current") == "fix/login"
    assert not ran.exists()


async def test_what_git_starts_sees_no_secret_and_ends_with_it(repository: Path, tmp_path: Path) -> None:
    """A filter is the one thing that a checkout must run; here it notes what it sees, and never ends."""
    seen, held = tmp_path.parent / f"{tmp_path.name}-seen", tmp_path.parent / f"{tmp_path.name}-held"
    os.mkfifo(held)
    git(repository, "branch", "other")
    (repository / "file").write_text("two\n")
    (repository / ".gitattributes").write_text("file filter=slow\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "Filter")
    git(repository, "branch", "slow")
    git(repository, "switch", "--quiet", "other")
    slow = a_script(repository / ".git" / "slow", f'env > "{seen}"; exec sleep 60 > "{held}"')
    git(repository, "config", "filter.slow.smudge", str(slow))
    # Reading it ends when nobody holds it open any more.
    ended = asyncio.create_task(asyncio.to_thread(held.read_bytes))

    with pytest.raises(BranchError, match=r"longer than 3s"):
        await Git({**os.environ, "STEPWIRE_TOKEN": "hush", "API_KEY": "hush"}, seconds=3).check_out(
            str(repository), "slow"
        )

    assert "hush" not in seen.read_text()
    async with asyncio.timeout(60):
        await ended
