"""A pattern that never ends holds up nobody but its own check, and Ctrl-C leaves no process of it behind."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.stepwire_server import stepwire_server

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

START = """
mutation ($input: StartPipelineInput!) { startPipeline(input: $input) { ... on Pipeline { id steps { id } } } }
"""
SUPPLY = """
mutation ($step: ID!, $markdown: String!) {
  supplyHandoff(stepId: $step, markdown: $markdown) { __typename ... on UserError { message } }
}
"""
ENDLESS = {"prompt": "do it", "steps": [{"agent": "build", "maxAttempts": 1, "handoffSchema": {"pattern": "^(a+)+$"}}]}


def children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def is_there(process: str) -> bool:
    return Path(f"/proc/{process}").exists()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells a process's children there")
async def test_a_check_without_end_is_ended_and_leaves_nothing(tmp_path: Path) -> None:
    async with stepwire_server(tmp_path, opencode_url="scripted") as server:
        async with server.subscription("subscription { events { __typename } }") as events:
            started: Any = await server.query(START, input=ENDLESS)
            await events.until("StepFailed")
        step = started["startPipeline"]["steps"][0]["id"]

        checking = asyncio.create_task(server.query(SUPPLY, step=step, markdown=f'```json\n"{"a" * 60}b"\n```'))
        await asyncio.sleep(1)
        meanwhile = await server.query("{ engine { reachable } }")
        told = await checking
        fits = await server.query(SUPPLY, step=step, markdown='```json\n"b"\n```')
        assert server.process is not None
        workers = children(server.process.pid)
        said = len(server.output)
        os.killpg(server.process.pid, signal.SIGINT)
        await server.process.wait()

    assert meanwhile["engine"]["reachable"]
    assert "checking against the schema took longer than 5 s" in told["supplyHandoff"]["message"]
    assert "does not match '^(a+)+$'" in fits["supplyHandoff"]["message"]
    assert len(workers) == 1
    assert not is_there(workers[0])
    assert not any("Traceback" in line for line in server.output[said:])
