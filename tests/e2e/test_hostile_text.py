"""Text of agents, tools and providers is shown, never obeyed: nothing runs, loads from elsewhere, or freezes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, Request, expect

from runner.agents import Answer, Observer, Work
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Evidence, FailureCause, ToolCall, failure
from runner.model import StepPlan
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.browser import page_at

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

SCRIPTS = (
    "<script>window.obeyed = 'script'</script>"
    "<img src=x onerror=\"window.obeyed = 'image'\">"
    "<svg onload=\"window.obeyed = 'svg'\"></svg>"
    "<iframe srcdoc=\"<script>parent.obeyed = 'frame'</script>\"></iframe>"
)
MARKDOWN = f"""# Done {SCRIPTS}
[a link](javascript:window.obeyed='link') [data](data:text/html,<script>1</script>)
![remote](http://foreign.example/pixel.png) <a href="javascript:window.obeyed='anchor'">here</a>
<style>body {{ display: none }}</style><form action="http://foreign.example"><button>Send</button></form>
"""
BIDI, ANSI = "\u202egnirts desrever\u202c", "\x1b[31mred\x1b[0m\x1b]8;;http://foreign.example\x07link\x1b]8;;\x07"
LONG = "x" * 1_000_000


class HostileAgents(PromptedAgents):
    """The first step answers, the second fails, both with everything that a page must not obey."""

    async def run(self, work: Work, observer: Observer) -> Answer:
        await observer.session_opened("ses_<script>", None)
        if work.title.endswith("1 build"):
            return Answer(markdown=MARKDOWN + BIDI + ANSI + "\n\n" + LONG)
        evidence = Evidence(
            session_id="ses_x",
            last_text=SCRIPTS + LONG,
            last_tool=ToolCall(tool="bash", status="error", input={"command": SCRIPTS}, error=SCRIPTS, output=LONG),
        )
        said = FailureCause(source="provider", message=SCRIPTS + BIDI + ANSI)
        raise AgentError(
            failure(
                FailureKind.AGENT_ERROR,
                f"The agent reported: {SCRIPTS}{BIDI}",
                detail=MARKDOWN + LONG,
                causes=(said,),
                evidence=evidence,
            )
        )


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, HostileAgents(), max_attempts=1) as served:
        yield served


async def test_a_page_full_of_hostile_text_stays_what_it_is(running: Running) -> None:
    async with running.subscription(
        "subscription { failures { __typename ... on StepFailed { cursor } } }"
    ) as failures:
        step = StepPlan(agent="build")
        pipeline = await running.start(f"do it {SCRIPTS}", step, step, title=f"By {SCRIPTS}")
        await failures.until("StepFailed")

    async with page_at(running.url) as page:
        foreign: list[str] = []
        page.on("request", lambda request: _note_foreign(request, running.url, foreign))
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
        await expect(page.get_by_test_id("error-message").first).to_contain_text("<script>", timeout=60_000)
        await _stays_usable(page)

        await page.goto(f"{running.url}/pipelines/{pipeline.id}")
        await expect(page.get_by_test_id("error-message").first).to_contain_text("The agent reported", timeout=60_000)
        await page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")
        await _stays_usable(page)

        assert await page.evaluate("window.obeyed") is None
        assert await page.locator("a[href^='javascript:'], a[href^='data:'], iframe, script:not([src])").count() == 0
    assert foreign == []


def _note_foreign(request: Request, own: str, foreign: list[str]) -> None:
    if not request.url.startswith((own, own.replace("http", "ws", 1), "data:")):
        foreign.append(request.url)


async def _stays_usable(page: Page) -> None:
    """Two frames are painted soon, and the page is wider than nothing and not wider than the window."""
    async with asyncio.timeout(60):
        await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await expect(page.get_by_role("navigation").get_by_role("link", name="Pipelines")).to_be_visible()
