"""Why a step is not moving is said by an event when it begins and by an event when it is over."""

import pytest

from runner.approvals import expire_approval
from runner.attention import AttentionKind
from runner.changes import IllegalTransition
from runner.events import AttentionCleared, AttentionRaised
from runner.failure_kinds import FailureKind
from runner.model import PipelineStatus, StepStatus
from runner.transitions import cancel, clear_attention, raise_attention
from tests.support.builders import ANA, NOW, Story, a_permission, a_question, after, an_approval_plan, an_attention


def raised_and_cleared(story: Story) -> tuple[list[str], list[str]]:
    return (
        [event.attention.id for event in story.events if isinstance(event, AttentionRaised)],
        [event.attention_id for event in story.events if isinstance(event, AttentionCleared)],
    )


def test_a_permission_makes_step_and_pipeline_wait() -> None:
    story = Story().begin()

    story.do(raise_attention, story.step.id, 1, a_permission(story.step))

    assert story.step.status is StepStatus.WAITING
    assert story.pipeline.status is PipelineStatus.WAITING
    assert [attention.kind for _, attention in story.pipeline.attention] == [AttentionKind.PERMISSION]


def test_a_retry_of_the_engine_is_said_but_keeps_the_step_running() -> None:
    story = Story().begin()

    story.do(raise_attention, story.step.id, 1, an_attention(story.step, AttentionKind.RETRYING))

    assert story.step.status is StepStatus.RUNNING
    assert story.pipeline.status is PipelineStatus.RUNNING


def test_a_step_waits_until_its_last_question_is_answered() -> None:
    story = Story().begin()
    permission, question = a_permission(story.step), a_question(story.step)
    for attention in (permission, question, an_attention(story.step)):
        story.do(raise_attention, story.step.id, 1, attention)

    seen = []
    for asked in (permission, question):
        story.do(clear_attention, story.step.id, asked.id, NOW, actor=ANA, answer="yes")
        seen.append((story.step.status, story.pipeline.status))

    assert seen == [
        (StepStatus.WAITING, PipelineStatus.WAITING),
        (StepStatus.RUNNING, PipelineStatus.RUNNING),
    ]


def test_the_same_attention_with_other_words_replaces_what_was_said() -> None:
    story = Story().begin()
    story.do(raise_attention, story.step.id, 1, an_attention(story.step, message="2nd try"))

    story.do(raise_attention, story.step.id, 1, an_attention(story.step, message="3rd try"))

    assert [attention.message for attention in story.step.attention] == ["3rd try"]


def test_the_same_attention_in_the_same_words_is_no_change() -> None:
    story = Story().begin()
    story.do(raise_attention, story.step.id, 1, an_attention(story.step))

    with pytest.raises(IllegalTransition, match="already known"):
        story.do(raise_attention, story.step.id, 1, an_attention(story.step))


def test_a_question_is_answered_once() -> None:
    story = Story().begin()
    question = a_question(story.step)
    story.do(raise_attention, story.step.id, 1, question)
    story.do(clear_attention, story.step.id, question.id, NOW, actor=ANA, answer="SQLite")

    with pytest.raises(IllegalTransition, match="no longer open"):
        story.do(clear_attention, story.step.id, question.id, NOW)


@pytest.mark.parametrize("end", ["succeeded", "failed", "retrying", "cancelled"])
def test_the_end_of_an_attempt_clears_what_it_was_waiting_for(end: str) -> None:
    story = Story().begin()
    for attention in (a_permission(story.step), an_attention(story.step)):
        story.do(raise_attention, story.step.id, 1, attention)

    match end:
        case "succeeded":
            story.succeed()
        case "failed":
            story.fail(FailureKind.PROVIDER_AUTH)
        case "retrying":
            story.fail(FailureKind.PERMISSION_EXPIRED)
        case _:
            story.do(cancel, ANA, None, NOW)

    raised, cleared = raised_and_cleared(story)
    assert len(raised) == 2
    assert cleared == raised
    assert story.at(0).attention == ()
    assert story.pipeline.attention == ()


def test_whoever_cancels_has_cleared_the_question() -> None:
    story = Story().begin()
    story.do(raise_attention, story.step.id, 1, a_question(story.step))

    story.do(cancel, ANA, "never mind", NOW)

    assert [event.actor for event in story.events if isinstance(event, AttentionCleared)] == [ANA]


def test_an_expired_approval_is_cleared_too() -> None:
    story = Story([an_approval_plan(expires_after_seconds=60)]).begin()

    story.do(expire_approval, story.step.id, after(60))

    raised, cleared = raised_and_cleared(story)
    assert cleared == raised
    assert story.pipeline.attention == ()
