"""An OpenCode that does not answer is told within seconds as what it is, and no limit of a step waits for it."""

import asyncio
from collections.abc import Callable

import pytest

from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.transport import Scope
from runner.attention import AttentionKind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.silent import SilentEngine, everything, silent_engine, the, the_folder
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.support.patience import eventually

pytestmark = [pytest.mark.asyncio]
both = pytest.mark.parametrize("generation", [1, 2])

# What keeps a folder from being worked in, where the server itself answers.
HELD = [
    pytest.param(1, the_folder, id="1 folder"),
    pytest.param(2, the_folder, id="2 folder"),
    pytest.param(1, the("/config/providers"), id="1 configuration"),
    pytest.param(2, the("/api/model"), id="2 models"),
    pytest.param(1, the("/agent"), id="1 agents"),
    pytest.param(2, the("/api/agent"), id="2 agents"),
    pytest.param(1, the("/session", "POST"), id="1 session"),
    pytest.param(2, the("/api/session", "POST"), id="2 session"),
]


async def failed(engine: SilentEngine, listener: Listener, **work: object) -> AgentError:
    with pytest.raises(AgentError) as caught:
        await engine.agents.run(a_work(model="scripted/quick", **work), listener)
    return caught.value


@pytest.mark.parametrize(("generation", "held"), HELD)
async def test_a_folder_that_does_not_open_is_told_and_given_up_in_its_own_words(
    generation: int, held: Callable[[Scope], bool]
) -> None:
    listener = Listener()
    async with silent_engine(generation, gives_up=0.4) as engine:
        engine.silencer.held = held
        failure = (await failed(engine, listener)).failure

    assert {attention.kind for attention in listener.raised} == {AttentionKind.ENGINE_SILENT}
    assert listener.raised[-1].message.startswith("OpenCode is up, but does not open the folder /: a plugin or an MCP")
    assert failure.kind is FailureKind.STALLED
    assert failure.message.startswith("OpenCode is up, but did not open the folder / within 0.4s: a plugin or an MCP")
    assert "plugin or MCP server" in failure.hint
    assert "Start OpenCode" not in failure.hint


@both
async def test_the_step_s_own_limit_says_what_was_waited_for(generation: int) -> None:
    async with silent_engine(generation) as engine:
        engine.silencer.held = the_folder
        failure = (await failed(engine, Listener(), timeout_seconds=0.5)).failure

    assert failure.kind is FailureKind.STEP_TIMEOUT
    assert failure.message.startswith("Step timed out after 0.5s; OpenCode is up, but did not open the folder /")
    assert "plugin or MCP server" in failure.hint


@pytest.mark.parametrize(("generation", "held"), HELD)
async def test_a_folder_that_opens_late_is_worked_in(generation: int, held: Callable[[Scope], bool]) -> None:
    listener = Listener()
    async with silent_engine(generation) as engine:
        engine.silencer.held = held
        attempt = asyncio.create_task(engine.agents.run(a_work(model="scripted/quick"), listener))
        attention = await listener.attention()
        engine.silencer.let_go()
        answer = await attempt

    assert "What was done" in answer.markdown
    assert listener.told[-1] == ("cleared", attention.id, None)


@both
async def test_a_server_that_answers_nothing_is_no_folder_that_does_not_open(generation: int) -> None:
    listener = Listener()
    async with silent_engine(generation, gives_up=0.4) as engine:
        engine.silencer.held = everything
        failure = (await failed(engine, listener)).failure

    assert listener.raised[-1].message.startswith("OpenCode takes the connection, but does not answer")
    assert failure.kind is FailureKind.ENGINE_UNREACHABLE
    assert "stopped or overloaded" in failure.hint


async def test_mcp_servers_that_hang_are_told_from_a_provider_that_thinks() -> None:
    listener, patient = Listener(), Listener()
    async with silent_engine(1) as engine:
        engine.server.play("quick", s.Wait())
        thinking = (await failed(engine, patient, timeout_seconds=2.0)).failure
        engine.silencer.held = the("/mcp")
        waiting = (await failed(engine, listener, timeout_seconds=3.0)).failure

    assert not any("an MCP server there does not answer" in attention.message for attention in patient.raised)
    assert thinking.message.endswith("OpenCode was still waiting for the provider to begin its answer")
    assert {attention.kind for attention in listener.raised} == {AttentionKind.ENGINE_SILENT}
    assert listener.raised[-1].message.startswith("OpenCode is up, but does not open the folder /: an MCP server there")
    assert waiting.message == (
        "Step timed out after 3s; OpenCode is up, but did not open the folder /: an MCP server there does not answer"
    )
    assert "plugin or MCP server" in waiting.hint


async def test_mcp_servers_that_are_slow_hold_up_the_step_and_no_more() -> None:
    listener, gate = Listener(), asyncio.Event()
    async with silent_engine(1) as engine:
        engine.server.play("quick", s.Wait(gate=gate), s.Say(text="All done."))
        engine.silencer.held = the("/mcp")
        attempt = asyncio.create_task(engine.agents.run(a_work(model="scripted/quick"), listener))
        attention = await listener.attention()
        engine.silencer.let_go()
        gate.set()
        answer = await attempt

    assert answer.markdown == "All done."
    assert listener.told[-1] == ("cleared", attention.id, None)


async def at_work(engine: SilentEngine, listener: Listener, **limits: float) -> "asyncio.Task[AgentError]":
    """An attempt in the middle of a command, on a server that says nothing from now on."""
    edit = s.Use(tool="edit", input={"filePath": "a.py"}, output="Edited.")
    engine.server.play("quick", edit, s.AskPermission())
    attempt = asyncio.create_task(failed(engine, listener, **limits))
    await listener.attention()
    await eventually(lambda: listener.has_seen("edit", "completed"))
    engine.silencer.held = everything
    engine.silencer.asked.clear()
    return attempt


@both
async def test_a_limit_holds_on_a_server_that_has_frozen(generation: int) -> None:
    listener, loop = Listener(), asyncio.get_running_loop()
    async with silent_engine(generation) as engine:
        attempt = await at_work(engine, listener, ask_seconds=0.5)
        frozen_at = loop.time()
        error = await attempt
        took = loop.time() - frozen_at

    # One silence of a second and a half for all that is asked; ten seconds for each look were too many.
    assert took < 10
    assert error.failure.kind is FailureKind.PERMISSION_EXPIRED
    assert error.failure.evidence is not None
    assert error.failure.evidence.side_effects == ("edited a.py",)
    causes = [cause.message for cause in error.failure.causes]
    assert any("did not answer within 1.5s" in cause for cause in causes)
    assert "OpenCode could not be asked what the attempt has used and done in the end" in causes
    assert error.usage.cost != 0
    assert any(path.endswith(("/abort", "/interrupt")) for path in engine.silencer.asked)


@both
async def test_after_a_freeze_all_goes_on(generation: int) -> None:
    listener = Listener()
    async with silent_engine(generation) as engine:
        await (await at_work(engine, listener, ask_seconds=0.3))
        engine.silencer.let_go()
        assert listener.session_id is not None
        await engine.agents.stop(listener.session_id, "/")
        engine.server.play("quick", s.Say(text="All done."))
        answer = await engine.agents.run(a_work(model="scripted/quick"), Listener())

    assert answer.markdown == "All done."
