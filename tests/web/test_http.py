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
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
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
async def streamed(
    running: Running, query: str = EVENTS, variables: dict[str, Any] | None = None, *, last_event_id: str | None = None
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        sent, body = {"accept": "text/event-stream"}, {"query": query, "variables": variables}
        if last_event_id is not None:
            sent["last-event-id"] = last_event_id
        async with client.stream("POST", f"{running.url}/graphql", json=body, headers=sent) as answer:
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
    async with streamed(running, last_event_id=first[0]["id"]) as frames:
        again = await anext(frames)

    item = json.loads(first[1]["data"])["data"]["events"]
    assert first[1]["event"] == "next"
    assert first[1]["id"] == item["cursor"]
    assert again == first[1]


SHOWN = "__typename ... on Event { cursor } ... on Resync { reason }"
RESUMED = [
    pytest.param(f"subscription ($after: Cursor) {{ events(after: $after) {{ {SHOWN} }} }}", None, id="not given"),
    pytest.param(
        f"subscription ($seen: Cursor) {{ events(after: $seen) {{ {SHOWN} }} }}", {"seen": "MC5h"}, id="other name"
    ),
    pytest.param(f'subscription {{ events(after: "MC5h") {{ {SHOWN} }} }}', None, id="literal"),
    pytest.param(f"subscription {{ events {{ {SHOWN} }} }}", None, id="no argument"),
    pytest.param(f"subscription {{ happened: events {{ {SHOWN} }} }}", None, id="alias"),
    pytest.param(
        "subscription ($seen: Cursor) { ...All } "
        "fragment All on Subscription { news: events(after: $seen) { ...Each } } "
        f"fragment Each on EventFeedItem {{ {SHOWN} }}",
        {"seen": "MC5h"},
        id="fragments",
    ),
    pytest.param(
        f"subscription ($after: [EventType!]) {{ events(types: $after) {{ {SHOWN} }} }}", None, id="another after"
    ),
]


@pytest.mark.parametrize(("query", "variables"), RESUMED)
async def test_the_last_event_id_counts_whatever_the_document_says(
    running: Running, query: str, variables: dict[str, Any] | None
) -> None:
    await running.start("fail")
    seen = (await _oldest(running))[0]["cursor"]
    async with streamed(running, query, variables, last_event_id=seen) as frames:
        next_one = await anext(frames)

    second = (await _oldest(running))[1]
    (item,) = json.loads(next_one["data"])["data"].values()
    assert item == second
    assert next_one["id"] == second["cursor"]


async def _oldest(running: Running) -> list[dict[str, Any]]:
    answer = await running.query("{ events(first: 2) { nodes { __typename cursor } } }")
    return list(answer["data"]["events"]["nodes"])


@pytest.mark.parametrize(("query", "variables"), RESUMED)
async def test_a_last_event_id_of_nowhere_is_answered_with_a_resync(
    running: Running, query: str, variables: dict[str, Any] | None
) -> None:
    async with streamed(running, query, variables, last_event_id="nowhere") as frames:
        (item,) = json.loads((await anext(frames))["data"])["data"].values()

    assert item["__typename"] == "Resync"
    assert "malformed" in item["reason"]


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (MODERN, 400)])
async def test_an_answer_without_data_has_failed_whatever_its_text(
    running: Running, monkeypatch: pytest.MonkeyPatch, accept: str, status: int
) -> None:
    monkeypatch.setattr(running.parts.database.reads, "pipelines", _broken_list)

    without = await posted(running, {"query": "{ pipelines { totalCount } }"}, accept=accept)
    partly = await posted(running, {"query": '{ pipeline(id: "x") { id } }'}, accept=accept)

    assert without.json()["data"] is None
    assert without.status_code == status
    assert partly.status_code == 200


async def _broken_list(*_: object) -> None:
    raise RuntimeError("no list")


async def test_an_extension_that_is_no_place_is_explained(running: Running) -> None:
    body = {"query": "{ engine { url } }", "extensions": {"lastEventId": 7}}

    answer = await posted(running, body)
    others = await posted(running, {**body, "extensions": {"persistedQuery": {"version": 1}}})

    assert answer.status_code == 400
    assert "extensions.lastEventId must be a string" in answer.json()["errors"][0]["message"]
    assert others.status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/pipelines/pip_1", "/failures", "/approvals", "/definitions", "/audit", "/graphiql"]
)
async def test_pages_are_served_at_their_addresses(running: Running, path: str) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.get(running.url + path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_health_readiness_and_figures_are_told(running: Running) -> None:
    await running.start("fail")
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        alive, ready, figures = [await client.get(f"{running.url}/{name}") for name in ("healthz", "readyz", "metrics")]

    assert alive.status_code == 200
    assert ready.json() == {"ready": True, "database": None, "engine": None}
    assert "stepwire_pipelines_started_total 1.0" in figures.text
    assert "stepwire_subscribers 0.0" in figures.text


MUTATION = 'mutation { startPipeline(input: {prompt: "hi", steps: [{agent: "build"}]}) { __typename } }'


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json", "text/html, text/event-stream;q=0.1"])
@pytest.mark.parametrize(
    "query",
    [
        {"query": MUTATION},
        {
            "query": f"{MUTATION.replace('mutation', 'mutation Two', 1)} query One {{ __typename }}",
            "operationName": "Two",
        },
        {"query": 'mutation { ...Start } fragment Start on Mutation { deleteAgent(name: "a") { __typename } }'},
    ],
    ids=["alone", "beside a query", "by a fragment"],
)
async def test_get_changes_nothing(running: Running, accept: str, query: dict[str, str]) -> None:
    before = await running.parts.database.journal.newest()
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{running.url}/graphql", params=query, headers={"accept": accept})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert await running.parts.database.journal.newest() == before


async def test_get_asks_and_follows_as_events(running: Running) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        sent = {"accept": "text/event-stream"}
        answer = await client.get(f"{running.url}/graphql", params={"query": "{ engine { reachable } }"}, headers=sent)

    assert 'data: {"data":{"engine":{"reachable":true}}}' in answer.text


@pytest.mark.parametrize("path", ["/graphql", "/readyz", "/metrics", "/healthz"])
async def test_whatever_tells_something_is_closed_to_pages_of_other_sites(running: Running, path: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(running.url + path, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ enginee { url } }", None),
        ("{ engine { url } pipelines(frist: 1) { totalCount } }", None),
        ("{ ... on Querry { engine { url } } }", None),
        ("{ failures(filter: {origin: [PROVIDR]}) { totalCount } }", None),
        ("query ($of: [ApprovalStatus!]) { approvals(status: $of) { id } }", {"of": ["PENDIN"]}),
    ],
    ids=["field", "argument", "type", "value", "variable"],
)
async def test_without_a_token_nothing_is_suggested(running: Running, query: str, variables: Any) -> None:
    answer = (await posted(running, {"query": query, "variables": variables})).json()

    assert answer["errors"][0]["message"].strip().endswith((".", "'."))
    assert "Did you mean" not in json.dumps(answer)
