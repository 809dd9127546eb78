"""The first cause wins: our own stop, then what was never begun, then the end as OpenCode tells it."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.opencode.observations import Ask, RetryWait, ToolSeen
from adapters.opencode.v2.run import End, Outcome, Run, Step, nothing_known
from adapters.opencode.v2.verdict import Success, Verdict, verdict
from adapters.opencode.v2.wire import Problem
from runner.attention import PermissionRequest, Question
from runner.failure_kinds import FailureKind
from runner.failures import Failure, ToolCall, failure
from tests.adapters.opencode.v2.recorded import BEGUN

OURS = failure(FailureKind.STEP_TIMEOUT, "Step timed out after 5s")
GONE = failure(FailureKind.ENGINE_UNREACHABLE, "OpenCode is not reachable")
DONE = Step(message_id="msg_2", texts={0: "All done."}, finish="stop")
ASK = Ask(
    id="per_1",
    session_id="ses_1",
    since=BEGUN,
    permission=PermissionRequest(id="per_1", permission="shell", patterns=("ls",)),
)


def a_run(end: End | None = None, step: Step | None = None, **seen: Any) -> Run:
    run = nothing_known("ses_1", "msg_1", BEGUN)
    return replace(run, end=end, step=step, seen=replace(run.seen, **seen))


def succeeded(**step: Any) -> Run:
    return a_run(End(outcome=Outcome.SUCCEEDED), replace(DONE, **step))


def shut_down(**seen: Any) -> Run:
    return a_run(End(outcome=Outcome.INTERRUPTED, reason="shutdown"), **seen)


def a_tool(name: str, error: str) -> dict[str, Any]:
    call = ToolCall(tool=name, status="error", error=error)
    return {"tools": {"call_1": ToolSeen(session_id="ses_1", call_id="call_1", call=call)}}


def reason(reached: Verdict) -> Failure:
    assert not isinstance(reached, Success)
    return reached


def test_our_own_stop_comes_before_whatever_it_has_caused() -> None:
    run = a_run(End(outcome=Outcome.INTERRUPTED, reason="user"), deleted=True)

    assert verdict(run, BEGUN, stopped=OURS) == OURS


def test_what_went_wrong_while_we_stopped_it_is_a_further_cause() -> None:
    causes = reason(verdict(a_run(), BEGUN, stopped=OURS, trouble=GONE)).causes

    assert [cause.message for cause in causes] == ["OpenCode is not reachable"]


def test_a_trouble_after_the_end_takes_nothing_away() -> None:
    assert verdict(succeeded(), BEGUN, trouble=GONE) == Success(text="All done.")


def test_what_opencode_was_waiting_for_when_it_was_lost_is_told() -> None:
    wait = RetryWait(session_id="ses_1", attempt=2, message="Overloaded", next_at=None, since=BEGUN)

    lost = reason(verdict(a_run(retry=wait), BEGUN))

    assert lost.kind is FailureKind.ENGINE_LOST
    assert [cause.message for cause in lost.causes] == ["Overloaded"]


@pytest.mark.parametrize(
    ("run", "same_server", "kind", "message"),
    [
        (shut_down(rejected=ASK), True, "PERMISSION_DENIED", 'The permission for shell "ls" was refused'),
        (
            shut_down(rejected=replace(ASK, permission=None, question=Question(id="frm_1", text="Why?"))),
            None,
            "QUESTION_DISMISSED",
            "The agent's question was dismissed: Why?",
        ),
        (
            shut_down(**a_tool("shell", "The user declined this tool call")),
            None,
            "PERMISSION_DENIED",
            "The permission to use shell was refused in OpenCode",
        ),
        (
            shut_down(**a_tool("question", "Tool execution interrupted")),
            True,
            "QUESTION_DISMISSED",
            "The agent's question was dismissed in OpenCode",
        ),
        (
            shut_down(**a_tool("shell", "Tool execution interrupted")),
            False,
            "ENGINE_LOST",
            "OpenCode was stopped while the step was running",
        ),
        (shut_down(), True, "ENGINE_LOST", "OpenCode ended the run by itself"),
        (
            shut_down(rejected=replace(ASK, session_id="ses_child")),
            False,
            "ENGINE_LOST",
            "OpenCode was stopped while the step was running",
        ),
    ],
    ids=["refused", "dismissed", "declined", "elsewhere", "stopped", "for nothing", "a sub-agent's"],
)
def test_a_refusal_is_told_from_a_stop(run: Run, same_server: bool | None, kind: str, message: str) -> None:
    reached = reason(verdict(run, BEGUN, same_server=same_server))

    assert (reached.kind.value, reached.message) == (kind, message)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("user", "The session was stopped in OpenCode"),
        ("inactivity", "The session was stopped in OpenCode (inactivity)"),
        (None, "The session was stopped in OpenCode (no reason given)"),
    ],
)
def test_an_interrupt_that_was_not_ours_is_told_with_its_word(word: str | None, message: str) -> None:
    reached = reason(verdict(a_run(End(outcome=Outcome.INTERRUPTED, reason=word)), BEGUN))

    assert (reached.kind, reached.message) == (FailureKind.ENGINE_ABORTED, message)


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        (succeeded(finish="length"), FailureKind.OUTPUT_TRUNCATED),
        (succeeded(finish="content-filter"), FailureKind.CONTENT_FILTERED),
        (succeeded(finish="tool-calls"), FailureKind.NO_OUTPUT),
        (succeeded(finish="unknown"), FailureKind.PROVIDER_BAD_STREAM),
        (succeeded(finish=None), FailureKind.UNEXPECTED_SHAPE),
        (succeeded(texts={}), FailureKind.NO_OUTPUT),
        (succeeded(problem=Problem(type="provider.quota")), FailureKind.PROVIDER_QUOTA),
        (a_run(End(outcome=Outcome.SUCCEEDED)), FailureKind.NO_OUTPUT),
        (replace(a_run(End(outcome=Outcome.SUCCEEDED)), compacted=True), FailureKind.NO_OUTPUT),
        (a_run(End(outcome=Outcome.FAILED)), FailureKind.ENGINE_ERROR),
    ],
    ids=["length", "filter", "tool", "unknown", "none", "no text", "problem", "no step", "summary", "no problem"],
)
def test_success_is_a_matter_of_the_last_step(run: Run, kind: FailureKind) -> None:
    assert reason(verdict(run, BEGUN)).kind is kind
