"""The frame of the page in a browser: the badge follows OpenCode, and nothing jumps while one reads."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect
from starlette.types import Receive, Scope, Send

from adapters.opencode import open_agents
from adapters.opencode.v1.scripted import ScriptedOpenCode, scripted_opencode
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.browser import browser, page_at
from tests.support.serving import served

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

SHIFTS = """
window.shifted = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
}).observe({ type: 'layout-shift', buffered: true })
"""
TEMPLATE = """mutation ($name: String!) {
  saveTemplate(input: { name: $name, description: "Plan, then build", steps: [{ kind: AGENT, agent: "build" }] }) {
    __typename
  }
}"""


@asynccontextmanager
async def at(port: int, opencode: ScriptedOpenCode) -> AsyncIterator[str]:
    async def without_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await opencode(scope, receive, send)

    async with served(without_lifespan, port=port) as url:
        yield url


async def test_the_badge_and_the_line_below_it_follow_opencode(tmp_path: Path) -> None:
    async with scripted_opencode() as opencode, AsyncExitStack() as up:
        url = await up.enter_async_context(at(0, opencode))
        async with (
            open_agents(url) as agents,
            application(tmp_path, agents) as running,
            page_at(running.url) as page,
        ):
            badge, trouble = page.get_by_test_id("engine-state"), page.get_by_text("Pipelines cannot run.")
            await expect(badge).to_have_attribute("data-state", "up")
            # Its server would wait for them.
            opencode.drop_streams()
            await up.aclose()
            await expect(badge).to_have_attribute("data-state", "down")
            await expect(badge).to_contain_text("down since")
            await expect(trouble).to_be_visible()
            async with at(urlsplit(url).port or 0, opencode):
                await expect(badge).to_have_attribute("data-state", "up")
                await expect(trouble).to_be_hidden()
                await expect(page.get_by_test_id("freshness")).to_have_attribute("data-state", "live")


@asynccontextmanager
async def with_templates(folder: Path) -> AsyncIterator[Running]:
    (folder / "definitions").mkdir()
    async with application(folder, PromptedAgents()) as running:
        for name in ("quick_fix", "full_feature", "review", "release"):
            saved = await running.query(TEMPLATE, {"name": name})
            assert saved["data"]["saveTemplate"]["__typename"] == "Template"
        yield running


async def _shifted(page: Page, address: str, sign: str) -> float:
    await page.goto(address)
    await expect(page.get_by_test_id("engine-state")).to_have_attribute("data-state", "up")
    await expect(page.get_by_text(sign, exact=True).first).to_be_visible()
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return float(await page.evaluate("window.shifted"))


async def test_nothing_jumps_while_a_page_comes(tmp_path: Path) -> None:
    pages = {
        "/": "Nothing has run yet",
        "/start": "Back to the list",
        "/definitions": "New agent",
        "/audit": "Save as JSON",
        "/nowhere": "Nothing is at this address",
    }
    async with with_templates(tmp_path) as running, browser() as chromium:
        shifted = {}
        for width in (1280, 360):
            context = await chromium.new_context(viewport={"width": width, "height": 800})
            await context.add_init_script(SHIFTS)
            page = await context.new_page()
            for path, sign in pages.items():
                shifted[width, path] = await _shifted(page, running.url + path, sign)
            await context.close()

    assert {place: value for place, value in shifted.items() if value >= 0.05} == {}


async def test_an_address_that_leads_nowhere_is_a_page_for_people_and_a_word_for_programs(tmp_path: Path) -> None:
    async with application(tmp_path, PromptedAgents()) as running, page_at(running.url) as page:
        answer = await page.goto(f"{running.url}/no/such/place")
        await expect(page.get_by_role("heading", name="Nothing is at this address")).to_be_visible()
        told = await page.request.get(f"{running.url}/no/such/file.js", headers={"accept": "*/*"})

        assert answer is not None
        assert (answer.status, told.status, await told.text()) == (404, 404, "Not Found")


async def test_one_zone_is_chosen_for_all_times(tmp_path: Path) -> None:
    async with application(tmp_path, PromptedAgents()) as running, browser() as chromium:
        await running.start("Work")
        context = await chromium.new_context(timezone_id="Asia/Kolkata", locale="en-GB")
        page = await context.new_page()
        await page.goto(f"{running.url}/audit")
        time = page.locator("time").first
        await expect(time).to_be_visible()
        stamp = str(await time.get_attribute("datetime"))
        there = str(await time.text_content())
        await page.get_by_role("button", name="Menu").click()
        await page.get_by_label("Times in").select_option("UTC")
        await expect(time).to_have_text(stamp[11:19])
        await page.reload()
        await expect(page.locator("time").first).to_have_text(stamp[11:19])
        await context.close()

    assert there != stamp[11:19]
