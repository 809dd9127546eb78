"""One attempt, from its prompt to its answer or its reason, against an OpenCode 2 that plays scripts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.transport import Application
from adapters.opencode.v2.liveness import Patience
from adapters.opencode.v2.scripted import scripted_opencode2
from adapters.opencode.v2.scripted.scripts import SwitchModel
from runner.agents import LeftBehind
from runner.attention import AttentionKind, FieldKind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, Json, Usage
from runner.model import Actor
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.adapters.opencode.v2.engines import (
    ScriptedEngine2,
    SlowPrompts,
    agents_on,
    scripted_engine2,
    with_late_bus,
    without_bus,
    without_instructions,
)
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio

ANA = Actor(name="Ana")


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine2]:
    async with scripted_engine2() as running:
        yield running


async def failed(engine: ScriptedEngine2, listener: Listener | None = None, **work: Any) -> Failure:
    with pytest.raises(AgentError) as caught:
        await engine.agents.run(a_work(**work), listener or Listener())
    return caught.value.failure


async def test_an_answer_comes_with_what_it_cost(engine: ScriptedEngine2) -> None:
    engine.play(s.Use(tool="read", output="x"), s.Say(text="All done."))
    listener = Listener()

    answer = await engine.agents.run(a_work(), listener)

    assert answer.markdown == "All done."
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (200, 40)
    assert answer.usage.cost == pytest.approx(0.00026)
    assert listener.session_id in engine.server.stage.sessions
    assert listener.told == []
    assert listener.text == "All done."


async def test_the_agent_is_sent_prompt_instructions_and_model(engine: ScriptedEngine2) -> None:
    listener = Listener()

    await engine.agents.run(a_work(instructions="Be brief.", model="scripted/quick", engine_agent="plan"), listener)

    session = engine.server.stage.sessions[listener.session_id or ""]
    (prompt,) = engine.server.prompts
    assert prompt["text"] == "Fix the login"
    assert session.instructions == {"stepwire": "Be brief."}
    shown = session.shown()
    assert shown["agent"] == "plan"
    assert shown["title"] == "Fix login · 1 developer"


async def test_the_session_is_known_before_opencode_knows_of_it(engine: ScriptedEngine2) -> None:
    known: list[bool] = []

    class Asking(Listener):
        async def session_opened(self, session_id: str, model: str | None, resume: Any = None) -> None:
            known.append(session_id in engine.server.stage.sessions)
            await super().session_opened(session_id, model, resume)

    listener = Asking()
    await engine.agents.run(a_work(), listener)

    assert known == [False]
    assert listener.session_id in engine.server.stage.sessions


async def test_a_receipt_that_is_lost_leads_to_no_second_prompt(engine: ScriptedEngine2) -> None:
    answer = await engine.agents.run(a_work(model="scripted/loses-receipt"), Listener())

    assert answer.markdown == "Here is the answer, word by word."
    assert len(engine.server.prompts) == 1


async def test_a_log_that_is_cut_off_is_taken_up_without_loss(engine: ScriptedEngine2) -> None:
    engine.play(s.Use(tool="read", output="x"), s.AskPermission(patterns=("a",)), s.Say(text="All done."))
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(), listener))
    asked = (await listener.attention()).permission
    assert asked is not None

    engine.server.drop_streams()
    await engine.agents.answer_permission(asked.id, "/", "once", None)
    answer = await run

    assert answer.markdown == "All done."
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (300, 60)


async def test_a_permission_is_told_with_what_always_would_store(engine: ScriptedEngine2) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(), listener))

    attention = await listener.attention()

    assert attention.kind is AttentionKind.PERMISSION
    assert attention.permission is not None
    assert attention.permission.permission == "shell"
    assert attention.permission.patterns == ("rm -rf build",)
    assert attention.permission.options[0].id == "once"
    await engine.agents.answer_permission(attention.permission.id, "/", "once", None)
    assert (await run).markdown == "Removed."
    assert listener.told[-1] == ("cleared", attention.id, "allowed")


async def test_whoever_refuses_is_named(engine: ScriptedEngine2) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
    listener = Listener()
    run = asyncio.create_task(failed(engine, listener))
    asked = (await listener.attention()).permission
    assert asked is not None

    await engine.agents.answer_permission(asked.id, "/", "reject", None, ANA)

    reason = await run
    assert (reason.kind, reason.message) == (
        FailureKind.PERMISSION_DENIED,
        'Ana refused shell "rm -rf build"',
    )


async def test_a_refusal_with_words_lets_the_agent_go_on(engine: ScriptedEngine2) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Then I list."))
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(), listener))
    asked = (await listener.attention()).permission
    assert asked is not None

    await engine.agents.answer_permission(asked.id, "/", "reject", "use ls instead", ANA)

    assert (await run).markdown == "Then I list."


async def test_a_form_is_told_with_its_fields_and_filled_in(engine: ScriptedEngine2) -> None:
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(model="scripted/asks-form"), listener))
    question = (await listener.attention()).question
    assert question is not None
    assert question.form is not None
    assert [field.kind for field in question.form.fields] == [FieldKind.CHOICE, FieldKind.MULTI]
    assert question.text == "Which colour?\nWhich sizes?"

    wrong = await engine.agents.answer_question(question.id, "/", (), {"nonsense": "x"})
    taken = await engine.agents.answer_question(question.id, "/", (), {"q0": "Red", "q1": ["S"]})

    assert wrong is not None
    assert "nonsense" in wrong
    assert taken is None
    assert (await run).markdown == "Tool finished; all done."
    assert listener.told[-1][-1] == "Red, S"


async def test_a_form_is_answered_in_plain_texts_too(engine: ScriptedEngine2) -> None:
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(model="scripted/asks-form"), listener))
    question = (await listener.attention()).question
    assert question is not None

    assert await engine.agents.answer_question(question.id, "/", ["Blue", "L"]) is None

    assert (await run).markdown == "Tool finished; all done."
    assert listener.told[-1][-1] == "Blue, L"


async def test_whoever_dismisses_is_named(engine: ScriptedEngine2) -> None:
    listener = Listener()
    run = asyncio.create_task(failed(engine, listener, model="scripted/asks-form"))
    question = (await listener.attention()).question
    assert question is not None

    await engine.agents.dismiss_question(question.id, "/", ANA)

    reason = await run
    assert (reason.kind, reason.message) == (
        FailureKind.QUESTION_DISMISSED,
        "Ana dismissed the agent's question: Which colour? Which sizes?",
    )


async def test_a_sub_agents_question_is_told_as_the_agents(engine: ScriptedEngine2) -> None:
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(model="scripted/sub-agent-asks"), listener))
    asked = (await listener.attention()).permission
    assert asked is not None

    await engine.agents.answer_permission(asked.id, "/", "once", None)

    assert (await run).markdown == "Tool finished; all done."


async def test_an_answer_waits_for_sub_agents_that_report_later(engine: ScriptedEngine2) -> None:
    answer = await engine.agents.run(a_work(model="scripted/sub-agent-background"), Listener())

    assert answer.markdown == "The helper has reported back."


async def test_figures_that_nobody_told_are_none(engine: ScriptedEngine2) -> None:
    answer = await engine.agents.run(a_work(model="scripted/no-usage"), Listener())

    assert answer.usage == Usage(input_tokens=None, output_tokens=None, cost=None)


async def test_a_model_that_was_replaced_is_told(engine: ScriptedEngine2) -> None:
    engine.play(SwitchModel(model="scripted/text"), s.AskPermission(), s.Say(text="All done."), name="quick")
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(model="scripted/quick"), listener))
    asked = next(
        known.permission for known in (await listener.attention(), await listener.attention(2)) if known.permission
    )

    await engine.agents.answer_permission(asked.id, "/", "once", None)
    await run

    replaced = next(known for known in listener.raised if known.kind is AttentionKind.MODEL_REPLACED)
    assert replaced.message == "OpenCode answers with the model scripted/text instead of scripted/quick"
    assert listener.told[-1] == ("cleared", replaced.id, None)


async def test_a_cancel_stops_the_session(engine: ScriptedEngine2) -> None:
    engine.play(s.Wait())
    listener = Listener()
    run = asyncio.create_task(engine.agents.run(a_work(), listener))
    session = engine.server.stage.sessions
    await listener.session()
    await eventually(lambda: any(known.active for known in session.values()))

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert not any(known.active for known in session.values())


async def test_a_prompt_that_was_on_its_way_at_the_cancel_does_not_run_on() -> None:
    async with scripted_opencode2(pace=0) as server:
        server.play("text", s.Wait())
        slow = SlowPrompts(server)
        async with agents_on(server, wrapped=lambda _: slow) as agents:
            run = asyncio.create_task(agents.run(a_work(), Listener()))
            await slow.began.wait()

            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run

        assert len(server.prompts) == 1
        assert not any(session.active for session in server.stage.sessions.values())


async def test_a_prompt_that_is_never_taken_in_runs_out_of_time() -> None:
    async with scripted_opencode2(pace=0) as server, agents_on(server, wrapped=SlowPrompts) as agents:
        with pytest.raises(AgentError, match=r"timed out after 0\.3s"):
            await agents.run(a_work(timeout_seconds=0.3), Listener())


async def test_our_own_limit_is_the_reason_and_not_the_interrupt(engine: ScriptedEngine2) -> None:
    engine.play(s.Wait())

    reason = await failed(engine, timeout_seconds=0.4)

    assert (reason.kind, reason.message) == (FailureKind.STEP_TIMEOUT, "Step timed out after 0.4s")
    assert reason.causes == ()


async def test_a_server_that_dies_and_comes_back_has_lost_the_run(engine: ScriptedEngine2) -> None:
    reason = await failed(engine, model="scripted/dies")

    assert reason.kind is FailureKind.ENGINE_LOST
    assert reason.message == "OpenCode stopped working on the step without an end: it was restarted or has crashed"
    assert reason.evidence is not None
    assert reason.evidence.last_tool is not None


async def test_a_silence_in_which_nobody_works_is_a_loss_and_no_stall() -> None:
    async with scripted_engine2(Patience()) as engine:
        reason = await failed(engine, model="scripted/dies", stall_seconds=0.5)
        stalled = await failed(engine, model="scripted/stalls", stall_seconds=0.5)

    assert (reason.kind, stalled.kind) == (FailureKind.ENGINE_LOST, FailureKind.STALLED)


async def test_a_server_that_stays_away_is_told_as_gone(engine: ScriptedEngine2) -> None:
    engine.play(s.Say(text="I begin"), s.Wait())
    listener = Listener()
    run = asyncio.create_task(failed(engine, listener))
    await eventually(lambda: "begin" in listener.text)

    engine.server.kill()

    reason = await run
    assert (reason.kind, reason.message) == (FailureKind.ENGINE_LOST, "OpenCode went away while the step was running")


async def test_a_server_that_is_stopped_in_good_order_says_so_when_it_is_back(engine: ScriptedEngine2) -> None:
    engine.play(s.Say(text="I begin"), s.Wait())
    listener = Listener()
    run = asyncio.create_task(failed(engine, listener))
    await eventually(lambda: "begin" in listener.text)

    await engine.server.stop()
    engine.server.is_up = True

    assert (await run).kind is FailureKind.ENGINE_LOST


async def test_a_session_deleted_by_somebody_is_no_mystery(engine: ScriptedEngine2) -> None:
    engine.play(s.Wait())
    listener = Listener()
    run = asyncio.create_task(failed(engine, listener))
    await listener.session()
    await eventually(lambda: any(known.active for known in engine.server.stage.sessions.values()))

    await engine.server.stage.delete(engine.server.stage.sessions[listener.session_id or ""])

    reason = await run
    assert (reason.kind, reason.message) == (
        FailureKind.ENGINE_ABORTED,
        "The session was deleted in OpenCode while the step was running",
    )


async def test_a_model_that_is_listed_and_not_usable_is_a_matter_of_configuration(engine: ScriptedEngine2) -> None:
    reason = await failed(engine, model="scripted/no-route")

    assert reason.kind is FailureKind.CONFIG_INVALID
    assert reason.causes[-1].message == "Model unavailable: scripted/no-route"


async def test_a_missing_directory_is_found_before_anything_is_asked(engine: ScriptedEngine2, tmp_path: Path) -> None:
    reason = await failed(engine, directory=str(tmp_path / "gone"))

    assert reason.kind is FailureKind.DIRECTORY_MISSING
    assert engine.server.stage.sessions == {}


@pytest.mark.parametrize("admitted", [True, False], ids=["after its prompt", "before its prompt"])
async def test_an_attempt_left_behind_is_followed_on_and_prompted_once(engine: ScriptedEngine2, admitted: bool) -> None:
    engine.play(s.AskPermission(patterns=("a",)), s.Say(text="All done."))
    first, second = Listener(), Listener()
    ghost = asyncio.create_task(engine.agents.run(a_work(), first)) if admitted else None
    session_id = await first.session() if admitted else "ses_0123456789abcdefghijklmnop"
    resume: Json = first.resume if admitted else {"input": "msg_0123456789abcdefghijklmnop", "seq": 0}
    if ghost is None:
        engine.server.stage.create({"sessionID": session_id, "location": {"directory": "/"}, "agent": "build"})
    else:
        await first.attention()
    left = LeftBehind(session_id=session_id, running_seconds=1.0, resume=resume)

    async with agents_on(engine.server) as anew:
        run = asyncio.create_task(anew.run(a_work(left_behind=left), second))
        asked = (await second.attention()).permission
        assert asked is not None
        await anew.answer_permission(asked.id, "/", "once", None)
        answer = await run

    assert answer.markdown == "All done."
    assert len(engine.server.prompts) == 1
    if ghost is not None:
        assert (await ghost).markdown == "All done."


async def test_an_attempt_that_ended_meanwhile_gives_its_answer(engine: ScriptedEngine2) -> None:
    listener = Listener()
    before = await engine.agents.run(a_work(), listener)
    left = LeftBehind(session_id=listener.session_id or "", running_seconds=1.0, resume=listener.resume)

    async with agents_on(engine.server) as anew:
        after = await anew.run(a_work(left_behind=left), Listener())

    assert after == before
    assert len(engine.server.prompts) == 1


async def test_an_attempt_is_followed_on_without_anything_stored_of_it(engine: ScriptedEngine2) -> None:
    listener = Listener()
    before = await engine.agents.run(a_work(), listener)
    left = LeftBehind(session_id=listener.session_id or "", running_seconds=1.0)

    async with agents_on(engine.server) as anew:
        after = await anew.run(a_work(left_behind=left), Listener())

    assert after == before
    assert len(engine.server.prompts) == 1


async def test_a_session_without_a_prompt_of_ours_is_given_none(engine: ScriptedEngine2) -> None:
    engine.server.stage.create({"sessionID": "ses_1", "location": {"directory": "/"}, "agent": "build"})

    reason = await failed(engine, left_behind=LeftBehind(session_id="ses_1", running_seconds=1.0))

    assert reason.kind is FailureKind.INTERRUPTED
    assert engine.server.prompts == []


async def test_without_a_bus_lists_tell_who_asks_and_memory_who_refused() -> None:
    async with scripted_opencode2(pace=0) as server:
        server.play("text", s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
        async with agents_on(server, wrapped=without_bus) as agents:
            listener = Listener()
            run = asyncio.create_task(agents.run(a_work(), listener))
            asked = (await listener.attention()).permission
            assert asked is not None

            await agents.answer_permission(asked.id, "/", "reject", None, ANA)

            with pytest.raises(AgentError, match='Ana refused shell "rm -rf build"'):
                await run


async def test_without_a_bus_lists_tell_of_sub_agents_too() -> None:
    async with scripted_opencode2(pace=0) as server, agents_on(server, wrapped=without_bus) as agents:
        listener = Listener()
        run = asyncio.create_task(agents.run(a_work(model="scripted/sub-agent-asks"), listener))
        asked = (await listener.attention()).permission
        assert asked is not None

        await agents.answer_permission(asked.id, "/", "once", None)

        assert (await run).markdown == "Tool finished; all done."


@pytest.mark.parametrize("bus", [without_bus, with_late_bus])
async def test_why_a_sub_agent_failed_is_read_where_the_bus_did_not_tell(
    bus: Callable[[Application], Application],
) -> None:
    async with scripted_opencode2(pace=0) as server, agents_on(server, wrapped=bus) as agents:
        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(model="scripted/sub-agent-fails"), Listener())

    assert caught.value.failure.kind is FailureKind.SUBAGENT_FAILED
    assert "rejected the API key" in caught.value.failure.message


async def test_instructions_without_a_place_of_their_own_come_before_the_prompt() -> None:
    async with scripted_opencode2(pace=0) as server, agents_on(server, wrapped=without_instructions) as agents:
        await agents.run(a_work(instructions="Be brief."), Listener())

        assert server.prompts[0]["text"] == "Be brief.\n\nFix the login"


async def test_looking_before_counts_against_the_steps_time(engine: ScriptedEngine2) -> None:
    engine.server.cold_seconds = 60

    reason = await failed(engine, timeout_seconds=0.3)

    assert reason.kind is FailureKind.STEP_TIMEOUT


@pytest.mark.parametrize("resume", [None, {"input": "msg_1", "seq": 4}], ids=["another generation's", "gone"])
async def test_an_attempt_of_which_nothing_is_left_was_interrupted(engine: ScriptedEngine2, resume: Any) -> None:
    left = LeftBehind(session_id="ses_gone", running_seconds=1.0, resume=resume)

    reason = await failed(engine, left_behind=left)

    assert (reason.kind, reason.message) == (
        FailureKind.INTERRUPTED,
        "stepwire stopped while the step was running",
    )
