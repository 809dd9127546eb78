"""An approval is asked once, decided once by a person or by time, and does not outlive its pipeline."""

from datetime import timedelta

import pytest

from runner.approvals import decide_approval, expire_approval
from runner.attention import AttentionKind
from runner.changes import IllegalTransition
from runner.events import ApprovalDecided, ApprovalRequested, PipelineFinished, StepFailed, StepStarted, StepSucceeded
from runner.failure_kinds import FailureKind
from runner.model import Approval, ApprovalStatus, PipelineStatus, StepStatus
from runner.repairs import retry_step
from runner.transitions import cancel
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

    with pytest.raises(IllegalTransition, match="already decided: approved by Ana"):
        story.do(decide_approval, step_id, BEN, False, "too late", NOW)


def test_an_agents_step_asks_for_no_approval() -> None:
    story = Story().begin()

    with pytest.raises(IllegalTransition, match="no approval"):
        story.do(decide_approval, story.step.id, ANA, True, None, NOW)


def test_cancelling_withdraws_the_request() -> None:
    story = asked()
    step_id = story.step.id

    story.do(cancel, ANA, "not needed", NOW)

    assert (approval_of(story).status, approval_of(story).decided_by) == (ApprovalStatus.CANCELLED, ANA)
    assert story.at(0).status is StepStatus.CANCELLED
    assert [event.actor for event in story.events if isinstance(event, ApprovalDecided)] == [ANA]
    with pytest.raises(IllegalTransition, match="already ended: cancelled by Ana"):
        story.do(decide_approval, step_id, BEN, True, None, NOW)


def test_an_approved_pipeline_waits_for_its_turn_to_go_on() -> None:
    story = asked()

    story.do(decide_approval, story.step.id, ANA, True, "mind the tests", NOW)

    assert story.names[-4:] == ["ApprovalDecided", "AttentionCleared", "StepSucceeded", "PipelineResumed"]
    assert story.pipeline.status is PipelineStatus.PENDING
    assert [step.status for step in story.pipeline.steps] == [StepStatus.SUCCEEDED, StepStatus.PENDING]
    handoff = story.at(0).handoff
    assert handoff is not None
    assert (handoff.markdown, handoff.supplied_by) == ("mind the tests", ANA)


def test_an_approval_without_a_comment_says_who_gave_it() -> None:
    story = asked()

    story.do(decide_approval, story.step.id, ANA, True, None, NOW)

    handoff = story.at(0).handoff
    assert handoff is not None
    assert handoff.markdown == "Approved by Ana"


def test_approving_the_last_step_ends_the_pipeline() -> None:
    story = Story([an_approval_plan()]).begin()

    story.do(decide_approval, story.step.id, ANA, True, None, NOW)

    assert story.pipeline.status is PipelineStatus.SUCCEEDED
    assert story.pipeline.error_message is None
    assert story.names[-1] == "PipelineFinished"
    assert story.events[-1].actor == ANA


def test_every_event_of_an_approval_is_in_the_promised_order() -> None:
    story = asked()

    story.do(decide_approval, story.step.id, ANA, True, None, NOW).begin()

    kinds = (StepStarted, ApprovalRequested, ApprovalDecided, StepSucceeded)
    assert [type(event) for event in story.events if isinstance(event, kinds)] == [*kinds, StepStarted]


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (3 * 86_400, "3 days"),
        (86_400, "1 day"),
        (36 * 3600, "36 hours"),
        (3600, "1 hour"),
        (1800, "30 min"),
        (90, "90s"),
    ],
)
def test_an_expired_approval_names_its_limit_however_late_that_was_noticed(limit: int, words: str) -> None:
    story = asked(expires_after_seconds=limit)

    story.do(expire_approval, story.step.id, after(limit) + timedelta(days=2, seconds=7))

    assert story.pipeline.error_message == f"Nobody decided within {words}"
    assert story.pipeline.failure is not None
    assert story.pipeline.failure.failure.kind is FailureKind.APPROVAL_EXPIRED
    assert approval_of(story).status is ApprovalStatus.EXPIRED
    assert [event.actor for event in story.events if isinstance(event, StepFailed)] == [None]


def test_an_approval_does_not_expire_before_its_time() -> None:
    story = asked(expires_after_seconds=60)

    with pytest.raises(IllegalTransition, match="still time"):
        story.do(expire_approval, story.step.id, after(59))


def test_an_approval_without_a_limit_never_expires() -> None:
    story = asked()

    with pytest.raises(IllegalTransition, match="still time"):
        story.do(expire_approval, story.step.id, after(10**8))


def test_what_is_too_late_for_an_expired_approval_says_so() -> None:
    story = asked(expires_after_seconds=60)
    step_id = story.step.id
    story.do(expire_approval, step_id, after(60))

    with pytest.raises(IllegalTransition, match="already ended: failed"):
        story.do(decide_approval, step_id, ANA, True, None, after(61))


def test_a_retry_asks_anew_with_a_request_of_its_own() -> None:
    story = asked(expires_after_seconds=60)
    first = approval_of(story)
    step_id = story.step.id
    story.do(expire_approval, step_id, after(60)).do(retry_step, step_id, ANA, after(70))

    with pytest.raises(IllegalTransition, match="no longer open: expired"):
        story.do(decide_approval, step_id, ANA, True, None, after(71))
    story.begin(after(80))

    second = approval_of(story)
    assert second.id != first.id
    assert (second.status, second.expires_at) == (ApprovalStatus.PENDING, after(140))
    with pytest.raises(IllegalTransition, match="still time"):
        story.do(expire_approval, step_id, after(90))
