"""What the scripted provider can answer, and by which name of a model it does so unasked."""

import asyncio
import json
from collections.abc import Mapping

from tests.support.provider_wire import Json, Received, Reply, Wire

USAGE: Mapping[str, int] = {"prompt_tokens": 100, "completion_tokens": 20}


def _delta(delta: Mapping[str, Json], finish: str | None = None) -> str:
    choice: Json = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    return json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]})


def _usage(usage: Mapping[str, int]) -> str:
    total = {**usage, "total_tokens": sum(usage.values())}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [], "usage": total}
    return json.dumps(chunk)


def frames(*sent: str, finish: str | None = "stop", usage: Mapping[str, int] = USAGE, interval: float = 0) -> Reply:
    """Streams the frames, then the finish reason (None: leaves it out) and the usage."""

    async def reply(wire: Wire, _: Received) -> None:
        await wire.begin_stream()
        for frame in sent:
            await wire.send(frame)
            await asyncio.sleep(interval)
        if finish is not None:
            await wire.send(_delta({}, finish))
            await wire.send(_usage(usage))
        await wire.send("[DONE]")
        await wire.end_stream()

    return reply


def _words(answer: str, size: int = 1024) -> list[str]:
    return [_delta({"content": answer[i : i + size]}) for i in range(0, len(answer), size)]


def text(answer: str, *, finish: str | None = "stop", usage: Mapping[str, int] = USAGE) -> Reply:
    return frames(*_words(answer), finish=finish, usage=usage)


def trickle(answer: str, *, interval: float = 0.5) -> Reply:
    """One word at a time, slowly."""
    return frames(*(_delta({"content": word + " "}) for word in answer.split()), interval=interval)


def tool(name: str, arguments: Json, *, usage: Mapping[str, int] = USAGE, saying: str = "") -> Reply:
    """Calls a tool; arguments that are a string go out as they are, valid JSON or not."""
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments)

    async def reply(wire: Wire, received: Received) -> None:
        call_id = f"call_{id(wire):x}_{len(received.messages)}"
        call: Json = {"index": 0, "id": call_id, "type": "function", "function": {"name": name, "arguments": raw}}
        await frames(*_words(saying), _delta({"tool_calls": [call]}), finish="tool_calls", usage=usage)(wire, received)

    return reply


def refusal(
    status: int, message: str = "", *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """The provider's own error envelope with its usual words for the status."""
    usual, kind, usual_code = REFUSALS.get(status, ("The provider refused", "error", None))
    error = {"message": message or usual, "type": kind, "param": None, "code": code or usual_code}
    return raw_answer(status, json.dumps({"error": error}), headers=headers)


REFUSALS: Mapping[int, tuple[str, str, str | None]] = {
    400: ("Invalid value for temperature", "invalid_request_error", "invalid_value"),
    401: ("Incorrect API key provided: dummy", "invalid_request_error", "invalid_api_key"),
    402: ("Insufficient balance", "billing_error", "insufficient_balance"),
    403: ("You have no access to this model", "permission_error", "forbidden"),
    404: ("The model does not exist", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached for requests", "rate_limit_error", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request", "server_error", None),
    503: ("The engine is currently overloaded", "server_error", "overloaded"),
}
QUOTA = "You exceeded your current quota, please check your plan and billing details."
OVERFLOW = "This model's maximum context length is 128000 tokens."
PAGE = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
SOON: Mapping[str, str] = {"retry-after-ms": "20"}


def raw_answer(
    status: int, body: str, *, content_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Reply:
    async def reply(wire: Wire, _: Received) -> None:
        await wire.respond(status, body, {"content-type": content_type, **(headers or {})})

    return reply


def quota_used_up(headers: Mapping[str, str] | None = None) -> Reply:
    return refusal(429, QUOTA, code="insufficient_quota", headers=headers)


def context_overflow() -> Reply:
    return refusal(400, OVERFLOW, code="context_length_exceeded")


def error_frame(message: str = "Upstream exploded") -> Reply:
    """An error inside a stream that had begun well."""
    return frames(json.dumps({"error": {"message": message, "type": "server_error", "code": 500}}))


def garbage() -> Reply:
    return frames('{"id": "chatcmpl-1", "choices": [{"delta": {"content": "half a')


def stream(*sent: str, end: str = "done") -> Reply:
    """Frames of any package, as they are; then `[DONE]`, or the end of the body, or a reset of the connection."""

    async def reply(wire: Wire, _: Received) -> None:
        await wire.begin_stream()
        for lines in sent:
            await wire.send_lines(lines)
        if end == "reset":
            await asyncio.sleep(0.05)
            wire.reset()
            return
        if end == "done":
            await wire.send("[DONE]")
        await wire.end_stream()

    return reply


def gated(gate: asyncio.Event, then: Reply) -> Reply:
    """Answers when the test opens the gate."""

    async def reply(wire: Wire, received: Received) -> None:
        await gate.wait()
        await then(wire, received)

    return reply


async def closed(wire: Wire, _: Received) -> None:
    """Hangs up without a response."""


async def dropped(wire: Wire, _: Received) -> None:
    """Breaks off in the middle of the stream."""
    await wire.begin_stream()
    await wire.send(_delta({"content": "The first half of "}))
    await asyncio.sleep(0.05)
    wire.reset()


async def stalled(wire: Wire, _: Received) -> None:
    """Says a word, then nothing more."""
    await wire.begin_stream()
    await wire.send(_delta({"content": "Let me think "}))
    await wire.until_hung_up()


async def silent(wire: Wire, _: Received) -> None:
    """Sends not even a header."""
    await wire.until_hung_up()


BEHAVIOURS: Mapping[str, Reply] = {
    **{f"http-{status}": refusal(status) for status in REFUSALS},
    **{f"http-{status}-soon": refusal(status, headers=SOON) for status in REFUSALS},
    "http-429-later": refusal(429, headers={"retry-after": "600"}),
    "http-502-html": raw_answer(502, PAGE, content_type="text/html"),
    "http-502-html-soon": raw_answer(502, PAGE, content_type="text/html", headers=SOON),
    "html": raw_answer(200, PAGE, content_type="text/html"),
    "quota": quota_used_up(),
    "quota-soon": quota_used_up(SOON),
    "closed": closed,
    "dropped": dropped,
    "garbage": garbage(),
    "error-frame": error_frame(),
    "stalled": stalled,
    "silent": silent,
    "no-finish": text("I never say that I am done.", finish=None),
    "empty": text(""),
    "length": text("This answer is cut in the mid", finish="length"),
    "filtered": text("I may not", finish="content_filter"),
    "overflow": context_overflow(),
    "always-full": text("Much used.", usage={"prompt_tokens": 127_900, "completion_tokens": 90}),
    "trickle": trickle("alpha bravo charlie delta echo foxtrot golf hotel " * 20),
    "loop": tool("bash", {"command": "true", "description": "Does nothing"}),
    "big": text("0123456789abcdef" * 128 * 1024),
    "text": text("All done."),
}
