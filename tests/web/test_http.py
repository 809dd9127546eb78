"""GraphQL over HTTP answers as its specification says, streams events with ids that resume, explains bad requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.agents import PromptedAgents
from tests.support.application import Running, application

pytestmark = pytest.mark.asyncio

MODERN = "application/graphql-response+json"
EVENTS = "subscription ($after: Cursor) { events(after: $after) { __typename ... on Event { cursor } } }"


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, PromptedAgents(), max_attempts=1) as served:
        yield served


async def posted(running: Running, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx.AsyncClient(trust_env=False) as client:
        sent = {"content-type": "application/json", **headers}
        return await client.post(f"{running.url}/graphql", content=content, headers=sent)


@pytest.mark.parametrize(("accept", "media_type"), [("*/*", "application/json"), (MODERN, MODERN)])
async def test_a_query_is_answered_in_the_media_type_asked_for(running: Running, accept: str, media_type: str) -> None:
    answer = await posted(running, {"query": "{ engine { reachable } }"}, accept=accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.json() == {"data": {"engine": {"reachable": True}}}


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (MODERN, 400)])
async def test_a_document_that_does_not_fit_the_schema_says_why(running: Running, accept: str, status: int) -> None:
    answer = await posted(running, {"query": "{ nothing }"}, accept=accept)

    assert answer.status_code == status
    assert "nothing" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"{", "not JSON", id="broken"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param(b'{"query":"\\ud800"}', "surrogate", id="half a surrogate"),
        pytest.param([], "one JSON object", id="a list"),
        pytest.param({}, "query must be", id="no query"),
        pytest.param({"query": 7}, "query must be", id="query is a number"),
        pytest.param({"query": "{ engine { url } }", "variables": []}, "variables", id="variables are a list"),
        pytest.param({"query": "{ engine { url } }", "operationName": 7}, "operationName", id="name is a number"),
    ],
)
async def test_a_body_that_is_no_request_is_explained(running: Running, body: Any, words: str) -> None:
    answer = await posted(running, body)

    assert answer.status_code == 400
    assert words in answer.json()["errors"][0]["message"]


async def test_what_a_form_could_send_is_refused(running: Running) -> None:
    answer = await posted(running, {"query": "{ engine { url } }"}, **{"content-type": "text/plain"})

    assert answer.status_code == 415


async def test_a_body_without_end_is_refused(running: Running) -> None:
    answer = await posted(running, b" " * (3 * 1024 * 1024))

    assert answer.status_code == 413


async def test_an_error_of_ours_is_a_reference_and_nothing_more(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.parts.database.journal, "newest", _broken)
    await running.start("do it", idempotency_key="once")

    input_ = 'prompt: "do it", steps: [{agent: "build"}], idempotencyKey: "once"'
    start = f"mutation {{ startPipeline(input: {{{input_}}}) {{ __typename }} }}"
    answer = (await posted(running, {"query": start})).json()

    assert "secret-of-the-database" not in json.dumps(answer)
    assert answer["errors"][0]["extensions"]["reference"] in answer["errors"][0]["message"]


async def _broken() -> None:
    raise RuntimeError("secret-of-the-database")


@asynccontextmanager
async def streamed(running: Running, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        sent = {"accept": "text/event-stream", **headers}
        async with client.stream("POST", f"{running.url}/graphql", json={"query": EVENTS}, headers=sent) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield _frames(answer)


async def _frames(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    frame: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if name:
            frame[name] = value.strip()
        elif not line and frame:
            yield frame
            frame = {}


async def test_events_are_streamed_with_ids_that_resume(running: Running) -> None:
    async with streamed(running) as frames:
        asyncio.get_running_loop().call_later(0.1, lambda: asyncio.ensure_future(running.start("fail")))
        first = [await anext(frames) for _ in range(2)]
    async with streamed(running, **{"last-event-id": first[0]["id"]}) as frames:
        again = await anext(frames)

    item = json.loads(first[1]["data"])["data"]["events"]
    assert first[1]["event"] == "next"
    assert first[1]["id"] == item["cursor"]
    assert again == first[1]


@pytest.mark.parametrize(
    "path", ["/", "/pipelines/pip_1", "/failures", "/approvals", "/definitions", "/audit", "/graphiql"]
)
async def test_pages_are_served_at_their_addresses(running: Running, path: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(running.url + path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_health_readiness_and_figures_are_told(running: Running) -> None:
    await running.start("fail")
    async with httpx.AsyncClient(trust_env=False) as client:
        alive, ready, figures = [await client.get(f"{running.url}/{name}") for name in ("healthz", "readyz", "metrics")]

    assert alive.status_code == 200
    assert ready.json() == {"ready": True, "database": None, "engine": None}
    assert "stepwire_pipelines_started_total 1.0" in figures.text
