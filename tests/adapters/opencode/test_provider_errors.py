"""The provider's refusals are told apart by status, code and name, each with its own words and its own retry."""

import json
from typing import Any

import pytest

from adapters.opencode.observations import Observations
from adapters.opencode.v1.verdict import verdict
from runner.failure_kinds import FailureKind, FailureOrigin, Retry
from runner.failures import Failure
from tests.adapters.opencode.v1.shapes import (
    START,
    a_message,
    a_reply,
    a_retry,
    an_api_error,
    an_assistant_message,
    an_error,
    an_error_event,
    seen,
)

QUIET = seen()
STEP_START: dict[str, Any] = {"type": "step-start"}
QUOTA = json.dumps({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}})


def judged(body: Any, known: Observations = QUIET) -> Failure:
    found = verdict(a_reply(body), known, START)
    assert isinstance(found, Failure)
    return found


PROVIDER = [
    pytest.param(401, {}, FailureKind.PROVIDER_AUTH, "The provider rejected the API key (status 401): No.", Retry.NO),
    pytest.param(403, {}, FailureKind.PROVIDER_AUTH, "The provider refused access (status 403): No.", Retry.NO),
    pytest.param(402, {}, FailureKind.PROVIDER_QUOTA, "The provider's quota is used up: No.", Retry.NO),
    pytest.param(
        429,
        {"responseBody": QUOTA},
        FailureKind.PROVIDER_QUOTA,
        "The provider's quota is used up: You exceeded your quota",
        Retry.NO,
    ),
    pytest.param(
        429,
        {},
        FailureKind.PROVIDER_RATE_LIMITED,
        "Rate limited by the provider (status 429): No.",
        Retry.LATER,
    ),
    pytest.param(
        400, {}, FailureKind.PROVIDER_REJECTED, "The provider rejected the request (status 400): No.", Retry.NO
    ),
    pytest.param(
        404, {}, FailureKind.PROVIDER_REJECTED, "The provider rejected the request (status 404): No.", Retry.NO
    ),
    pytest.param(
        500, {}, FailureKind.PROVIDER_UNAVAILABLE, "The provider is not available (status 500): No.", Retry.YES
    ),
    pytest.param(
        529, {}, FailureKind.PROVIDER_UNAVAILABLE, "The provider is not available (status 529): No.", Retry.YES
    ),
    pytest.param(200, {}, FailureKind.PROVIDER_BAD_STREAM, "The provider's answer could not be read: No.", Retry.ONCE),
    pytest.param(
        None,
        {"metadata": {"url": "http://llm/v1"}},
        FailureKind.PROVIDER_UNAVAILABLE,
        "The provider cannot be reached at http://llm/v1: No.",
        Retry.YES,
    ),
    pytest.param(
        None,
        {"metadata": {"code": "ECONNRESET"}},
        FailureKind.PROVIDER_UNAVAILABLE,
        "The connection to the provider broke: No.",
        Retry.YES,
    ),
]


@pytest.mark.parametrize(("status", "data", "kind", "message", "retry"), PROVIDER)
def test_a_providers_refusal_is_told_by_its_status(
    status: int | None, data: dict[str, Any], kind: FailureKind, message: str, retry: Retry
) -> None:
    found = judged(a_message(None, finish=None, error=an_api_error(status, **data)))

    assert (found.kind, found.message, found.retry) == (kind, message, retry)
    assert found.origin is FailureOrigin.PROVIDER
    assert found.status_code == status
    assert found.causes[-1].source == "provider"
    assert found.causes[-1].message in message + "No."


def test_a_rate_limit_says_how_often_opencode_tried() -> None:
    known = seen(an_assistant_message(), *(a_retry(attempt) for attempt in range(1, 6)))

    found = judged(a_message(None, finish=None, error=an_api_error(429)), known)

    assert found.message == "Rate limited by the provider; OpenCode gave up after 6 tries: No."


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after-ms": "1500", "retry-after": "30"}, 1.5),
        ({"retry-after": "Mon, 23 Nov 2026 12:01:00 GMT"}, 60),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "99999999"}, 7 * 24 * 3600),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
    ids=["seconds", "milliseconds", "date", "negative", "absurd", "nonsense", "none"],
)
def test_a_rate_limit_says_when_the_provider_may_be_asked_again(headers: dict[str, str], seconds: float | None) -> None:
    found = judged(a_message(None, finish=None, error=an_api_error(429, responseHeaders=headers)))

    waited = found.retry_after and (found.retry_after - START.wall).total_seconds()
    assert waited == seconds


NAMED = [
    pytest.param(
        an_error("ContextOverflowError", message="Session too large"),
        FailureKind.CONTEXT_OVERFLOW,
        "The prompt is larger than the model's context",
        id="overflow",
    ),
    pytest.param(
        an_error("ContentFilterError", message="Blocked"),
        FailureKind.CONTENT_FILTERED,
        "The provider's content filter stopped the answer: Blocked",
        id="filter",
    ),
    pytest.param(
        an_error("MessageOutputLengthError"),
        FailureKind.OUTPUT_TRUNCATED,
        "The answer was cut at the model's output limit",
        id="length",
    ),
    pytest.param(
        an_error("ProviderAuthError", providerID="acme", message="no key"),
        FailureKind.PROVIDER_AUTH,
        "OpenCode has no valid key for the provider: no key",
        id="auth",
    ),
    pytest.param(
        an_error("StructuredOutputError", message="Model did not produce structured output", retries=0),
        FailureKind.HANDOFF_INVALID,
        "The agent gave no structured answer: Model did not produce structured output",
        id="structured",
    ),
    pytest.param(
        an_error("MessageAbortedError", message="Aborted"),
        FailureKind.ENGINE_ABORTED,
        "The session was aborted outside stepwire",
        id="aborted",
    ),
    pytest.param(
        an_error("UnknownError", message="Failed to initialize provider: x"),
        FailureKind.AGENT_ERROR,
        "The agent reported: Failed to initialize provider: x",
        id="unknown",
    ),
    pytest.param(
        an_error("UnknownError", message='{"message":"Upstream exploded","code":500}'),
        FailureKind.PROVIDER_UNAVAILABLE,
        "The provider is not available (code 500): Upstream exploded",
        id="JSON in the message",
    ),
    pytest.param(
        an_error("UnknownError", message=json.dumps({"error": {"message": "Spent", "type": "insufficient_quota"}})),
        FailureKind.PROVIDER_QUOTA,
        "The provider's quota is used up: Spent",
        id="quota in the message",
    ),
    pytest.param(
        an_error("BrandNewError", message="Never heard of"),
        FailureKind.AGENT_ERROR,
        "The agent reported: Never heard of",
        id="new name",
    ),
    pytest.param(
        an_error("BrandNewError"), FailureKind.AGENT_ERROR, "The agent reported: BrandNewError", id="no words"
    ),
]


@pytest.mark.parametrize(("error", "kind", "message"), NAMED)
def test_an_error_of_the_run_is_told_by_its_name(error: dict[str, Any], kind: FailureKind, message: str) -> None:
    found = judged(a_message("Half an answer", error=error))

    assert (found.kind, found.message) == (kind, message)


@pytest.mark.parametrize(
    ("known", "parts"),
    [(seen(an_assistant_message(), a_retry()), []), (QUIET, [STEP_START, STEP_START])],
    ids=["seen in the stream", "seen in the answer"],
)
def test_an_unknown_error_after_retries_is_the_providers(known: Observations, parts: list[dict[str, Any]]) -> None:
    error = an_error("UnknownError", message="JSON parsing failed: Text: half")

    found = judged(a_message(None, finish=None, error=error, parts=parts), known)

    assert found.kind is FailureKind.PROVIDER_BAD_STREAM
    assert found.message == "The provider's answer could not be read: JSON parsing failed: Text: half"


def test_an_overflow_carries_the_providers_own_words() -> None:
    known = seen(an_error_event("ContextOverflowError", "maximum context length is 128000 tokens"))

    found = judged(a_message(None, error=an_error("ContextOverflowError", message="Session too large")), known)

    assert [cause.source for cause in found.causes] == ["opencode", "provider"]
    assert found.causes[-1].message == "maximum context length is 128000 tokens"
