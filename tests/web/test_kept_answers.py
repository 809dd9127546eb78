"""Over HTTP a query that the log alone answers has a tag, is not sent twice to the same, and is compressed on demand.

What depends on the time, on definitions, on OpenCode or on who asks is answered anew, and has none.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.database import open_tokens
from runner.model import Actor, StepKind, StepPlan
from runner.principals import Role, Token
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.builders import NOW

pytestmark = pytest.mark.asyncio

LIST = "{ pipelines { nodes { id title status cursor } } }"
FIRST = "{ events(first: 1) { nodes { cursor } } }"
LONG = "query Long { pipelines { nodes { id title status prompt createdAt steps { id status agent description } } } }"


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, PromptedAgents(), max_attempts=1) as served:
        yield served


class Client:
    def __init__(self, client: httpx.AsyncClient, running: Running) -> None:
        self._client = client
        self._address = f"{running.url}/graphql"

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        sent = {"accept-encoding": "identity", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self._client.post(self._address, json={"query": query, "variables": variables}, headers=sent)

    async def raw(self, query: str, **headers: str) -> tuple[httpx.Headers, bytes]:
        """As it was sent, compressed or not."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = self._client.build_request("POST", self._address, json={"query": query}, headers=sent)
        if "accept-encoding" not in sent:
            del request.headers["accept-encoding"]
        answer = await self._client.send(request, stream=True)
        body = b"".join([part async for part in answer.aiter_raw()])
        await answer.aclose()
        return answer.headers, body


@pytest_asyncio.fixture
async def client(running: Running) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        yield Client(client, running)


async def ended(running: Running, prompt: str = "Mend it", **more: Any) -> str:
    """A pipeline that runs no more, so that nothing but a test moves the log."""
    pipeline = await running.start(prompt, **more)
    async with running.subscription(
        "subscription ($id: ID!, $after: Cursor) { events(pipelineId: $id, after: $after) { __typename } }",
        id=pipeline.id,
        after=(await running.query("{ events(first: 1) { nodes { cursor } } }"))["data"]["events"]["nodes"][0][
            "cursor"
        ],
    ) as events:
        await events.until("PipelineFinished")
    return str(pipeline.id)


async def test_who_has_the_answer_is_not_sent_it_again(running: Running, client: Client) -> None:
    await ended(running)
    first = await client.ask(LIST)
    tag = first.headers["etag"]

    for given in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        for accept in ("application/json", "application/graphql-response+json"):
            again = await client.ask(LIST, if_none_match=given, accept=accept)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "no-store"

    other = await client.ask(LIST, if_none_match='W/"other"')
    assert (other.status_code, other.content) == (200, first.content)


async def test_when_the_log_has_moved_who_had_it_is_sent_the_new_one(running: Running, client: Client) -> None:
    await ended(running)
    first = await client.ask(LIST)

    await ended(running, "Another")
    again = await client.ask(LIST, if_none_match=first.headers["etag"])

    assert again.status_code == 200
    assert len(again.json()["data"]["pipelines"]["nodes"]) == 2
    assert again.headers["etag"] != first.headers["etag"]


async def test_what_another_process_stores_is_seen_at_once(running: Running, client: Client, tmp_path: Path) -> None:
    trail = "{ events(last: 1) { nodes { __typename } } }"
    await ended(running)
    assert (await client.ask(trail)).json() == (await client.ask(trail)).json()
    token = Token(name="ci", role=Role.VIEWER, digest="0" * 64, created_by=Actor(name="Ana"), created_at=NOW)

    async with open_tokens(f"sqlite+aiosqlite:///{tmp_path}/stepwire.db") as beside:
        await beside.add(token)

    answer = (await client.ask(trail)).json()
    assert answer == {"data": {"events": {"nodes": [{"__typename": "TokenChanged"}]}}}


# What is asked, and whether its answer lasts as long as the log stands.
LASTING = {
    LIST: True,
    "{ __typename }": True,
    "{ pipelines { totalCount } failures { totalCount } failureGroups { totalCount } }": True,
    "{ ...A } fragment A on Query { events(last: 2) { nodes { sentence } } approvals { id } }": True,
    "{ pipelines { nodes { workedSeconds waitedSeconds } } }": True,
    "{ pipelines { nodes { title steps { handoff { markdown } attempts { usage { cost } } } } } }": True,
    "{ node(id: 7) { id } pipeline(id: 8) { id } }": True,
    '{ pipelines(after: "nonsense") { totalCount } }': False,
    "{ viewer { name } }": False,
    "{ pipelines { totalCount } viewer { name } }": False,
    "{ ...A } fragment A on Query { pipelines { totalCount } ... { engine { reachable } } }": False,
    "{ storage { writable } }": False,
    "{ server { message } }": False,
    "{ tokens { name } }": False,
    "{ templates { name } }": False,
    "{ agents { name } }": False,
    "{ definitionProblems { message } }": False,
    "{ trustedDirectories { path } }": False,
    '{ conflicts(directory: "/srv") { id } }': False,
    "{ directory { __typename } }": False,
    "{ __schema { queryType { name } } }": False,
}


async def test_only_what_the_log_alone_answers_has_a_tag(running: Running, client: Client) -> None:
    await ended(running)

    assert {query: "etag" in (await client.ask(query)).headers for query in LASTING} == LASTING


async def test_what_counts_the_time_is_counted_anew(running: Running, client: Client) -> None:
    await running.start("Ask somebody", StepPlan(kind=StepKind.APPROVAL, description="Ship it?"))
    asked = "{ pipelines { nodes { status waitedSeconds } } }"

    answers = [await client.ask(asked)]
    async with asyncio.timeout(60):
        while answers[0].content == answers[-1].content or "WAITING" not in answers[-1].text:
            answers.append(await client.ask(asked))

    assert not any("etag" in answer.headers for answer in answers)


async def test_a_mutation_is_done_whatever_its_sender_has(running: Running, client: Client) -> None:
    start = 'mutation { startPipeline(input: {prompt: "Mend", steps: [{agent: "build"}]}) { __typename } }'
    first = await client.ask(start)
    again = await client.ask(start, if_none_match='W/"x"', accept_encoding="gzip")

    for answer in (first, again):
        assert answer.json() == {"data": {"startPipeline": {"__typename": "Pipeline"}}}
        assert "etag" not in answer.headers
    assert (await client.ask("{ pipelines { totalCount } }")).json()["data"]["pipelines"]["totalCount"] == 2


OFFERS = {
    "gzip": True,
    "gzip, deflate, br": True,
    "br, GZIP": True,
    "*": True,
    "gzip;q=0.1": True,
    "br;q=1.0, gzip;q=0.8, *;q=0.1": True,
    "": False,
    "identity": False,
    "br": False,
    "gzip;q=0": False,
    "gzip;q=0, *": False,
    "*;q=0": False,
    "gzip;q=nonsense": False,
    "xgzip": False,
}


async def test_a_long_answer_is_compressed_for_those_who_take_it(running: Running, client: Client) -> None:
    await ended(running, "Mend what is broken. " * 60)
    plain_headers, plain = await client.raw(LONG)
    assert len(plain) > 1_000

    for offer, is_zipped in OFFERS.items():
        headers, body = await client.raw(LONG, **{"accept-encoding": offer})
        assert (headers.get("content-encoding") == "gzip") is is_zipped, offer
        assert (gzip.decompress(body) if is_zipped else body) == plain
        assert (len(body) < len(plain)) is is_zipped
        assert headers["vary"].lower() == "accept-encoding"
        assert headers["etag"] == plain_headers["etag"]
        assert int(headers["content-length"]) == len(body)


async def test_an_answer_too_long_for_the_event_loop_is_compressed_as_well(running: Running, client: Client) -> None:
    await ended(running, "Mend what is broken. " * 5_000)
    _, plain = await client.raw(LONG)
    assert len(plain) > 50_000

    for _ in range(2):
        _, body = await client.raw(LONG, **{"accept-encoding": "gzip"})
        assert gzip.decompress(body) == plain


async def test_nothing_else_is_compressed(running: Running, client: Client) -> None:
    prompt = "Mend what is broken. " * 100
    await ended(running, prompt)
    start = f'mutation {{ startPipeline(input: {{prompt: "{prompt}", steps: [{{agent: "build"}}]}}) '
    start += "{ ... on Pipeline { prompt } } }"

    for query, accept in (
        ("{ pipelines { totalCount } }", "*/*"),
        (start, "*/*"),
        (LONG, "text/event-stream"),
        ("{ " + "nothing " * 300 + "}", "*/*"),
    ):
        answer = await client.ask(query, accept_encoding="gzip", accept=accept)
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers


async def test_what_memory_spared_can_be_read_at_metrics(running: Running, client: Client) -> None:
    await ended(running)
    for _ in range(3):
        await client.ask(LIST)

    async with httpx.AsyncClient(trust_env=False, timeout=60) as other:
        figures = (await other.get(f"{running.url}/metrics")).text

    told = {line.split(" ")[0]: float(line.split(" ")[1]) for line in figures.splitlines() if line[0] != "#"}
    assert told["stepwire_answers_from_memory_total"] == 2
    assert told["stepwire_answers_kept"] == 1
    assert told["stepwire_answers_kept_bytes"] > 100
    assert told["stepwire_versions_from_memory_total"] >= 1
    assert told["stepwire_versions_held"] == 1
    assert told["stepwire_versions_held_bytes"] > 100
