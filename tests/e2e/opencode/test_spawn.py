"""An OpenCode 2 on PATH is started with a password of its own, works, and ends with stepwire, however that ends."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

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
