"""Every transition in every state is either legal, and then state is the fold of the events, or refused with words."""

from collections.abc import Callable, Mapping

import pytest

from runner.approvals import decide_approval, expire_approval
from runner.changes import Change, IllegalTransition
from runner.failure_kinds import FailureKind
from runner.fold import fold
from runner.model import Pipeline, Step, StepId, StepStatus
from runner.repairs import retry_step, skip_step, supply_handoff
from runner.transitions import (
    begin_step,
    cancel,
    clear_attention,
    fail_step,
    give_up,
    open_session,
    raise_attention,
    succeed_step,
)
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
    after,
    an_approval_plan,
    an_attention,
)

Act = Callable[[Pipeline], Change]


def _asking() -> Story:
    story = Story().begin()
    return story.do(raise_attention, story.step.id, 1, a_permission(story.step))


def _approval() -> Story:
    return Story([an_approval_plan(expires_after_seconds=60), a_plan()]).begin()


def _failed() -> Story:
    return Story().begin().fail()


def _between() -> Story:
    return Story().begin().fail(FailureKind.ENGINE_LOST)


def _then(story: Story, act: Act) -> Story:
    return story.do(act)


STATES: Mapping[str, Callable[[], Story]] = {
    "pending": Story,
    "running": lambda: Story().begin(),
    "running with a session": lambda: _then(
        Story().begin(), lambda known: open_session(known, known.steps[0].id, 1, "ses_1", None, NOW)
    ),
    "asking": _asking,
    "between attempts": _between,
    "waiting for approval": _approval,
    "second step running": lambda: Story().begin().succeed(),
    "succeeded": lambda: Story(1).begin().succeed(),
    "failed": _failed,
    "cancelled before it began": lambda: _then(Story(), ACTS["cancel"]),
    "cancelled while running": lambda: _then(Story().begin(), ACTS["cancel"]),
    "cancelled between attempts": lambda: _then(_between(), ACTS["cancel"]),
    "rejected": lambda: _then(_approval(), ACTS["reject"]),
    "expired": lambda: _then(_approval(), ACTS["expire"]),
    "approved": lambda: _then(_approval(), ACTS["approve"]),
    "resumed": lambda: _then(_failed(), ACTS["retry"]),
    "skipped": lambda: _then(_failed(), ACTS["skip"]),
    "supplied": lambda: _then(_failed(), ACTS["supply"]),
}

# Each acts on the step where the pipeline stands, with the number of its newest attempt.
ACTS: Mapping[str, Act] = {
    "begin": lambda known: begin_step(known, NOW),
    "open session": lambda known: open_session(known, _id(known), _number(known), "ses_2", "acme/large", NOW),
    "succeed": lambda known: succeed_step(known, _id(known), _number(known), a_handoff(), USAGE, NOW),
    "fail": lambda known: fail_step(known, _id(known), _number(known), a_failure(), POLICY, NOW),
    "fail for now": lambda known: fail_step(
        known, _id(known), _number(known), a_failure(FailureKind.ENGINE_LOST), POLICY, NOW
    ),
    "give up": lambda known: give_up(known, a_failure(FailureKind.INTERNAL), NOW),
    "cancel": lambda known: cancel(known, ANA, "enough", NOW),
    "retry": lambda known: retry_step(known, _id(known), ANA, NOW),
    "skip": lambda known: skip_step(known, _id(known), ANA, "not needed", NOW),
    "supply": lambda known: supply_handoff(known, _id(known), ANA, "Do it this way", NOW),
    "approve": lambda known: decide_approval(known, _id(known), ANA, True, None, NOW),
    "reject": lambda known: decide_approval(known, _id(known), ANA, False, "no", NOW),
    "expire": lambda known: expire_approval(known, _id(known), after(60)),
    "raise attention": lambda known: raise_attention(
        known, _id(known), _number(known), an_attention(_step(known)), NOW
    ),
    "clear attention": lambda known: clear_attention(known, _id(known), _first_attention(known), NOW),
}

_MENDING = {"retry", "skip", "supply"}
_OF_AN_ATTEMPT = {"open session", "succeed", "fail", "fail for now", "give up", "cancel", "raise attention"}
LEGAL: Mapping[str, set[str]] = {
    "pending": {"begin", "give up", "cancel"},
    "running": _OF_AN_ATTEMPT,
    "running with a session": _OF_AN_ATTEMPT,
    "asking": _OF_AN_ATTEMPT | {"clear attention"},
    "between attempts": {"begin", "give up", "cancel"} | _MENDING,
    "waiting for approval": {"cancel", "approve", "reject", "expire"},
    "second step running": _OF_AN_ATTEMPT,
    "succeeded": set(),
    "failed": _MENDING,
    "cancelled before it began": {"retry"},
    "cancelled while running": _MENDING,
    "cancelled between attempts": _MENDING,
    "rejected": _MENDING,
    "expired": _MENDING,
    "approved": {"begin", "give up", "cancel"},
    "resumed": {"begin", "give up", "cancel"},
    "skipped": {"begin", "give up", "cancel"},
    "supplied": {"begin", "give up", "cancel"},
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_a_transition_is_legal_or_refused(state: str, act: str) -> None:
    story = STATES[state]()
    before = story.pipeline

    if act not in LEGAL[state]:
        with pytest.raises(IllegalTransition) as refusal:
            ACTS[act](before)
        assert str(refusal.value).endswith(".")
        assert story.pipeline == before
    else:
        change = ACTS[act](before)
        assert change.events
        assert change.pipeline == fold(change.events, before)
        assert change.pipeline.seq == before.seq + len(change.events)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ["open session", "succeed", "fail", "raise attention"])
def test_late_news_of_an_earlier_attempt_moves_nothing(state: str, act: str) -> None:
    story = STATES[state]()
    stale = story.pipeline
    if stale.status.ended or not any(step.attempts for step in stale.steps):
        return

    newer = ACTS["retry"](ACTS["cancel"](stale).pipeline).pipeline
    with pytest.raises(IllegalTransition):
        ACTS[act](newer)


def _step(pipeline: Pipeline) -> Step:
    return pipeline.current or pipeline.steps[-1]


def _id(pipeline: Pipeline) -> StepId:
    return _step(pipeline).id


def _number(pipeline: Pipeline) -> int:
    return max(1, len(_step(pipeline).attempts))


def _first_attention(pipeline: Pipeline) -> str:
    attention = _step(pipeline).attention
    return attention[0].id if attention else "att_0_0_none"


def test_giving_up_on_a_step_that_never_began_tells_its_whole_story() -> None:
    story = Story()

    story.do(ACTS["give up"])

    assert story.names == ["PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished"]
    assert story.at(0).status is StepStatus.FAILED
    assert story.at(0).attempts[0].prompt is None


def test_giving_up_between_two_attempts_keeps_the_first() -> None:
    story = _between()
    first = story.at(0).attempts[0]

    story.do(ACTS["give up"])

    assert story.names[-3:] == ["StepStarted", "StepFailed", "PipelineFinished"]
    assert story.at(0).attempts[0] == first
    assert [attempt.status for attempt in story.at(0).attempts] == [StepStatus.FAILED, StepStatus.FAILED]


def test_a_session_belongs_to_its_attempt_and_may_name_the_model() -> None:
    story = Story().begin()

    story.do(open_session, story.step.id, 1, "ses_1", "acme/large", NOW)

    attempt = story.at(0).attempts[0]
    assert (attempt.session_id, attempt.model) == ("ses_1", "acme/large")


def test_the_same_session_opens_once() -> None:
    story = Story().begin()
    story.do(open_session, story.step.id, 1, "ses_1", None, NOW)

    with pytest.raises(IllegalTransition, match="already known"):
        story.do(open_session, story.step.id, 1, "ses_1", None, NOW)
