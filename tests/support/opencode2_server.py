"""A scripted OpenCode 2 in a process of its own on a free loopback port: it can be killed, and started again.

async with opencode2_server(tmp_path) as server:
    …httpx to server.url with server.password; models are `scripted/NAME OF A SCRIPT`…
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.opencode_server import free_port

PROGRAM = "tests.support.opencode2_program"
ROOT = Path(__file__).parents[2]


@dataclass
class OpenCode2Server:
    """Its sessions and their log are in a file below `root` and so outlive it; what it asked people does not."""

    root: Path
    port: int
    password: str = "open-sesame"
    pace: float = 1.0
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        path = self.root / "opencode2.out"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def log_file(self) -> Path:
        return self.root / "opencode2.jsonl"

    @property
    def events(self) -> list[dict[str, Any]]:
        """The durable events of every session, whether it runs or not."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()] if self.log_file.exists() else []

    def client(self) -> httpx.AsyncClient:
        """Signs in with the password."""
        auth = ("opencode", self.password)
        return httpx.AsyncClient(base_url=self.url, auth=auth, trust_env=False, timeout=10)

    async def start(self, *more: str) -> None:
        """Returns once it answers; `more` are options of `serve`."""
        scripted = {"SCRIPTED_PACE": str(self.pace), "SCRIPTED_LOG": str(self.log_file)}
        own = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "OPENCODE_PASSWORD": self.password, **scripted}
        with (self.root / "opencode2.out").open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", PROGRAM, "serve", "--port", str(self.port), *more),
                cwd=self.root,
                env=own,
                stdin=DEVNULL,
                stdout=out,
                stderr=STDOUT,
                start_new_session=True,
            )
        await self._until_ready(self.process)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """As a crash does."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.send_signal(how)
            await process.wait()

    async def _until_ready(self, process: Process) -> None:
        async with asyncio.timeout(60), self.client() as client:
            while not await _answers(client):
                assert process.returncode is None, f"it ended with {process.returncode}:\n{self.output}"
                await asyncio.sleep(0.05)


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/api/info")).status_code == 200
    except httpx.TransportError:
        return False


@asynccontextmanager
async def opencode2_server(
    root: Path, *, password: str = "open-sesame", pace: float = 1.0
) -> AsyncIterator[OpenCode2Server]:
    """A ready OpenCode 2 below `root`, ended when left."""
    server = OpenCode2Server(root=root, port=free_port(), password=password, pace=pace)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


def opencode2_on_path(folder: Path) -> Path:
    """Puts a program `opencode` into the folder that says it is 2.1.2: its path."""
    program = folder / "opencode"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m {PROGRAM} "$@"\n')
    program.chmod(0o755)
    return program
