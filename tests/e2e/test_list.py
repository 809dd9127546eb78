"""The list is a total of all that is stored, and what was acted on moves no button under the pointer.

Chromium and a real stepwire, without an OpenCode: it can be reached nowhere.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.support import crowd
from tests.support.browser import page_at
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

NOWHERE = "http://127.0.0.1:9"
MANY = 2_000
# In milliseconds: how fast people click twice, and how slow.
PAUSES = (60, 80, 100, 120, 150, 180, 200, 230, 260, 300)

# What was said where something was acted on: it is there for four seconds, which a busy test may miss.
NOTE = """
new MutationObserver(() => {
  for (const note of document.querySelectorAll('[data-testid=became]')) {
    document.body.dataset.became = note.textContent
  }
}).observe(document.body, { childList: true, subtree: true })
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with very many pipelines, to be copied."""
    file = tmp_path_factory.mktemp("many") / "stepwire.db"
    asyncio.run(crowd.stored(file, MANY))
    return file


@pytest_asyncio.fixture
async def crowded(many: Path, tmp_path: Path) -> AsyncIterator[StepwireServer]:
    shutil.copy(many, tmp_path / "stepwire.db")
    async with stepwire_server(tmp_path, opencode_url=NOWHERE) as running:
        yield running


@pytest_asyncio.fixture
async def asking(tmp_path: Path) -> AsyncIterator[StepwireServer]:
    await crowd.asking(tmp_path / "stepwire.db", 2 * len(PAUSES))
    async with stepwire_server(tmp_path, opencode_url=NOWHERE) as running:
        yield running


def approved(stepwire: StepwireServer) -> int:
    ((number,),) = stepwire.rows("SELECT count(*) FROM approvals WHERE status = 'APPROVED'")
    return int(number)


@pytest.mark.slow
async def test_counts_are_exact_and_show_older_reaches_the_first_one(crowded: StepwireServer) -> None:
    async with page_at(crowded.page) as page:
        await expect(page.locator("#group-needsYou")).to_have_text("Needs you 640")
        await expect(page.locator("#group-done")).to_have_text("Done 1360")
        await expect(page.get_by_role("link", name="Failures 600")).to_be_visible()
        await expect(page.get_by_role("link", name="Approvals 40")).to_be_visible()
        await expect(page).to_have_title("(640) stepwire")
        await expect(page.get_by_test_id("cause")).to_have_count(crowd.CAUSES)

        await _show_all(page)
        await expect(page.get_by_role("link", name="Mend part 30 of the login", exact=True)).to_have_count(1)
        await expect(page.locator(".in-done")).to_have_count(1360)

        card = page.get_by_test_id("cause").filter(has_text="rejected the API key")
        await expect(card).to_contain_text("120 pipelines")
        await card.get_by_role("link", name="and 117 more").click()
        await expect(page.locator("#group-needsYou")).to_have_text("Needs you 120")
        await _show_all(page)
        await expect(page.get_by_role("link", name=crowd.FIRST)).to_have_count(1)


@pytest.mark.slow
async def test_a_search_covers_everything_and_every_filter_is_in_the_address(crowded: StepwireServer) -> None:
    address = crowded.page.replace("/#", "/?status=failed&kind=provider_auth&template=quick_fix&agent=architect#")
    async with page_at(address) as page:
        await expect(page.locator("#group-needsYou")).to_have_text("Needs you 60")
        await page.get_by_role("button", name="Clear filters").click()
        await page.get_by_role("searchbox", name="Search pipelines").fill("very first")
        await expect(page.get_by_role("link", name=crowd.FIRST)).to_be_visible()

        await page.get_by_role("combobox", name="Kind").select_option("PROVIDER_AUTH")
        assert page.url.endswith("/?q=very+first&kind=provider_auth")
        await expect(page.locator("#group-needsYou")).to_have_text("Needs you 1")


async def test_a_double_click_acts_once_and_what_was_acted_on_stays(asking: StepwireServer) -> None:
    async with page_at(asking.page) as page:
        for done, pause in enumerate(PAUSES, start=1):
            row = page.get_by_test_id("pipeline").filter(has_text=f"May part {2 * len(PAUSES) - done} be built?")
            button = row.get_by_role("button", name="Approve", exact=True)
            await expect(button).to_be_visible()
            await page.evaluate(NOTE)
            await _click_twice(page, button, pause)

            await expect(page.locator("body")).to_have_attribute("data-became", "✓ Approved")
            assert approved(asking) == done
            # Rows move when others are held no longer, which is no part of this.
            await page.reload()


async def test_a_double_click_on_what_is_open_decides_nothing_of_what_opens_next(asking: StepwireServer) -> None:
    async with page_at(asking.page.replace("/#", "/approvals#")) as page:
        pane = page.get_by_test_id("decision")
        for done, pause in enumerate(PAUSES, start=1):
            await expect(pane).to_contain_text(f"May part {done - 1} be built?")
            await _click_twice(page, pane.get_by_role("button", name="Approve", exact=True), pause)

            await expect(pane).to_contain_text(f"May part {done} be built?")
            assert approved(asking) == done


async def test_what_waits_is_decided_by_keys_alone(asking: StepwireServer) -> None:
    async with page_at(asking.page.replace("/#", "/approvals#")) as page:
        pane = page.get_by_test_id("decision")
        await expect(pane).to_contain_text("May part 0 be built?")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(pane).to_contain_text("May part 1 be built?")

        await page.keyboard.press("a")
        await page.keyboard.press("a")

        await expect(pane).to_contain_text("May part 2 be built?")
        await expect(page.get_by_test_id("became")).to_have_text("✓ Approved")
        assert approved(asking) == 1


async def _click_twice(page: Page, button: Locator, pause: int) -> None:
    await button.scroll_into_view_if_needed()
    box = await button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(5, 5)
    await page.mouse.move(x, y)
    await page.mouse.click(x, y)
    await asyncio.sleep(pause / 1000)
    await page.mouse.click(x, y)


async def _show_all(page: Page) -> None:
    older = page.get_by_role("button", name="Show older")
    rows = page.get_by_test_id("pipeline")
    while await older.count():
        before = await rows.count()
        # Where the rows above it have just got their height, it would have come to the pointer, and be guarded.
        await page.mouse.move(5, 5)
        await older.first.click()
        await expect(rows).not_to_have_count(before)
