"""The failures that scripts name, as OpenCode 2 says them: a type and words, with the provider's status and body."""

import json

from pydantic import JsonValue

from adapters.opencode.v1.scripted.scripts import Fail
from adapters.opencode.v2.scripted.log import Properties

ABORTED_STEP: Properties = {"type": "aborted", "message": "Step interrupted"}
ABORTED_TOOL: Properties = {"type": "aborted", "message": "Tool execution interrupted"}
BLOCKED: Properties = {"type": "provider.content-filter", "message": "Provider blocked the response"}
NO_FINISH: Properties = {
    "type": "provider.invalid-output",
    "message": "Provider stream ended without a terminal finish event",
}
_TYPES = {
    400: "provider.invalid-request",
    401: "provider.auth",
    403: "provider.auth",
    404: "provider.invalid-request",
    429: "provider.rate-limit",
}
_OVERFLOW = {
    "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    "type": "invalid_request_error",
    "param": "messages",
    "code": "context_length_exceeded",
}


def stated(type_: str, message: str) -> Fail:
    """A failure by OpenCode 2's own type, which no provider's status goes with."""
    return Fail(name=type_, data={"message": message})


def structured(failure: Fail) -> Properties:
    """The failure of a script: a name of OpenCode 1's says what OpenCode 2 would have made of the same cause."""
    if failure.name == "APIError":
        return _refusal(failure.data)
    if failure.name == "ContentFilterError":
        return BLOCKED
    if failure.name == "ContextOverflowError":
        return refusal(400, json.dumps({"error": _OVERFLOW}))
    own = failure.name.islower()
    return {"type": failure.name if own else "unknown", "message": failure.data.get("message", "")}


def refusal(status: int, body: str, *, retry_after: float | None = None) -> Properties:
    """What a provider's answer with that status becomes."""
    told: Properties = {
        "type": _type_of(status, body),
        "message": f"Provider request failed with HTTP {status}: {body}",
        "status": status,
        "response": {"body": body},
    }
    return told if retry_after is None else {**told, "retryAfterMs": round(retry_after * 1000)}


def _refusal(data: dict[str, JsonValue]) -> Properties:
    status, body, headers = data.get("statusCode"), str(data.get("responseBody", "")), data.get("responseHeaders")
    if not isinstance(status, int):
        return {"type": "provider.transport", "message": "HTTP transport failed"}
    waits = headers.get("retry-after") if isinstance(headers, dict) else None
    return refusal(status, body, retry_after=None if waits is None else float(str(waits)))


def _type_of(status: int, body: str) -> str:
    if status == 429 and "insufficient_quota" in body:
        return "provider.quota"
    return _TYPES.get(status, "provider.internal" if status >= 500 else "provider.unknown")
