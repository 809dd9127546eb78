"""A person does all of it from the page: edits a template, starts it with directory and issue, approves, mends, reads.

Chromium, the real OpenCode, a scripted provider that sees what agents are really sent, and a stand-in for GitHub's API.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.support.browser import page_at
from tests.support.opencode_server import OpenCodeServer, opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.provider_replies import refusal, text
from tests.support.serving import served
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

AGENTS = """\
agents:
  # Who thinks first.
  - {name: architect, description: Plans, opencode_agent: build, default_model: stub/plan}
  - {name: developer, description: Codes, opencode_agent: build, default_model: stub/code}
"""
PIPELINES = """\
# Ours, by hand.
pipelines:
  - name: careful
    description: Plan, approve, code
    steps:
      - agent: architect
      - type: approval # a person looks
        description: Shall it be built?
      - agent: developer
"""


@pytest_asyncio.fixture
async def github() -> AsyncIterator[str]:
    """What the project's adapter asks of GitHub: one issue and its comments."""

    async def issue(_: Request) -> JSONResponse:
        return JSONResponse({"title": "Login loses focus", "body": "On phones.", "number": 7, "user": {"login": "ana"}})

    async def comments(_: Request) -> JSONResponse:
        return JSONResponse([{"body": "Since version 3.", "user": {"login": "ben"}}])

    routes = [Route("/repos/acme/app/issues/7", issue), Route("/repos/acme/app/issues/7/comments", comments)]
    async with served(Starlette(routes=routes)) as url:
        yield url


@pytest_asyncio.fixture
async def llm() -> AsyncIterator[Provider]:
    async with provider() as running:
        running.script("plan", text("The plan: keep the focus."))
        running.script("code", refusal(400, "This model cannot call tools"))
        running.script("other", text("The focus stays now."))
        yield running


@pytest_asyncio.fixture
async def opencode(llm: Provider, tmp_path: Path) -> AsyncIterator[OpenCodeServer]:
    root = tmp_path / "opencode"
    root.mkdir()
    config = opencode_config(llm.url, models=("plan", "code", "other"))
    async with opencode_server(root, llm.url, config=config) as running:
        yield running


@pytest_asyncio.fixture
async def stepwire(opencode: OpenCodeServer, github: str, tmp_path: Path) -> AsyncIterator[StepwireServer]:
    options = ("--github-url", github)
    root = tmp_path / "stepwire"
    async with stepwire_server(
        root, opencode_url=opencode.url, options=options, agents=AGENTS, pipelines=PIPELINES
    ) as running:
        yield running


async def test_a_person_does_all_of_it_from_the_page(
    stepwire: StepwireServer, opencode: OpenCodeServer, llm: Provider
) -> None:
    async with page_at(stepwire.page) as page:
        page.set_default_timeout(20_000)
        await expect(page.get_by_test_id("freshness")).to_have_attribute("data-state", "live", timeout=60_000)

        await _edit_the_template(page, stepwire)
        await _start_it(page, str(opencode.project))
        await _approve(page, "Mind the phones.")
        await _read_the_reason(page, "This model cannot call tools")
        await _try_with(page, "stub/other", "Do it without tools.")

        await expect(page.locator('[data-testid="pipeline"][data-status="SUCCEEDED"]').first).to_be_visible()
        await _read_the_story(page)
    _saw_what_it_was_sent(llm)


async def _edit_the_template(page: Page, stepwire: StepwireServer) -> None:
    await page.get_by_role("link", name="Definitions").click()
    line = page.locator('[data-testid="template"][data-name="careful"]')
    await line.get_by_role("button", name="Edit").click()
    await line.get_by_label("Description").first.fill("Plan, approve, then code")
    await line.get_by_role("button", name="Save").click()
    await expect(line.get_by_text("Plan, approve, then code").first).to_be_visible()
    edited = (stepwire.definitions / "pipelines.yaml").read_text().splitlines()
    changed = [(old, new) for old, new in zip(PIPELINES.splitlines(), edited, strict=True) if old != new]
    assert changed == [("    description: Plan, approve, code", '    description: "Plan, approve, then code"')]


async def _start_it(page: Page, directory: str) -> None:
    await (
        page.get_by_role("link", name="Start a pipeline")
        .or_(page.get_by_role("button", name="Start a pipeline"))
        .first.click()
    )
    await page.get_by_label("Prompt").fill("Mend the login")
    await page.get_by_text("careful").first.click()
    await page.get_by_label("Directory").first.fill(directory)
    await page.get_by_label("GitHub issue").fill("acme/app#7")
    await page.get_by_role("button", name="Start a pipeline").last.click()


async def _approve(page: Page, comment: str) -> None:
    await page.get_by_role("button", name="Approve with a comment…").click(timeout=60_000)
    await page.get_by_label("Comment, which the next agent is given").fill(comment)
    await page.get_by_role("button", name="Approve", exact=True).last.click()


async def _read_the_reason(page: Page, words: str) -> None:
    await expect(page.get_by_test_id("error-message").first).to_contain_text(words, timeout=60_000)


async def _try_with(page: Page, model: str, instruction: str) -> None:
    await page.get_by_role("button", name="Try with…").first.click()
    await page.get_by_label("Model").fill(model)
    await page.get_by_label("Further instruction").fill(instruction)
    await page.get_by_role("button", name="Try again with this").click()


async def _read_the_story(page: Page) -> None:
    """The audit page tells who did what, from the edit to the end."""
    await page.get_by_role("link", name="Audit", exact=True).click()
    trail = page.get_by_role("main")
    for words in ("careful", "approved", "Mind the phones.", "This model cannot call tools", "tries step 3 again"):
        await expect(trail).to_contain_text(words)


def _saw_what_it_was_sent(llm: Provider) -> None:
    plan, code, other = (llm.received_for(model)[-1].prompt for model in ("plan", "code", "other"))
    assert "Login loses focus" in plan
    assert "Mend the login" in plan
    assert "Mind the phones." in code
    assert "The plan: keep the focus." in other
    assert "Do it without tools." in other
