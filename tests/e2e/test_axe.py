"""No page has a fault that axe-core knows, or can be scrolled sideways: wide, narrow, light, dark, folds open."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from runner.model import StepKind, StepPlan
from tests.support.agents import PromptedAgents
from tests.support.application import application
from tests.support.axe import violations
from tests.support.browser import browser

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PAGES = ("/", "/pipelines/{failed}", "/failures", "/approvals", "/definitions", "/audit", "/start", "/nowhere")
WINDOWS: list[tuple[int, Literal["light", "dark"]]] = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
ENDED = "subscription { events(types: [PIPELINE_FINISHED]) { __typename } }"
OPEN = "() => document.querySelectorAll('details').forEach((fold) => { fold.open = true })"
BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def addresses(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[str]]:
    """Of every page, on a server where one pipeline has succeeded, one failed, and one asks."""
    async with application(tmp_path_factory.mktemp("axe"), PromptedAgents(), max_attempts=1) as running:
        async with running.subscription(ENDED) as ends:
            await running.start("work", title="Works")
            failed = await running.start("fail " + "at length " * 40, title="Fails")
            await running.start("ask", StepPlan(kind=StepKind.APPROVAL, description="May it be built?"), title="Asks")
            for _ in range(2):
                await ends.until("PipelineFinished")
        yield [running.url + page.format(failed=failed.id) for page in PAGES]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as opened:
        yield opened


async def _faults(page: Page, address: str) -> list[str]:
    await page.goto(address)
    await expect(page.get_by_test_id("engine-state")).to_have_attribute("data-state", "up")
    await expect(page.get_by_role("heading").first).to_be_visible()
    found = [*await violations(page)]
    await page.evaluate(OPEN)
    found += await violations(page)
    if beyond := await page.evaluate(BEYOND):
        found.append(f"{beyond} px lie beyond the edge")
    return [f"{address}: {fault}" for fault in found]


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
async def test_no_page_has_a_fault(
    chromium: Browser, addresses: list[str], width: int, scheme: Literal["light", "dark"]
) -> None:
    context = await chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = await context.new_page()

    faults = [fault for address in addresses for fault in await _faults(page, address)]

    assert faults == []
    await context.close()
