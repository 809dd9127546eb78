"""Where no token is demanded, a page of another origin neither starts agents nor follows what they do.

Chromium, on a page of another site and on one of another port, with every way that a page has to send something.
"""

from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.support.agents import PromptedAgents
from tests.support.application import application
from tests.support.browser import browser
from tests.support.serving import served

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

START = 'mutation { startPipeline(input: {prompt: "%s", steps: [{agent: "build"}]}) { __typename } }'
# Each way under a name of its own, so that whatever comes through says how.
TRIES = """
async ([url, start]) => {
  const by = (way) => `${url}/graphql?query=${encodeURIComponent(start.replace('%s', way))}`
  const stream = { headers: { accept: 'text/event-stream' } }
  const body = (way) => JSON.stringify({ query: start.replace('%s', way) })
  const first = (target, events) => new Promise((done) => {
    for (const event of events) target.addEventListener(event, () => done(event))
  })
  const element = (tag, to) => {
    const made = document.createElement(tag)
    made.src = to
    document.body.append(made)
    return first(made, ['load', 'error'])
  }
  const socket = first(new WebSocket(url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws'), ['open', 'error'])
  return {
    fetched: await fetch(by('fetch'), { mode: 'no-cors', ...stream }).then((answer) => answer.type, () => 'failed'),
    read: await fetch(by('read'), stream).then(() => 'read', () => 'failed'),
    posted: await fetch(`${url}/graphql`, { method: 'POST', mode: 'no-cors', body: body('post') }).then(
      (answer) => answer.type, () => 'failed'),
    image: await element('img', by('image')),
    script: await element('script', by('script')),
    frame: await element('iframe', by('frame')),
    events: await first(new EventSource(by('events')), ['open', 'error']),
    socket: await socket,
    ready: await fetch(`${url}/readyz`).then(() => 'read', () => 'failed'),
  }
}
"""


async def empty(_: Request) -> HTMLResponse:
    return HTMLResponse("<!doctype html><title>elsewhere</title><body>")


async def test_a_page_of_another_origin_starts_nothing_and_reads_nothing(tmp_path: Path) -> None:
    async with (
        application(tmp_path, PromptedAgents()) as stepwire,
        served(Starlette(routes=[Route("/", empty)])) as elsewhere,
        browser() as chromium,
    ):
        page = await chromium.new_page()
        for foreign in (elsewhere, elsewhere.replace("127.0.0.1", "localhost")):
            await page.goto(foreign)
            told = await page.evaluate(TRIES, [stepwire.url, START])

            assert (told["read"], told["events"], told["socket"], told["ready"]) == (
                "failed",
                "error",
                "error",
                "failed",
            )
        # By a link, as somebody may send one: the address opens, and the mutation in it is not run.
        await page.evaluate("to => { location = to }", f"{stepwire.url}/graphql?query={quote(START % 'link')}")
        await page.wait_for_url("**/graphql?**")
        started = await stepwire.query("{ pipelines { nodes { title } } }")

        # The same page, from the server itself, may.
        await page.goto(f"{stepwire.url}/healthz")
        own = 'mutation { startPipeline(input: {prompt: "own", steps: [{agent: "build"}]}) { __typename } }'
        send = "query => fetch('/graphql', {method: 'POST', body: JSON.stringify({query}), headers: "
        answered = await page.evaluate(send + "{'content-type': 'application/json'}}).then((it) => it.json())", own)

    assert started == {"data": {"pipelines": {"nodes": []}}}
    assert answered == {"data": {"startPipeline": {"__typename": "Pipeline"}}}
