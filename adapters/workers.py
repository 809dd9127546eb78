"""Worker processes: what may take for ever is done there, for so long and no longer; then its worker is killed.

Not `multiprocessing`: that would import the whole of stepwire into each worker, by way of the program that was started,
and bring a process of its own that keeps track of them. A worker reads a line and writes a line; it ends with its
standard input, so none outlives us.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_MOST = 2
_READY_SECONDS = 30.0
_LONGEST_LINE = 1024 * 1024


class WorkerLost(Exception):
    """No worker could be started, or it ended before it answered."""


class Workers:
    """At most two that run this program, each started when it is first needed."""

    def __init__(self, program: Path, *, most: int = _MOST) -> None:
        self._program = program
        self._free = asyncio.Semaphore(most)
        self._idle: list[Process] = []

    async def ask(self, line: bytes, *, within: float) -> bytes:
        """The line with which a worker answers.

        Raises:
            TimeoutError: it did not in so many seconds, and is dead now.
            WorkerLost: see there.
        """
        async with self._worker() as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            try:
                async with asyncio.timeout(within):
                    worker.stdin.write(line)
                    await worker.stdin.drain()
                    answer = await worker.stdout.readline()
            except (ConnectionError, ValueError) as error:
                raise WorkerLost(str(error)) from error
            if not answer:
                raise WorkerLost(f"it ended with {await worker.wait()}")
            return answer

    async def close(self) -> None:
        """Returns when none is left."""
        while self._idle:
            await _killed(self._idle.pop())

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[Process]:
        """One for a single question; whoever was interrupted at it is of no use for another."""
        async with self._free:
            worker = await self._waiting() or await _started(self._program)
            try:
                yield worker
            except BaseException:
                await _killed(worker)
                raise
            self._idle.append(worker)

    async def _waiting(self) -> Process | None:
        """One that was started before and still lives."""
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
            await _killed(worker)
        return None


async def _started(program: Path) -> Process:
    try:
        worker = await asyncio.create_subprocess_exec(
            # -P: beside the program lie modules with the names of others.
            *(sys.executable, "-P", str(program)),
            # What we import it can, too; nothing else of our environment is its business, least of all a secret.
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            cwd="/",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            # A process group of its own: Ctrl-C is for us.
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
    except OSError as error:
        raise WorkerLost(error.strerror or str(error)) from error
    try:
        assert worker.stdout is not None
        async with asyncio.timeout(_READY_SECONDS):
            if await worker.stdout.readline():
                return worker
    except BaseException as error:
        await _killed(worker)
        if isinstance(error, TimeoutError):
            raise WorkerLost("it did not get ready") from error
        raise
    raise WorkerLost(f"it ended at once, with {await worker.wait()}")


async def _killed(worker: Process) -> None:
    """Returns when it is gone and nothing of it is left in the process table."""
    with suppress(ProcessLookupError):
        worker.kill()
    await worker.wait()
    if worker.stdin is not None:
        worker.stdin.close()
