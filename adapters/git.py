"""Branches of a working directory, by the git on PATH."""

import asyncio
from asyncio.subprocess import PIPE

from runner.ports import BranchError

_SECONDS = 20.0


class Git:
    """Looks before it switches, and switches nothing that is not clean."""

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
        known = await self._git(
            directory, "for-each-ref", f"refs/heads/{branch}", f"refs/remotes/*/{branch}", says="git lists no branches."
        )
        how = () if known else ("--create",)
        await self._git(directory, "switch", *how, branch, says=f'"{branch}" cannot be checked out.')

    async def current(self, directory: str) -> str:
        return await self._git(
            directory, "branch", "--show-current", says=f"git cannot tell the branch of {directory}."
        )

    async def _git(self, directory: str, *arguments: str, says: str) -> str:
        try:
            process = await asyncio.create_subprocess_exec(
                "git", "-C", directory, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE
            )
        except FileNotFoundError as error:
            raise BranchError("There is no git on PATH, so no branch can be checked out.") from error
        try:
            async with asyncio.timeout(_SECONDS):
                out, err = await process.communicate()
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise BranchError(f"git took longer than {_SECONDS:.0f}s in {directory}.") from error
        if process.returncode:
            words = err.decode(errors="replace").strip()
            raise BranchError(f"{says} ({words.splitlines()[-1]})" if words else says)
        return out.decode(errors="replace").strip()
