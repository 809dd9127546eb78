"""Where a pipeline stands a person can cancel, try again, skip, or write the output; each act names its actor."""

from datetime import datetime

import pytest

from runner.changes import IllegalTransition
from runner.events import PipelineFinished, PipelineResumed, StepFailed
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE
from runner.model import Pipeline, PipelineStatus, StepId, StepStatus
from runner.repairs import retry_step, skip_step, supply_handoff
from runner.transitions import cancel
from tests.support.builders import ANA, NOW, USAGE, Story, a_plan, after


def failed(steps: int = 2) -> Story:
    """The first step has failed for good."""
    return Story(steps).begin().fail(FailureKind.PROVIDER_AUTH, usage=USAGE)


def between(at: datetime = NOW) -> Story:
    """The first attempt has failed and stepwire waits for the next."""
    return Story().begin().fail(FailureKind.ENGINE_LOST, at=at, usage=USAGE)


def last_failed(story: Story) -> StepFailed:
    return next(event for event in reversed(story.events) if isinstance(event, StepFailed))


def reasons(pipeline: Pipeline) -> list[str | None]:
    return [step.error_message for step in pipeline.steps]


def test_cancelling_a_running_step_ends_it_with_who_and_why() -> None:
    story = Story().begin()

    story.do(cancel, ANA, "wrong branch", after(3))

    assert story.pipeline.status is PipelineStatus.CANCELLED
    assert [step.status for step in story.pipeline.steps] == [StepStatus.CANCELLED, StepStatus.PENDING]
    assert reasons(story.pipeline) == ["Cancelled by Ana: wrong branch", None]
    assert story.pipeline.error_message == "Cancelled by Ana: wrong branch"
    assert story.at(0).attempts[0].status is StepStatus.CANCELLED
    assert [event.actor for event in story.events[-2:]] == [ANA, ANA]


def test_cancelling_before_any_step_began_still_says_why() -> None:
    story = Story()

    story.do(cancel, ANA, None, NOW)

    assert story.pipeline.status is PipelineStatus.CANCELLED
    assert story.pipeline.error_message == "Cancelled by Ana"
    assert story.pipeline.failure is None
    assert story.names == ["PipelineStarted", "PipelineFinished"]


def test_cancelling_between_two_attempts_keeps_the_first_ones_reason() -> None:
    story = between()
    first = story.at(0).attempts[0]

    story.do(cancel, ANA, "enough", NOW)

    assert story.at(0).status is StepStatus.CANCELLED
    assert story.at(0).error_message == "Cancelled by Ana: enough"
    assert story.at(0).attempts == (first,)
    assert first.failure is not None
    assert first.failure.id != last_failed(story).failure.id


def test_usage_is_told_once_when_a_cancel_comes_between_two_attempts() -> None:
    story = between()

    story.do(cancel, ANA, None, NOW)

    assert last_failed(story).usage == NO_USAGE
    assert story.pipeline.usage == USAGE


def test_a_retry_keeps_what_came_before_and_clears_the_reason() -> None:
    story = Story(3).begin().succeed("First part").fail(FailureKind.PROVIDER_AUTH)
    step = story.step

    story.do(retry_step, step.id, ANA, after(60))

    assert story.pipeline.status is PipelineStatus.PENDING
    assert reasons(story.pipeline) == [None, None, None]
    assert story.pipeline.error_message is None
    assert story.pipeline.finished_at is None
    assert story.step.attempts == step.attempts
    handoff = story.at(0).handoff
    assert handoff is not None
    assert handoff.markdown == "First part"


def test_a_retry_may_change_model_limit_and_instruction_of_that_step_alone() -> None:
    story = Story([a_plan(model="acme/small", timeout_seconds=60), a_plan()]).begin().fail()

    step_id = story.step.id
    story.do(retry_step, step_id, ANA, NOW, model="acme/large", instruction="Be brief", timeout_seconds=90).begin()

    assert story.step.plan.model == "acme/large"
    assert story.step.plan.timeout_seconds == 90
    assert story.step.attempt is not None
    assert story.step.attempt.model == "acme/large"
    assert (story.step.attempt.prompt or "").endswith("For this attempt: Be brief")
    assert story.at(1).plan.model is None


def test_a_retry_says_who_and_which_step() -> None:
    story = failed()

    story.do(retry_step, story.step.id, ANA, NOW)

    resumed = story.events[-1]
    assert isinstance(resumed, PipelineResumed)
    assert (resumed.actor, resumed.reason) == (ANA, "Ana tries step 1 again")


def test_a_further_attempt_follows_the_earlier_ones() -> None:
    story = failed()

    story.do(retry_step, story.step.id, ANA, NOW).begin().succeed()

    assert [(attempt.number, attempt.status) for attempt in story.at(0).attempts] == [
        (1, StepStatus.FAILED),
        (2, StepStatus.SUCCEEDED),
    ]
    assert story.at(0).error_message is None


def test_attempts_before_a_persons_retry_do_not_count_against_the_limit() -> None:
    story = Story().begin().fail(FailureKind.ENGINE_LOST).begin().fail(FailureKind.ENGINE_LOST)
    statuses = [story.pipeline.status]

    story.do(retry_step, story.step.id, ANA, NOW).begin().fail(FailureKind.ENGINE_LOST)
    statuses.append(story.pipeline.status)

    assert statuses == [PipelineStatus.FAILED, PipelineStatus.RUNNING]
    assert story.names[-1] == "StepRetrying"


def test_between_two_attempts_a_retry_means_now() -> None:
    story = between()

    story.do(retry_step, story.step.id, ANA, NOW).begin()

    assert story.number == 2
    assert story.step.status is StepStatus.RUNNING


@pytest.mark.parametrize("cancelled", ["running", "pending", "between"])
def test_a_cancelled_pipeline_can_be_tried_again(cancelled: str) -> None:
    stories = {"running": Story().begin(), "pending": Story(), "between": between()}
    story = stories[cancelled]
    story.do(cancel, ANA, None, NOW)

    story.do(retry_step, story.step.id, ANA, NOW).begin().succeed().succeed()

    assert story.pipeline.status is PipelineStatus.SUCCEEDED
    assert reasons(story.pipeline) == [None, None]
    assert story.pipeline.error_message is None


def test_a_retry_pressed_twice_counts_once() -> None:
    story = failed()
    step_id = story.step.id
    story.do(retry_step, step_id, ANA, NOW)

    with pytest.raises(IllegalTransition, match="Step 1 is pending"):
        story.do(retry_step, step_id, ANA, NOW)


def test_only_the_step_where_the_pipeline_stands_can_be_mended() -> None:
    story = Story(3).begin().succeed().fail(FailureKind.PROVIDER_AUTH)

    with pytest.raises(IllegalTransition, match="Step 1 has succeeded"):
        story.do(retry_step, story.id_of(0), ANA, NOW)
    with pytest.raises(IllegalTransition, match="Step 3 is pending"):
        story.do(retry_step, story.id_of(2), ANA, NOW)


def test_a_skipped_step_is_passed_over_and_the_pipeline_takes_its_turn() -> None:
    story = failed()

    story.do(skip_step, story.step.id, ANA, "not needed", NOW)

    assert [step.status for step in story.pipeline.steps] == [StepStatus.SKIPPED, StepStatus.PENDING]
    assert story.pipeline.status is PipelineStatus.PENDING
    assert reasons(story.pipeline) == [None, None]
    resumed = story.events[-1]
    assert isinstance(resumed, PipelineResumed)
    assert (resumed.actor, resumed.reason) == (ANA, "Ana skipped step 1: not needed")


def test_skipping_the_last_step_ends_the_pipeline() -> None:
    story = failed(steps=1)

    story.do(skip_step, story.step.id, ANA, "not needed", NOW)

    assert story.pipeline.status is PipelineStatus.SUCCEEDED
    assert story.pipeline.error_message is None
    finished = story.events[-1]
    assert isinstance(finished, PipelineFinished)
    assert finished.actor == ANA


def test_an_output_written_by_hand_takes_the_agents_place() -> None:
    story = failed()

    story.do(supply_handoff, story.step.id, ANA, "Do it this way", after(5))

    step = story.at(0)
    assert step.status is StepStatus.SUCCEEDED
    assert step.handoff is not None
    assert (step.handoff.markdown, step.handoff.supplied_by) == ("Do it this way", ANA)
    assert [attempt.status for attempt in step.attempts] == [StepStatus.FAILED]
    assert step.usage == USAGE
    assert story.pipeline.status is PipelineStatus.PENDING


def test_between_two_attempts_a_person_may_write_the_output() -> None:
    story = between()

    story.do(supply_handoff, story.step.id, ANA, "Do it this way", NOW).begin()

    assert [step.status for step in story.pipeline.steps] == [StepStatus.SUCCEEDED, StepStatus.RUNNING]


def test_a_step_that_never_began_can_be_neither_skipped_nor_supplied() -> None:
    story = Story()
    story.do(cancel, ANA, None, NOW)

    for act in (skip_step, supply_handoff):
        with pytest.raises(IllegalTransition, match="has not begun yet"):
            act(story.pipeline, story.step.id, ANA, "because", NOW)


def test_a_running_step_can_only_be_cancelled() -> None:
    story = Story().begin()

    for act in (skip_step, supply_handoff):
        with pytest.raises(IllegalTransition, match="Step 1 is running"):
            act(story.pipeline, story.step.id, ANA, "because", NOW)


def test_a_step_of_another_pipeline_is_unknown() -> None:
    story = failed()

    with pytest.raises(IllegalTransition, match="no such step"):
        story.do(retry_step, StepId("stp_0_0"), ANA, NOW)
