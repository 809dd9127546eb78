"""State is the fold of the events; what cannot follow is refused instead of guessed."""

import pytest

from runner.events import PipelineFinished, StepSkipped, StepSucceeded
from runner.fold import apply, fold
from runner.model import Handoff, PipelineStatus, StepId, StepStatus
from runner.transitions import begin_step, open_session, raise_attention
from tests.support.builders import NOW, Story, a_permission, a_pipeline, after


def test_every_event_counts_by_one() -> None:
    story = Story(2).begin().succeed().succeed()

    versions = [fold(story.events[: count + 1]).seq for count in range(len(story.events))]

    assert versions == list(range(1, len(story.events) + 1))


def test_a_fold_goes_on_from_a_pipeline_that_is_known() -> None:
    story = Story(2).begin()
    known = story.pipeline
    story.succeed().succeed()

    assert fold(story.events[known.seq :], known) == story.pipeline


def test_nothing_folds_to_nothing() -> None:
    with pytest.raises(ValueError, match="no events"):
        fold([])


def test_an_event_of_a_pipeline_that_never_started_is_refused() -> None:
    event = PipelineFinished(at=NOW, pipeline_id=a_pipeline().id, status=PipelineStatus.SUCCEEDED)

    with pytest.raises(ValueError, match="never started"):
        apply(None, event)


def test_an_event_of_a_step_that_is_not_there_is_refused() -> None:
    story = Story()
    event = StepSkipped(at=NOW, pipeline_id=story.pipeline.id, step_id=StepId("stp_0_0"), reason="because")

    with pytest.raises(ValueError, match="no step stp_0_0"):
        apply(story.pipeline, event)


def test_a_session_without_an_attempt_is_refused() -> None:
    story = Story().begin()
    event = open_session(story.pipeline, story.step.id, 1, "ses_1", None, NOW).events[0]

    with pytest.raises(ValueError, match="no attempt yet"):
        apply(Story().pipeline, event)


def test_a_session_that_names_no_model_keeps_the_one_asked_for() -> None:
    story = Story().do(begin_step, NOW)
    asked_for = story.step.attempt

    story.do(open_session, story.step.id, 1, "ses_1", None, NOW)

    assert asked_for is not None
    assert story.step.attempt is not None
    assert story.step.attempt.model == asked_for.model


def test_times_are_those_of_the_first_start_and_the_last_end() -> None:
    story = Story(1).begin(after(1)).succeed(at=after(9))

    step = story.at(0)
    assert (step.started_at, step.finished_at) == (after(1), after(9))
    assert (story.pipeline.started_at, story.pipeline.finished_at) == (after(1), after(9))


def test_an_attention_of_a_step_that_has_ended_does_not_revive_it() -> None:
    story = Story().begin()
    late = raise_attention(story.pipeline, story.step.id, 1, a_permission(story.step)).events[0]
    story.succeed()

    pipeline = apply(story.pipeline, late)

    assert pipeline.steps[0].status is StepStatus.SUCCEEDED


def test_a_success_by_hand_does_not_rewrite_an_attempt_that_has_ended() -> None:
    story = Story().begin().fail()
    by_hand = StepSucceeded(
        at=NOW,
        pipeline_id=story.pipeline.id,
        step_id=story.step.id,
        attempt=1,
        handoff=Handoff(markdown="By hand", created_at=NOW),
    )

    pipeline = apply(story.pipeline, by_hand)

    assert pipeline.steps[0].attempts == story.at(0).attempts
