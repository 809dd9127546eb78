"""The main job on real input: an OpenCode, a refused key, and the reason on every surface within moments.

A pipeline of three agent steps runs on it; the provider refuses the second. The reason arrives over a
real websocket, stands in the query, in plain SQL and under the step's badge in a browser that is never reloaded. Then
the key is mended, the step tried again from the page, and the pipeline succeeds with its earlier handoff kept.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.stages import Stage
from tests.support.browser import page_at
from tests.support.stepwire_server import StepwireServer, Subscriber, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

WORDS = "Incorrect API key provided"

PIPELINES = """\
pipelines:
  - name: quick_fix
    description: Plan, code, review
    steps: [{agent: architect}, {agent: developer}, {agent: reviewer}]
"""

START = """
mutation ($input: StartPipelineInput!) {
  startPipeline(input: $input) { __typename ... on Pipeline { id } ... on UserError { message } }
}
"""
FAILURES = """
subscription { failures { __typename
  ... on StepFailed { errorMessage attempt step { id position agent }
    failure { id kind origin message hint statusCode retryable causes { source message } } }
} }
"""
PIPELINE = """
query ($id: ID!) { pipeline(id: $id) { status errorMessage failure { kind }
  steps { id status agent errorMessage handoff { markdown } attempts { number status failure { kind } } } } }
"""


def agents(stage: Stage) -> str:
    """Three of them; the second is refused until that is mended."""
    return f"""\
agents:
  - {{name: architect, description: Plans, opencode_agent: build, default_model: {stage.model("works")}}}
  - {{name: developer, description: Codes, opencode_agent: build, default_model: {stage.model("is-refused")}}}
  - {{name: reviewer, description: Checks, opencode_agent: build, default_model: {stage.model("works")}}}
"""


@pytest_asyncio.fixture
async def stepwire(stage: Stage, tmp_path: Path) -> AsyncIterator[StepwireServer]:
    root = tmp_path / "stepwire"
    root.mkdir()
    async with stepwire_server(
        root, opencode_url=stage.url, options=stage.options, agents=agents(stage), pipelines=PIPELINES
    ) as running:
        yield running


async def test_a_refused_key_is_told_everywhere_and_mended_from_the_page(
    stepwire: StepwireServer, stage: Stage
) -> None:
    async with stepwire.subscription(FAILURES) as failures, page_at(stepwire.page) as page:
        await expect(page.get_by_test_id("freshness")).to_have_attribute("data-state", "live", timeout=60_000)
        await page.evaluate("window.neverReloaded = true")

        started = await stepwire.query(
            START, input={"template": "quick_fix", "prompt": "Fix the login", "directory": str(stage.project)}
        )
        pipeline_id = started["startPipeline"]["id"]

        message = await _told_to_the_subscriber(failures)
        await _told_in_the_query(stepwire, pipeline_id, message)
        _told_in_sql(stepwire, message)
        await _told_under_the_badge(page, message)

        stage.mend("is-refused")
        await page.get_by_role("button", name="Try again").first.click()

        await _succeeds_with_its_handoff_kept(stepwire, page, pipeline_id, stage.answer)
        assert await page.evaluate("window.neverReloaded") is True
    sent = stage.told("works")
    assert "Fix the login" in sent
    assert sent.count(stage.answer) >= 2, "the handoffs of both before it"


async def _told_to_the_subscriber(failures: Subscriber) -> str:
    failed = await failures.until("StepFailed", within=60)
    assert failed["failure"]["kind"] == "PROVIDER_AUTH"
    assert failed["failure"]["origin"] == "PROVIDER"
    assert failed["failure"]["statusCode"] == 401
    assert failed["failure"]["retryable"] is False
    assert WORDS in failed["errorMessage"]
    assert failed["errorMessage"] == failed["failure"]["message"]
    assert failed["step"]["position"] == 1
    return str(failed["errorMessage"])


async def _told_in_the_query(stepwire: StepwireServer, pipeline_id: str, message: str) -> None:
    pipeline = (await stepwire.query(PIPELINE, id=pipeline_id))["pipeline"]
    assert pipeline["status"] == "FAILED"
    assert pipeline["errorMessage"] == message
    assert [step["status"] for step in pipeline["steps"]] == ["SUCCEEDED", "FAILED", "PENDING"]
    assert [step["errorMessage"] for step in pipeline["steps"]] == [None, message, None]


def _told_in_sql(stepwire: StepwireServer, message: str) -> None:
    assert stepwire.rows("SELECT error_message FROM steps WHERE status = 'FAILED'") == [(message,)]
    assert stepwire.rows("SELECT kind, status_code, message FROM failures") == [("PROVIDER_AUTH", 401, message)]
    payloads = stepwire.rows("SELECT json_extract(payload, '$.error_message') FROM events WHERE type = 'step_failed'")
    assert payloads == [(message,)]


_TOPS = """step => ["step-badge", "error-message"].map(
  (name) => step.querySelector(`[data-testid="${name}"]`).getBoundingClientRect().top)"""


async def _told_under_the_badge(page: Page, message: str) -> None:
    step = page.locator('[data-testid="step"][data-status="FAILED"]').first
    await expect(step.get_by_test_id("error-message")).to_have_text(message, timeout=60_000)
    # Both in one go: between two looks the row may have moved to another group.
    badge, words = await step.evaluate(_TOPS)
    assert words >= badge, "the reason stands under the badge"


async def _succeeds_with_its_handoff_kept(stepwire: StepwireServer, page: Page, pipeline_id: str, answer: str) -> None:
    async with asyncio.timeout(60):
        await expect(page.locator('[data-testid="pipeline"][data-status="SUCCEEDED"]')).to_be_visible(timeout=60_000)
    pipeline = (await stepwire.query(PIPELINE, id=pipeline_id))["pipeline"]
    assert pipeline["status"] == "SUCCEEDED"
    assert pipeline["errorMessage"] is None
    assert answer in pipeline["steps"][0]["handoff"]["markdown"]
    tries = [(attempt["status"], attempt["failure"]) for attempt in pipeline["steps"][1]["attempts"]]
    assert tries == [("FAILED", {"kind": "PROVIDER_AUTH"}), ("SUCCEEDED", None)]
