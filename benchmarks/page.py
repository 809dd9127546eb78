"""How long the page takes to show what OpenCode has just said: a failure, and a request for permission.

A reader of OpenCode's own event stream notes when it says so; a MutationObserver in a real Chromium notes when the page
shows it. Needs OpenCode (STEPWIRE_TEST_OPENCODE or PATH) and Chromium. `python -m benchmarks.page` prints p50 and p99.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import httpx_sse
from playwright.async_api import Page, expect

from tests.support.browser import page_at
from tests.support.opencode_server import opencode_config, opencode_server
from tests.support.provider import provider
from tests.support.provider_replies import refusal, text, tool
from tests.support.stepwire_server import StepwireServer, stepwire_server

ROUNDS = 30
START = """mutation ($model: String!) { startPipeline(
  input: {prompt: "Work", steps: [{agent: "build", model: $model}]}) { __typename ... on Pipeline { id } } }"""
ALLOW = "mutation ($id: ID!) { answerPermission(attentionId: $id, allow: true) { __typename } }"
ASKED = "subscription { events(types: [ATTENTION_RAISED]) { __typename ... on AttentionRaised { attention { id } } } }"
# Notes the first time at which the list shows a reason or a request of a pipeline.
WATCH = """() => {
  window.shown = {};
  const note = () => {
    for (const row of document.querySelectorAll('[data-testid=pipeline]')) {
      const told = row.querySelector('[data-testid=error-message]') ?? [...row.querySelectorAll('button')].find(
        button => button.textContent === 'Allow');
      if (told) window.shown[row.dataset.pipelineId] ??= Date.now();
    }
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


class Said:
    """When OpenCode said something of the kind, newest last, in milliseconds since the epoch."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    async def listen(self, url: str, listening: asyncio.Event) -> None:
        async with (
            httpx.AsyncClient(trust_env=False, timeout=None) as client,
            httpx_sse.aconnect_sse(client, "GET", f"{url}/global/event") as source,
        ):
            async for frame in source.aiter_sse():
                listening.set()
                now, payload = time.time() * 1000, json.loads(frame.data).get("payload", {})
                if payload.get("type") in ("session.error", "permission.asked"):
                    self.at.setdefault(payload["properties"]["sessionID"], now)


async def measure(stepwire: StepwireServer, page: Page, said: Said, model: str) -> list[float]:
    """The delays of some rounds, in milliseconds."""
    delays = []
    async with stepwire.subscription(ASKED) as asked:
        for _ in range(ROUNDS):
            started = await stepwire.query(START, model=f"stub/{model}")
            pipeline_id = started["startPipeline"]["id"]
            row = page.locator(f'[data-pipeline-id="{pipeline_id}"]')
            if model == "asks":
                request = await asked.until("AttentionRaised")
                await expect(row.get_by_role("button", name="Allow")).to_be_visible()
                await stepwire.query(ALLOW, id=request["attention"]["id"])
            else:
                await expect(row.get_by_test_id("error-message")).to_be_visible()
            found = stepwire.rows(
                "SELECT a.session_id FROM attempts a JOIN steps s ON s.id = a.step_id WHERE s.pipeline_id = ?",
                pipeline_id,
            )
            shown = await page.evaluate("id => window.shown[id]", pipeline_id)
            delays.append(shown - said.at[found[0][0]])
    return delays


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[StepwireServer, str]]:
    (folder / "opencode").mkdir()
    async with provider() as llm:
        llm.script("refused", refusal(401, "Incorrect API key provided"))
        llm.script("asks", tool("bash", {"command": "true", "description": "Nothing"}), text("Done."))
        config = opencode_config(llm.url, models=("refused", "asks"), permission={"*": "allow", "bash": "ask"})
        async with (
            opencode_server(folder / "opencode", llm.url, config=config) as opencode,
            stepwire_server(folder / "stepwire", opencode_url=opencode.url) as stepwire,
        ):
            yield stepwire, opencode.url


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as (stepwire, opencode_url), page_at(stepwire.page) as page:
            said, listening = Said(), asyncio.Event()
            reader = asyncio.create_task(said.listen(opencode_url, listening))
            await listening.wait()
            await expect(page.get_by_test_id("freshness")).to_have_attribute("data-state", "live", timeout=20_000)
            await page.evaluate(WATCH)
            for what, model in (("failure → page", "refused"), ("attention → page", "asks")):
                ordered = sorted(await measure(stepwire, page, said, model))
                p50, p99 = ordered[len(ordered) // 2], ordered[-1]
                print(f"{what:18} p50 {p50:5.1f} ms   worst {p99:5.1f} ms   of {len(ordered)}", flush=True)
            reader.cancel()


if __name__ == "__main__":
    asyncio.run(main())
