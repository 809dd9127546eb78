"""What people who run agents on OpenCode met with at their providers, and what each of it must be told as.

A row is one member of a family; the families are what the mending was for. It is one long table, so that a new report
finds its neighbours. `package` is the provider's package inside
OpenCode, `below` the path that it is configured with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.failure_kinds import FailureKind
from tests.support import provider_dialects as say
from tests.support.provider_wire import Json, Reply

K = FailureKind
COMPATIBLE = ("@ai-sdk/openai-compatible", "/v1")
ANTHROPIC = ("@ai-sdk/anthropic", "/anthropic/v1")
ROUTER = ("@openrouter/ai-sdk-provider", "/openrouter/api/v1")
OPENAI = ("@ai-sdk/openai", "/openai/v1")
AZURE = ("@ai-sdk/azure", "/azure/openai")
GOOGLE = ("@ai-sdk/google", "/google/v1beta")


@dataclass(frozen=True, kw_only=True)
class Case:
    """`words` are in the message, `hint` is in the hint, `never` is in neither; `retries` says that OpenCode, too, asks
    again, which takes it a minute.
    """

    name: str
    package: tuple[str, str]
    reply: Reply
    kind: FailureKind
    words: tuple[str, ...] = ()
    hint: str = ""
    never: tuple[str, ...] = ()
    retries: bool = False
    options: Mapping[str, Json] = field(default_factory=dict)


_MODERATED: Json = {
    "message": "The input was held back",
    "code": 403,
    "metadata": {"reasons": ["violence"], "flagged_input": "Say", "provider_name": "Acme"},
}
_RAW: Json = {
    "message": "Something went wrong upstream",
    "code": 429,
    "metadata": {"raw": "acme/large: too many at once, wait a little", "provider_name": "Acme"},
}
_NESTED: Json = {
    "message": "Something went wrong upstream",
    "code": 503,
    "metadata": {"raw": '{"error": {"message": "No machine is free", "type": "capacity"}}', "provider_name": "Acme"},
}
_FILTER: Json = {
    "message": "The prompt met a content rule",
    "type": None,
    "param": "prompt",
    "code": "content_filter",
    "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True}}},
}

IN_THE_STREAM = (
    Case(
        name="messages-overloaded",
        package=ANTHROPIC,
        reply=say.messages_error("overloaded_error", "Full house"),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("Full house",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="messages-rate",
        package=ANTHROPIC,
        reply=say.messages_error("rate_limit_error", "40,000 tokens a minute"),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("40,000 tokens a minute",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="messages-broken",
        package=ANTHROPIC,
        reply=say.messages_error("api_error", "Internal server error"),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("Internal server error",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="messages-key",
        package=ANTHROPIC,
        reply=say.messages_error("authentication_error", "The key was withdrawn"),
        kind=K.PROVIDER_AUTH,
        words=("The key was withdrawn",),
        never=("{",),
    ),
    Case(
        name="messages-money",
        package=ANTHROPIC,
        reply=say.messages_error("billing_error", "The card was declined"),
        kind=K.PROVIDER_QUOTA,
        words=("The card was declined",),
        never=("{",),
    ),
    Case(
        name="messages-invalid",
        package=ANTHROPIC,
        reply=say.messages_error("invalid_request_error", "A block is empty"),
        kind=K.PROVIDER_REJECTED,
        words=("A block is empty",),
        never=("{",),
    ),
    Case(
        name="router-429",
        package=ROUTER,
        reply=say.chat_error(_RAW, said="", provider="Acme"),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("too many at once", "Acme"),
        never=("{",),
        retries=True,
    ),
    Case(
        name="router-503-nested",
        package=ROUTER,
        reply=say.chat_error(_NESTED),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("No machine is free", "Acme"),
        never=("{",),
        retries=True,
    ),
    Case(
        name="router-402",
        package=ROUTER,
        reply=say.chat_error({"code": 402, "message": "Please pay first"}, said=""),
        kind=K.PROVIDER_QUOTA,
        words=("Please pay first",),
        never=("{",),
    ),
    Case(
        name="router-moderated",
        package=ROUTER,
        reply=say.chat_error(_MODERATED),
        kind=K.CONTENT_FILTERED,
        words=("The input was held back",),
        never=("{",),
    ),
    Case(
        name="chat-429",
        package=COMPATIBLE,
        reply=say.chat_error(_RAW),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("too many at once",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="chat-529",
        package=COMPATIBLE,
        reply=say.chat_error_alone({"message": "At its limit", "code": 529}),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("At its limit",),
        never=("{",),
    ),
    Case(
        name="chat-code-as-text",
        package=COMPATIBLE,
        reply=say.chat_error({"message": "Slow down", "code": "429"}),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("Slow down",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="chat-status-name",
        package=COMPATIBLE,
        reply=say.chat_error_alone({"message": "Quota per minute", "status": "RESOURCE_EXHAUSTED", "code": 429}),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("Quota per minute",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="chat-quota",
        package=COMPATIBLE,
        reply=say.chat_error_alone(
            {"message": "Plan used up", "type": "insufficient_quota", "code": "insufficient_quota"}
        ),
        kind=K.PROVIDER_QUOTA,
        words=("Plan used up",),
        never=("{",),
    ),
    Case(
        name="chat-overflow",
        package=COMPATIBLE,
        reply=say.chat_error_alone({"message": "9000 tokens, 8192 fit", "code": "context_length_exceeded"}),
        kind=K.CONTEXT_OVERFLOW,
        words=("9000 tokens, 8192 fit",),
        never=("{",),
    ),
    # OpenCode drops the error of a response that failed, and asks again at once.
    Case(
        name="responses-failed",
        package=OPENAI,
        reply=say.responses_failed("rate_limit_exceeded", "One at a time"),
        kind=K.PROVIDER_BAD_STREAM,
        words=("an error in the place of an answer",),
        never=("looped",),
    ),
    Case(
        name="responses-server-error",
        package=OPENAI,
        reply=say.responses_error({"error": {"type": "server_error", "code": "server_error", "message": "Came apart"}}),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("Came apart",),
        never=("{", "connection"),
        retries=True,
    ),
    Case(
        name="responses-quota",
        package=OPENAI,
        reply=say.responses_error(
            {"error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "Gone"}}
        ),
        kind=K.PROVIDER_QUOTA,
        words=("Gone",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="responses-invalid-prompt",
        package=OPENAI,
        reply=say.responses_error(
            {"error": {"type": "invalid_request_error", "code": "invalid_prompt", "message": "Not this"}}
        ),
        kind=K.CONTENT_FILTERED,
        words=("Not this",),
        never=("{",),
    ),
    Case(
        name="responses-overflow",
        package=OPENAI,
        reply=say.responses_error(
            {"error": {"type": "invalid_request_error", "code": "context_length_exceeded", "message": "9000 of 8192"}}
        ),
        kind=K.CONTEXT_OVERFLOW,
        words=("9000 of 8192",),
        never=("{",),
    ),
)
FILTER_AND_MONEY = (
    Case(
        name="azure-filter",
        package=COMPATIBLE,
        reply=say.refused(400, _FILTER),
        kind=K.CONTENT_FILTERED,
        words=("The prompt met a content rule",),
    ),
    Case(
        name="azure-filter-own-package",
        package=AZURE,
        reply=say.refused(400, _FILTER),
        options={"resourceName": "x"},
        kind=K.CONTENT_FILTERED,
        words=("The prompt met a content rule",),
    ),
    Case(
        name="invalid-prompt",
        package=COMPATIBLE,
        reply=say.refused(400, {"message": "Flagged", "code": "invalid_prompt"}),
        kind=K.CONTENT_FILTERED,
        words=("Flagged",),
    ),
    Case(
        name="policy-violation",
        package=COMPATIBLE,
        reply=say.refused(400, {"message": "Not allowed here", "code": "content_policy_violation"}),
        kind=K.CONTENT_FILTERED,
        words=("Not allowed here",),
    ),
    Case(
        name="inspection",
        package=COMPATIBLE,
        reply=say.refused(400, {"message": "Input may be inappropriate", "type": "data_inspection_failed"}),
        kind=K.CONTENT_FILTERED,
        words=("Input may be inappropriate",),
    ),
    Case(
        name="router-moderation",
        package=ROUTER,
        reply=say.refused(403, _MODERATED),
        kind=K.CONTENT_FILTERED,
        words=("The input was held back",),
    ),
    Case(
        name="named-in-the-message",
        package=COMPATIBLE,
        reply=say.refused(
            400, {"message": "gateway.ContentPolicyViolationError: refused", "type": None, "code": "400"}
        ),
        kind=K.CONTENT_FILTERED,
        words=("refused",),
    ),
    Case(
        name="access-terminated",
        package=ANTHROPIC,
        reply=say.refused(403, {"message": "This month's share is spent", "type": "access_terminated_error"}),
        kind=K.PROVIDER_QUOTA,
        words=("This month's share is spent",),
        never=("{",),
        retries=True,
    ),
    Case(
        name="budget",
        package=COMPATIBLE,
        reply=say.refused(400, {"message": "10.02 of 10.0 spent", "type": "budget_exceeded", "code": "400"}),
        kind=K.PROVIDER_QUOTA,
        words=("10.02 of 10.0 spent",),
    ),
    Case(
        name="budget-429",
        package=COMPATIBLE,
        reply=say.refused(
            429, {"message": "Team budget spent", "type": "budget_exceeded"}, headers={"retry-after-ms": "20"}
        ),
        kind=K.PROVIDER_QUOTA,
        words=("Team budget spent",),
        retries=True,
    ),
    Case(
        name="user-quota-403",
        package=COMPATIBLE,
        reply=say.refused(403, {"message": "Left: 0.01", "type": "new_api_error", "code": "insufficient_user_quota"}),
        kind=K.PROVIDER_QUOTA,
        words=("Left: 0.01",),
    ),
    Case(
        name="arrears",
        package=COMPATIBLE,
        reply=say.refused(400, {"message": "Overdue", "code": "Arrearage"}),
        kind=K.PROVIDER_QUOTA,
        words=("Overdue",),
    ),
    Case(
        name="throttled-400",
        package=COMPATIBLE,
        reply=say.refused_with(
            400, {"message": "Please come later"}, {"x-amzn-errortype": "ThrottlingException:http://x/"}
        ),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("Please come later",),
    ),
    Case(
        name="throttled-403",
        package=COMPATIBLE,
        reply=say.refused(403, {"message": "Wait a bit"}, headers={"retry-after": "20"}),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("Wait a bit",),
    ),
    Case(
        name="spent-key-403",
        package=ROUTER,
        reply=say.refused(403, {"message": "The key's total is spent", "code": 403}),
        kind=K.PROVIDER_AUTH,
        words=("The key's total is spent",),
        never=("Check the provider's key", "rejected the API key"),
    ),
    Case(
        name="no-balance-400",
        package=ANTHROPIC,
        reply=say.refused(400, {"type": "invalid_request_error", "message": "Your balance is too low"}, type="error"),
        kind=K.PROVIDER_REJECTED,
        words=("Your balance is too low",),
        never=("Correct the model",),
    ),
)
FINISH_WORDS = (
    Case(
        name="finish-unheard-of",
        package=COMPATIBLE,
        reply=say.chat("Let me", finish="delicate"),
        kind=K.PROVIDER_BAD_STREAM,
        words=('"unknown"',),
        never=("looped", "version"),
    ),
    Case(
        name="finish-error",
        package=COMPATIBLE,
        reply=say.chat("Let me", finish="error"),
        kind=K.PROVIDER_BAD_STREAM,
        hint="Try again",
        never=("looped", "version"),
    ),
    Case(
        name="finish-error-router",
        package=ROUTER,
        reply=say.chat("Let me", finish="error"),
        kind=K.PROVIDER_BAD_STREAM,
        hint="Try again",
        never=("looped", "version"),
    ),
    Case(
        name="finish-network-error",
        package=COMPATIBLE,
        reply=say.chat("Let me", finish="network_error"),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("network_error",),
        never=("looped", "version"),
        retries=True,
    ),
    Case(
        name="gemini-other",
        package=GOOGLE,
        reply=say.gemini("Let me", "OTHER"),
        kind=K.PROVIDER_BAD_STREAM,
        words=('"unknown"',),
        never=("looped", "version"),
    ),
    Case(
        name="gemini-odd-tool",
        package=GOOGLE,
        reply=say.gemini("", "UNEXPECTED_TOOL_CALL"),
        kind=K.PROVIDER_BAD_STREAM,
        words=('"unknown"',),
        never=("looped", "version"),
    ),
    Case(
        name="gemini-malformed",
        package=GOOGLE,
        reply=say.gemini("", "MALFORMED_FUNCTION_CALL"),
        kind=K.PROVIDER_BAD_STREAM,
        hint="Try again",
        never=("looped", "version"),
    ),
    Case(name="gemini-prohibited", package=GOOGLE, reply=say.gemini("", "PROHIBITED_CONTENT"), kind=K.CONTENT_FILTERED),
    Case(
        name="gemini-blocked",
        package=GOOGLE,
        reply=say.gemini_blocked("PROHIBITED_CONTENT"),
        kind=K.PROVIDER_BAD_STREAM,
        never=("looped", "version"),
    ),
    Case(
        name="messages-refusal",
        package=ANTHROPIC,
        reply=say.messages("I may not", finish="refusal"),
        kind=K.CONTENT_FILTERED,
    ),
    Case(
        name="messages-paused",
        package=ANTHROPIC,
        reply=say.messages("Let me", finish="odd_turn"),
        kind=K.PROVIDER_BAD_STREAM,
        words=('"unknown"',),
        never=("looped", "version"),
    ),
    Case(
        name="messages-cut",
        package=ANTHROPIC,
        reply=say.messages("Let me"),
        kind=K.PROVIDER_BAD_STREAM,
        words=("cut",),
        never=("looped", "version"),
    ),
    Case(
        name="chat-cut",
        package=COMPATIBLE,
        reply=say.chat("Let me", end="close"),
        kind=K.PROVIDER_BAD_STREAM,
        words=("cut",),
        never=("looped", "version"),
    ),
    Case(
        name="gemini-cut",
        package=GOOGLE,
        reply=say.gemini("Let me"),
        kind=K.PROVIDER_BAD_STREAM,
        words=("cut",),
        never=("looped", "version"),
    ),
    Case(
        name="calls-nothing",
        package=COMPATIBLE,
        reply=say.chat("Let me", finish="tool_calls"),
        kind=K.PROVIDER_BAD_STREAM,
        words=('"tool-calls"',),
        never=("looped", "version"),
    ),
    Case(
        name="chat-short-of-machines",
        package=COMPATIBLE,
        reply=say.chat("Let me", finish="insufficient_system_resource"),
        kind=K.PROVIDER_BAD_STREAM,
        words=('"unknown"',),
        never=("looped", "version"),
    ),
    Case(
        name="json-instead",
        package=ROUTER,
        reply=say.refused(200, _RAW),
        kind=K.PROVIDER_BAD_STREAM,
        never=("looped", "version"),
    ),
)
OVERFLOW = (
    Case(
        name="overflow-figures-beside",
        package=COMPATIBLE,
        reply=say.refused(
            400,
            {
                "code": 400,
                "message": "It exceeds the available context size",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 9001,
                "n_ctx": 8192,
            },
        ),
        kind=K.CONTEXT_OVERFLOW,
        words=("9001", "8192"),
    ),
    Case(
        name="overflow-figures",
        package=COMPATIBLE,
        reply=say.refused(
            400, {"message": "This model's maximum context length is 4096 tokens, you asked for 5012", "code": 400}
        ),
        kind=K.CONTEXT_OVERFLOW,
        words=("4096", "5012"),
    ),
    Case(
        name="overflow-messages",
        package=ANTHROPIC,
        reply=say.refused(
            400,
            {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"},
            type="error",
        ),
        kind=K.CONTEXT_OVERFLOW,
        words=("210000", "200000"),
    ),
    Case(
        name="overflow-gemini",
        package=GOOGLE,
        reply=say.refused(
            400,
            {
                "code": 400,
                "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)",
                "status": "INVALID_ARGUMENT",
            },
        ),
        kind=K.CONTEXT_OVERFLOW,
        words=("1200000", "1048576"),
    ),
    Case(
        name="overflow-named",
        package=COMPATIBLE,
        reply=say.refused(
            400,
            {"message": "ContextWindowExceededError: 5012 tokens in, 4096 is the most", "type": None, "code": "400"},
        ),
        kind=K.CONTEXT_OVERFLOW,
        words=("5012", "4096"),
    ),
    Case(
        name="overflow-by-code",
        package=COMPATIBLE,
        reply=say.refused(400, {"message": "5012 in, 4096 at most", "code": "context_length_exceeded"}),
        kind=K.CONTEXT_OVERFLOW,
        words=("5012", "4096"),
    ),
    Case(
        name="size-413-page",
        package=COMPATIBLE,
        reply=say.page(413, "413 Request Entity Too Large"),
        kind=K.PROVIDER_REJECTED,
        words=("413",),
        hint="gateway",
        never=("model's context",),
    ),
    Case(
        name="size-413-empty",
        package=ANTHROPIC,
        reply=say.nothing(413),
        kind=K.PROVIDER_REJECTED,
        words=("413",),
        never=("model's context",),
    ),
    Case(
        name="size-413-json",
        package=ANTHROPIC,
        reply=say.refused(
            413, {"type": "request_too_large", "message": "Request exceeds the maximum size"}, type="error"
        ),
        kind=K.PROVIDER_REJECTED,
        words=("exceeds the maximum size",),
        never=("model's context",),
    ),
    Case(
        name="perhaps-overflow",
        package=COMPATIBLE,
        reply=say.refused_with(400, {"message": "Too many tokens, please wait"}),
        kind=K.CONTEXT_OVERFLOW,
        words=("OpenCode took", "Too many tokens, please wait"),
        hint="wait",
    ),
    Case(
        name="throttle-413",
        package=COMPATIBLE,
        reply=say.refused(
            413,
            {
                "message": "Tokens per minute: limit 6000, requested 7012",
                "type": "tokens",
                "code": "rate_limit_exceeded",
            },
        ),
        kind=K.PROVIDER_RATE_LIMITED,
        words=("6000", "7012"),
        never=("model's context",),
    ),
)
GATEWAYS = (
    Case(
        name="half-a-page",
        package=COMPATIBLE,
        reply=say.half_a_page(403, "<center><h1>403 Forbidden</h1></center>"),
        kind=K.PROVIDER_AUTH,
        words=("gateway", "403 Forbidden"),
        hint="gateway",
        never=("API key",),
    ),
    Case(
        name="plain-http",
        package=COMPATIBLE,
        reply=say.page(400, "The plain HTTP request was sent to HTTPS port"),
        kind=K.PROVIDER_REJECTED,
        words=("gateway", "HTTPS port"),
        hint="address",
        never=("API key",),
    ),
    Case(
        name="bot-wall-messages",
        package=ANTHROPIC,
        reply=say.page(403, "Just a second", {"server": "cloudflare", "cf-mitigated": "challenge"}),
        kind=K.PROVIDER_AUTH,
        words=("gateway", "403"),
        hint="gateway",
        never=("API key", "Check the provider's key"),
    ),
    Case(
        name="bot-wall-chat",
        package=COMPATIBLE,
        reply=say.page(403, "Just a second", {"server": "cloudflare", "cf-mitigated": "challenge"}),
        kind=K.PROVIDER_AUTH,
        words=("gateway", "403"),
        hint="gateway",
        never=("API key", "Check the provider's key"),
    ),
    Case(
        name="gateway-401",
        package=COMPATIBLE,
        reply=say.page(401, "401 Authorization Required"),
        kind=K.PROVIDER_AUTH,
        words=("gateway", "401"),
        hint="gateway",
        never=("API key", "Check the provider's key"),
    ),
    Case(
        name="gateway-403-google",
        package=GOOGLE,
        reply=say.page(403, "Blocked by policy"),
        kind=K.PROVIDER_AUTH,
        words=("gateway", "Blocked by policy"),
        hint="gateway",
        never=("API key",),
    ),
    Case(
        name="gateway-404",
        package=COMPATIBLE,
        reply=say.page(404, "404 Not Found"),
        kind=K.PROVIDER_REJECTED,
        words=("gateway", "404"),
        hint="address",
        never=("Correct the model or its settings",),
    ),
    Case(
        name="proxy-407",
        package=COMPATIBLE,
        reply=say.page(407, "407 Proxy Authentication Required", {"proxy-authenticate": "Basic realm=x"}),
        kind=K.PROVIDER_AUTH,
        words=("proxy",),
        hint="HTTPS_PROXY",
        never=("Correct the model",),
    ),
    Case(
        name="gateway-502",
        package=COMPATIBLE,
        reply=say.page(502, "Bad Gateway", {"retry-after-ms": "20"}),
        kind=K.PROVIDER_UNAVAILABLE,
        words=("502",),
        retries=True,
    ),
)
CASES = (*IN_THE_STREAM, *FILTER_AND_MONEY, *FINISH_WORDS, *OVERFLOW, *GATEWAYS)
