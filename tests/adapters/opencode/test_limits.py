"""Each limit of ours stops an attempt at its own time, with its own reason, and not while a person is asked."""

from typing import Any

import pytest

from adapters.opencode.limits import exceeded, next_check
from adapters.opencode.observations import Moment, Observations
from adapters.opencode.v1.frames import observe
from adapters.opencode.v1.wire import Event
from runner.failure_kinds import FailureKind
from runner.limits import Limits
from tests.adapters.opencode.v1.shapes import (
    START,
    a_permission,
    a_question,
    a_retry,
    an_assistant_message,
    seen,
)

LIMITS = Limits(timeout_seconds=600, stall_seconds=300, ask_seconds=1800, max_turns=25)
COMPACTED: Any = ("session.compacted", {})
DELETED = ("session.deleted", {"info": {"id": "ses_root"}})


def lively(now: Moment, *events: Any) -> Observations:
    """As `seen`, with a sign of life just now."""
    return observe(seen(*events), Event(type="session.diff", properties={"sessionID": "ses_root"}), now)


def a_turn(number: int, **info: Any) -> Any:
    return an_assistant_message(f"msg_{number}", **info)


def a_text(text: str, message_id: str) -> Any:
    part = {"type": "text", "id": "prt_1", "sessionID": "ses_root", "messageID": message_id, "text": text}
    return ("message.part.updated", {"part": part})


CASES = [
    pytest.param((), 600, FailureKind.STEP_TIMEOUT, "Step timed out after 600s", id="time"),
    pytest.param(
        (a_permission(),),
        1800,
        FailureKind.PERMISSION_EXPIRED,
        'Nobody answered the request for bash "rm -rf build" within 30 min',
        id="permission",
    ),
    pytest.param(
        (a_question(),),
        1800,
        FailureKind.QUESTION_EXPIRED,
        "Nobody answered the agent's question within 30 min: Which database?",
        id="question",
    ),
    pytest.param(
        tuple(map(a_turn, range(26))), 0, FailureKind.RUNAWAY, "The agent looped: 25 turns without an end", id="turns"
    ),
    pytest.param(
        tuple(a_turn(n, finish="unknown") for n in range(3)),
        0,
        FailureKind.PROVIDER_BAD_STREAM,
        'The provider gave 3 answers in a row without any text, whose finish reason OpenCode calls "unknown": '
        "a blocked prompt, an error in the place of an answer, a malformed call, or no stream at all",
        id="nothing said, and an unknown finish",
    ),
    pytest.param(
        (
            *(a_turn(n, finish="unknown") for n in range(2)),
            a_turn(2),
            a_text("Let me", "msg_2"),
            a_turn(2, finish="unknown"),
        ),
        0,
        FailureKind.PROVIDER_BAD_STREAM,
        "The provider ended 3 answers in a row with a finish reason that OpenCode does not know, "
        'passed on as "unknown", or with none because its stream was cut off',
        id="something said, and an unknown finish",
    ),
    pytest.param(
        (COMPACTED,) * 6, 0, FailureKind.RUNAWAY, "The agent looped: its context was compacted 6 times", id="compaction"
    ),
    pytest.param(
        (DELETED,),
        0,
        FailureKind.ENGINE_ABORTED,
        "The session was deleted in OpenCode while the step was running",
        id="deleted",
    ),
    pytest.param(
        (a_retry(1, "Slow down", wait=900),),
        0,
        FailureKind.PROVIDER_RATE_LIMITED,
        "The provider lets no request through until 12:15:00 UTC, after the step's limit of 600s: Slow down",
        id="retry beyond the limit",
    ),
]


@pytest.mark.parametrize(("events", "after", "kind", "message"), CASES)
def test_a_limit_stops_the_attempt(events: tuple[Any, ...], after: float, kind: FailureKind, message: str) -> None:
    now = START.after(after)

    found = exceeded(lively(now, *events), LIMITS, now)

    assert found is not None
    assert (found.kind, found.message) == (kind, message)


@pytest.mark.parametrize(("events", "after", "kind", "message"), CASES[:3])
def test_a_limit_does_not_stop_it_before(
    events: tuple[Any, ...], after: float, kind: FailureKind, message: str
) -> None:
    now = START.after(after - 0.01)

    assert exceeded(lively(now, *events), LIMITS, now) is None


def test_silence_is_a_stall() -> None:
    found = exceeded(seen(), LIMITS, START.after(300))

    assert found is not None
    assert (found.kind, found.message) == (FailureKind.STALLED, "No sign of life from the agent for 300s")
    assert exceeded(seen(), LIMITS, START.after(299)) is None


@pytest.mark.parametrize("ask", [a_permission(), a_question()], ids=["permission", "question"])
def test_neither_time_nor_silence_counts_while_a_person_is_asked(ask: Any) -> None:
    assert exceeded(seen(ask), LIMITS, START.after(1799)) is None


def test_after_an_answer_the_clocks_go_on_where_they_stood() -> None:
    replied = Event(
        type="permission.replied", properties={"sessionID": "ses_root", "requestID": "per_1", "reply": "once"}
    )
    known = observe(seen(a_permission()), replied, START.after(1000))
    limits = Limits(timeout_seconds=600, stall_seconds=10_000, ask_seconds=1800, max_turns=25)

    assert exceeded(known, limits, START.after(1599)) is None
    assert exceeded(known, limits, START.after(1600)) is not None


def test_a_known_wait_is_no_silence() -> None:
    limits = Limits(timeout_seconds=6000, stall_seconds=300, ask_seconds=1800, max_turns=25)
    known = seen(a_retry(1, wait=900))

    assert exceeded(known, limits, START.after(1199)) is None
    assert exceeded(known, limits, START.after(1200)) is not None


def test_a_wait_of_opencodes_own_may_run_into_the_time_limit_and_is_then_a_cause() -> None:
    limits = Limits(timeout_seconds=5, stall_seconds=300, ask_seconds=1800, max_turns=25)
    known = seen(a_retry(2, "Overloaded", wait=6))

    assert exceeded(known, limits, START.after(4.9)) is None
    found = exceeded(known, limits, START.after(5))
    assert found is not None
    assert found.message == "Step timed out after 5s; OpenCode was still retrying: Overloaded"
    assert found.causes[0].message == "Overloaded (OpenCode was before its 3rd try)"


def test_a_try_that_has_brought_nothing_yet_is_still_retrying() -> None:
    limits = Limits(timeout_seconds=5, stall_seconds=300, ask_seconds=1800, max_turns=25)
    begun = ("message.part.updated", {"part": {"type": "step-start", "sessionID": "ses_root", "messageID": "msg_1"}})
    known = seen(a_turn(1), a_retry(1, "Overloaded"), begun)

    found = exceeded(known, limits, START.after(5))

    assert found is not None
    assert found.message == "Step timed out after 5s; OpenCode was still retrying: Overloaded"


def test_a_time_limit_before_the_provider_begins_its_answer_says_so() -> None:
    limits = Limits(timeout_seconds=5, stall_seconds=300, ask_seconds=1800, max_turns=25)
    begun = ("message.part.updated", {"part": {"type": "step-start", "sessionID": "ses_root", "messageID": "msg_1"}})

    silent = exceeded(seen(a_turn(1)), limits, START.after(5))
    slow = exceeded(seen(a_turn(1), begun), limits, START.after(5))

    assert silent is not None
    assert slow is not None
    assert silent.message == "Step timed out after 5s; OpenCode was still waiting for the provider to begin its answer"
    assert slow.message == "Step timed out after 5s"


def test_a_time_limit_after_a_try_that_worked_says_nothing_of_it() -> None:
    limits = Limits(timeout_seconds=5, stall_seconds=300, ask_seconds=1800, max_turns=25)
    begun = ("message.part.updated", {"part": {"type": "step-start", "sessionID": "ses_root", "messageID": "msg_1"}})
    begun_anew = ("message.part.updated", {"part": {**begun[1]["part"], "messageID": "msg_2"}})
    known = seen(a_turn(1), a_retry(1, "Overloaded"), begun, a_turn(1, finish="tool-calls"), a_turn(2), begun_anew)

    found = exceeded(known, limits, START.after(5))

    assert found is not None
    assert found.message == "Step timed out after 5s"


@pytest.mark.parametrize(
    ("known", "after", "seconds"),
    [
        (seen(), 0, 60),
        (seen(), 60, 240),
        (seen(), 299.5, 0.5),
        (seen(), 400, 0),
        (seen(a_permission()), 1000, 800),
    ],
    ids=["first warning", "then the stall", "nearly", "overdue", "an ask"],
)
def test_it_looks_again_when_something_can_be_due(known: Observations, after: float, seconds: float) -> None:
    assert next_check(known, LIMITS, START.after(after)) == pytest.approx(seconds)
