"""One verdict for everything that can come back: what is no success is never called one, and has its own reason."""

from typing import Any

import pytest

from adapters.opencode.observations import Observations
from adapters.opencode.v1.verdict import Success, verdict
from runner.failure_kinds import FailureKind, Retry
from runner.failures import Failure, failure
from tests.adapters.opencode.v1.shapes import (
    ROOT,
    START,
    a_message,
    a_permission,
    a_question,
    a_reply,
    a_retry,
    a_tool,
    an_assistant_message,
    an_error,
    an_error_event,
    seen,
)

QUIET = seen()
STEP_START: dict[str, Any] = {"type": "step-start"}


def judged(body: Any, known: Observations = QUIET, **more: Any) -> Failure:
    found = verdict(a_reply(body), known, START, **more)
    assert isinstance(found, Failure)
    return found


def test_finish_stop_with_text_is_success() -> None:
    assert verdict(a_reply(), QUIET, START) == Success(text="All done.")


def test_the_answer_is_what_the_agent_said_itself() -> None:
    parts = [
        STEP_START,
        {"type": "text", "text": ""},
        {"type": "reasoning", "text": "Hm."},
        {"type": "text", "text": "Continue", "synthetic": True},
        {"type": "text", "text": "First.\n"},
        {"type": "hologram"},
        {"type": "text", "text": "Second."},
    ]

    assert verdict(a_reply(a_message(parts=parts)), QUIET, START) == Success(text="First.\n\nSecond.")


FINISHES = [
    pytest.param(
        "length", "Cut in", FailureKind.OUTPUT_TRUNCATED, "The answer was cut at the model's output limit", id="length"
    ),
    pytest.param(
        "content-filter",
        "I may",
        FailureKind.CONTENT_FILTERED,
        "The provider's content filter stopped the answer",
        id="filter",
    ),
    pytest.param(
        "unknown",
        "Text",
        FailureKind.PROVIDER_BAD_STREAM,
        'The provider ended its answer with "unknown", a finish reason that is not known',
        id="unknown",
    ),
    pytest.param(
        "error",
        None,
        FailureKind.PROVIDER_BAD_STREAM,
        "The provider ended its answer with an error, and said no more about it",
        id="error",
    ),
    pytest.param("stop", None, FailureKind.NO_OUTPUT, "The agent finished without an answer", id="stop, no text"),
    pytest.param("stop", " \n", FailureKind.NO_OUTPUT, "The agent finished without an answer", id="stop, blanks"),
    pytest.param(
        "tool-calls",
        None,
        FailureKind.NO_OUTPUT,
        "The agent stopped after a tool call, without an answer",
        id="tool-calls, nothing",
    ),
    pytest.param(
        None, "Text", FailureKind.UNEXPECTED_SHAPE, 'OpenCode\'s answer lacks "finish" (status 200)', id="none"
    ),
]


@pytest.mark.parametrize(("finish", "text", "kind", "message"), FINISHES)
def test_only_stop_is_success(finish: str | None, text: str | None, kind: FailureKind, message: str) -> None:
    found = judged(a_message(text, finish=finish))

    assert (found.kind, found.message) == (kind, message)


def test_a_summary_is_no_answer() -> None:
    assert judged(a_message("Summary of the context", summary=True)).kind is FailureKind.NO_OUTPUT


def test_neither_error_nor_finish_after_a_retry_wait_is_an_abort() -> None:
    known = seen(an_assistant_message(), a_retry(2, "Rate limit reached"))

    found = judged(a_message(None, finish=None), known)

    assert found.kind is FailureKind.ENGINE_ABORTED
    assert found.message == "The session was aborted outside stepwire (last: Rate limit reached, 3rd try)"


def test_an_empty_message_that_was_completed_was_aborted_even_if_the_stream_was_blind() -> None:
    assert judged(a_message(None, finish=None)).kind is FailureKind.ENGINE_ABORTED


def test_an_empty_message_that_was_never_completed_is_not_understood() -> None:
    assert judged(a_message(None, finish=None, time={"created": 1})).kind is FailureKind.UNEXPECTED_SHAPE


def test_an_abort_by_a_reload_of_opencode_is_a_loss() -> None:
    known = seen(("server.instance.disposed", {"directory": "/srv/app"}))

    found = judged(a_message(None, finish=None, error=an_error("MessageAbortedError", message="Aborted")), known)

    assert found.kind is FailureKind.ENGINE_LOST
    assert found.retry is Retry.YES


def test_a_reload_elsewhere_is_none_of_ours() -> None:
    known = seen(("server.instance.disposed", {"directory": "/srv/other"}))

    assert not known.disposed


@pytest.mark.parametrize(
    ("tool", "words", "kind", "message"),
    [
        (
            "bash",
            "The user rejected permission to use this specific tool call.",
            FailureKind.PERMISSION_DENIED,
            "The permission to use bash was refused",
        ),
        (
            "question",
            "The user dismissed this question",
            FailureKind.QUESTION_DISMISSED,
            "The agent's question was dismissed: The user dismissed this question",
        ),
        ("task", "Subagent failed: no", FailureKind.SUBAGENT_FAILED, "The sub-agent failed: Subagent failed: no"),
    ],
)
def test_a_run_that_ends_in_a_broken_tool_call_was_refused(
    tool: str, words: str, kind: FailureKind, message: str
) -> None:
    found = judged(a_message(finish="tool-calls", parts=[STEP_START, a_tool(tool, "error", error=words)]))

    assert (found.kind, found.message) == (kind, message)
    assert found.causes[0].message == words


def test_a_refusal_that_was_seen_names_what_was_wanted() -> None:
    replied = ("permission.replied", {"requestID": "per_1", "reply": "reject"})
    known = seen(a_permission(), replied)

    found = judged(a_message(finish="tool-calls", parts=[a_tool("bash", "error", error="no")]), known)

    assert found.message == 'The permission for bash "rm -rf build" was refused'


def test_a_dismissed_question_is_quoted() -> None:
    known = seen(a_question(), ("question.rejected", {"requestID": "que_1"}))

    found = judged(a_message(finish="tool-calls", parts=[a_tool("question", "error", error="no")]), known)

    assert (found.kind, found.message) == (
        FailureKind.QUESTION_DISMISSED,
        "The agent's question was dismissed: Which database?",
    )


REF = {"name": "UnknownError", "data": {"message": "Unexpected server error.", "ref": "err_1"}}


def test_a_500_is_explained_by_the_sessions_last_error() -> None:
    known = seen(an_error_event("UnknownError", "first"), an_error_event("UnknownError", "Model not found: a/b."))

    found = verdict(a_reply(REF, 500), known, START)

    assert isinstance(found, Failure)
    assert found.message == "OpenCode answered 500: Model not found: a/b. (ref err_1)"
    assert found.causes[0].message == "Model not found: a/b."


def test_a_500_of_a_deleted_session_says_so() -> None:
    found = verdict(a_reply(REF, 500), seen(("session.deleted", {"info": {"id": ROOT}})), START)

    assert isinstance(found, Failure)
    assert found.kind is FailureKind.ENGINE_ABORTED
    assert found.message == "The session was deleted in OpenCode while the step was running"


STOPPED = failure(FailureKind.STEP_TIMEOUT, "Step timed out after 600s")


@pytest.mark.parametrize(
    "reply",
    [
        a_reply(),
        a_reply(a_message(None, finish=None, error=an_error("MessageAbortedError", message="Aborted"))),
        a_reply(b"", 200),
        a_reply(REF, 500),
    ],
    ids=["success too late", "aborted", "empty", "500"],
)
def test_our_own_reason_comes_first(reply: Any) -> None:
    assert verdict(reply, QUIET, START, stopped=STOPPED) == STOPPED


def test_what_breaks_after_our_stop_is_a_further_cause() -> None:
    lost = failure(FailureKind.ENGINE_LOST, "OpenCode went away")

    found = verdict(lost, QUIET, START, stopped=STOPPED)

    assert isinstance(found, Failure)
    assert found.message == STOPPED.message
    assert found.causes[-1].message == "OpenCode went away"


def test_a_loss_in_a_retry_wait_carries_what_was_waited_for() -> None:
    lost = failure(FailureKind.ENGINE_LOST, "OpenCode went away")

    found = verdict(lost, seen(a_retry(message="Overloaded")), START)

    assert isinstance(found, Failure)
    assert found.causes[-1].message == "Overloaded"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (a_reply(b""), FailureKind.EMPTY_BODY),
        (a_reply(b"<html>", content_type="text/html"), FailureKind.INVALID_BODY),
        (a_reply({"parts": []}), FailureKind.UNEXPECTED_SHAPE),
        (a_reply(b"", 401), FailureKind.ENGINE_UNAUTHORIZED),
        (a_reply({"name": "NotFoundError", "data": {"message": "x"}}, 404), FailureKind.ENGINE_ERROR),
    ],
    ids=["empty", "web page", "shape", "401", "404"],
)
def test_a_reply_that_is_none_is_judged_as_such(reply: Any, kind: FailureKind) -> None:
    found = verdict(reply, QUIET, START)

    assert isinstance(found, Failure)
    assert found.kind is kind


def test_an_answer_is_a_success_whatever_stands_in_it() -> None:
    assert verdict(a_reply(a_message(' {"verdict": \n')), QUIET, START) == Success(text='{"verdict":')
