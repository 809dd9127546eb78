"""A refusal names who spoke, quotes words and never JSON, and its hint leads to where it can be mended."""

import json
from typing import Any

import pytest

from adapters.opencode.provider_errors import Circumstances, failure_of, has_told_overflow
from adapters.opencode.provider_failures import odd_finish
from adapters.opencode.reported import ErrorFacts, ReportedError
from runner.failure_kinds import FailureKind
from runner.failures import Failure
from tests.adapters.opencode.v1.shapes import START, an_error_event, seen

PAGE = "<html><head><title>One moment</title></head></html>"
URL = {"url": "https://llm.example:8443/v1/chat"}


def judged(name: str, *events: Any, message: str = "No.", status: int | None = None, **data: Any) -> Failure:
    facts = ErrorFacts(message=message, status_code=status, **data)
    return failure_of(ReportedError(name=name, data=facts), Circumstances(seen=seen(*events), now=START))


def an_overflow(message: str, body: str = "") -> Any:
    kind, told = an_error_event("ContextOverflowError", message)
    told["error"]["data"]["responseBody"] = body
    return kind, told


def test_a_router_is_not_taken_for_the_provider_behind_it() -> None:
    error = {"message": "Wrapped", "code": 429, "metadata": {"raw": "Slow down", "provider_name": "Acme"}}

    found = judged("UnknownError", message=json.dumps(error))

    assert found.message == "Rate limited by the provider Acme (code 429): Slow down"
    assert (found.kind, found.status_code) == (FailureKind.PROVIDER_RATE_LIMITED, 429)
    assert found.causes[-1].message == "Slow down"


@pytest.mark.parametrize(
    ("headers", "gateway"),
    [({"server": "cloudflare"}, "(cloudflare)"), ({}, "(llm.example:8443)")],
    ids=["named by itself", "named by its address"],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_web_page_is_a_gateways_and_nothing_about_the_key(status: int, headers: Any, gateway: str) -> None:
    found = judged("APIError", status=status, body=PAGE, headers=headers, metadata=URL)

    assert found.message == f"A gateway before the provider answered with a web page (status {status}): One moment"
    assert gateway in found.hint
    assert "key" not in found.hint


def test_a_proxy_asks_for_what_is_set_where_opencode_starts() -> None:
    found = judged("APIError", status=407, body=PAGE)

    assert found.message == "A proxy before the provider asks for credentials (status 407): One moment"
    assert "HTTPS_PROXY" in found.hint


def test_a_refused_key_is_told_from_a_refused_account() -> None:
    key = judged("APIError", status=400, body='{"error": {"message": "No.", "code": "invalid_api_key"}}')
    account = judged("APIError", status=403, body='{"error": {"message": "Spent."}}')

    assert key.message == "The provider rejected the API key (status 400): No."
    assert account.message == "The provider refused access (status 403): Spent."
    assert "Check the provider's key" not in account.hint


@pytest.mark.parametrize(
    ("message", "body", "who"),
    [
        ("Request Entity Too Large", "<html><h1>413</h1></html>", "A gateway before the provider takes"),
        ("Payload Too Large", "", "The provider, or a gateway before it, takes"),
        ("Too big", '{"error": {"type": "request_too_large", "message": "Too big"}}', "The provider, or a gateway"),
    ],
    ids=["page", "nothing", "named"],
)
def test_a_refused_size_is_no_overflow(message: str, body: str, who: str) -> None:
    found = judged("ContextOverflowError", an_overflow(message, body), message="Session too large to compact")

    assert (found.kind, found.status_code) == (FailureKind.PROVIDER_REJECTED, 413)
    assert found.message.startswith(who)
    assert "no request as large as this one (status 413)" in found.message


def test_a_throttle_is_no_overflow() -> None:
    body = '{"error": {"message": "6000 a minute", "code": "rate_limit_exceeded"}}'

    found = judged("ContextOverflowError", an_overflow("6000 a minute", body), message="Session too large")

    assert found.kind is FailureKind.PROVIDER_RATE_LIMITED
    assert found.message == "Rate limited by the provider: 6000 a minute"


def test_an_overflow_has_its_figures_in_the_message() -> None:
    beside = '{"error": {"message": "It does not fit", "n_prompt_tokens": 9000, "n_ctx": 8192}}'

    within = judged("ContextOverflowError", an_overflow("9000 of 8192"), message="Session too large")
    found = judged("ContextOverflowError", an_overflow("It does not fit", beside), message="Session too large")

    assert within.message == "The prompt is larger than the model's context: 9000 of 8192"
    assert found.message.endswith("It does not fit (n_prompt_tokens 9000, n_ctx 8192)")
    assert [cause.source for cause in found.causes] == ["opencode", "provider"]


def test_an_overflow_by_wording_alone_is_told_as_opencodes_reading() -> None:
    found = judged("ContextOverflowError", an_overflow("too many tokens, wait"), message="Session too large")

    assert found.message.startswith("OpenCode took the provider's refusal for an overflow of the model's context: too")


def test_an_overflow_without_a_word_of_the_providers_says_what_is_known() -> None:
    found = judged("ContextOverflowError", message="Session too large to compact")

    assert found.message == "The prompt is larger than the model's context"
    assert not has_told_overflow(seen())
    assert has_told_overflow(seen(an_overflow("9000 of 8192")))


def test_a_stream_that_broke_off_with_an_unheard_of_error_says_so() -> None:
    in_words = judged("UnknownError", message='{"message": "Odd", "type": "odd"}')
    in_a_body = judged("APIError", body='{"error": {"message": "Odd", "type": "odd"}}')

    assert {in_words.kind, in_a_body.kind} == {FailureKind.PROVIDER_BAD_STREAM}
    assert {in_words.message, in_a_body.message} == {"The provider broke off its answer with an error: Odd"}


@pytest.mark.parametrize(
    ("finish", "message"),
    [
        ("error", "The provider ended its answer with an error, and said no more about it"),
        ("delicate", 'The provider ended its answer with "delicate", a finish reason that is not known'),
    ],
)
def test_a_finish_reason_that_nobody_knows_is_the_providers(finish: str, message: str) -> None:
    found = odd_finish(finish, "Let me")

    assert (found.kind, found.message, found.detail) == (FailureKind.PROVIDER_BAD_STREAM, message, "Let me")
