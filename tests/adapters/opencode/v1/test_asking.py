"""A permission or a question waits for a person as long as it may; the answer, or that none came, decides."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as s
from runner.agents import Answer
from runner.attention import FieldKind, Question
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from runner.model import Actor
from tests.adapters.opencode.v1.engines import ScriptedEngine, a_work, scripted_engine
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with scripted_engine() as running:
        yield running


async def failed(engine: ScriptedEngine, listener: Listener | None = None, **work: Any) -> AgentError:
    with pytest.raises(AgentError) as caught:
        await engine.agents.run(a_work(**work), listener or Listener())
    return caught.value


@pytest.mark.parametrize(
    ("reply", "message", "outcome"),
    [
        ("once", None, "All done."),
        ("reject", "Use make clean", "All done."),
        ("reject", None, 'Ana refused bash "rm -rf build"'),
    ],
    ids=["allowed", "refused with advice", "refused"],
)
async def test_a_permission_waits_for_a_person(
    engine: ScriptedEngine, reply: Any, message: str | None, outcome: str
) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="All done."))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(timeout_seconds=5.0), listener))

    attention = await listener.attention()
    assert attention.permission is not None
    await engine.agents.answer_permission(attention.permission.id, "/", reply, message, Actor(name="Ana"))
    try:
        found = (await attempt).markdown
    except AgentError as error:
        found = error.failure.message

    assert found == outcome
    assert listener.told[-1][:2] == ("cleared", attention.id)


async def test_a_refused_command_has_changed_nothing(engine: ScriptedEngine) -> None:
    engine.play(s.Use(tool="bash", input={"command": "make"}), s.AskPermission(patterns=("rm -rf build",)))

    evidence = (await failed(engine, ask_seconds=0.1)).failure.evidence

    assert evidence is not None
    assert evidence.side_effects == ("ran: make",)


async def test_a_question_is_answered(engine: ScriptedEngine) -> None:
    engine.play(s.AskQuestion(question="Which database?", options=("pg", "lite")), s.Say(text="All done."))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(), listener))

    attention = await listener.attention()
    assert attention.question is not None
    await engine.agents.answer_question(attention.question.id, "/", ["pg"])

    assert (await attempt).markdown == "All done."
    assert listener.told[-1] == ("cleared", attention.id, "pg")


async def several_asked(engine: ScriptedEngine) -> tuple[Question, "asyncio.Task[Answer]"]:
    colours = s.AskQuestion(question="Which colours?", options=("red", "blue", "green"), multiple=True)
    engine.play(s.AskQuestion(question="Which database?", options=("pg",), also=(colours,)), s.Say(text="All done."))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(), listener))
    question = (await listener.attention()).question
    assert question is not None
    return question, attempt


async def test_each_of_several_questions_is_answered_for_itself(engine: ScriptedEngine) -> None:
    question, attempt = await several_asked(engine)

    assert [(field.key, field.kind, field.text) for field in question.fields] == [
        ("q0", FieldKind.CHOICE, "Which database?"),
        ("q1", FieldKind.MULTI, "Which colours?"),
    ]
    wrong = await engine.agents.answer_question(question.id, "/", [], {"q0": "pg", "q1": ["red", "blue"]})

    assert wrong is None
    await attempt
    [session] = engine.server.sessions.values()
    assert "[['pg'], ['red', 'blue']]" in str(session.messages)


async def test_too_few_answers_to_several_questions_are_answers_to_none(engine: ScriptedEngine) -> None:
    question, attempt = await several_asked(engine)

    wrong = await engine.agents.answer_question(question.id, "/", ["red"])

    assert wrong == "It asks 2 questions: give one answer for each, in their order."
    assert await engine.agents.answer_question(question.id, "/", ["pg", "red"]) is None
    assert (await attempt).markdown == "All done."


async def test_a_question_is_dismissed(engine: ScriptedEngine) -> None:
    engine.play(s.AskQuestion(question="Which database?"))
    listener = Listener()
    attempt = asyncio.create_task(engine.agents.run(a_work(), listener))

    attention = await listener.attention()
    assert attention.question is not None
    await engine.agents.dismiss_question(attention.question.id, "/")
    with pytest.raises(AgentError) as caught:
        await attempt

    assert caught.value.failure.kind is FailureKind.QUESTION_DISMISSED


async def test_an_ask_of_a_sub_agent_that_nobody_answers_expires_and_leaves_nothing_behind(
    engine: ScriptedEngine,
) -> None:
    engine.play(s.Delegate(agent="explore", script=(s.AskPermission(patterns=("ls /etc",)),)), s.Say(text="Done."))

    error = await failed(engine, ask_seconds=0.2, timeout_seconds=0.1)

    assert error.failure.message == 'Nobody answered the request for bash "ls /etc" within 0.2s'
    assert engine.server.asks == {}
    assert all(session.status == {"type": "idle"} for session in engine.server.sessions.values())


async def test_answering_what_is_no_longer_asked_is_an_error(engine: ScriptedEngine) -> None:
    with pytest.raises(AgentError, match="Permission request not found"):
        await engine.agents.answer_permission("per_0", "/", "once", None)
    with pytest.raises(AgentError, match="Question request not found"):
        await engine.agents.answer_question("que_0", "/", ["a"])
