"""Whatever kills stepwire, nothing is left running that nobody runs, and the person sees what became of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.opencode_server import OpenCodeServer, opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.provider_replies import gated, text
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

AGENTS = "agents: [{name: worker, description: Works, opencode_agent: build, default_model: stub/slow}]\n"
START = """
mutation ($input: StartPipelineInput!) { startPipeline(input: $input) {
  __typename ... on Pipeline { id } ... on UserError { message } } }
"""
FAILURES = "subscription { failures { __typename ... on StepFailed { errorMessage } } }"
PIPELINE = """
query ($id: ID!) { pipeline(id: $id) { status errorMessage
  steps { status errorMessage handoff { markdown }
    attempts { number status failure { kind message retryDecision { outcome } } } } } }
"""


@pytest_asyncio.fixture
async def llm() -> AsyncIterator[Provider]:
    async with provider() as running:
        yield running


@pytest_asyncio.fixture
async def opencode(llm: Provider, tmp_path: Path) -> AsyncIterator[OpenCodeServer]:
    root = tmp_path / "opencode"
    root.mkdir()
    async with opencode_server(root, llm.url, config=opencode_config(llm.url, models=("slow",))) as running:
        yield running


async def started(stepwire: StepwireServer, llm: Provider, *, attempts: int) -> str:
    """A pipeline whose only step is at work in the real OpenCode, which waits for the provider."""
    step = {"agent": "worker", "maxAttempts": attempts}
    answer = await stepwire.query(START, input={"prompt": "Work", "steps": [step]})
    await llm.wait_for("slow")
    return str(answer["startPipeline"]["id"])


async def test_after_kill_9_a_step_that_still_runs_is_followed_on(
    opencode: OpenCodeServer, llm: Provider, tmp_path: Path
) -> None:
    gate = asyncio.Event()
    llm.script("slow", gated(gate, text("Done after all.")))
    async with stepwire_server(tmp_path / "stepwire", opencode_url=opencode.url, agents=AGENTS) as stepwire:
        pipeline_id = await started(stepwire, llm, attempts=1)

        await stepwire.kill()
        await stepwire.start()
        running = await stepwire.query(PIPELINE, id=pipeline_id)
        gate.set()

        pipeline = await _ended(stepwire, pipeline_id)
    assert running["pipeline"]["status"] == "RUNNING"
    assert pipeline["status"] == "SUCCEEDED"
    assert [attempt["status"] for attempt in pipeline["steps"][0]["attempts"]] == ["SUCCEEDED"]
    assert pipeline["steps"][0]["handoff"]["markdown"] == "Done after all."
    assert len(llm.received_for("slow")) == 1


async def test_after_kill_9_an_answer_that_came_meanwhile_is_taken(
    opencode: OpenCodeServer, llm: Provider, tmp_path: Path
) -> None:
    gate = asyncio.Event()
    llm.script("slow", gated(gate, text("Done meanwhile.")))
    async with stepwire_server(tmp_path / "stepwire", opencode_url=opencode.url, agents=AGENTS) as stepwire:
        pipeline_id = await started(stepwire, llm, attempts=1)

        await stepwire.kill()
        gate.set()
        await opencode.until_idle()
        await stepwire.start()

        pipeline = await _ended(stepwire, pipeline_id)
    assert pipeline["status"] == "SUCCEEDED"
    assert pipeline["steps"][0]["handoff"]["markdown"] == "Done meanwhile."
    assert len(llm.received_for("slow")) == 1


async def test_when_opencode_died_too_the_step_is_tried_again(
    opencode: OpenCodeServer, llm: Provider, tmp_path: Path
) -> None:
    llm.script("slow", gated(asyncio.Event(), text("Never.")))
    async with stepwire_server(tmp_path / "stepwire", opencode_url=opencode.url, agents=AGENTS) as stepwire:
        pipeline_id = await started(stepwire, llm, attempts=2)

        await stepwire.kill()
        await opencode.kill()
        llm.script("slow", text("Done at the second attempt."))
        await opencode.start()
        await stepwire.start()

        pipeline = await _ended(stepwire, pipeline_id)
    assert pipeline["status"] == "SUCCEEDED"
    first, second = pipeline["steps"][0]["attempts"]
    assert first["failure"]["kind"] == "INTERRUPTED"
    assert first["failure"]["retryDecision"]["outcome"] == "RETRYING"
    assert second["status"] == "SUCCEEDED"


async def test_without_attempts_left_the_interruption_is_the_reason(
    opencode: OpenCodeServer, llm: Provider, tmp_path: Path
) -> None:
    llm.script("slow", gated(asyncio.Event(), text("Never.")))
    async with stepwire_server(tmp_path / "stepwire", opencode_url=opencode.url, agents=AGENTS) as stepwire:
        pipeline_id = await started(stepwire, llm, attempts=1)

        await stepwire.kill()
        await opencode.kill()
        await stepwire.start()

        async with asyncio.timeout(60):
            pipeline = await _ended(stepwire, pipeline_id)
    assert pipeline["status"] == "FAILED"
    assert pipeline["errorMessage"] == "stepwire stopped while the step was running"


async def test_a_graceful_stop_says_so_before_it_goes(opencode: OpenCodeServer, llm: Provider, tmp_path: Path) -> None:
    llm.script("slow", gated(asyncio.Event(), text("Never.")))
    async with (
        stepwire_server(tmp_path / "stepwire", opencode_url=opencode.url, agents=AGENTS) as stepwire,
        stepwire.subscription(FAILURES) as failures,
    ):
        await started(stepwire, llm, attempts=1)

        stopping = asyncio.create_task(stepwire.stop())
        told = await failures.until("StepFailed", within=60)
        await failures.socket.wait_closed()
        await stopping

    assert told["errorMessage"] == "stepwire stopped while the step was running"
    assert failures.socket.close_code == 1012
    assert stepwire.rows("SELECT status FROM steps") == [("FAILED",)]


async def _ended(stepwire: StepwireServer, pipeline_id: str) -> dict[str, Any]:
    """The pipeline once it has ended, told by the event log and not by asking again and again."""
    subscription = "subscription ($id: ID) { events(pipelineId: $id, types: [PIPELINE_FINISHED]) { __typename } }"
    async with stepwire.subscription(subscription, id=pipeline_id) as events:
        pipeline = (await stepwire.query(PIPELINE, id=pipeline_id))["pipeline"]
        if pipeline["status"] not in ("SUCCEEDED", "FAILED", "CANCELLED"):
            await events.until("PipelineFinished")
            pipeline = (await stepwire.query(PIPELINE, id=pipeline_id))["pipeline"]
    return dict(pipeline)
