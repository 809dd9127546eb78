"""An OpenCode 2 on PATH is started with a password of its own, works, and ends with stepwire, however that ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.support.commands import STEPWIRE
from tests.support.opencode2_server import opencode2_on_path
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

AGENTS = "agents: [{name: worker, description: Works, opencode_agent: build, default_model: scripted/quick}]\n"
START = """
mutation ($input: StartPipelineInput!) { startPipeline(input: $input) { __typename } }
"""
EVENTS = "subscription { events { __typename ... on PipelineFinished { status } } }"


@pytest_asyncio.fixture
async def stepwire(tmp_path: Path) -> AsyncIterator[StepwireServer]:
    programs = tmp_path / "bin"
    programs.mkdir()
    opencode2_on_path(programs)
    own = {"PATH": f"{programs}:{os.defpath}", "SCRIPTED_PACE": "0"}
    async with stepwire_server(tmp_path, opencode_url="spawn", environment=own, agents=AGENTS) as running:
        yield running


async def address(stepwire: StepwireServer) -> str:
    told = (await stepwire.query("{ engine { reachable version url } }"))["engine"]
    assert (told["reachable"], told["version"]) == (True, "2.1.2")
    return str(told["url"])


async def is_gone(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            await http.get(f"{url}/api/info")
        except httpx.ConnectError:
            return True
    return False


async def until_gone(url: str) -> None:
    async with asyncio.timeout(60):
        while not await is_gone(url):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)


async def test_it_works_and_wants_a_password_that_nobody_else_knows(stepwire: StepwireServer) -> None:
    url = await address(stepwire)
    async with stepwire.subscription(EVENTS) as events:
        await stepwire.query(START, input={"prompt": "Work", "steps": [{"agent": "worker"}]})
        finished = await events.until("PipelineFinished")

    async with httpx.AsyncClient(trust_env=False) as http:
        refused = await http.get(f"{url}/api/info")
    assert finished["status"] == "SUCCEEDED"
    assert refused.status_code == 401


async def test_no_orphan_stays_behind_a_kill(stepwire: StepwireServer) -> None:
    url = await address(stepwire)

    await stepwire.kill()

    await until_gone(url)


async def test_a_stop_in_good_order_takes_it_along(stepwire: StepwireServer) -> None:
    url = await address(stepwire)

    await stepwire.stop()

    assert await is_gone(url)


def child_of(stepwire: StepwireServer) -> int:
    assert stepwire.process is not None
    children = Path(f"/proc/{stepwire.process.pid}/task/{stepwire.process.pid}/children")
    return int(children.read_text().split()[0])


async def until_it_is_said(stepwire: StepwireServer) -> None:
    """A look that was good is kept for a second."""
    async with asyncio.timeout(60):
        while (await stepwire.query("{ engine { reachable } }"))["engine"]["reachable"]:  # noqa: ASYNC110 - as the page
            await asyncio.sleep(0.1)


async def test_one_that_has_died_is_started_again_at_its_address(stepwire: StepwireServer) -> None:
    url = await address(stepwire)

    os.kill(child_of(stepwire), signal.SIGKILL)
    await until_gone(url)
    await until_it_is_said(stepwire)
    started = (await stepwire.query("mutation { startEngine { reachable url } }"))["startEngine"]

    assert started == {"reachable": True, "url": url}
    async with stepwire.subscription(EVENTS) as events:
        await stepwire.query(START, input={"prompt": "Work", "steps": [{"agent": "worker"}]})
        assert (await events.until("PipelineFinished"))["status"] == "SUCCEEDED"


ENDINGS = {
    "says why": ('echo "Error: Unexpected config value" >&2; exit 1', "with status 1): Error: Unexpected config value"),
    "killed": ("kill -9 $$", "ended by SIGKILL)"),
    "says nothing": ("exit 3", "with status 3)"),
}


@pytest.mark.parametrize(("body", "words"), ENDINGS.values(), ids=ENDINGS.keys())
async def test_one_that_ends_at_once_is_told_in_its_own_words(tmp_path: Path, body: str, words: str) -> None:
    program = tmp_path / "bin" / "opencode"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 1.18.34 && exit\n{body}\n')
    program.chmod(0o755)
    serve = await asyncio.create_subprocess_exec(
        *(*STEPWIRE, "serve", "--opencode-url", "spawn", "--port", "0"),
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{program.parent}:{os.defpath}", "HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await serve.communicate())[0].decode()

    assert serve.returncode
    assert f"stepwire: OpenCode could not be started (it ended at once, {words}" in said
    assert "Traceback" not in said
