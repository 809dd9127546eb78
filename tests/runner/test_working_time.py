"""What a pipeline took is told apart: agents at work, and everything that was only waited for."""

from datetime import datetime, timedelta

import pytest

from runner.approvals import decide_approval
from runner.failure_kinds import FailureKind
from runner.model import StepPlan
from runner.repairs import retry_step
from runner.transitions import begin_step, cancel, clear_attention, fail_step, raise_attention, succeed_step
from runner.working_time import TimeTaken, of_attempt, of_pipeline, of_step
from tests.support.builders import (
    ANA,
    NOW,
    POLICY,
    USAGE,
    Story,
    a_failure,
    a_handoff,
    a_permission,
    a_plan,
    a_question,
    after,
    an_approval_plan,
)


def taken(worked: float, waited: float) -> TimeTaken:
    return TimeTaken(worked=worked, waited=waited)


def begun(*plans: StepPlan, at: float = 10) -> Story:
    """A pipeline whose first step began `at` seconds after it was asked for."""
    story = Story(list(plans) or [a_plan()])
    story.do(begin_step, after(at))
    return story


def test_a_pipeline_waits_for_its_turn() -> None:
    story = Story([a_plan()])

    assert of_pipeline(story.pipeline, after(10)) == taken(0, 10)
    assert of_step(story.at(0), after(10)) == taken(0, 0)


def test_an_attempt_works_from_its_beginning_on() -> None:
    story = begun()

    assert of_attempt(story.at(0).attempts[0], after(25)) == taken(15, 0)
    assert of_step(story.at(0), after(25)) == taken(15, 0)
    assert of_pipeline(story.pipeline, after(25)) == taken(15, 10)


def test_what_has_ended_takes_no_more_time() -> None:
    story = begun()
    story.do(succeed_step, story.step.id, 1, a_handoff(), USAGE, after(25))

    assert of_pipeline(story.pipeline, after(9999)) == taken(15, 10)
    assert of_step(story.at(0), after(9999)) == taken(15, 0)


def test_while_a_person_is_asked_nobody_works() -> None:
    story = begun()
    ask = a_permission(story.step)
    story.do(raise_attention, story.step.id, 1, ask, after(20))

    assert of_attempt(story.at(0).attempts[0], after(50)) == taken(10, 30)

    story.do(clear_attention, story.step.id, ask.id, after(50), actor=ANA, answer="allowed")

    assert of_attempt(story.at(0).attempts[0], after(55)) == taken(15, 30)


def test_two_asks_at_once_are_waited_for_once() -> None:
    story = begun()
    one, other = a_permission(story.step), a_question(story.step)
    story.do(raise_attention, story.step.id, 1, one, after(20))
    story.do(raise_attention, story.step.id, 1, other, after(30))
    story.do(clear_attention, story.step.id, one.id, after(40))
    story.do(clear_attention, story.step.id, other.id, after(60))

    assert of_attempt(story.at(0).attempts[0], after(70)) == taken(20, 40)


def test_between_two_attempts_is_waiting() -> None:
    story = begun()
    for number in (1, 2):
        story.do(fail_step, story.step.id, number, a_failure(FailureKind.EMPTY_BODY), POLICY, after(number * 100))
        if number == 1:
            story.do(begin_step, after(190))

    assert of_step(story.at(0), after(9999)) == taken(90 + 10, 90)


def test_what_lay_failed_until_somebody_tried_again_has_waited() -> None:
    story = begun()
    step_id = story.step.id
    story.do(fail_step, step_id, 1, a_failure(FailureKind.PROVIDER_AUTH), POLICY, after(20))
    story.do(retry_step, step_id, ANA, after(3620))
    story.do(begin_step, after(3630))

    assert of_pipeline(story.pipeline, after(3640)) == taken(20, 3620)


def test_an_approval_is_nothing_but_waiting() -> None:
    story = begun(an_approval_plan(), at=0)
    story.do(decide_approval, story.step.id, ANA, True, None, after(600))

    assert of_step(story.at(0), after(9999)) == taken(0, 600)
    assert of_pipeline(story.pipeline, after(9999)) == taken(0, 600)


def test_a_cancel_while_a_person_was_asked_ends_the_wait() -> None:
    story = begun(an_approval_plan(), at=0)
    story.do(cancel, ANA, None, after(30))

    assert of_step(story.at(0), after(9999)) == taken(0, 30)


@pytest.mark.parametrize(
    ("last_alive", "expected"),
    [(after(40), taken(30, 560)), (after(-500), taken(0, 590)), (None, taken(590, 0))],
    ids=["in the middle of it", "before it began", "not told"],
)
def test_an_attempt_that_was_lost_worked_as_long_as_stepwire_saw_it(
    last_alive: datetime | None, expected: TimeTaken
) -> None:
    story = begun()
    lost = a_failure(FailureKind.INTERRUPTED)
    story.do(fail_step, story.step.id, 1, lost, POLICY, after(600), last_alive=last_alive)

    assert of_attempt(story.at(0).attempts[0], after(9999)) == expected


def test_what_was_lost_while_a_person_was_asked_has_waited_once() -> None:
    story = begun()
    story.do(raise_attention, story.step.id, 1, a_permission(story.step), after(20))
    lost = a_failure(FailureKind.INTERRUPTED)
    story.do(fail_step, story.step.id, 1, lost, POLICY, after(600), last_alive=after(40))

    assert of_attempt(story.at(0).attempts[0], after(9999)) == taken(10, 580)


def test_a_clock_that_is_set_back_makes_nothing_negative() -> None:
    story = begun()
    ask = a_permission(story.step)
    story.do(raise_attention, story.step.id, 1, ask, after(20))
    story.do(clear_attention, story.step.id, ask.id, after(20) - timedelta(hours=1))
    story.do(succeed_step, story.step.id, 1, a_handoff(), USAGE, after(30) - timedelta(hours=1))

    parts = (
        of_attempt(story.at(0).attempts[0], NOW),
        of_step(story.at(0), NOW),
        of_pipeline(story.pipeline, NOW),
    )

    assert all(part.worked >= 0 and part.waited >= 0 for part in parts)
