"""A sub-agent that breaks down fails the step when nothing came after it; else it is the agent's own matter."""

from typing import Any

import pytest

from adapters.opencode.v1.verdict import Success, verdict
from runner.failures import Failure, FailureKind, Retry
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
