"""The git on PATH, run so that a stranger's clone has no say in it.

The directory may be anybody's clone, and git runs what its configuration names: hooks, a file system monitor, filters,
whatever GIT_… variables point to. So none of that is let in, nothing is fetched, and what git started ends with it.
"""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO

_LONGEST_OUTPUT = 16 * 1024 * 1024
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "submodule.recurse=false", "credential.helper="),
    "safe.bareRepository=explicit",
)
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "XDG_CONFIG_HOME")


class GitError(Exception):
    """It could not be run, or would not; the text says why."""


class GitMissing(GitError):
    """There is none on PATH."""


class GitProcess:
    """Runs one command after the other. Of `environment` only the harmless is taken."""

    def __init__(self, environment: Mapping[str, str], *, seconds: float) -> None:
        inherited = {name: environment[name] for name in _INHERITED if name in environment}
        self._environment = {
            **inherited,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "",
        }
        self._seconds = seconds

    async def run(
        self,
        directory: str,
        *arguments: str,
        says: str,
        environment: Mapping[str, str] | None = None,
        sent: bytes | None = None,
    ) -> bytes:
        """What git wrote, at most 16 MiB of it; `sent` is what it reads.

        Raises:
            GitError: `says`, with git's own last line; or that there is no git, or that it took too long.
        """
        # Files and no pipes: what git started may leave its group, and would hold a pipe open for as long as it likes.
        try:
            with TemporaryFile() as out, TemporaryFile() as err, TemporaryFile() as given:
                if sent is not None:
                    given.write(sent)
                    given.seek(0)
                reads = DEVNULL if sent is None else given.fileno()
                told = {**self._environment, **(environment or {})}
                status = await self._run(directory, arguments, told, reads, out, err)
                said, words = _read(out), _read(err).decode(errors="replace").strip()
        except FileNotFoundError as error:
            raise GitMissing("There is no git on PATH.") from error
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}.") from error
        if status:
            raise GitError(f"{says} ({words.splitlines()[-1]})" if words else says)
        return said

    async def _run(
        self,
        directory: str,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        reads: int,
        out: IO[bytes],
        err: IO[bytes],
    ) -> int:
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        # A process group of its own, so that a filter that hangs ends with the git that started it.
        process = await asyncio.create_subprocess_exec(
            *("git", *settings, "-C", directory, *arguments),
            env=environment,
            stdin=reads,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._seconds):
                return await process.wait()
        except TimeoutError as error:
            raise GitError(f"git took longer than {self._seconds:g}s in {directory}.") from error
        finally:
            await _ended(process)


def _read(output: IO[bytes]) -> bytes:
    output.seek(0)
    return output.read(_LONGEST_OUTPUT)


async def _ended(process: Process) -> None:
    """Also when whoever asked has gone away meanwhile."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
