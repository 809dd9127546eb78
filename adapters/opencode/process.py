"""An OpenCode of our own: `opencode serve` from PATH on a free loopback port, ended when it is no longer needed."""

import asyncio
import os
import signal
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from runner.failures import AgentError, Failure, FailureKind, failure

READY_WITHIN = 60.0
END_WITHIN = 5.0
_READY = "opencode server listening on "

_HINT = "Install OpenCode so that `opencode` is on PATH, or give the address of a running one (--opencode-url)."


@asynccontextmanager
async def spawned(
    program: str = "opencode",
    *,
    port: int = 0,
    ready_within: float = READY_WITHIN,
    end_within: float = END_WITHIN,
) -> AsyncIterator[str]:
    """The URL of a server that lives as long as the context; it inherits our environment, keys included.

    Port 0 takes a free one.

    Raises:
        AgentError: the program is not there, ends at once, or does not get ready.
    """
    process = await _started(program, port)
    output = process.stdout
    assert output is not None
    reader: asyncio.Task[None] | None = None
    try:
        url = await _ready_url(output, ready_within)
        # Its pipe must not fill up.
        reader = asyncio.create_task(_drain(output), name="opencode-output")
        yield url
    finally:
        await _end(process, end_within)
        if reader is not None:
            await reader


class Starter:
    """Starts the OpenCode that people expect at an address of this machine; it ends with the stack."""

    def __init__(self, port: int, stack: AsyncExitStack) -> None:
        self._port = port
        self._stack = stack
        self._one_at_a_time = asyncio.Lock()

    async def start(self, is_reachable: Callable[[], Awaitable[bool]]) -> None:
        """Raises AgentError when it could not be started; of several who ask at once the first starts it."""
        async with self._one_at_a_time:
            if not await is_reachable():
                await self._stack.enter_async_context(spawned(port=self._port))


async def _started(program: str, port: int) -> Process:
    try:
        # A process group of its own: Ctrl-C reaches us first, and what it started ends with it.
        return await asyncio.create_subprocess_exec(
            *(program, "serve", "--hostname", "127.0.0.1", "--port", str(port)),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
            limit=1024 * 1024,
        )
    except OSError as error:
        raise AgentError(_not_started((error.strerror or str(error)).lower())) from error


async def _ready_url(output: StreamReader, within: float) -> str:
    said: deque[str] = deque(maxlen=20)
    try:
        async with asyncio.timeout(within):
            while line := (await output.readline()).decode(errors="replace"):
                said.append(line.strip())
                if _READY in line:
                    return line.partition(_READY)[2].strip()
    except TimeoutError as error:
        raise AgentError(_not_started(f"not ready after {within:g}s", said)) from error
    raise AgentError(_not_started("it ended at once", said))


def _not_started(why: str, said: deque[str] | None = None) -> Failure:
    detail = "\n".join(said or ()) or None
    return failure(FailureKind.ENGINE_UNREACHABLE, f"OpenCode could not be started ({why})", hint=_HINT, detail=detail)


async def _drain(output: StreamReader) -> None:
    while await output.read(65536):
        pass


async def _end(process: Process, within: float) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await process.wait()
                return
