"""Branches of a working directory, by the git on PATH.

The directory may be anybody's clone, and git runs what its configuration names: hooks, a file system monitor, whatever
GIT_… variables point to. So none of that is let in, and what git started ends with it.
"""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress

from runner.ports import BranchError

_SECONDS = 20.0
_SETTINGS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "submodule.recurse=false", "credential.helper=")
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "XDG_CONFIG_HOME")


class Git:
    """Looks before it switches, and switches nothing that is not clean. Of `environment` only the harmless is taken."""

    def __init__(self, environment: Mapping[str, str], *, seconds: float = _SECONDS) -> None:
        inherited = {name: environment[name] for name in _INHERITED if name in environment}
        self._environment = {**inherited, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
        self._seconds = seconds

    async def check(self, directory: str, branch: str) -> None:
        await self._git(directory, "check-ref-format", "--branch", branch, says=f'"{branch}" is no name for a branch.')
        await self._git(directory, "rev-parse", "--show-toplevel", says=f"{directory} is in no git repository.")
        changed = await self._git(directory, "status", "--porcelain", says=f"git cannot tell the state of {directory}.")
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
        await self._git(directory, "switch", *how, branch, says=f'"{branch}" cannot be checked out.')

    async def names(self, directory: str) -> list[str]:
        # One without a commit is on no list, but may be stood on.
        return sorted((await self._listed(directory) | {await self.current(directory)}) - {"HEAD", ""})

    async def current(self, directory: str) -> str:
        return await self._git(
            directory, "branch", "--show-current", says=f"git cannot tell the branch of {directory}."
        )

    async def _listed(self, directory: str) -> set[str]:
        says = f"git cannot tell the branches of {directory}."
        refs = await self._git(
            directory, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes", says=says
        )
        return {_branch_of(ref) for ref in refs.splitlines()}

    async def _git(self, directory: str, *arguments: str, says: str) -> str:
        process = await self._started(directory, arguments)
        try:
            async with asyncio.timeout(self._seconds):
                out, err = await process.communicate()
        except TimeoutError as error:
            raise BranchError(f"git took longer than {self._seconds:g}s in {directory}.") from error
        finally:
            await _ended(process)
        if process.returncode:
            words = err.decode(errors="replace").strip()
            raise BranchError(f"{says} ({words.splitlines()[-1]})" if words else says)
        return out.decode(errors="replace").strip()

    async def _started(self, directory: str, arguments: tuple[str, ...]) -> Process:
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        try:
            # A process group of its own, so that a filter that hangs ends with the git that started it.
            return await asyncio.create_subprocess_exec(
                *("git", *settings, "-C", directory, *arguments),
                env=self._environment,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise BranchError("There is no git on PATH, so no branch can be checked out.") from error


def _branch_of(ref: str) -> str:
    """The name without refs/heads, or refs/remotes and the remote's own."""
    _, kind, rest = ref.split("/", 2)
    return rest if kind == "heads" else rest.partition("/")[2]


async def _ended(process: Process) -> None:
    """Also when whoever asked has gone away meanwhile."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
