"""Whoever forgets an approval is reminded of it, once, when the template says so."""

from datetime import timedelta

import pytest

from runner.approvals import remind_of_approval
from runner.changes import IllegalTransition
from runner.model import StepStatus
from tests.support.builders import NOW, Story, a_plan, after, an_approval_plan


def waiting() -> Story:
    return Story([an_approval_plan(remind_after_seconds=3600), a_plan()]).begin()


def test_a_reminder_says_how_long_it_has_waited_and_for_what() -> None:
    story = waiting()

    story.do(remind_of_approval, story.step.id, NOW + timedelta(hours=2))

    [attention] = story.step.attention
    assert attention.message == "Has waited 2 hours for an approval: Ship it?"
    assert story.step.status is StepStatus.WAITING
    assert story.step.approval is not None
    assert story.step.approval.remind_at is None


def test_nobody_is_reminded_early_or_twice() -> None:
    story = waiting()

    with pytest.raises(IllegalTransition):
        story.do(remind_of_approval, story.step.id, after(3599))
    story.do(remind_of_approval, story.step.id, after(3600))
    with pytest.raises(IllegalTransition):
        story.do(remind_of_approval, story.step.id, after(7200))


@pytest.mark.parametrize(
    ("waited", "words"),
    [(3600, "1 hour"), (3601.5, "1 hour"), (5403, "90 min"), (93_784, "26 hours"), (260_000, "3 days")],
)
def test_a_reminder_that_comes_late_says_about_how_long_it_has_been(waited: float, words: str) -> None:
    story = waiting()

    story.do(remind_of_approval, story.step.id, after(waited))

    assert story.step.attention[0].message.startswith(f"Has waited {words} for")
