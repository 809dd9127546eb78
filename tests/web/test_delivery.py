"""Each event reaches each subscriber once, in order, whatever its connection does; who cannot be sure is told so."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio

EVENTS = """subscription ($after: Cursor) { events(after: $after) {
  __typename ... on Event { cursor } ... on Resync { cursor reason } } }"""
FAILURES = "subscription { failures { __typename ... on StepFailed { cursor errorMessage failure { kind } } } }"
LOGGED = "{ events(first: 1000) { nodes { cursor __typename } } }"


@pytest_asyncio.fixture(params=["socket", "stream"])
async def running(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with application(tmp_path, PromptedAgents(), max_attempts=1) as served:
        yield replace(served, transport=request.param)


async def logged(running: Running) -> list[tuple[str, str]]:
    answer = await running.query(LOGGED)
    return [(node["__typename"], node["cursor"]) for node in answer["data"]["events"]["nodes"]]


async def test_a_subscriber_that_drops_and_resumes_at_random_has_each_event_once_in_order(running: Running) -> None:
    chance, after = random.Random(20261125), await _newest(running)
    seen: list[tuple[str, str]] = []
    starting = asyncio.create_task(_start_pipelines(running, 50))
    while len(seen) < 200:
        async with running.followed(EVENTS, after=after) as events, asyncio.timeout(60):
            for _ in range(min(chance.randint(1, 20), 200 - len(seen))):
                item = await anext(events)
                seen.append((item["__typename"], item["cursor"]))
                after = item["cursor"]
    await starting

    assert seen == await logged(running)
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("transport", ["socket", "stream"])
async def test_on_a_server_that_lends_no_line_it_is_the_same(tmp_path: Path, transport: str) -> None:
    def lending_none(app: ASGIApp) -> ASGIApp:
        async def lent(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {}} if scope["type"] != "lifespan" else scope, receive, send)

        return lent

    async with application(tmp_path, PromptedAgents(), around=lending_none, max_attempts=1) as served:
        running = replace(served, transport=transport)
        begin = await _newest(running)
        async with running.followed(EVENTS, after=begin) as one, running.followed(EVENTS, after=begin) as two:
            await _start_pipelines(running, 10)
            told = [[(await anext(each))["cursor"] for _ in range(40)] for each in (one, two)]

        assert told == [[cursor for _, cursor in await logged(running)]] * 2


async def test_many_subscribers_of_the_same_cost_one_execution_an_event(running: Running) -> None:
    async with (
        running.followed(FAILURES) as first,
        running.followed(FAILURES) as second,
        running.followed(FAILURES) as third,
        running.followed(FAILURES + " # another") as other,
    ):
        await _listening(running, 4)
        before = running.figures.executions
        await running.start("fail: count me")
        told = [await subscriber.until("StepFailed") for subscriber in (first, second, third, other)]

    assert len({item["cursor"] for item in told[:3]}) == 1
    assert told[0]["errorMessage"] == "No: fail: count me"
    assert running.figures.executions - before == 2


@pytest.mark.parametrize("cursor", ["nonsense", "", "MTI.ZmZmZg", "OTk5OTk5LmFhYWFhYWFh"])
async def test_a_cursor_of_another_log_is_told_to_begin_anew_and_then_served(running: Running, cursor: str) -> None:
    async with running.followed(EVENTS, after=cursor) as events:
        async with asyncio.timeout(60):
            resync = await anext(events)
        await running.start("fail after the resync")
        async with asyncio.timeout(60):
            first = await anext(events)

    assert resync["__typename"] == "Resync"
    assert resync["reason"]
    assert first["__typename"] == "PipelineStarted"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(EVENTS.replace("$after", "$seen"), id="other name"),
        pytest.param(EVENTS.replace("($after: Cursor)", "").replace("$after", '"MC5h"'), id="literal"),
        pytest.param(FAILURES, id="no argument"),
        pytest.param("subscription { bad: failures { ...Bad } } fragment Bad on StepFailed { cursor }", id="fragment"),
    ],
)
async def test_a_socket_may_say_beside_its_document_where_to_go_on(running: Running, query: str) -> None:
    missed = await _failed(running)
    seen = (await logged(running))[0][1]

    async with running.followed(query, last_event_id=seen) as again, asyncio.timeout(60):
        cursors = [(await anext(again)).get("cursor")]
        while cursors[-1] != missed["cursor"]:
            cursors.append((await anext(again)).get("cursor"))

    assert seen not in cursors


async def test_subscribers_at_different_places_share_whatever_the_variable_is_called(running: Running) -> None:
    query = (
        "subscription ($seen: Cursor) { ...All } "
        "fragment All on Subscription { told: failures(after: $seen) { ...Bad } } "
        "fragment Bad on StepFailed { cursor errorMessage }"
    )
    seen = (await _failed(running))["cursor"]
    async with running.followed(query) as first, running.followed(query, seen=seen) as second:
        await _listening(running, 2)
        before = running.figures.executions
        await running.start("fail: count me")
        told = [await _next_failure(subscriber) for subscriber in (first, second)]

    assert told[0] == told[1]
    assert running.figures.executions - before == 1


async def test_a_result_that_shows_the_place_itself_is_not_shared(running: Running) -> None:
    query = (
        "subscription ($after: Cursor) { failures(after: $after) { ...Bad } }"
        " fragment Bad on StepFailed { cursor pipeline { events(after: $after) { nodes { cursor } } } }"
    )
    await _failed(running)
    begun, started, failed = [cursor for _, cursor in (await logged(running))[:3]]
    async with running.followed(query, after=begun) as first, running.followed(query, after=started) as second:
        shown = [(await _next_failure(subscriber))["pipeline"]["events"]["nodes"] for subscriber in (first, second)]

    assert [nodes[0]["cursor"] for nodes in shown] == [started, failed]


async def _failed(running: Running) -> dict[str, Any]:
    """The event of a step that has failed."""
    begin = await _newest(running)
    await running.start("fail")
    async with running.followed(EVENTS, after=begin) as events:
        return await events.until("StepFailed")


async def _next_failure(subscriber: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while "cursor" not in (item := await anext(subscriber)):
            pass
    return item


async def _start_pipelines(running: Running, count: int) -> None:
    for number in range(count):
        await running.start(f"fail {number}")


async def _newest(running: Running) -> str:
    """The place before the first event, as a query tells it."""
    async with running.followed(EVENTS, after="begin") as events, asyncio.timeout(60):
        return str((await anext(events))["cursor"])


async def _listening(running: Running, count: int) -> None:
    """Nothing tells a client that its subscription has begun, so the server is asked."""
    await eventually(lambda: running.figures.subscribers >= count)
