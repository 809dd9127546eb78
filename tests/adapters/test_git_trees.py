"""What was changed since an attempt began is told, all of it and nothing else, and the repository is left as it was."""

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.git_trees import GitTrees
from runner.file_changes import ChangeSource, FileChange, FileChanges, FileStatus
from runner.ports import TreeError

pytestmark = pytest.mark.asyncio


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def begun(directory: Path, **files: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "--quiet", "--initial-branch", "main")
    for name, content in files.items():
        (directory / name).write_text(content)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    return directory


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return begun(tmp_path / "project", kept="one\ntwo\n", gone="x\n", script="echo\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest_asyncio.fixture
async def trees(root: Path, repository: Path) -> AsyncIterator[GitTrees]:
    """Before anything is changed in the repository that a test does not change itself before it remembers anew."""
    yield GitTrees(os.environ, root)


async def changes(trees: GitTrees, directory: Path, key: str = "a") -> FileChanges:
    return await trees.changes(key, str(directory))


async def remember(trees: GitTrees, directory: Path, key: str = "a", title: str = "Fix login") -> None:
    await trees.remember(key, str(directory), title)


def told(found: FileChanges) -> dict[str, tuple[FileStatus, int, int]]:
    return {file.path: (file.status, file.added, file.removed) for file in found.files}


def everything_in(root: Path) -> list[Path]:
    return list(root.rglob("*"))


def size_of(root: Path) -> int:
    return sum(path.stat().st_size for path in everything_in(root))


def state(repository: Path) -> tuple[str, ...]:
    """What git says of it, its index byte for byte, and every file below .git."""
    inside = sorted(str(path) for path in (repository / ".git").rglob("*"))
    return (git(repository, "status", "--porcelain"), (repository / ".git/index").read_bytes().hex(), *inside)


async def test_what_was_dirty_before_is_not_told(trees: GitTrees, repository: Path) -> None:
    (repository / "kept").write_text("one\ntwo\ndirty\n")
    (repository / "untracked").write_text("before\n")
    (repository / "gone").unlink()
    await remember(trees, repository)

    (repository / "untracked").write_text("before\nafter\n")

    found = await changes(trees, repository)
    assert told(found) == {"untracked": (FileStatus.MODIFIED, 1, 0)}
    assert found.files[0].diff == "@@ -1 +1,2 @@\n before\n+after"
    assert (found.source, found.count, found.added, found.removed) == (ChangeSource.GIT, 1, 1, 0)


async def test_nothing_changed_is_nothing(trees: GitTrees, repository: Path) -> None:
    (repository / "kept").write_text("dirty\n")
    await remember(trees, repository)

    assert await changes(trees, repository) == FileChanges(source=ChangeSource.GIT)


async def test_each_way_to_change_a_file_is_told_as_what_it_is(trees: GitTrees, repository: Path) -> None:
    (repository / "old name").write_text("".join(f"line {number}\n" for number in range(20)))
    await remember(trees, repository)

    (repository / "new").write_text("a\nb\n")
    (repository / "gone").unlink()
    (repository / "old name").rename(repository / "ne\tw\nname")
    (repository / "picture").write_bytes(b"\x00\x01" * 900)
    (repository / "script").chmod(0o755)
    (repository / "kept").unlink()
    (repository / "kept").symlink_to("new")
    (repository / "empty").touch()
    (repository / "folder").mkdir()
    (repository / "folder" / "ünï").write_text("no end of line")

    found = await changes(trees, repository)
    assert told(found) == {
        "empty": (FileStatus.ADDED, 0, 0),
        "folder/ünï": (FileStatus.ADDED, 1, 0),
        "gone": (FileStatus.DELETED, 0, 1),
        "kept": (FileStatus.MODIFIED, 1, 2),
        "ne\tw\nname": (FileStatus.RENAMED, 0, 0),
        "new": (FileStatus.ADDED, 2, 0),
        "picture": (FileStatus.ADDED, 0, 0),
        "script": (FileStatus.MODIFIED, 0, 0),
    }
    by_path = {file.path: file for file in found.files}
    assert by_path["ne\tw\nname"].previous_path == "old name"
    assert by_path["picture"] == FileChange(path="picture", status=FileStatus.ADDED, binary=True)
    assert by_path["script"].diff == "old mode 100644\nnew mode 100755"
    assert by_path["gone"].diff == "@@ -1 +0,0 @@\n-x"


async def test_what_was_committed_meanwhile_is_told_all_the_same(trees: GitTrees, repository: Path) -> None:
    await remember(trees, repository)

    (repository / "new").write_text("a\n")
    git(repository, "add", "new")
    git(repository, "commit", "--quiet", "--message", "Work")

    assert told(await changes(trees, repository)) == {"new": (FileStatus.ADDED, 1, 0)}


async def test_ignored_files_and_files_outside_are_nobodys_business(trees: GitTrees, repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\nbuild/\n")
    await remember(trees, repository)

    (repository / "a.log").write_text("x")
    (repository / "build").mkdir()
    (repository / "build" / "out").write_text("x")
    (repository.parent / "outside").write_text("x")

    assert (await changes(trees, repository)).count == 0


async def test_the_repository_is_left_as_it_was(trees: GitTrees, repository: Path) -> None:
    (repository / "kept").write_text("staged\n")
    git(repository, "add", "kept")
    (repository / "kept").write_text("not staged\n")
    (repository / "new").write_text("x\n")
    git(repository, "status")
    before = state(repository)

    await remember(trees, repository)
    await changes(trees, repository)

    assert state(repository) == before


async def test_a_repository_without_a_commit_is_one(trees: GitTrees, tmp_path: Path) -> None:
    bare = tmp_path / "empty"
    bare.mkdir()
    git(bare, "init", "--quiet")
    await remember(trees, bare)

    (bare / "first").write_text("a\n")

    assert told(await changes(trees, bare)) == {"first": (FileStatus.ADDED, 1, 0)}


async def test_a_worktree_and_a_folder_inside_are_looked_at_as_a_whole(trees: GitTrees, repository: Path) -> None:
    worktree = repository.parent / "worktree"
    git(repository, "worktree", "add", "--quiet", str(worktree), "-b", "other")
    inside = worktree / "inside"
    inside.mkdir()
    await remember(trees, inside)

    (worktree / "kept").write_text("one\n")
    (repository / "kept").write_text("of another tree\n")

    assert told(await changes(trees, inside)) == {"kept": (FileStatus.MODIFIED, 0, 1)}


async def test_a_submodule_is_told_by_its_commit(trees: GitTrees, repository: Path, tmp_path: Path) -> None:
    begun(tmp_path / "library", code="1\n")
    git(repository, "submodule", "--quiet", "add", str(tmp_path / "library"), "library")
    await remember(trees, repository)

    (repository / "library" / "code").write_text("2\n")
    dirty = await changes(trees, repository)
    git(repository / "library", "commit", "--quiet", "--all", "--message", "More")

    assert dirty.count == 0
    assert told(await changes(trees, repository)) == {"library": (FileStatus.MODIFIED, 1, 1)}


async def test_a_repository_inside_that_git_does_not_know_is_passed_over(trees: GitTrees, repository: Path) -> None:
    await remember(trees, repository)

    begun(repository / "other", code="1\n")
    (repository / "new").write_text("a\n")

    assert told(await changes(trees, repository)) == {"new": (FileStatus.ADDED, 1, 0)}


async def test_a_huge_file_is_told_without_lines_and_not_copied(trees: GitTrees, repository: Path, root: Path) -> None:
    (repository / "old.bin").write_bytes(b"x" * 5_000_000)
    await remember(trees, repository)

    (repository / "huge").write_bytes(b"line\n" * 1_200_000)
    (repository / "old.bin").unlink()

    found = await changes(trees, repository)
    assert told(found) == {"huge": (FileStatus.ADDED, 0, 0), "old.bin": (FileStatus.DELETED, 0, 0)}
    assert all(file.binary and file.truncated for file in found.files)
    assert size_of(root) < 1_000_000


async def test_a_file_that_has_become_huge_is_told_once(trees: GitTrees, repository: Path) -> None:
    await remember(trees, repository)

    (repository / "kept").write_bytes(b"line\n" * 1_200_000)
    (repository / "kept").chmod(0o755)

    assert told(await changes(trees, repository)) == {"kept": (FileStatus.MODIFIED, 0, 0)}


async def test_a_huge_file_that_has_become_small_is_told_once(trees: GitTrees, repository: Path) -> None:
    (repository / "huge").write_bytes(b"line\n" * 1_200_000)
    await remember(trees, repository)

    (repository / "huge").write_text("small\n")

    assert told(await changes(trees, repository)) == {"huge": (FileStatus.MODIFIED, 0, 0)}


@pytest.mark.slow
async def test_ten_thousand_files_are_counted(trees: GitTrees, repository: Path) -> None:
    await remember(trees, repository)

    for number in range(10_000):
        (repository / f"file{number:05}").write_text(f"{number}\n")

    found = await changes(trees, repository)
    assert (found.count, found.added, found.removed) == (10_000, 10_000, 0)
    assert found.files[0].diff == "@@ -0,0 +1 @@\n+0"


@pytest.mark.parametrize("scope", ["--local", "--global"])
@pytest.mark.parametrize("what", ["clean", "smudge", "process"])
async def test_no_program_is_run(
    repository: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scope: str, what: str
) -> None:
    """Filters, a file system monitor, hooks and text conversions, whoever has named them."""
    ran = tmp_path / "ran"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    program = f"touch '{ran}'; cat"
    git(repository, "config", scope, f"filter.My.Own.{what}", program)
    git(repository, "config", scope, "filter.My.Own.required", "true")
    git(repository, "config", scope, "core.fsmonitor", program)
    git(repository, "config", scope, "diff.mine.textconv", program)
    git(repository, "config", scope, "diff.mine.command", program)
    (repository / ".git/hooks/post-index-change").write_text(f"#!/bin/sh\n{program}\n")
    (repository / ".git/hooks/post-index-change").chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=My.Own diff=mine\n")
    trees = GitTrees(os.environ, root)
    await remember(trees, repository)

    (repository / "kept").write_text("three\n")

    assert told(await changes(trees, repository))["kept"] == (FileStatus.MODIFIED, 1, 2)
    assert not ran.exists()


async def test_a_later_process_goes_on_with_what_was_remembered(repository: Path, root: Path) -> None:
    await remember(GitTrees(os.environ, root), repository)
    (repository / "kept").write_text("one\n")

    later = GitTrees(os.environ, root)
    await remember(later, repository)

    assert told(await changes(later, repository)) == {"kept": (FileStatus.MODIFIED, 0, 1)}


async def test_what_is_forgotten_leaves_nothing_behind(trees: GitTrees, repository: Path, root: Path) -> None:
    await remember(trees, repository)

    await trees.forget("a")

    assert everything_in(root) == []
    with pytest.raises(TreeError, match="before the attempt is not known"):
        await changes(trees, repository)


async def test_snapshots_never_lie_inside_of_the_repository(repository: Path) -> None:
    trees = GitTrees(os.environ, repository / "database-trees")
    await remember(trees, repository)

    assert not (repository / "database-trees").exists()
    assert (await changes(trees, repository)).count == 0
    await trees.forget("a")


async def test_who_works_in_the_same_files_is_named_to_both(trees: GitTrees, repository: Path) -> None:
    (repository / "inside").mkdir()
    await remember(trees, repository, "a", "Fix login")
    await remember(trees, repository / "inside", "b", "Write docs")
    await trees.forget("a")
    await remember(trees, repository, "c", "Later")

    assert (await changes(trees, repository, "b")).shared_with == ("Fix login", "Later")
    assert (await changes(trees, repository, "c")).shared_with == ("Write docs",)


async def test_a_folder_in_no_repository_is_said_to_be_so(trees: GitTrees, tmp_path: Path) -> None:
    elsewhere = tmp_path / "plain"
    elsewhere.mkdir()

    with pytest.raises(TreeError, match=f"^{elsewhere} is in no git repository"):
        await remember(trees, elsewhere)


async def test_a_repository_without_a_working_tree_is_said_to_be_so(trees: GitTrees, repository: Path) -> None:
    bare = repository.parent / "bare"
    git(repository, "clone", "--quiet", "--bare", ".", str(bare))
    (bare / ".git").write_text(f"gitdir: {bare}\n")

    with pytest.raises(TreeError, match="must be run in a work tree"):
        await remember(trees, bare)


async def test_without_git_it_is_said_that_there_is_none(repository: Path, root: Path) -> None:
    with pytest.raises(TreeError, match=r"^There is no git on PATH\.$"):
        await remember(GitTrees({"PATH": "/nowhere"}, root), repository)


async def test_git_that_hangs_is_ended(repository: Path, root: Path, tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nsleep 60\n")
    (tmp_path / "git").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    with pytest.raises(TreeError, match="took longer than"):
        await remember(GitTrees(environment, root, seconds=0.2), repository)
