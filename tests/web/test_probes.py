"""However many ask how a neighbour is, it is looked at once at a time."""

import asyncio
from pathlib import Path

import httpx
import pytest

from runner.engine_health import EngineHealth
from tests.support.agents import PromptedAgents
from tests.support.application import application
from web import probes
from web.probes import Shared

pytestmark = pytest.mark.asyncio


class Neighbour:
    """Answers when it is let, and counts."""

    def __init__(self) -> None:
        self.looks = 0
        self.answer = asyncio.Event()

    async def look(self) -> int:
        self.looks += 1
        await self.answer.wait()
        return self.looks


async def test_all_who_ask_meanwhile_share_one_look() -> None:
    neighbour = Neighbour()
    shared = Shared(neighbour.look, is_good=bool)
    asking = [asyncio.create_task(shared()) for _ in range(400)]
    await asyncio.sleep(0)
    neighbour.answer.set()

    assert await asyncio.gather(*asking) == [1] * 400
    assert await shared() == 1


async def test_whoever_began_the_look_may_leave() -> None:
    neighbour = Neighbour()
    shared = Shared(neighbour.look, is_good=bool)
    first, second = asyncio.create_task(shared()), asyncio.create_task(shared())
    await asyncio.sleep(0)
    first.cancel()
    neighbour.answer.set()

    assert await second == 1


@pytest.mark.parametrize("good", [True, False])
async def test_what_was_seen_is_kept_for_a_moment_only(good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_KEPT_GOOD", 0.0 if good else 60.0)
    monkeypatch.setattr(probes, "_KEPT_BAD", 60.0 if good else 0.0)
    neighbour = Neighbour()
    neighbour.answer.set()
    shared = Shared(neighbour.look, is_good=lambda _: good)

    assert [await shared(), await shared()] == [1, 2]


async def test_a_look_that_broke_is_not_kept() -> None:
    looks = iter([RuntimeError("broken"), None])

    async def look() -> str:
        if (error := next(looks)) is not None:
            raise error
        return "fine"

    shared = Shared(look, is_good=bool)

    with pytest.raises(RuntimeError):
        await shared()
    assert await shared() == "fine"


class FrozenAgents(PromptedAgents):
    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.looked = asyncio.Event()
        self.thawed = asyncio.Event()

    async def health(self) -> EngineHealth:
        self.looks += 1
        self.looked.set()
        await self.thawed.wait()
        return await super().health()


async def test_readiness_and_the_api_ask_a_frozen_engine_once(tmp_path: Path) -> None:
    agents = FrozenAgents()
    async with application(tmp_path, agents) as running, httpx.AsyncClient(trust_env=False, timeout=60) as client:
        asking = [asyncio.create_task(client.get(f"{running.url}/readyz")) for _ in range(50)]
        asking += [
            asyncio.create_task(client.post(f"{running.url}/graphql", json={"query": "{ engine { reachable } }"}))
            for _ in range(20)
        ]
        await agents.looked.wait()
        await asyncio.wait(asking, timeout=0.3)
        looks = agents.looks
        agents.thawed.set()
        answers = await asyncio.gather(*asking)

    assert looks == 1
    assert all(answer.status_code == 200 for answer in answers)
