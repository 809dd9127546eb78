"""Whoever follows OpenCode's state is told of each stop and start, and since when it is so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from adapters.opencode import open_agents
from adapters.opencode.v1.scripted import ScriptedOpenCode, scripted_opencode
from runner.engine_health import EngineHealth, EngineSupport
from tests.support.application import application
from tests.support.serving import served
from web import probes
from web.probes import EngineProbe

pytestmark = pytest.mark.asyncio

FOLLOWED = "subscription { engine { reachable product version message since } }"
UP = EngineHealth(reachable=True, url="test", product="OpenCode", version="1.18.33", support=EngineSupport.TESTED)
DOWN = EngineHealth(reachable=False, url="test", product="OpenCode", message="Nobody answers.")


@asynccontextmanager
async def at(port: int, opencode: ScriptedOpenCode) -> AsyncIterator[str]:
    async def without_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await opencode(scope, receive, send)

    async with served(without_lifespan, port=port) as url:
        yield url


async def test_a_stop_and_a_start_are_told_over_a_websocket(tmp_path: Path) -> None:
    async with scripted_opencode() as opencode:
        async with at(0, opencode) as url:
            port = urlsplit(url).port or 0
        async with (
            open_agents(url) as agents,
            application(tmp_path, agents) as running,
            running.subscription(FOLLOWED) as told,
        ):
            absent = await anext(told)
            async with at(port, opencode):
                there = await anext(told)
            gone = await anext(told)
            async with running.subscription(FOLLOWED) as late:
                joined = await anext(late)
            asked = (await running.query("{ engine { reachable since } }"))["data"]["engine"]
            async with at(port, opencode):
                back = await anext(told)

    assert [each["reachable"] for each in (absent, there, gone, back)] == [False, True, False, True]
    assert there["version"] == back["version"] is not None
    assert "not reachable" in gone["message"] or "refused" in gone["message"]
    assert absent["since"] < there["since"] < gone["since"] < back["since"]
    assert joined["since"] == asked["since"] == gone["since"]


async def test_a_stop_is_told_as_server_sent_events(tmp_path: Path) -> None:
    followed: dict[str, Any] = {"json": {"query": FOLLOWED}, "headers": {"accept": "text/event-stream"}}
    async with (
        scripted_opencode() as opencode,
        AsyncExitStack() as opencode_is_up,
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        url = await opencode_is_up.enter_async_context(at(0, opencode))
        async with (
            open_agents(url) as agents,
            application(tmp_path, agents) as running,
            client.stream("POST", f"{running.url}/graphql", **followed) as answer,
        ):
            told = (json.loads(line[6:]) async for line in answer.aiter_lines() if "reachable" in line)
            before = await anext(told)
            await opencode_is_up.aclose()
            after = await anext(told)

    assert [told["data"]["engine"]["reachable"] for told in (before, after)] == [True, False]


class Neighbour:
    """An engine that is as a test says; told when it was looked at."""

    def __init__(self, health: EngineHealth) -> None:
        self.now_is = health
        self.looks = 0

    async def health(self) -> EngineHealth:
        self.looks += 1
        return self.now_is


class Hours:
    """A clock that is an hour later each time that it is asked."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(hours=1)
        return self.at


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for pause in ("_KEPT_GOOD", "_KEPT_BAD", "_LOOK_EVERY"):
        monkeypatch.setattr(probes, pause, 0.0)


@pytest.mark.parametrize(
    "becomes",
    [
        pytest.param(DOWN, id="stopped"),
        pytest.param(replace(UP, version="1.18.34"), id="upgraded"),
        pytest.param(replace(UP, support=EngineSupport.REDUCED, message="With less."), id="works with less"),
        pytest.param(replace(DOWN, support=EngineSupport.FOREIGN, product=None), id="another program"),
        pytest.param(replace(UP, managed=True), id="started by stepwire"),
    ],
)
async def test_every_change_is_told_once(hurried: None, becomes: EngineHealth) -> None:
    engine, hours = Neighbour(UP), Hours()
    async with aclosing(EngineProbe(engine, hours.now).follow()) as told:
        first = await anext(told)
        engine.now_is = becomes
        second = await anext(told)
        engine.now_is = UP
        third = await anext(told)

    assert [replace(each, since=None) for each in (first, second, third)] == [UP, becomes, UP]
    lasts = becomes.reachable
    assert (first.since == second.since, second.since == third.since) == (lasts, lasts)


async def test_nobody_who_follows_is_nobody_who_looks(hurried: None) -> None:
    engine = Neighbour(UP)
    probe = EngineProbe(engine, Hours().now)
    async with aclosing(probe.follow()) as told:
        await anext(told)
    looked = engine.looks
    await asyncio.sleep(0)

    assert engine.looks == looked == 1


async def test_all_who_follow_share_each_look() -> None:
    engine = Neighbour(UP)
    probe = EngineProbe(engine, Hours().now)

    async def first() -> EngineHealth:
        async with aclosing(probe.follow()) as told:
            return await anext(told)

    seen = await asyncio.gather(*(first() for _ in range(100)))

    assert len(set(seen)) == engine.looks == 1
