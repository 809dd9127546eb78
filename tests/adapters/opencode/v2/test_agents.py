"""OpenCode 2 as whoever does the work: it can be stopped, and answered in the name of people."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as s
from runner.failures import AgentError
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.adapters.opencode.v2.engines import ScriptedEngine2, scripted_engine2
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine2]:
    async with scripted_engine2() as running:
        yield running


async def test_a_session_is_stopped_with_its_sub_agents(engine: ScriptedEngine2) -> None:
    engine.play(s.Delegate(agent="explore", script=(s.Wait(),)))
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(), listener))
    session_id = await listener.session()
    sessions = engine.server.stage.sessions
    await eventually(lambda: len(sessions) == 2 and all(known.active for known in sessions.values()))

    ran = await engine.agents.stop(session_id, "/")

    assert ran
    assert not any(known.active for known in sessions.values())
    with pytest.raises(AgentError):
        await run


async def test_nothing_to_stop_is_told_from_something_stopped(engine: ScriptedEngine2) -> None:
    listener = Listener()
    await engine.agents.run(a_work(), listener)

    assert await engine.agents.stop(listener.session_id or "", "/") is False
    assert await engine.agents.stop("ses_gone", "/") is False


async def test_what_is_not_asked_any_more_cannot_be_answered(engine: ScriptedEngine2) -> None:
    with pytest.raises(AgentError, match="any more"):
        await engine.agents.answer_permission("per_1", "/", "once", None)
    with pytest.raises(AgentError, match="any more"):
        await engine.agents.answer_question("frm_1", "/", ["x"])
    with pytest.raises(AgentError, match="any more"):
        await engine.agents.dismiss_question("frm_1", "/")
