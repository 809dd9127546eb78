"""The real OpenCode in a home of its own on a free loopback port, told to use the scripted provider.

async with provider() as llm, opencode_server(tmp_path, llm.url) as server:
    …httpx to server.url, work in server.project…
"""

import asyncio
import base64
import json
import os
import shutil
import signal
import socket
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.provider_replies import BEHAVIOURS
from tests.support.provider_wire import Json

NOTHING_ASKS: Mapping[str, Json] = {"*": "allow", "question": "deny", "external_directory": "deny", "doom_loop": "deny"}
FLAGS = {f"OPENCODE_DISABLE_{what}": "1" for what in ("MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS")}


def opencode_binary() -> Path:
    """The program to test against; without one the test is skipped, or fails where everything is demanded."""
    found = os.environ.get("STEPWIRE_TEST_OPENCODE") or shutil.which("opencode")
    if found:
        return Path(found)
    reason = "no OpenCode: set STEPWIRE_TEST_OPENCODE to its binary, or run ./test, which installs one"
    if os.environ.get("STEPWIRE_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def opencode_config(
    provider_url: str,
    *,
    models: tuple[str, ...] = (),
    context: int = 128_000,
    options: Mapping[str, Json] | None = None,
    permission: Mapping[str, Json] = NOTHING_ASKS,
    agents: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """An opencode.json that works offline: provider `stub` with a model for each behaviour and each name given."""
    known: Json = {
        name: {
            "name": name,
            "tool_call": True,
            "limit": {"context": context, "output": 8192},
            "cost": {"input": 1, "output": 2},
        }
        for name in (*BEHAVIOURS, *models)
    }
    stub: Json = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Scripted provider",
        "options": {"baseURL": provider_url, "apiKey": "dummy", **(options or {})},
        "models": known,
    }
    config: Json = {
        "$schema": "https://opencode.ai/config.json",
        "autoupdate": False,
        "share": "disabled",
        "snapshot": False,
        "model": "stub/text",
        "small_model": "stub/text",
        "enabled_providers": ["stub"],
        "provider": {"stub": stub},
        "permission": dict(permission),
        "agent": dict(agents or {}),
    }
    assert isinstance(config, dict)
    return config


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class OpenCodeServer:
    """One OpenCode; `project` is a directory to work in. It can be killed and started again with its data."""

    binary: Path
    root: Path
    port: int
    password: str | None = None
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def headers(self) -> dict[str, str]:
        if self.password is None:
            return {}
        return {"authorization": "Basic " + base64.b64encode(f"opencode:{self.password}".encode()).decode()}

    @property
    def log(self) -> str:
        path = self.root / "output.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's own: no home, no proxies, no keys; a package registry that is not there."""
        home = self.root / "home"
        folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        password = {"OPENCODE_SERVER_PASSWORD": self.password} if self.password is not None else {}
        offline = {"npm_config_registry": "http://127.0.0.1:9/", "BUN_CONFIG_REGISTRY": "http://127.0.0.1:9/"}
        path = f"{self.binary.parent}:{os.defpath}"
        return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", **folders, **FLAGS, **offline, **password}

    def configure(self, config: Mapping[str, Json]) -> None:
        """Takes effect at the next start."""
        path = self.root / "home" / "config" / "opencode" / "opencode.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config))
        self.project.mkdir(exist_ok=True)

    async def start(self) -> None:
        # In a process group of its own: what it started ends with it, and nothing else does.
        with (self.root / "output.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.binary,
                *("serve", "--hostname", "127.0.0.1", "--port", str(self.port), "--print-logs", "--log-level", "INFO"),
                cwd=self.project,
                env=self.environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )
        await self._until_ready(self.process)

    async def until_idle(self) -> None:
        """Returns when it works on no session of its project any more."""
        async with asyncio.timeout(60), httpx.AsyncClient(headers=self.headers, trust_env=False, timeout=5) as client:
            while (await client.get(f"{self.url}/session/status")).json():  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """As a crash does."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            async with asyncio.timeout(60):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _until_ready(self, process: Process) -> None:
        async with asyncio.timeout(60), httpx.AsyncClient(headers=self.headers, trust_env=False, timeout=5) as client:
            while not await self._is_healthy(client):
                assert process.returncode is None, f"OpenCode ended with {process.returncode}:\n{self.log}"
                await asyncio.sleep(0.1)

    async def _is_healthy(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/global/health")).status_code == 200
        except httpx.TransportError:
            return False


@asynccontextmanager
async def opencode_server(
    root: Path, provider_url: str, *, config: Mapping[str, Json] | None = None, password: str | None = None
) -> AsyncIterator[OpenCodeServer]:
    """A ready OpenCode below `root`, ended when left."""
    server = OpenCodeServer(binary=opencode_binary(), root=root, port=free_port(), password=password)
    server.configure(config or opencode_config(provider_url))
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
