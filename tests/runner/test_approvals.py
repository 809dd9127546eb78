"""An approval is asked once, decided once by a person or by time, and does not outlive its pipeline."""

import pytest

from runner.events import ApprovalDecided, PipelineFinished, StepFailed
from runner.failures import FailureKind
from runner.model import Approval, ApprovalStatus, AttentionKind, PipelineStatus, StepStatus
from runner.transitions import NotAllowed, cancel, decide_approval
from tests.support.builders import ANA, BEN, NOW, Story, a_plan, after, an_approval_plan


def asked(**says: object) -> Story:
    """Waits for an approval that is followed by a step."""
    return Story([an_approval_plan(**says), a_plan()]).begin()


def approval_of(story: Story, position: int = 0) -> Approval:
    approval = story.at(position).approval
    assert approval is not None
    return approval


def test_an_approval_is_requested_and_says_what_is_to_be_decided() -> None:
    story = asked(expires_after_seconds=3600, remind_after_seconds=60)

    approval = approval_of(story)
    assert approval.status is ApprovalStatus.PENDING
    assert approval.description == "Ship it?"
    assert (approval.remind_at, approval.expires_at) == (after(60), after(3600))
    assert story.names[1:] == ["StepStarted", "ApprovalRequested", "AttentionRaised"]
    assert story.pipeline.status is PipelineStatus.WAITING
    assert story.step.status is StepStatus.WAITING
    [attention] = story.step.attention
    assert (attention.kind, attention.message, attention.next_at) == (AttentionKind.APPROVAL, "Ship it?", after(3600))


def test_an_approval_without_words_still_says_that_it_waits() -> None:
    story = asked(description=None)

    assert [attention.message for attention in story.step.attention] == ["Waits for an approval"]
    assert approval_of(story).expires_at is None


def test_a_rejection_ends_the_pipeline_with_who_and_why() -> None:
    story = asked()

    story.do(decide_approval, story.step.id, ANA, False, "not before Friday", NOW)

    assert story.pipeline.status is PipelineStatus.FAILED
    assert story.pipeline.error_message == 'Ana rejected it: "not before Friday"'
    assert story.at(0).error_message == story.pipeline.error_message
    assert story.pipeline.failure is not None
    assert story.pipeline.failure.failure.kind is FailureKind.APPROVAL_REJECTED
    decided = [event for event in story.events if isinstance(event, ApprovalDecided | StepFailed | PipelineFinished)]
    assert [event.actor for event in decided] == [ANA, ANA, ANA]


def test_a_rejection_needs_no_comment() -> None:
    story = asked()

    story.do(decide_approval, story.step.id, ANA, False, None, NOW)

    assert story.pipeline.error_message == "Ana rejected it"


def test_whoever_comes_second_is_told_who_decided_what() -> None:
    story = asked()
    step_id = story.step.id
    story.do(decide_approval, step_id, ANA, True, None, NOW)

    with pytest.raises(NotAllowed, match="already decided: approved by Ana"):
        story.do(decide_approval, step_id, BEN, False, "too late", NOW)


def test_an_agents_step_asks_for_no_approval() -> None:
    story = Story().begin()

    with pytest.raises(NotAllowed, match="no approval"):
        story.do(decide_approval, story.step.id, ANA, True, None, NOW)


def test_cancelling_withdraws_the_request() -> None:
    story = asked()
    step_id = story.step.id

    story.do(cancel, ANA, "not needed", NOW)

    assert approval_of(story).status is ApprovalStatus.EXPIRED
    assert story.at(0).status is StepStatus.CANCELLED
    assert [event.actor for event in story.events if isinstance(event, ApprovalDecided)] == [ANA]
    with pytest.raises(NotAllowed, match="already ended: cancelled"):
        story.do(decide_approval, step_id, BEN, True, None, NOW)
