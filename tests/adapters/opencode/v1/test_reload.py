"""OpenCode 1 closes a directory to read its files anew, but never under an agent that is at work there."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as s
from tests.adapters.opencode.v1.engines import ScriptedEngine, a_work, scripted_engine
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with scripted_engine() as running:
        yield running


async def test_a_directory_is_closed_and_opened_anew(engine: ScriptedEngine) -> None:
    engine.play(s.Say(text="All done."))

    await engine.agents.reload("/")

    assert (await engine.agents.run(a_work(), Listener())).markdown == "All done."


async def test_an_agent_that_is_at_work_there_goes_on(engine: ScriptedEngine) -> None:
    engine.play(s.AskPermission(patterns=("make",)), s.Say(text="All done."))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(), listener))
    attention = await listener.attention()

    await engine.agents.reload("/")
    assert attention.permission is not None
    await engine.agents.answer_permission(attention.permission.id, "/", "once", None)

    assert (await attempt).markdown == "All done."


async def test_an_agent_in_another_directory_is_none_of_it(engine: ScriptedEngine) -> None:
    engine.play(s.AskPermission(patterns=("make",)), s.Say(text="All done."))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(), listener))
    attention = await listener.attention()

    await engine.agents.reload("/tmp")
    assert attention.permission is not None
    await engine.agents.answer_permission(attention.permission.id, "/", "once", None)

    assert (await attempt).markdown == "All done."
