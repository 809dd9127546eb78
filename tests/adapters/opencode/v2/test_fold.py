"""Stable names and those before them are read alike, nothing counts twice, and what is strange changes nothing."""

from typing import Any

import pytest

from adapters.opencode.v2.fold import announced, logged
from adapters.opencode.v2.run import Outcome, Run, nothing_known
from adapters.opencode.v2.wire import Frame
from tests.adapters.opencode.v2.recorded import BEGUN


def a_run() -> Run:
    return nothing_known("ses_1", "msg_1", BEGUN)


def entry(seq: int, kind: str, session_id: str = "ses_1", **data: Any) -> Frame:
    return Frame.of(
        {
            "type": kind,
            "durable": {"aggregateID": session_id, "seq": seq, "version": 1},
            "data": {"sessionID": session_id, **data},
        }
    )


def news(kind: str, **data: Any) -> Frame:
    return Frame.of({"type": kind, "data": {"sessionID": "ses_1", **data}})


def after(*frames: Frame) -> Run:
    run = a_run()
    for frame in frames:
        run = logged(run, frame, BEGUN) if frame.durable else announced(run, frame, BEGUN)
    return run


STABLE = [
    entry(1, "session.inbox.enqueued", inboxID="msg_1", item={"type": "user", "payload": {"text": "x"}}),
    entry(2, "session.inbox.delivered", inboxID="msg_1"),
    entry(3, "session.tool.input.started", assistantMessageID="msg_2", id="call_1", name="subagent"),
    entry(4, "session.tool.called", assistantMessageID="msg_2", id="call_1", input={"agent": "a"}, executed=False),
    entry(5, "session.tool.success", assistantMessageID="msg_2", id="call_1", metadata={"sessionID": "ses_2"}),
]
EARLIER = [
    entry(1, "session.input.admitted", inputID="msg_1", input={"type": "user", "data": {"text": "x"}}),
    entry(2, "session.input.promoted", inputID="msg_1"),
    entry(3, "session.tool.input.started", assistantMessageID="msg_2", callID="call_1", name="subagent"),
    entry(4, "session.tool.called", assistantMessageID="msg_2", callID="call_1", input={"agent": "a"}),
    entry(5, "session.tool.success", assistantMessageID="msg_2", callID="call_1", structured={"sessionID": "ses_2"}),
]


def test_stable_names_and_those_before_tell_the_same() -> None:
    assert after(*STABLE) == after(*EARLIER)
    assert after(*STABLE).seen.tools["call_1"].child == "ses_2"
    assert after(*STABLE).delivered


def test_asks_have_two_names() -> None:
    told = {"id": "per_1", "action": "shell", "resources": ["ls"], "save": ["ls *"]}
    source = {"type": "tool", "messageID": "msg_2"}

    stable = after(news("permission.asked", **told, source={**source, "id": "call_1"}))
    earlier = after(news("permission.v2.asked", **told, source={**source, "callID": "call_1"}))

    assert stable == earlier
    (ask,) = stable.seen.asks
    assert ask.call_id == "call_1"
    assert ask.permission is not None
    assert (ask.permission.patterns, ask.permission.saves) == (("ls",), ("ls *",))


def test_an_execution_that_took_nothing_in_is_no_end() -> None:
    run = after(STABLE[0], entry(2, "session.execution.started"), entry(3, "session.execution.succeeded"))

    assert run.end is None
    assert not run.executing


def test_a_failure_before_the_prompt_was_taken_in_is_an_end() -> None:
    run = after(STABLE[0], entry(2, "session.execution.failed", error={"type": "unknown", "message": "No agent"}))

    assert run.end is not None
    assert run.end.outcome is Outcome.FAILED


def test_an_error_of_a_strange_shape_is_an_end_all_the_same() -> None:
    run = after(STABLE[0], entry(2, "session.execution.failed", error="broken"))

    assert run.end is not None
    assert run.end.problem is not None
    assert run.end.problem.message == "broken"


def test_a_prompt_that_somebody_took_back_has_ended() -> None:
    run = after(STABLE[0], entry(2, "session.inbox.cancelled", inboxID="msg_1"))

    assert run.end is not None
    assert (run.end.outcome, run.end.reason) == (Outcome.INTERRUPTED, "cancelled")


def test_a_late_bus_takes_nothing_back() -> None:
    ended = entry(6, "session.text.ended", assistantMessageID="msg_2", ordinal=0, text="All done.")
    late = [
        news("session.text.delta", assistantMessageID="msg_2", ordinal=0, delta=" done."),
        news("session.tool.progress", assistantMessageID="msg_2", id="call_1", metadata={"status": "running"}),
    ]
    run = after(*STABLE, ended)

    assert after(*STABLE, ended, *late).seen.tools == run.seen.tools
    assert after(*STABLE, ended, *late).seen.text == run.seen.text == "All done."


def test_the_own_sessions_log_on_the_bus_is_but_a_sign_of_life() -> None:
    run = announced(a_run(), STABLE[0], BEGUN)

    assert not run.admitted
    assert run.seq == 0


@pytest.mark.parametrize(
    "frame",
    [
        entry(1, "session.step.ended", strange=True),
        entry(1, "session.of.another.time"),
        news("permission.asked", id="per_1"),
        news("session.created", info="broken"),
    ],
    ids=["shape", "type", "ask", "session"],
)
def test_what_is_strange_tells_nothing(frame: Frame) -> None:
    run = after(frame)

    assert (run.end, run.step, run.seen.asks, run.seen.tools) == (None, None, (), {})


def test_sessions_of_others_tell_nothing() -> None:
    stranger = entry(1, "session.execution.failed", session_id="ses_9", error={"type": "x"})

    assert after(stranger) == a_run()
    assert announced(a_run(), stranger, BEGUN) == a_run()


def test_a_wait_ends_with_the_answer_and_not_with_the_next_try() -> None:
    step = entry(2, "session.step.started", assistantMessageID="msg_2", model={"id": "m", "providerID": "p"})
    retry = entry(
        3, "session.retry.scheduled", assistantMessageID="msg_2", attempt=2, at=0, error={"type": "provider.internal"}
    )
    again = entry(4, "session.step.started", assistantMessageID="msg_2", model={"id": "m", "providerID": "p"})
    answer = entry(5, "session.step.streamed", assistantMessageID="msg_2")

    assert after(step, retry, again).seen.retry is not None
    assert after(step, retry, again, answer).seen.retry is None
    assert after(step, retry, again, answer).seen.tried_again == 1
