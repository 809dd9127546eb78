"""A refusal is told by the names in it before its status, and by the status where no name tells more."""

import json
from typing import Any

import pytest

from adapters.opencode.provider_refusal import kind_of, refusal_of
from adapters.opencode.reported import ErrorFacts
from runner.failure_kinds import FailureKind

K = FailureKind
NAMES = {
    K.CONTENT_FILTERED: (
        *("content_filter", "ResponsibleAIPolicyViolation", "invalid_prompt", "content_policy_violation"),
        *("data_inspection_failed", "DataInspectionFailed", "moderation_blocked", "GuardrailIntervened"),
        *("PROHIBITED_CONTENT", "sensitive_words_detected", "safety_error", "ContentPolicyViolationError"),
    ),
    K.PROVIDER_QUOTA: (
        *("insufficient_quota", "budget_exceeded", "access_terminated_error", "insufficient_user_quota"),
        *("exceeded_current_quota_error", "Arrearage", "CreditsError", "billing_hard_limit_reached"),
        *("usage_limit_reached", "FreeUsageLimitError", "GoUsageLimitError", "payment_required", "out_of_credits"),
        *("MonthlyLimitError", "BILLING_DISABLED", "insufficient_balance", "BudgetExceededError", "quotaExceeded"),
    ),
    K.CONTEXT_OVERFLOW: (
        *("context_length_exceeded", "ContextWindowExceededError", "exceed_context_size_error"),
        *("model_max_prompt_tokens_exceeded", "string_above_max_length", "prompt_too_long"),
    ),
    K.PROVIDER_RATE_LIMITED: (
        *("rate_limit_exceeded", "ThrottlingException", "Throttling.RateQuota", "rateLimitExceeded"),
        *("too_many_requests", "RESOURCE_EXHAUSTED", "requests_per_minute_quota"),
    ),
    K.PROVIDER_AUTH: ("invalid_api_key", "API_KEY_INVALID"),
}
TELLING = [(kind, name) for kind, names in NAMES.items() for name in names]


def judged(status: int | None = None, body: Any = None, message: str = "No.", **headers: str) -> FailureKind | None:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    text = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
    return kind_of(refusal_of(ErrorFacts(message=message, status_code=status, headers=told, body=text)))


@pytest.mark.parametrize("status", [400, 403, 429])
@pytest.mark.parametrize(("kind", "name"), TELLING)
def test_a_telling_name_comes_before_the_status(kind: FailureKind, name: str, status: int) -> None:
    assert judged(status, {"error": {"message": "No.", "code": name}}) is kind
    assert judged(status, {"error": {"message": "No.", "type": name, "code": str(status)}}) is kind


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (400, "invalid_request_error", K.PROVIDER_REJECTED),
        (403, "permission_error", K.PROVIDER_AUTH),
        (429, "server_error", K.PROVIDER_RATE_LIMITED),
        (500, "api_error", K.PROVIDER_UNAVAILABLE),
        (401, "invalid_request_error", K.PROVIDER_AUTH),
    ],
)
def test_an_unspecific_name_leaves_it_to_the_status(status: int, name: str, kind: FailureKind) -> None:
    assert judged(status, {"error": {"message": "No.", "type": name}}) is kind


@pytest.mark.parametrize(
    "name",
    [
        *("account_suspended", "UserSuspendedError", "project_suspended"),
        *("load_balancer_error", "BALANCER_REFUSED", "invalid_thinking_budget", "reasoning_budget_out_of_range"),
        *("case_sensitive_name", "caseSensitive"),
    ],
)
def test_a_name_that_only_looks_like_a_telling_one_leaves_it_to_the_status(name: str) -> None:
    assert judged(400, {"error": {"message": "No.", "code": name}}) is K.PROVIDER_REJECTED
    assert judged(403, {"error": {"message": "No.", "type": name}}) is K.PROVIDER_AUTH


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "overloaded_error"}, K.PROVIDER_UNAVAILABLE),
        ({"type": "rate_limit_error"}, K.PROVIDER_RATE_LIMITED),
        ({"type": "authentication_error"}, K.PROVIDER_AUTH),
        ({"type": "invalid_request_error"}, K.PROVIDER_REJECTED),
        ({"code": 402}, K.PROVIDER_QUOTA),
        ({"code": "429"}, K.PROVIDER_RATE_LIMITED),
        ({"code": 529}, K.PROVIDER_UNAVAILABLE),
        ({"code": 400, "type": "server_error"}, K.PROVIDER_REJECTED),
        ({"type": "never_heard_of"}, None),
    ],
)
def test_an_error_inside_a_stream_is_told_by_name_and_code(error: dict[str, Any], kind: FailureKind | None) -> None:
    assert judged(message=json.dumps({"message": "No.", **error})) is kind
    assert judged(body={"type": "error", "error": {"message": "No.", **error}}) is kind


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (400, {"x_amzn_errortype": "ThrottlingException:http://x/"}, K.PROVIDER_RATE_LIMITED),
        (403, {"retry_after": "20"}, K.PROVIDER_RATE_LIMITED),
        (403, {"x_ratelimit_remaining": "0"}, K.PROVIDER_RATE_LIMITED),
        (403, {"anthropic_ratelimit_requests_remaining": "0"}, K.PROVIDER_RATE_LIMITED),
        (403, {"x_ratelimit_remaining": "7"}, K.PROVIDER_AUTH),
        (401, {"retry_after": "20"}, K.PROVIDER_AUTH),
        (503, {"retry_after": "20"}, K.PROVIDER_UNAVAILABLE),
    ],
)
def test_headers_tell_a_throttle(status: int, headers: dict[str, str], kind: FailureKind) -> None:
    assert judged(status, {"error": {"message": "No."}}, **headers) is kind


def test_a_web_page_is_told_by_its_status_alone() -> None:
    assert judged(403, "<html><title>rate_limit_exceeded</title></html>", retry_after="5") is K.PROVIDER_AUTH


def test_words_tell_nothing() -> None:
    assert judged(400, {"error": {"message": "Your quota is used up, you are rate limited"}}) is K.PROVIDER_REJECTED


def test_an_answer_that_could_not_be_read_is_no_error() -> None:
    assert judged(message='Type validation failed: Value: {"code": 429}') is None
    assert judged(message='Type validation failed: Value: {"error": {"code": 429}}') is K.PROVIDER_RATE_LIMITED


def test_an_answer_that_began_well_may_hold_an_error() -> None:
    assert judged(200, {"error": {"code": 429}}) is K.PROVIDER_RATE_LIMITED
    assert judged(200, {"choices": []}) is None
