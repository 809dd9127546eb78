"""Branches of a working directory, by the git on PATH.

No files but the repository's own are touched. What the user's own configuration names is run, what the repository's
names is not: see `git_process`.
"""

import re
from collections.abc import Mapping

from adapters.git_process import GitError, GitMissing, GitProcess
from runner.ports import BranchError

_SECONDS = 20.0
# What a checkout would run besides, and no setting turns off without a change to the files that come out of it.
_PROGRAM = re.compile(r"filter\..*\.(?:clean|smudge|process)|hook\..*\.command")
_OF_THE_REPOSITORY = frozenset(("local", "worktree"))


class Git:
    """Looks before it switches, and switches nothing that is not clean. Of `environment` only the harmless is taken."""

    def __init__(self, environment: Mapping[str, str], *, seconds: float = _SECONDS) -> None:
        self._process = GitProcess(environment, seconds=seconds)

    async def check(self, directory: str, branch: str) -> None:
        await self._git(directory, "check-ref-format", "--branch", branch, says=f'"{branch}" is no name for a branch.')
        await self._check_repository(directory)
        # No look into submodules: each has a configuration of its own.
        look = ("status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=dirty")
        changed = await self._git(directory, *look, says=f"git cannot tell the state of {directory}.")
        if changed and await self.current(directory) != branch:
            count = len(changed.splitlines())
            files = "1 file is" if count == 1 else f"{count} files are"
            raise BranchError(
                f'{directory} cannot be switched to "{branch}": {files} not committed. Commit or stash them first.'
            )

    async def check_out(self, directory: str, branch: str) -> None:
        await self.check(directory, branch)
        if await self.current(directory) == branch:
            return
        how = () if branch in await self._listed(directory) else ("--create",)
        await self._git(directory, "switch", "--quiet", *how, branch, says=f'"{branch}" cannot be checked out.')

    async def names(self, directory: str) -> list[str]:
        # One without a commit is on no list, but may be stood on.
        return sorted((await self._listed(directory) | {await self.current(directory)}) - {"HEAD", ""})

    async def current(self, directory: str) -> str:
        return await self._git(
            directory, "branch", "--show-current", says=f"git cannot tell the branch of {directory}."
        )

    async def _check_repository(self, directory: str) -> None:
        """Raises BranchError where a checkout would touch other files, or run what the repository names."""
        place = ("rev-parse", "--is-inside-work-tree", "--show-toplevel")
        told = await self._git(directory, *place, says=f"{directory} is in no git repository.")
        inside, _, top = told.partition("\n")
        if inside != "true":
            raise BranchError(
                f"The repository of {directory} keeps its files elsewhere, in {top}: none is switched there."
            )
        says = f"git cannot tell the configuration of {directory}."
        settings = await self._git(directory, "config", "--list", "--null", "--show-scope", says=says)
        if named := _programs(settings):
            raise BranchError(
                f"{directory} cannot be switched: its own configuration has git run a program ({named[0]}). If you "
                "trust it, name it in your own configuration as well (git config --global)."
            )

    async def _listed(self, directory: str) -> set[str]:
        says = f"git cannot tell the branches of {directory}."
        refs = await self._git(
            directory, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes", says=says
        )
        return {_branch_of(ref) for ref in refs.splitlines()}

    async def _git(self, directory: str, *arguments: str, says: str) -> str:
        try:
            said = await self._process.run(directory, *arguments, says=says)
        except GitMissing as error:
            raise BranchError("There is no git on PATH, so no branch can be checked out.") from error
        except GitError as error:
            raise BranchError(str(error)) from error
        return said.decode(errors="replace").strip()


def _programs(settings: str) -> list[str]:
    """The settings of the repository by which git would run what its user has not set."""
    parts = settings.split("\0")
    told = [(scope, *setting.partition("\n")[::2]) for scope, setting in zip(parts[::2], parts[1::2], strict=False)]
    own = {(name, value) for scope, name, value in told if scope not in _OF_THE_REPOSITORY}
    return [name for _, name, value in told if value and (name, value) not in own and _PROGRAM.fullmatch(name)]


def _branch_of(ref: str) -> str:
    """The name without refs/heads, or refs/remotes and the remote's own."""
    _, kind, rest = ref.split("/", 2)
    return rest if kind == "heads" else rest.partition("/")[2]
