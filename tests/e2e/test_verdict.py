"""On a pipeline's page one sees why and acts at once: with two steps or two hundred, by mouse or keyboard, everywhere.

Chromium at 1280 and 360 pixels, light and dark.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, expect

from runner.agents import Answer, Observer, Work
from runner.definitions import Known
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, FailureCause, failure
from runner.model import Pipeline, StepKind, StepPlan
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.axe import violations
from tests.support.browser import browser

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

WORDS = "The provider rejected the API key (status 401): Incorrect API key provided"
LONG = "\n\n".join(f"## Part {number}\n\nA paragraph about part {number}." for number in range(60))
WINDOWS: list[tuple[int, Literal["light", "dark"]]] = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
HEIGHT = 800
FAILED = "subscription { failures { __typename ... on StepFailed { cursor } } }"


class Agents(PromptedAgents):
    """The model tells what becomes of an attempt."""

    def __init__(self) -> None:
        self.mended = False
        self.go_on = asyncio.Event()

    async def known(self, directory: str | None) -> Known:
        return Known(agents={"build": ""}, models=frozenset({"acme/refused", "acme/slow"}))

    async def run(self, work: Work, observer: Observer) -> Answer:
        if work.model == "acme/refused" and not self.mended:
            said = FailureCause(source="acme", message="Incorrect API key provided")
            raise AgentError(failure(FailureKind.PROVIDER_AUTH, WORDS, causes=(said,), detail="x" * 400))
        if work.model == "acme/slow":
            await self.go_on.wait()
        return Answer(markdown=LONG)


def steps(count: int) -> list[StepPlan]:
    """All well but one, near the end, at which it stops."""
    at = count - 1 if count < 100 else count - 20
    return [StepPlan(agent="build", model="acme/refused" if place == at else None) for place in range(count)]


@pytest.fixture(scope="module")
def agents() -> Agents:
    return Agents()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(agents: Agents, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("verdict")
    async with application(folder, agents, max_attempts=1, retry_delay=0.01) as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1280, "height": HEIGHT})
    yield await context.new_page()
    await context.close()


async def failed(running: Running, count: int) -> Pipeline:
    async with running.subscription(FAILED) as failures:
        pipeline = await running.start("Fix the login", *steps(count), title=f"Fix the login in {count} steps")
        await failures.until("StepFailed")
    return pipeline


async def _in_sight(locator: Locator) -> tuple[float, float]:
    """Its top and bottom, once it is painted; both lie in the window."""
    await expect(locator).to_be_visible()
    box = await locator.bounding_box()
    assert box is not None
    top, bottom = box["y"], box["y"] + box["height"]
    assert 0 <= top < bottom <= HEIGHT, f"{await locator.inner_text()} from {top} to {bottom}"
    return top, bottom


def _button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


async def _stretched(page: Page, more: int) -> None:
    """As if a pipeline could have so many steps more, all of them before the others."""

    async def answer(route: Route) -> None:
        response = await route.fetch()
        told = await response.json()
        if pipeline := (told.get("data") or {}).get("pipeline"):
            steps = pipeline["steps"]
            for number in range(more):
                steps.insert(number, {**steps[number], "id": f"more-{number}"})
            for position, step in enumerate(steps):
                step["position"] = position
        await route.fulfill(response=response, json=told)

    await page.route("**/graphql", answer)


async def _resize(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    await page.emulate_media(color_scheme=scheme)


SIZES = [
    pytest.param(2, 0, id="2"),
    pytest.param(30, 0, id="30"),
    pytest.param(100, 100, id="200", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("count", "more"), SIZES)
async def test_reason_and_button_are_in_sight_at_once(running: Running, page: Page, count: int, more: int) -> None:
    pipeline = await failed(running, count)
    await _stretched(page, more)

    for width, scheme in WINDOWS[::2]:
        await _resize(page, width, scheme)
        await page.goto(f"{running.url}/pipelines/{pipeline.id}")

        await _in_sight(page.get_by_test_id("error-message").first)
        await _in_sight(_button(page, "Try again"))
        await _in_sight(page.get_by_role("tab", name="Why", selected=True))
        await expect(page.get_by_test_id("step")).to_contain_text(f"of {count + more}")
        top, bottom = await _in_sight(page.locator(".verdict"))
        assert bottom - top <= 160
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_the_head_stays_while_one_reads(running: Running, page: Page) -> None:
    pipeline = await failed(running, 2)
    for width, scheme in WINDOWS[::2]:
        await _resize(page, width, scheme)
        await page.goto(f"{running.url}/pipelines/{pipeline.id}/steps/{pipeline.steps[0].id}")
        await expect(page.get_by_test_id("handoff").get_by_text("part 59.")).to_be_attached()

        await page.get_by_role("tabpanel").focus()
        await page.keyboard.press("End")

        await expect(page.get_by_test_id("handoff").get_by_text("part 59.")).to_be_in_viewport()
        await _in_sight(_button(page, "Try again"))
        top, bottom = await _in_sight(page.locator(".verdict"))
        assert (top, bottom) <= (0, 160)


async def test_all_of_it_by_keyboard(running: Running, agents: Agents, page: Page) -> None:
    pipeline = await failed(running, 30)
    await page.goto(f"{running.url}/pipelines/{pipeline.id}")
    panel, tab = page.get_by_test_id("step"), page.get_by_role("tab", selected=True)
    await expect(panel).to_have_attribute("data-status", "FAILED")

    await page.keyboard.press("k")
    await expect(page.get_by_role("button", name="29 steps")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("rail-step").first.get_by_role("link")).to_be_focused()
    await page.keyboard.press("j")
    await expect(panel).to_have_attribute("data-step-id", pipeline.steps[1].id)
    await expect(tab).to_have_text("Output")
    assert page.url.endswith(f"/steps/{pipeline.steps[1].id}")

    await tab.focus()
    await page.keyboard.press("ArrowRight")
    await expect(tab).to_have_text("Changes")
    await expect(tab).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(tab).to_have_text("Attempts")
    await expect(tab).to_be_focused()
    assert page.url.endswith("?tab=attempts")
    await page.reload()
    await expect(tab).to_have_text("Attempts")

    await page.get_by_role("button", name="Skip…").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Why")).to_be_focused()
    await page.get_by_role("button", name="Close").focus()
    await page.keyboard.press("Enter")
    await expect(_button(page, "Skip…")).to_be_focused()

    agents.mended = True
    try:
        await page.keyboard.press("r")
        await expect(page.locator('article[data-status="SUCCEEDED"]')).to_be_visible()
    finally:
        agents.mended = False


async def test_whoever_presses_a_button_goes_on_from_the_title(running: Running, agents: Agents, page: Page) -> None:
    pipeline = await failed(running, 2)
    await page.goto(f"{running.url}/pipelines/{pipeline.id}")

    agents.mended = True
    try:
        await _button(page, "Try again").press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await expect(page).to_have_title(re.compile("✓ Fix the login in 2 steps · stepwire$"))
    finally:
        agents.mended = False


async def test_the_address_of_a_failure_leads_to_why_and_to_the_button(running: Running, page: Page) -> None:
    pipeline = await failed(running, 2)
    answer = await running.query("query ($id: ID!) { pipeline(id: $id) { failure { id } } }", {"id": pipeline.id})

    await page.goto(f"{running.url}/failures/{answer['data']['pipeline']['failure']['id']}")

    await expect(page.get_by_role("tab", name="Why", selected=True)).to_be_visible()
    await expect(page.get_by_test_id("error-message").first).to_have_text(WORDS)
    await _in_sight(_button(page, "Try again"))
    assert f"/pipelines/{pipeline.id}/steps/{pipeline.steps[1].id}?tab=why" in page.url


async def test_what_runs_grows_without_asking(running: Running, agents: Agents, page: Page) -> None:
    slow = StepPlan(agent="build", model="acme/slow")
    pipeline = await running.start("Work", StepPlan(agent="build"), slow, title="Work slowly")
    await page.goto(f"{running.url}/pipelines/{pipeline.id}")
    segment = page.get_by_test_id("rail-step").last.locator(".segment.is-working")
    await expect(segment).to_be_attached()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))

    before = await segment.evaluate("bar => bar.style.left")
    await page.wait_for_function("before => document.querySelector('.is-working').style.left !== before", arg=before)

    assert [query for query in asked if "pipeline(id:" in query] == []
    agents.go_on.set()
    await expect(page.locator('article[data-status="SUCCEEDED"]')).to_be_visible()


async def _fold_all_out(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")


@pytest.mark.slow
async def test_a_machine_finds_no_fault_in_any_window(running: Running, page: Page) -> None:
    pipeline = await failed(running, 30)
    gate = StepPlan(kind=StepKind.APPROVAL, description="Deploy?")
    waiting = await running.start("Release", StepPlan(agent="build"), gate, title="Release")
    address = f"{running.url}/pipelines/{pipeline.id}"
    found: list[str] = []
    for width, scheme in WINDOWS:
        await _resize(page, width, scheme)
        await page.goto(address)
        await page.get_by_role("button", name="29 steps").click()
        await _button(page, "Try with…").click()
        await _fold_all_out(page)
        found += await violations(page)
        await page.goto(f"{address}/steps/{pipeline.steps[0].id}")
        await expect(page.get_by_test_id("handoff").get_by_text("part 59.")).to_be_attached()
        await _button(page, "More").click()
        found += await violations(page)
        await page.goto(f"{address}/steps/{pipeline.steps[0].id}?tab=attempts")
        await expect(page.get_by_test_id("attempt")).to_be_visible()
        await _fold_all_out(page)
        found += await violations(page)
        await page.goto(f"{running.url}/pipelines/{waiting.id}")
        await expect(_button(page, "Approve")).to_be_visible()
        found += await violations(page)
    assert found == []
