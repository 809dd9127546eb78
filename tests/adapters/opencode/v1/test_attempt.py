"""One attempt, from its prompt to its answer or its reason, against an OpenCode that plays scripts."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.scripts import refused
from runner.agents import TextDelta
from runner.attention import AttentionKind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Json, Usage
from runner.redacted import RedactedAgents
from runner.redaction import Redactor
from tests.adapters.opencode.v1.engines import ScriptedEngine, a_work, scripted_engine
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio

SECRET = "sk-live-4f9a8b7c6d5e4f3a2b1c"


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with scripted_engine() as running:
        yield running


async def failed(engine: ScriptedEngine, listener: Listener | None = None, **work: Any) -> AgentError:
    with pytest.raises(AgentError) as caught:
        await engine.agents.run(a_work(**work), listener or Listener())
    return caught.value


async def test_an_answer_comes_with_what_it_cost(engine: ScriptedEngine) -> None:
    engine.play(s.Use(tool="read", output="x"), s.Say(text="All done."))
    listener = Listener()

    answer = await engine.agents.run(a_work(), listener)

    assert answer.markdown == "All done."
    assert replace(answer.usage, cost=0.0) == Usage(input_tokens=180, output_tokens=40)
    assert answer.usage.cost == pytest.approx(0.00026)
    assert listener.session_id in engine.server.sessions
    assert listener.told == []
    assert listener.text.strip() == "All done."


async def test_the_agent_is_sent_prompt_instructions_and_model(engine: ScriptedEngine) -> None:
    await engine.agents.run(a_work(instructions="Be brief.", model="scripted/quick"), Listener())

    (body,) = engine.server.prompts
    assert body["agent"] == "build"
    assert body["system"] == "Be brief."
    assert body["model"] == {"providerID": "scripted", "modelID": "quick"}
    assert body["parts"] == [{"type": "text", "text": "Fix the login"}]


async def test_an_answer_brings_what_was_true_then(engine: ScriptedEngine) -> None:
    engine.play(s.Use(tool="bash", input={"command": "make"}, output="x"), s.Say(text="All done."))
    listener = Listener()

    answer = await engine.agents.run(a_work(), listener)

    assert answer.evidence is not None
    assert (answer.evidence.session_id, answer.evidence.last_text) == (listener.session_id, None)
    assert answer.evidence.side_effects == ("ran: make",)


async def test_the_acceptance_sentence_of_an_empty_body(engine: ScriptedEngine) -> None:
    engine.play(s.Raw())

    assert (await failed(engine)).failure.message == "OpenCode returned empty body (status 200)"


async def test_a_time_limit_aborts_and_names_its_own_number(engine: ScriptedEngine) -> None:
    engine.play(s.Say(text="Let me think"), s.Wait())
    listener = Listener()

    error = await failed(engine, listener, timeout_seconds=0.2)

    assert error.failure.kind is FailureKind.STEP_TIMEOUT
    assert error.failure.message == "Step timed out after 0.2s"
    assert error.failure.evidence is not None
    assert error.failure.evidence.last_text == "Let me think"
    assert engine.server.sessions[await listener.session()].status == {"type": "idle"}


async def test_silence_is_warned_of_and_then_a_stall(engine: ScriptedEngine) -> None:
    engine.play(s.Wait())
    listener = Listener()

    error = await failed(engine, listener, stall_seconds=0.3)

    assert error.failure.message == "No sign of life from the agent for 0.3s"
    assert [attention.kind for attention in listener.raised] == [AttentionKind.STALLED]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([s.Use(tool="bash") for _ in range(50)], "The agent looped: 25 turns without an end"),
        ([*(s.Compact() for _ in range(6)), s.Wait()], "The agent looped: its context was compacted 6 times"),
    ],
    ids=["turns", "compaction"],
)
async def test_a_runaway_is_stopped(engine: ScriptedEngine, actions: list[s.Action], message: str) -> None:
    engine.play(*actions)

    error = await failed(engine)

    assert error.failure.kind is FailureKind.RUNAWAY
    assert error.failure.message == message


async def test_answers_without_a_known_finish_are_the_providers_fault(engine: ScriptedEngine) -> None:
    engine.play(*(s.NextTurn(finish="unknown") for _ in range(3)), s.Wait())

    error = await failed(engine)

    assert error.failure.kind is FailureKind.PROVIDER_BAD_STREAM
    assert error.failure.message.startswith("The provider gave 3 answers in a row without any text")


async def test_a_wait_beyond_the_limit_is_not_waited_for() -> None:
    async with scripted_engine() as engine:
        engine.server.pace = 1.0
        engine.play(s.Retry(message="Slow down", wait=600))

        error = await failed(engine)

    assert error.failure.kind is FailureKind.PROVIDER_RATE_LIMITED
    assert error.failure.retry_after is not None
    assert error.failure.message.endswith("after the step's limit of 20s: Slow down")


async def test_retries_of_opencode_are_progress_and_evidence(engine: ScriptedEngine) -> None:
    engine.play(s.Retry(message="Overloaded", attempt=1), s.Retry(message="Overloaded", attempt=2), refused(503, "No"))
    listener = Listener()

    error = await failed(engine, listener)

    assert error.failure.evidence is not None
    assert [retry.attempt for retry in error.failure.evidence.engine_retries] == [1, 2]
    assert {attention.kind for attention in listener.raised} == {AttentionKind.RETRYING}


@pytest.mark.parametrize(
    ("work", "kind", "message"),
    [
        ({"engine_agent": "reviewr"}, FailureKind.UNKNOWN_AGENT,
         'Agent "reviewr" does not exist in /; there are: build, explore, general, plan'),
        ({"model": "acme/x"}, FailureKind.UNKNOWN_MODEL, 'Model "acme/x" is not configured in OpenCode'),
        ({"directory": "/no/such"}, FailureKind.DIRECTORY_MISSING, "Directory /no/such does not exist"),
        ({"directory": "/etc/passwd"}, FailureKind.DIRECTORY_MISSING,
         "Directory /etc/passwd is not a directory but a file"),
    ],
    ids=["agent", "model", "directory", "file"],
)  # fmt: skip
async def test_what_does_not_exist_costs_nothing(
    engine: ScriptedEngine, work: dict[str, Any], kind: FailureKind, message: str
) -> None:
    error = await failed(engine, **work)

    assert (error.failure.kind, error.failure.message) == (kind, message)
    assert engine.server.sessions == {}


async def test_an_agent_that_went_away_meanwhile_is_named(engine: ScriptedEngine) -> None:
    engine.play(s.Raw(status=500, body=b'{"name":"UnknownError","data":{"message":"Unexpected","ref":"err_1"}}'))
    listener = Listener()

    class Removing(Listener):
        async def session_opened(self, session_id: str, model: str | None, resume: Json = None) -> None:
            del engine.server.agents["plan"]
            await listener.session_opened(session_id, model)

    error = await failed(engine, Removing(), engine_agent="plan")

    assert error.failure.kind is FailureKind.UNKNOWN_AGENT
    assert error.failure.causes[-1].message.startswith("OpenCode answered 500")


async def test_a_session_deleted_by_somebody_is_no_mystery(engine: ScriptedEngine) -> None:
    engine.play(s.Wait())
    listener = Listener()
    attempt = asyncio.create_task(failed(engine, listener))
    session = engine.server.sessions[await listener.session()]

    engine.server.publish("session.deleted", {"sessionID": session.id, "info": session.shown()}, "/")

    assert (await attempt).failure.message == "The session was deleted in OpenCode while the step was running"


async def test_a_cancel_stops_the_session_and_its_sub_agents(engine: ScriptedEngine) -> None:
    engine.play(s.Delegate(agent="explore", script=(s.AskPermission(),)))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(), listener))
    await listener.attention()

    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt

    assert len(engine.server.sessions) == 2
    assert all(session.status == {"type": "idle"} for session in engine.server.sessions.values())


async def test_an_observer_that_breaks_leaves_nothing_running(engine: ScriptedEngine) -> None:
    engine.play(s.AskPermission())

    class Broken(Listener):
        async def attention_raised(self, attention: Any) -> None:
            raise OSError("disk full")

    with pytest.raises(ExceptionGroup) as caught:
        await engine.agents.run(a_work(), Broken())

    assert caught.group_contains(OSError)
    assert all(session.status == {"type": "idle"} for session in engine.server.sessions.values())


async def test_evidence_is_frozen_with_the_failure(engine: ScriptedEngine) -> None:
    engine.play(
        s.Todos(items=(("Write a test", "pending"),)),
        s.Use(tool="edit", input={"filePath": "app/login.py"}),
        s.Use(tool="bash", input={"command": "make"}, error="exit 2"),
        refused(401, "Incorrect API key"),
    )
    listener = Listener()

    evidence = (await failed(engine, listener, model="scripted/text")).failure.evidence

    assert evidence is not None
    assert evidence.session_id == listener.session_id
    assert evidence.model == "scripted/text"
    assert evidence.todos[0].content == "Write a test"
    assert evidence.last_tool is not None
    assert (evidence.last_tool.tool, evidence.last_tool.error) == ("bash", "exit 2")
    assert evidence.side_effects == ("edited app/login.py", "ran: make")


async def test_the_end_of_each_text_is_told(engine: ScriptedEngine) -> None:
    engine.play(s.Say(text="I look."), s.Use(tool="read", output="x"), s.Say(text="All done."))
    listener = Listener()

    await engine.agents.run(a_work(), listener)

    texts = [activity for activity in listener.activities if isinstance(activity, TextDelta)]
    assert listener.text.strip().split("\n\n") == ["I look.", "All done."]
    assert texts[-1].last
    assert sum(text.last for text in texts) >= 2


async def test_no_secret_comes_through_the_border(engine: ScriptedEngine) -> None:
    engine.play(
        s.Use(tool="bash", input={"command": f"curl -H 'Authorization: Bearer {SECRET}' x"}, output=f"token={SECRET}"),
        s.Say(text=f"The pass phrase is OpenSesame99 and the key is {SECRET} and that is all there is to say"),
        refused(401, f"Incorrect API key provided: {SECRET}"),
    )
    listener, agents = Listener(), RedactedAgents(engine.agents, Redactor(["OpenSesame99"]))

    with pytest.raises(AgentError) as caught:
        await agents.run(a_work(), listener)

    everything = repr((caught.value.failure, listener.activities, listener.raised))
    assert SECRET not in everything
    assert "OpenSesame99" not in everything
    assert "[redacted:" in caught.value.failure.message
    assert "[redacted:" in listener.text


async def test_many_attempts_at_once_do_not_mix(engine: ScriptedEngine) -> None:
    for number in range(8):
        engine.play(s.Use(tool="read"), s.Say(text=f"Answer {number}"), name=f"n{number}")

    answers = await asyncio.gather(
        *(engine.agents.run(a_work(model=f"scripted/n{number}"), Listener()) for number in range(8))
    )

    assert [answer.markdown for answer in answers] == [f"Answer {number}" for number in range(8)]


async def test_an_earlier_session_is_stopped(engine: ScriptedEngine) -> None:
    engine.play(s.Wait())
    listener = Listener()
    attempt = asyncio.create_task(failed(engine, listener))
    session_id = await listener.session()

    await engine.agents.stop(session_id, "/")

    assert engine.server.sessions[session_id].status == {"type": "idle"}
    assert (await attempt).failure.kind is FailureKind.ENGINE_ABORTED
    await engine.agents.stop("ses_forgotten", "/")


async def test_what_may_be_asked_for_is_known(engine: ScriptedEngine) -> None:
    known = await engine.agents.known("/")

    assert set(known.agents) == {"build", "plan", "general", "explore"}
    assert "scripted/text" in known.models
    assert (await engine.agents.health()).reachable


async def test_the_raw_words_of_opencode_are_told(engine: ScriptedEngine, tmp_path: Path) -> None:
    engine.play(s.Raw(body=json.dumps({"x": "y" * 200_000}).encode()))

    failure = (await failed(engine, directory=str(tmp_path))).failure

    assert failure.kind is FailureKind.UNEXPECTED_SHAPE
    assert failure.detail is not None
    assert "yyyy" in failure.detail
