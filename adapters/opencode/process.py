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
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, failure
from runner.plaintext import one_line

READY_WITHIN = 60.0
END_WITHIN = 5.0
_VERSION_WITHIN = 20.0
_ENDED_WITHIN = 1.0
_PASSWORDS = ("OPENCODE_PASSWORD", "OPENCODE_SERVER_PASSWORD")
_NAME = "opencode"
_LISTENING = re.compile(r"listening on (?P<url>https?://\S+)")
_ERROR = re.compile(r"\b[Ee]rror\b|\bERROR\b|\bE[A-Z]{3,}:")
# Below a sentence about a broken configuration: which part of it is.
_PLACE = re.compile(r"\u21b3|\bat line \d")
_VERSION = re.compile(r"(?P<major>\d+)\.\d+")

_HINT = f"Install OpenCode ({INSTALL}), or give the address of a running one (--opencode-url)."

_HINT_SAID = "Do what OpenCode says there, or give the address of a running one (--opencode-url)."


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


@dataclass(frozen=True, kw_only=True)
class Child:
    """A server that was started here."""

    process: Process
    url: str


@asynccontextmanager
async def spawned(
    program: Program, *, port: int = 0, ready_within: float = READY_WITHIN, end_within: float = END_WITHIN
) -> AsyncIterator[Child]:
    """A server that lives as long as the context. Port 0 takes a free one.

    Raises:
        AgentError: the program is not there, ends at once, or does not get ready.
    """
    process = await _started(program, port)
    output = process.stdout
    assert output is not None
    reader: asyncio.Task[None] | None = None
    try:
        url = await _ready_url(process, output, ready_within)
        # Its pipe must not fill up.
        reader = asyncio.create_task(_drain(output), name="opencode-output")
        yield Child(process=process, url=url)
    finally:
        await _end(process, end_within)
        if reader is not None:
            await reader


class Starter:
    """Starts the OpenCode that people expect at an address of this machine, again when it has died; at most one runs.
    `end` it in the end.
    """

    def __init__(
        self, program: Program, credentials: Credentials, port: int, *, end_within: float = END_WITHIN
    ) -> None:
        self._program = program
        self._credentials = credentials
        self._port = port
        self._end_within = end_within
        self._child: Child | None = None
        self._its = AsyncExitStack()
        self._one_at_a_time = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether one that was started here has not ended."""
        return self._child is not None and self._child.process.returncode is None

    async def start(self, is_reachable: Callable[[], Awaitable[bool]]) -> None:
        """In the place of one of ours that answers no more. Of several who ask at once the first starts it.

        Raises:
            AgentError: it could not be started.
        """
        async with self._one_at_a_time:
            if not await is_reachable():
                await self._begin()

    async def restart(self) -> None:
        """Raises AgentError when it could not be started again."""
        async with self._one_at_a_time:
            await self._begin()

    async def end(self) -> None:
        self._child = None
        await self._its.aclose()

    async def _begin(self) -> None:
        await self.end()
        self._its = AsyncExitStack()
        self._child = await self._its.enter_async_context(
            spawned(self._program, port=self._port, end_within=self._end_within)
        )
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


async def _ready_url(process: Process, output: StreamReader, within: float) -> str:
    said: deque[str] = deque(maxlen=20)
    try:
        async with asyncio.timeout(within):
            while line := (await output.readline()).decode(errors="replace"):
                if (url := _url_in(line)) is not None:
                    return url
                if "password" not in line.lower():
                    said.append(one_line(line))
    except TimeoutError as error:
        raise AgentError(_not_started(f"not ready after {within:g}s", said)) from error
    raise AgentError(_not_started(f"it ended at once{await _how_it_ended(process)}", said))


async def _how_it_ended(process: Process) -> str:
    """Its output has ended, so that it is about to end, if it has not merely closed it."""
    try:
        async with asyncio.timeout(_ENDED_WITHIN):
            status = await process.wait()
    except TimeoutError:
        return ""
    if status < 0:
        return f", ended by {signal.Signals(-status).name}"
    return f", with status {status}"


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
    """With its first line that speaks of an error, and the place that it names, else with its last words."""
    lines = [line for line in said or () if line]
    first = next((number for number, line in enumerate(lines) if _ERROR.search(line)), len(lines) - 1)
    place = next((line for line in lines[first + 1 :] if _PLACE.search(line)), "") if lines else ""
    telling = f"{lines[first]} {place}".strip() if lines else ""
    words = f": {telling[:300]}" if telling else ""
    detail = "\n".join(lines) or None
    message = f"OpenCode could not be started ({why}){words}"
    hint = _HINT_SAID if lines else _HINT
    return failure(FailureKind.ENGINE_UNREACHABLE, message, hint=hint, detail=detail)


async def _drain(output: StreamReader) -> None:
    while await output.read(65536):
        pass


async def _end(process: Process, within: float) -> None:
    if process.stdin is not None:
        process.stdin.close()
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
            # One that is stopped does not hear the first before it goes on.
            os.killpg(process.pid, signal.SIGCONT)
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await process.wait()
                return
