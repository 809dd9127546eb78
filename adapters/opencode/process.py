"""An OpenCode of our own: `opencode serve` from PATH on a loopback port, ended when it is no longer needed.

Which generation is on PATH decides its options and how it gets its password:

OpenCode 1   serve --hostname --port             OPENCODE_SERVER_PASSWORD
OpenCode 2   serve --stdio --hostname --port     OPENCODE_PASSWORD; ends by itself once its standard input closes
"""

import asyncio
import json
import os
import re
import secrets
import signal
import socket
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from adapters.opencode.credentials import Credentials
from adapters.opencode.identity import INSTALL
from runner.failures import AgentError, Failure, FailureKind, failure

READY_WITHIN = 60.0
END_WITHIN = 5.0
_VERSION_WITHIN = 20.0
_PASSWORDS = ("OPENCODE_PASSWORD", "OPENCODE_SERVER_PASSWORD")
_NAME = "opencode"
_LISTENING = re.compile(r"listening on (?P<url>https?://\S+)")
_VERSION = re.compile(r"(?P<major>\d+)\.\d+")

_HINT = f"Install OpenCode ({INSTALL}), or give the address of a running one (--opencode-url)."


@dataclass(frozen=True, kw_only=True)
class Program:
    """What is started: `environment` is all that it inherits, `password` what it will ask for."""

    environment: Mapping[str, str]
    password: str
    path: str = "opencode"


def program_of(environment: Mapping[str, str], password: str | None = None, path: str = "opencode") -> Program:
    """With the password that was given, else the one that the environment names, else one that nobody knows."""
    named = next((environment[name] for name in _PASSWORDS if environment.get(name)), None)
    return Program(environment=environment, password=password or named or secrets.token_urlsafe(32), path=path)


@asynccontextmanager
async def spawned(
    program: Program, *, port: int = 0, ready_within: float = READY_WITHIN, end_within: float = END_WITHIN
) -> AsyncIterator[str]:
    """The URL of a server that lives as long as the context. Port 0 takes a free one.

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
    """Starts the OpenCode that people expect at an address of this machine, again when it has died; it ends with the
    stack.
    """

    def __init__(self, program: Program, credentials: Credentials, port: int, stack: AsyncExitStack) -> None:
        self._program = program
        self._credentials = credentials
        self._port = port
        self._stack = stack
        self._one_at_a_time = asyncio.Lock()

    async def start(self, is_reachable: Callable[[], Awaitable[bool]]) -> None:
        """Raises AgentError when it could not be started; of several who ask at once the first starts it."""
        async with self._one_at_a_time:
            if not await is_reachable():
                await self._stack.enter_async_context(spawned(self._program, port=self._port))
                self._credentials.username, self._credentials.password = _NAME, self._program.password


def free_port() -> int:
    """One of loopback that is free now. Chosen here, so that an OpenCode that is started again has its old address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def _started(program: Program, port: int) -> Process:
    second = await _generation(program) >= 2
    options = ("serve", *(("--stdio",) if second else ()), "--hostname", "127.0.0.1", "--port", str(port))
    told = {_PASSWORDS[0 if second else 1]: program.password, "OPENCODE_SERVER_USERNAME": _NAME}
    try:
        # A process group of its own: Ctrl-C reaches us first, and what it started ends with it.
        return await asyncio.create_subprocess_exec(
            program.path,
            *options,
            env={**program.environment, **told},
            stdin=PIPE if second else DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
            limit=1024 * 1024,
        )
    except OSError as error:
        raise AgentError(_not_started((error.strerror or str(error)).lower())) from error


async def _generation(program: Program) -> int:
    """As `opencode --version` says; 1 where it says nothing that is one."""
    try:
        asked = await asyncio.create_subprocess_exec(
            program.path, "--version", env=program.environment, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
    except OSError as error:
        raise AgentError(_not_started((error.strerror or str(error)).lower())) from error
    try:
        async with asyncio.timeout(_VERSION_WITHIN):
            said, _ = await asked.communicate()
    except TimeoutError:
        asked.kill()
        await asked.wait()
        return 1
    found = _VERSION.search(said.decode(errors="replace"))
    return int(found["major"]) if found else 1


async def _ready_url(output: StreamReader, within: float) -> str:
    said: deque[str] = deque(maxlen=20)
    try:
        async with asyncio.timeout(within):
            while line := (await output.readline()).decode(errors="replace"):
                if (url := _url_in(line)) is not None:
                    return url
                if "password" not in line.lower():
                    said.append(line.strip())
    except TimeoutError as error:
        raise AgentError(_not_started(f"not ready after {within:g}s", said)) from error
    raise AgentError(_not_started("it ended at once", said))


def _url_in(line: str) -> str | None:
    """A line of text says where it listens, or, with --stdio, one of JSON."""
    if found := _LISTENING.search(line):
        return found["url"]
    try:
        told = json.loads(line)
    except ValueError:
        return None
    url = told.get("url") if isinstance(told, dict) else None
    return url if isinstance(url, str) else None


def _not_started(why: str, said: deque[str] | None = None) -> Failure:
    """With its last words, which are the likeliest to say why."""
    lines = [line for line in said or () if line]
    words = f": {lines[-1][:300]}" if lines else ""
    detail = "\n".join(lines) or None
    message = f"OpenCode could not be started ({why}){words}"
    return failure(FailureKind.ENGINE_UNREACHABLE, message, hint=_HINT, detail=detail)


async def _drain(output: StreamReader) -> None:
    while await output.read(65536):
        pass


async def _end(process: Process, within: float) -> None:
    if process.stdin is not None:
        process.stdin.close()
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await process.wait()
                return
