"""What was done and used in a session is read from OpenCode, also by somebody who did not watch it."""

import asyncio

import pytest

from adapters.opencode.v1.scripted import scripts as s
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.silent import everything, silent_engine
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio
both = pytest.mark.parametrize("generation", [1, 2])


@both
async def test_an_attempt_at_work_leaves_what_it_has_done_so_far(generation: int) -> None:
    listener = Listener()
    async with silent_engine(generation) as engine:
        edit = s.Use(tool="edit", input={"filePath": "a.py"}, output="Edited.")
        engine.server.play("quick", s.Say(text="I edit it."), edit, s.AskPermission(patterns=("make",)))
        attempt = asyncio.create_task(engine.agents.run(a_work(model="scripted/quick"), listener))
        await listener.attention()
        assert listener.session_id is not None
        traces = await engine.agents.traces(listener.session_id, "/")
        attempt.cancel()
        await asyncio.wait([attempt])
        later = await engine.agents.traces(listener.session_id, "/")

    assert traces.evidence is not None
    assert traces.evidence.side_effects == ("edited a.py",)
    for found in (traces, later):
        assert found.session_id == listener.session_id
        assert found.evidence is not None
        assert "edited a.py" in found.evidence.side_effects
        assert found.evidence.last_text == "I edit it."
        assert (found.usage.input_tokens or 0) > 0
        assert found.trouble is None


@both
async def test_of_a_session_that_is_not_there_nothing_is_told(generation: int) -> None:
    async with silent_engine(generation) as engine:
        with pytest.raises(AgentError) as caught:
            await engine.agents.traces("ses_nowhere", "/")

    assert caught.value.failure.status_code == 404


@both
async def test_a_server_that_is_mute_is_said_to_be(generation: int) -> None:
    async with silent_engine(generation) as engine:
        engine.silencer.held = everything
        with pytest.raises(AgentError) as caught:
            await engine.agents.traces("ses_1", "/")

    assert caught.value.failure.kind is FailureKind.ENGINE_UNREACHABLE
