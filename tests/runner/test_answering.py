"""What a person decides or answers counts once, is kept with their name, and reaches whoever asked."""

import asyncio
import random
from dataclasses import replace

import pytest

from runner.attention import Attention, Field, FieldKind, Form, Question
from runner.commands import RetryRequest
from runner.events import AttentionCleared
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from runner.groups import FailureGroup, FailureGroupStatus
from runner.model import PipelineStatus
from runner.outcomes import Decision, InvalidInput, NotAllowed, NotFound
from runner.transitions import begin_step, raise_attention
from tests.runner.desk import Desk, done
from tests.runner.journals import UnhurriedJournal
from tests.support.builders import (
    ANA,
    BEN,
    NOW,
    a_failure,
    a_permission,
    a_plan,
    a_question,
    an_approval_plan,
)

pytestmark = pytest.mark.asyncio


async def test_an_approval_is_decided_by_its_own_id_and_launches() -> None:
    desk = Desk()
    pipeline = await desk.begun(an_approval_plan(), a_plan())
    approval = pipeline.steps[0].approval
    assert approval is not None

    outcome = done(await desk.commands.decide_approval(approval.id, ANA, approved=True, comment=" mind the tests "))

    assert outcome.steps[0].approval is not None
    assert outcome.steps[0].approval.comment == "mind the tests"
    assert desk.dispatcher.launched == [outcome.id]


async def test_an_approval_that_was_asked_anew_is_not_decided_by_the_old_id() -> None:
    desk = Desk()
    pipeline = await desk.begun(an_approval_plan())
    first = pipeline.steps[0].approval
    assert first is not None
    await desk.commands.decide_approval(first.id, ANA, approved=False, comment=None)
    retried = done(await desk.commands.retry_step(RetryRequest(step_id=pipeline.steps[0].id), ANA))
    await desk.commit(begin_step(retried, NOW))

    outcome = await desk.commands.decide_approval(first.id, BEN, approved=True, comment=None)

    assert isinstance(outcome, NotAllowed)
    assert "tried again since" in outcome.message
    assert (await desk.now()).status is PipelineStatus.WAITING


@pytest.mark.parametrize(
    ("allow", "always", "message", "told", "answer"),
    [
        (True, False, None, ("once", None), "allowed"),
        (True, True, None, ("always", None), "allowed always"),
        (False, False, None, ("reject", None), "refused"),
        (False, True, "use trash", ("reject", "use trash"), "refused: use trash"),
    ],
)
async def test_a_permission_is_answered_to_the_engine_and_kept_in_the_log(
    allow: bool, always: bool, message: str | None, told: object, answer: str
) -> None:
    desk = Desk()
    attention = a_permission((await desk.begun()).steps[0])
    pipeline = await desk.now()
    await desk.commit(raise_attention(pipeline, pipeline.steps[0].id, 1, attention))

    outcome = await desk.commands.answer_permission(attention.id, ANA, allow=allow, always=always, message=message)

    assert done(outcome).status is PipelineStatus.RUNNING
    assert [(call.subject, call.says) for call in desk.agents.told("permission")] == [("per_1", told)]
    [cleared] = desk.hooks.events(AttentionCleared)
    assert (cleared.actor, getattr(cleared, "answer", None)) == (ANA, answer)


async def a_question_at(desk: Desk) -> Attention:
    pipeline = await desk.begun()
    attention = a_question(pipeline.steps[0])
    await desk.commit(raise_attention(pipeline, pipeline.steps[0].id, 1, attention))
    return attention


async def test_a_question_is_answered_once() -> None:
    desk = Desk()
    question = await a_question_at(desk)

    first = await desk.commands.answer_question(question.id, ANA, ["SQLite", "and a file"])
    second = await desk.commands.answer_question(question.id, BEN, ["PostgreSQL"])

    assert done(first).attention == ()
    assert isinstance(second, NotAllowed)
    assert second.message == 'That question is no longer open: answered "SQLite, and a file" by Ana.'
    assert [call.says for call in desk.agents.told("answer")] == [("SQLite", "and a file")]


async def test_of_two_answers_at_the_same_moment_one_is_taken() -> None:
    for seed in range(40):
        desk = Desk(journal=UnhurriedJournal(random.Random(seed)))
        question = await a_question_at(desk)

        outcomes = await asyncio.gather(
            desk.commands.answer_question(question.id, ANA, ["SQLite"]),
            desk.commands.answer_question(question.id, BEN, ["PostgreSQL"]),
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AsOf", "NotAllowed"], f"seed {seed}"
        assert len(desk.agents.told("answer")) == 1, f"seed {seed}"


async def test_a_step_of_an_agent_has_no_approval_to_find() -> None:
    desk = Desk()
    step = (await desk.begun()).steps[0]

    outcome = await desk.commands.decide_approval(f"app_{step.id[4:]}_1", ANA, approved=True, comment=None)

    assert isinstance(outcome, NotFound)


async def test_a_question_needs_an_answer() -> None:
    desk = Desk()
    question = await a_question_at(desk)

    for nothing in ([], [" "]):
        outcome = await desk.commands.answer_question(question.id, ANA, nothing)
        assert isinstance(outcome, InvalidInput)
        assert outcome.field == ("answers",)


COLOUR = Field(key="q0", kind=FieldKind.TEXT, title="Colour")
NUMBER = Field(key="q1", kind=FieldKind.INTEGER, title="How many", maximum=5)


async def a_form_at(desk: Desk, *, required: bool = False) -> Attention:
    fields = tuple(replace(field, required=required) for field in (COLOUR, NUMBER))
    form = Form(id="que_1", title="", fields=fields)
    pipeline = await desk.begun()
    attention = a_question(pipeline.steps[0], question=Question(id="que_1", text="Colour\nHow many", form=form))
    await desk.commit(raise_attention(pipeline, pipeline.steps[0].id, 1, attention))
    return attention


async def test_each_field_of_a_question_has_an_answer_of_its_own() -> None:
    desk = Desk()
    question = await a_form_at(desk)

    outcome = await desk.commands.fill_in_question(question.id, ANA, {"q0": ["blue"], "q1": ["3"]})

    assert done(outcome).attention == ()
    assert [call.says for call in desk.agents.told("answer")] == [{"q0": "blue", "q1": 3}]
    [cleared] = desk.hooks.events(AttentionCleared)
    assert (cleared.actor, getattr(cleared, "answer", None)) == (ANA, "Colour: blue; How many: 3")


async def test_a_question_without_a_form_is_answered_as_before() -> None:
    desk = Desk()
    question = await a_question_at(desk)

    await desk.commands.fill_in_question(question.id, ANA, {"q0": ["SQLite"]})

    assert [call.says for call in desk.agents.told("answer")] == [("SQLite",)]


async def test_an_answer_that_no_field_takes_is_refused_before_anything_is_stored() -> None:
    desk = Desk()
    question = await a_form_at(desk)

    outcome = await desk.commands.fill_in_question(question.id, ANA, {"q1": ["9"]})

    assert outcome == InvalidInput(message="At most 5.", field=("fields", "q1"))
    assert desk.agents.told("answer") == []
    assert desk.hooks.events(AttentionCleared) == []


async def test_an_answer_that_the_engine_finds_wrong_leaves_the_question_open() -> None:
    desk = Desk()
    question = await a_form_at(desk)
    desk.agents.wrong = "Too many."

    outcomes = (
        await desk.commands.fill_in_question(question.id, ANA, {"q1": ["3"]}),
        await desk.commands.answer_question(question.id, ANA, ["blue", "3"]),
    )

    assert outcomes == (
        InvalidInput(message="Too many.", field=("fields",)),
        InvalidInput(message="Too many.", field=("answers",)),
    )
    assert [attention.id for _, attention in (await desk.now()).attention] == [question.id]
    desk.agents.wrong = None
    assert done(await desk.commands.answer_question(question.id, ANA, ["blue", "3"])).attention == ()


@pytest.mark.parametrize("answers", [["blue"], ["blue", "3", "more"]], ids=["too few", "too many"])
async def test_another_number_of_answers_than_of_questions_is_refused_before_anything_is_stored(
    answers: list[str],
) -> None:
    desk = Desk()
    question = await a_form_at(desk, required=True)

    outcome = await desk.commands.answer_question(question.id, ANA, answers)

    message = "It asks 2 questions: give one answer for each, in their order."
    assert outcome == InvalidInput(message=message, field=("answers",))
    assert desk.hooks.events(AttentionCleared) == []


async def test_answers_in_order_are_kept_with_the_names_of_their_questions() -> None:
    desk = Desk()
    question = await a_form_at(desk)

    await desk.commands.answer_question(question.id, ANA, ["blue", "3"])

    [cleared] = desk.hooks.events(AttentionCleared)
    assert getattr(cleared, "answer", None) == "Colour: blue; How many: 3"


async def test_a_question_that_is_answered_has_no_fields_any_more() -> None:
    desk = Desk()
    question = await a_form_at(desk)
    await desk.commands.fill_in_question(question.id, ANA, {"q1": ["3"]})

    late = await desk.commands.fill_in_question(question.id, BEN, {"q1": ["4"]})

    assert isinstance(late, NotAllowed)
    assert late.decision == Decision(by=ANA, at=NOW, what='answered "How many: 3"')


async def test_a_question_may_be_dismissed() -> None:
    desk = Desk()
    question = await a_question_at(desk)

    outcome = done(await desk.commands.dismiss_question(question.id, ANA))

    assert outcome.attention == ()
    assert [call.subject for call in desk.agents.told("dismiss")] == ["que_1"]


async def test_a_question_is_no_permission() -> None:
    desk = Desk()
    question = await a_question_at(desk)

    outcome = await desk.commands.answer_permission(question.id, ANA, allow=True)

    assert isinstance(outcome, NotAllowed)
    assert desk.agents.calls == []


async def test_an_answer_that_the_engine_did_not_hear_can_be_given_again() -> None:
    desk = Desk()
    question = await a_question_at(desk)
    desk.agents.answering = AgentError(a_failure(FailureKind.ENGINE_UNREACHABLE, "OpenCode is not reachable"))

    refused = await desk.commands.answer_question(question.id, ANA, ["SQLite"])
    open_again = await desk.now()
    desk.agents.answering = None
    taken = await desk.commands.answer_question(question.id, ANA, ["SQLite"])

    assert refused == NotAllowed(message="The answer was not taken: OpenCode is not reachable")
    assert [attention.id for _, attention in open_again.attention] == [question.id]
    assert open_again.status is PipelineStatus.WAITING
    assert done(taken).attention == ()


async def test_an_answer_to_what_the_engine_no_longer_asks_stays_cleared() -> None:
    desk = Desk()
    question = await a_question_at(desk)
    desk.agents.answering = AgentError(a_failure(FailureKind.ENGINE_ERROR, "No such request", status_code=404))

    outcome = await desk.commands.dismiss_question(question.id, ANA)

    assert outcome == NotAllowed(message="The agent no longer waits for that answer: No such request")
    assert (await desk.now()).attention == ()


async def test_a_group_of_failures_is_acknowledged() -> None:
    desk = Desk()
    await desk.failed()
    [group_id] = desk.journal._stored.groups

    outcome = await desk.commands.set_group_status(group_id, FailureGroupStatus.ACKNOWLEDGED, ANA)

    assert isinstance(outcome, FailureGroup)
    assert outcome.status is FailureGroupStatus.ACKNOWLEDGED
