"""What agents ask and why they stop is answered and read on the page, whichever generation of OpenCode they work in.

Chromium all the way: permission, form, sub-agents, cancel, time-out, and a kill -9 of either side.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.stages import Stage
from tests.support.browser import page_at
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

# What OpenCode takes to come up is in it, on the busiest of machines.
PATIENCE = 40_000
AGENTS = "agents: [{name: worker, description: Works, opencode_agent: build}]\n"
START = """
mutation ($input: StartPipelineInput!) {
  startPipeline(input: $input) { __typename ... on Pipeline { id } ... on UserError { message } }
}
"""
PIPELINE = "query ($id: ID!) { pipeline(id: $id) { status steps { handoff { markdown } attempts { status } } } }"


@pytest_asyncio.fixture
async def stepwire(stage: Stage, tmp_path: Path) -> AsyncIterator[StepwireServer]:
    root = tmp_path / "stepwire"
    async with stepwire_server(root, opencode_url=stage.url, options=stage.options, agents=AGENTS) as running:
        yield running


class Watched:
    """A pipeline of one step, and its page."""

    def __init__(self, stepwire: StepwireServer, page: Page, pipeline_id: str) -> None:
        self.page = page
        self._stepwire = stepwire
        self._id = pipeline_id

    def pressed(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True).first

    async def succeeds(self, answer: str) -> None:
        await expect(self._status("SUCCEEDED")).to_be_visible(timeout=PATIENCE)
        told = (await self._stepwire.query(PIPELINE, id=self._id))["pipeline"]
        (step,) = told["steps"]
        assert [attempt["status"] for attempt in step["attempts"]] == ["SUCCEEDED"]
        assert answer in step["handoff"]["markdown"]

    async def fails(self, words: str) -> None:
        await expect(self.page.get_by_test_id("error-message").first).to_contain_text(words, timeout=PATIENCE)

    async def is_cancelled(self) -> None:
        await expect(self._status("CANCELLED")).to_be_visible(timeout=PATIENCE)

    def _status(self, status: str) -> Locator:
        return self.page.locator(f'[data-status="{status}"]').first


@asynccontextmanager
async def watched(stepwire: StepwireServer, stage: Stage, situation: str, *, limit: int = 60) -> AsyncIterator[Watched]:
    step = {"agent": "worker", "model": stage.model(situation), "maxAttempts": 1, "timeoutSeconds": limit}
    told = {"prompt": "Fix the login", "directory": str(stage.project), "steps": [step]}
    answer = (await stepwire.query(START, input=told))["startPipeline"]
    assert answer["__typename"] == "Pipeline", answer
    address = stepwire.page.replace("/#", f"/pipelines/{answer['id']}#")
    async with page_at(address) as page:
        page.set_default_timeout(PATIENCE)
        # A page that is cut off while it still loads is another matter.
        await expect(page.get_by_test_id("pipeline")).to_be_visible(timeout=PATIENCE)
        yield Watched(stepwire, page, answer["id"])


async def test_a_permission_is_given(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "asks") as job:
        await expect(job.page.get_by_text("external directory").first).to_be_visible(timeout=PATIENCE)
        await job.pressed("Allow").click()

        await job.succeeds("ll done.")


async def test_a_refusal_is_the_reason(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "asks") as job:
        await job.pressed("Refuse…").click()
        await job.pressed("Refuse").click()

        await job.fails('refused external directory "/etc/')


async def test_a_form_with_two_fields_is_filled_in(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "asks-form") as job:
        await job.page.get_by_label("Blue").check()
        await job.page.get_by_label("S", exact=True).check()
        await job.pressed("Answer").click()

        await job.succeeds("ll done.")
    assert stage.filled in stage.told("asks-form")


async def test_a_sub_agent_works(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "has-helper") as job:
        await job.succeeds(stage.answer)


async def test_a_sub_agent_that_is_refused_is_the_reason(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "has-refused-helper") as job:
        await job.fails("failed: The provider rejected the API key (status 401)")


async def test_a_cancel_stops_the_agent(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "hangs") as job:
        await stage.at_work("hangs")
        await job.pressed("Cancel").click()
        await job.pressed("Yes, cancel it").click()

        await job.is_cancelled()
    await stage.until_idle()


async def test_a_step_that_takes_too_long_says_so(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "hangs", limit=3) as job:
        await job.fails("Step timed out after 3s")
    await stage.until_idle()


async def test_a_kill_of_opencode_is_the_reason(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "hangs") as job:
        await stage.at_work("hangs")
        await stage.kill()

        await job.fails("OpenCode went away while the step was running")


async def test_a_kill_of_stepwire_leaves_the_agent_at_work(stepwire: StepwireServer, stage: Stage) -> None:
    async with watched(stepwire, stage, "takes-a-while") as job:
        await stage.at_work("takes-a-while")
        await job.page.evaluate("window.neverReloaded = true")
        await stepwire.kill()
        await stepwire.start()

        await job.succeeds(stage.answer)
        assert await job.page.evaluate("window.neverReloaded") is True
