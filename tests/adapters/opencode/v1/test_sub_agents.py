"""A sub-agent that breaks down fails the step when nothing came after it; else it is the agent's own matter."""

from typing import Any

import pytest

from adapters.opencode.v1.verdict import Success, verdict
from runner.failure_kinds import FailureKind, Retry
from runner.failures import Failure
from tests.adapters.opencode.v1.shapes import CHILD, START, a_child, a_message, a_reply, a_tool, an_api_error, seen


def a_failed_task(**more: Any) -> Any:
    part = a_tool(
        "task",
        "error",
        error="Subagent failed: Incorrect API key",
        input={"subagent_type": "explore"},
        metadata={"sessionId": CHILD},
    )
    return ("message.part.updated", {"part": {**part, **more}})


def test_a_sub_agent_that_broke_down_last_fails_the_step_for_its_own_reason() -> None:
    error = ("session.error", {"sessionID": CHILD, "error": an_api_error(401, "Incorrect API key")})
    known = seen(a_child(), error, a_failed_task())

    found = verdict(a_reply(a_message("All done.")), known, START)

    assert isinstance(found, Failure)
    assert found.kind is FailureKind.SUBAGENT_FAILED
    assert found.message == (
        'Sub-agent "explore" failed: The provider rejected the API key (status 401): Incorrect API key'
    )
    assert found.status_code == 401
    assert found.retry is Retry.NO
    assert [cause.message for cause in found.causes] == ["Subagent failed: Incorrect API key", "Incorrect API key"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((a_failed_task(),), id="unknown type: no session of its own"),
        pytest.param(
            (
                a_child(),
                ("session.error", {"sessionID": CHILD, "error": an_api_error(401)}),
                a_failed_task(),
                ("message.part.updated", {"part": a_tool("bash")}),
            ),
            id="the agent went on by itself",
        ),
    ],
)
def test_a_task_that_failed_on_the_way_is_the_agents_own_matter(events: tuple[Any, ...]) -> None:
    assert verdict(a_reply(), seen(*events), START) == Success(text="All done.")


def an_ended_message(number: int, error: Any = None) -> Any:
    info = {"id": f"msg_{number}", "sessionID": CHILD, "role": "assistant"}
    return ("message.updated", {"info": {**info, **({"error": error} if error else {"finish": "stop"})}})


OVERFLOW = {"name": "ContextOverflowError", "data": {"message": "too long"}}
A_COMPLETED_TASK = a_failed_task(state={"status": "completed", "output": "", "metadata": {"sessionId": CHILD}})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (an_api_error(401, "Incorrect API key"), "The provider rejected the API key (status 401)"),
        (an_api_error(503, "Overloaded"), "The provider is not available (status 503)"),
        (OVERFLOW, "larger than the model's context"),
        ({"name": "MessageAbortedError", "data": {"message": "Aborted"}}, "abort"),
    ],
    ids=["refused", "unavailable", "overflow", "aborted"],
)
def test_a_completed_task_whose_child_ended_in_an_error_fails_the_step(error: Any, words: str) -> None:
    """Up to 1.18.18 OpenCode says "completed", with nothing in it."""
    known = seen(a_child(), an_ended_message(1), an_ended_message(2, error), A_COMPLETED_TASK)

    found = verdict(a_reply(a_message("All done.")), known, START)

    assert isinstance(found, Failure)
    assert found.kind is FailureKind.SUBAGENT_FAILED
    assert words in found.message


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param((an_ended_message(1, OVERFLOW), an_ended_message(2)), id="compacted, then answered"),
        pytest.param((an_ended_message(2), an_ended_message(1, OVERFLOW)), id="the older one told later"),
        pytest.param((an_ended_message(1),), id="answered"),
    ],
)
def test_an_error_that_was_not_the_childs_end_is_none(messages: tuple[Any, ...]) -> None:
    known = seen(a_child(), *messages, A_COMPLETED_TASK)

    assert verdict(a_reply(), known, START) == Success(text="All done.")
