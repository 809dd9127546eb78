"""A problem's kind comes from its type, the provider's status and its code; what we do not know is shown as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.opencode.observations import ToolSeen
from adapters.opencode.v2.problems import facts_of, problem_failure, words_of
from adapters.opencode.v2.run import Run, nothing_known
from adapters.opencode.v2.wire import Problem, ProblemResponse
from runner.failure_kinds import FailureKind as Kind
from runner.failure_kinds import Retry
from runner.failures import ToolCall
from tests.adapters.opencode.v2.recorded import BEGUN
from tests.support.builders import NOW

KEY = '{"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}'


def a_run() -> Run:
    return nothing_known("ses_1", "msg_1", BEGUN)


def kind_of(problem: Problem) -> Kind:
    return problem_failure(problem, a_run(), BEGUN).kind


def test_status_and_body_are_taken_from_the_message_where_it_alone_has_them() -> None:
    facts = facts_of(Problem(type="provider.auth", message=f"Provider request failed with HTTP 401: {KEY}"))

    assert (facts.status_code, facts.body, facts.message) == (401, KEY, "Incorrect API key")


def test_what_2_1_tells_apart_is_taken_from_there() -> None:
    problem = Problem(type="provider.auth", message="No", status=401, response=ProblemResponse(body=KEY))

    facts = facts_of(problem)

    assert (facts.status_code, facts.body, facts.message) == (401, KEY, "Incorrect API key")


def test_a_status_in_the_middle_of_a_sentence_is_none() -> None:
    said = "The model wrote: Provider request failed with HTTP 401: no"

    facts = facts_of(Problem(type="unknown", message=said))

    assert (facts.status_code, facts.message) == (None, said)


@pytest.mark.parametrize(
    ("type_", "message", "kind"),
    [
        ("provider.auth", "No", Kind.PROVIDER_AUTH),
        ("provider.auth", "Provider request failed with HTTP 403: no", Kind.PROVIDER_AUTH),
        ("provider.rate-limit", "Slow down", Kind.PROVIDER_RATE_LIMITED),
        ("provider.quota", "Empty", Kind.PROVIDER_QUOTA),
        ("provider.internal", "Oops", Kind.PROVIDER_UNAVAILABLE),
        ("provider.transport", "HTTP transport failed", Kind.PROVIDER_UNAVAILABLE),
        ("provider.invalid-output", "Garbage", Kind.PROVIDER_BAD_STREAM),
        ("provider.invalid-request", "Bad", Kind.PROVIDER_REJECTED),
        ("provider.content-filter", "Blocked", Kind.CONTENT_FILTERED),
        ("provider.no-route", "Model unavailable: a/b", Kind.UNKNOWN_MODEL),
        ("provider.no-route", "Package cannot be loaded", Kind.CONFIG_INVALID),
        ("provider.unknown", "Provider request failed with HTTP 402: pay", Kind.PROVIDER_QUOTA),
        ("provider.unknown", "Strange", Kind.PROVIDER_REJECTED),
        ("provider.new", '{"error": {"code": "insufficient_quota"}}', Kind.PROVIDER_REJECTED),
        ("permission.rejected", "Denied", Kind.PERMISSION_DENIED),
        ("unknown", 'Agent not found: "nope"', Kind.UNKNOWN_AGENT),
        ("unknown", "Something", Kind.ENGINE_ERROR),
        ("aborted", "Session was interrupted repeatedly", Kind.ENGINE_LOST),
        ("something.new", "Strange", Kind.ENGINE_ERROR),
    ],
)
def test_each_type_has_its_kind(type_: str, message: str, kind: Kind) -> None:
    assert kind_of(Problem(type=type_, message=message)) is kind


@pytest.mark.parametrize("type_", ["provider.unheard-of", "something.new"])
def test_an_unknown_type_is_shown_with_its_words(type_: str) -> None:
    message = problem_failure(Problem(type=type_, message="Strange"), a_run(), BEGUN).message

    assert f"({type_}): Strange" in message


def test_a_used_up_quota_is_known_by_its_name_whatever_the_type() -> None:
    body = '{"error": {"message": "Pay", "code": "insufficient_quota"}}'

    assert kind_of(Problem(type="provider.new", message="No", response=ProblemResponse(body=body))) is (
        Kind.PROVIDER_QUOTA
    )


def test_an_overflow_is_known_by_its_code_too() -> None:
    body = '{"error": {"message": "Long", "code": "context_length_exceeded"}}'

    assert kind_of(Problem(type="provider.invalid-request", message="No", response=ProblemResponse(body=body))) is (
        Kind.CONTEXT_OVERFLOW
    )


def test_when_the_provider_wants_to_be_asked_again_is_kept() -> None:
    limited = Problem(type="provider.rate-limit", message="Slow", status=429, retry_after_ms=90_000)

    assert problem_failure(limited, a_run(), BEGUN).retry_after == NOW + timedelta(seconds=90)


def test_a_problem_without_words_is_told_by_its_type() -> None:
    assert words_of(Problem(type="provider.internal")) == "provider.internal"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Bad JSON", "The model called read with arguments that cannot be read: Bad JSON"),
        ("no such file", "The provider's answer could not be read: Bad JSON"),
    ],
    ids=["of the call", "of the stream"],
)
def test_a_call_that_cannot_be_read_is_the_fault_of_what_serves_the_model(error: str, words: str) -> None:
    run = a_run()
    call = ToolCall(tool="read", status="error", error=error)
    tool = ToolSeen(session_id=run.session_id, call_id="call_1", call=call)
    failed = replace(run, seen=replace(run.seen, tools={"call_1": tool}))

    reason = problem_failure(Problem(type="provider.invalid-output", message="Bad JSON"), failed, BEGUN)

    assert (reason.kind, reason.message, reason.retry) == (Kind.PROVIDER_BAD_STREAM, words, Retry.ONCE)
