"""A branch is switched to only where nothing can be lost by it, and a refusal says what to do."""

import asyncio
import os
import signal
import stat
import subprocess
from contextlib import suppress
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


@pytest.mark.parametrize(
    ("setting", "in_a_file_beside"),
    [
        ("filter.x.smudge", False),
        ("filter.x.clean", False),
        ("filter.x.process", False),
        ("filter.x.clean", True),
        ("hook.x.command", False),
    ],
)
async def test_a_program_that_only_the_repository_names_is_told_and_not_run(
    filtered: Path, tmp_path: Path, setting: str, in_a_file_beside: bool
) -> None:
    ran = tmp_path.parent / f"{tmp_path.name}-ran"
    script = a_script(filtered / ".git" / "named", f'echo > "{ran}"; cat')
    if in_a_file_beside:
        git(filtered, "config", "--file", ".git/beside", setting, str(script))
        git(filtered, "config", "include.path", "beside")
    else:
        git(filtered, "config", setting, str(script))
    # Its time tells git to read it again, through the filter.
    os.utime(filtered / "file", (1, 1))

    with pytest.raises(BranchError, match=rf"run a program \({setting}\)\. If you trust it"):
        await Git(os.environ).check_out(str(filtered), "filtered")

    assert not ran.exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"diff.x.textconv": "SCRIPT", "diff.external": "SCRIPT", "merge.x.driver": "SCRIPT"},
        {"core.pager": "SCRIPT", "core.editor": "SCRIPT", "core.askPass": "SCRIPT", "gpg.program": "SCRIPT"},
        {"alias.status": "!SCRIPT", "alias.switch": "!SCRIPT", "credential.helper": "!SCRIPT"},
        {"filter.x.smudge": "", "filter.x.required": "false"},
    ],
    ids=["drivers", "programs for people", "aliases", "a filter that is none"],
)
async def test_what_a_checkout_does_not_need_is_not_run(
    filtered: Path, tmp_path: Path, settings: dict[str, str]
) -> None:
    ran = tmp_path.parent / f"{tmp_path.name}-ran"
    script = a_script(filtered / ".git" / "named", f'echo > "{ran}"; cat')
    for name, value in settings.items():
        git(filtered, "config", name, value.replace("SCRIPT", str(script)))

    await Git(os.environ).check_out(str(filtered), "filtered")

    assert git(filtered, "branch", "--show-current") == "filtered"
    assert not ran.exists()


@pytest.mark.parametrize("url", ["ext::SCRIPT", "ssh://host.example/a"])
async def test_nothing_is_fetched_that_a_repository_lacks(repository: Path, tmp_path: Path, url: str) -> None:
    ran = tmp_path.parent / f"{tmp_path.name}-ran"
    script = a_script(repository / ".git" / "named", f'echo > "{ran}"')
    git(repository, "switch", "--quiet", "--create", "lacking")
    (repository / "lost").write_text("lost\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "Lose")
    lost = git(repository, "rev-parse", "HEAD:lost")
    git(repository, "switch", "--quiet", "main")
    (repository / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": url.replace("SCRIPT", str(script)),
        "core.sshCommand": str(script),
        "protocol.ext.allow": "always",
    }.items():
        git(repository, "config", name, value)

    with suppress(BranchError):
        await Git(os.environ).check_out(str(repository), "lacking")

    assert not ran.exists()


async def test_a_submodule_is_not_looked_into(repository: Path, tmp_path: Path) -> None:
    ran, inner = tmp_path.parent / f"{tmp_path.name}-ran", tmp_path.parent / f"{tmp_path.name}-inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / ".gitattributes").write_text("* filter=x\n")
    (inner / "file").write_text("one\n")
    git(inner, "add", ".")
    git(inner, "commit", "--quiet", "--message", "Begin")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    git(repository, "commit", "--quiet", "--message", "Add")
    script = a_script(repository / ".git" / "named", f'echo > "{ran}"; cat')
    git(repository / "inner", "config", "filter.x.clean", str(script))
    os.utime(repository / "inner" / "file", (1, 1))

    await Git(os.environ).check_out(str(repository), "other")

    assert git(repository, "branch", "--show-current") == "other"
    assert not ran.exists()


async def test_files_elsewhere_are_left_alone(repository: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    git(repository, "config", "core.worktree", str(elsewhere))

    with pytest.raises(BranchError, match=rf"keeps its files elsewhere, in {elsewhere}"):
        await Git(os.environ).check_out(str(repository), "other")


async def test_a_repository_planted_as_files_of_another_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare")
    for name, value in {"core.bare": "false", "core.worktree": str(tmp_path), "core.fsmonitor": "true"}.items():
        git(tmp_path, "--git-dir", ".", "config", name, value)

    with pytest.raises(BranchError, match="no git repository"):
        await Git(os.environ).check(str(tmp_path), "other")


@pytest.fixture
def filtered(repository: Path) -> Path:
    """With a branch whose file goes through a filter; that of main does not."""
    git(repository, "branch", "other")
    (repository / "file").write_text("two\n")
    (repository / ".gitattributes").write_text("file filter=x diff=x merge=x\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "Filter")
    git(repository, "branch", "filtered")
    git(repository, "switch", "--quiet", "other")
    return repository


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path.parent / f"{tmp_path.name}-home"
    home.mkdir()
    return home


async def test_what_git_starts_sees_no_secret_and_ends_with_it(filtered: Path, tmp_path: Path, home: Path) -> None:
    """A filter that the user has set up is run; here it notes what it sees, and never ends."""
    seen, held = tmp_path.parent / f"{tmp_path.name}-seen", tmp_path.parent / f"{tmp_path.name}-held"
    os.mkfifo(held)
    slow = a_script(home / "slow", f'env > "{seen}"; exec sleep 60 > "{held}"')
    for where in (home / ".gitconfig", filtered / ".git" / "config"):
        git(filtered, "config", "--file", str(where), "filter.x.smudge", str(slow))
    # Reading it ends when nobody holds it open any more.
    ended = asyncio.create_task(asyncio.to_thread(held.read_bytes))
    environment = {**os.environ, "HOME": str(home), "STEPWIRE_TOKEN": "hush", "API_KEY": "hush"}

    with pytest.raises(BranchError, match=r"longer than 3s"):
        await Git(environment, seconds=3).check_out(str(filtered), "filtered")

    assert "hush" not in seen.read_text()
    async with asyncio.timeout(60):
        await ended


async def test_what_has_left_the_group_of_git_is_not_waited_for(tmp_path: Path) -> None:
    """It holds git's output open, and nobody knows for how long."""
    pid = tmp_path / "pid"
    a_script(tmp_path / "git", f"setsid sh -c 'echo $$ > \"{pid}\"; exec sleep 600'")
    git = Git({"PATH": f"{tmp_path}:{os.environ['PATH']}"}, seconds=2)

    async with asyncio.timeout(60):
        with pytest.raises(BranchError, match="longer than 2s"):
            await git.current(str(tmp_path))

    os.kill(int(pid.read_text()), signal.SIGKILL)
