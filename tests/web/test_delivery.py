"""Each event reaches each subscriber once, in order, whatever its connection does; who cannot be sure is told so."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.agents import PromptedAgents
from tests.support.application import Running, application

pytestmark = pytest.mark.asyncio

EVENTS = """subscription ($after: Cursor) { events(after: $after) {
  __typename ... on Event { cursor } ... on Resync { cursor reason } } }"""
FAILURES = "subscription { failures { __typename ... on StepFailed { cursor errorMessage failure { kind } } } }"
LOGGED = "{ events(first: 1000) { nodes { cursor __typename } } }"


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, PromptedAgents(), max_attempts=1) as served:
        yield served


async def logged(running: Running) -> list[tuple[str, str]]:
    answer = await running.query(LOGGED)
    return [(node["__typename"], node["cursor"]) for node in answer["data"]["events"]["nodes"]]


async def test_a_subscriber_that_drops_and_resumes_at_random_has_each_event_once_in_order(running: Running) -> None:
    chance, after = random.Random(20261125), await _newest(running)
    seen: list[tuple[str, str]] = []
    starting = asyncio.create_task(_start_pipelines(running, 50))
    while len(seen) < 200:
        async with running.subscription(EVENTS, after=after) as events, asyncio.timeout(20):
            for _ in range(min(chance.randint(1, 20), 200 - len(seen))):
                item = await anext(events)
                seen.append((item["__typename"], item["cursor"]))
                after = item["cursor"]
    await starting

    assert seen == await logged(running)
    assert len(set(seen)) == len(seen)


async def test_many_subscribers_of_the_same_cost_one_execution_an_event(running: Running) -> None:
    live = running.live
    async with (
        running.subscription(FAILURES) as first,
        running.subscription(FAILURES) as second,
        running.subscription(FAILURES) as third,
        running.subscription(FAILURES + " # another") as other,
    ):
        await _listening(running, 4)
        before = live.executions
        await running.start("fail: count me")
        told = [await subscriber.until("StepFailed") for subscriber in (first, second, third, other)]

    assert len({item["cursor"] for item in told[:3]}) == 1
    assert told[0]["errorMessage"] == "No: fail: count me"
    assert live.executions - before == 2


@pytest.mark.parametrize("cursor", ["nonsense", "", "MTI.ZmZmZg", "OTk5OTk5LmFhYWFhYWFh"])
async def test_a_cursor_of_another_log_is_told_to_begin_anew_and_then_served(running: Running, cursor: str) -> None:
    async with running.subscription(EVENTS, after=cursor) as events:
        async with asyncio.timeout(10):
            resync = await anext(events)
        await running.start("fail after the resync")
        async with asyncio.timeout(10):
            first = await anext(events)

    assert resync["__typename"] == "Resync"
    assert resync["reason"]
    assert first["__typename"] == "PipelineStarted"


async def _start_pipelines(running: Running, count: int) -> None:
    for number in range(count):
        await running.start(f"fail {number}")


async def _newest(running: Running) -> str:
    """The place before the first event, as a query tells it."""
    async with running.subscription(EVENTS, after="begin") as events, asyncio.timeout(10):
        return str((await anext(events))["cursor"])


async def _listening(running: Running, count: int) -> None:
    """Nothing tells a client that its subscription has begun, so the server is asked."""
    async with asyncio.timeout(10):
        while running.live.subscribers < count:  # noqa: ASYNC110 (the server has no event for this)
            await asyncio.sleep(0.01)
