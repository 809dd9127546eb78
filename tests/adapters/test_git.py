"""A branch is switched to only where nothing can be lost by it, and a refusal says what to do."""

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
    await Git().check_out(str(repository), "fix/login")

    assert git(repository, "branch", "--show-current") == "fix/login"


async def test_a_branch_that_is_there_is_switched_to(repository: Path) -> None:
    git(repository, "branch", "known")

    await Git().check_out(str(repository), "known")

    assert git(repository, "branch", "--show-current") == "known"


async def test_a_tree_with_changes_is_left_as_it_is(repository: Path) -> None:
    (repository / "file").write_text("two\n")

    with pytest.raises(BranchError, match=r"1 file is not committed\. Commit or stash"):
        await Git().check_out(str(repository), "other")

    assert git(repository, "branch", "--show-current") == "main"
    assert (repository / "file").read_text() == "two\n"


async def test_a_tree_with_changes_may_stay_on_its_own_branch(repository: Path) -> None:
    (repository / "file").write_text("two\n")

    await Git().check_out(str(repository), "main")

    assert (repository / "file").read_text() == "two\n"


@pytest.mark.parametrize("branch", ["a..b", "-x", "with space", "end.lock", "@{-1}x"])
async def test_what_is_no_name_for_a_branch_is_refused(repository: Path, branch: str) -> None:
    with pytest.raises(BranchError, match="no name for a branch"):
        await Git().check(str(repository), branch)


async def test_a_directory_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BranchError, match="no git repository"):
        await Git().check(str(tmp_path), "branch")
