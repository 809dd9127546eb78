"""How the provider packages inside OpenCode are spoken to: frames and bodies of each, made small.

Chat is what most servers and routers speak, Messages is Anthropic's, Responses is OpenAI's newer one, Gemini Google's.
"""

import json
from collections.abc import Mapping

from tests.support.provider_replies import raw_answer, stream
from tests.support.provider_wire import Json, Reply

HTML: Mapping[str, str] = {"content-type": "text/html; charset=utf-8"}


def refused(status: int, error: Json, *, headers: Mapping[str, str] | None = None, **beside: Json) -> Reply:
    """An answer of that status whose body holds the error, and what else is said beside it."""
    return raw_answer(status, json.dumps({**beside, "error": error}), headers=headers)


def refused_with(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer of that status in an envelope of the provider's own."""
    return raw_answer(status, json.dumps(body), headers=headers)


def page(status: int, title: str, headers: Mapping[str, str] | None = None) -> Reply:
    """A web page, as gateways give one."""
    body = f"<!doctype html><html><head><title>{title}</title></head><body><p>See your administrator.</p></body></html>"
    return raw_answer(status, body, content_type=HTML["content-type"], headers=headers)


def half_a_page(status: int, body: str) -> Reply:
    """A piece of HTML that only its content type tells."""
    return raw_answer(status, body, content_type="text/html")


def nothing(status: int) -> Reply:
    """A status, and not a word."""
    return raw_answer(status, "", content_type="text/plain")


def _data(frame: Json) -> str:
    return f"data: {json.dumps(frame)}"


def _event(frame: Mapping[str, Json]) -> str:
    return f"event: {frame['type']}\n{_data(dict(frame))}"


def _chunk(delta: Mapping[str, Json], finish: str | None = None, **beside: Json) -> str:
    choice: Json = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    return _data(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **beside}
    )


def chat(said: str, *, finish: str | None = None, end: str = "done") -> Reply:
    """Says something, then ends with that word, or with none."""
    last = () if finish is None else (_chunk({}, finish),)
    return stream(_chunk({"role": "assistant", "content": said}), *last, end=end)


def chat_error(error: Json, *, said: str = "Let me", **beside: Json) -> Reply:
    """Begins well, then a chunk with an error in it, as routers send it when the model behind them breaks."""
    begun = (_chunk({"role": "assistant", "content": said}),) if said else ()
    return stream(*begun, _chunk({"content": ""}, "error", error=error, **beside))


def chat_error_alone(error: Json) -> Reply:
    """Begins well, then a frame that is nothing but an error."""
    return stream(_chunk({"role": "assistant", "content": "Let me"}), _data({"error": error}))


def _messages_begun(said: str) -> tuple[str, ...]:
    usage: Json = {"input_tokens": 12, "output_tokens": 1}
    head: Json = {"id": "msg", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    block: Json = {"type": "text", "text": ""}
    return (
        _event({"type": "message_start", "message": head}),
        _event({"type": "content_block_start", "index": 0, "content_block": block}),
        _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": said}}),
    )


def messages_error(kind: str, message: str) -> Reply:
    """Begins well, then an error event."""
    error: Json = {"type": kind, "message": message}
    return stream(*_messages_begun("Let me"), _event({"type": "error", "error": error}), end="close")


def messages(said: str, *, finish: str | None = None, end: str = "close") -> Reply:
    """Says something, then stops for that reason, or is cut off."""
    if finish is None:
        return stream(*_messages_begun(said), end=end)
    delta: Json = {"stop_reason": finish, "stop_sequence": None}
    last = (
        _event({"type": "content_block_stop", "index": 0}),
        _event({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}),
        _event({"type": "message_stop"}),
    )
    return stream(*_messages_begun(said), *last, end=end)


def gemini(said: str, finish: str | None = None) -> Reply:
    """Says something, then finishes with that word in a frame of its own."""
    usage: Json = {"promptTokenCount": 90, "candidatesTokenCount": 3, "totalTokenCount": 93}

    def frame(**candidate: Json) -> str:
        return _data({"candidates": [{"index": 0, **candidate}], "usageMetadata": usage, "modelVersion": "m"})

    begun = (frame(content={"parts": [{"text": said}], "role": "model"}),) if said else ()
    last = () if finish is None else (frame(content={}, finishReason=finish),)
    return stream(*begun, *last, end="close")


def gemini_blocked(reason: str) -> Reply:
    """Refuses the prompt itself: no candidate, only why."""
    usage: Json = {"promptTokenCount": 90, "totalTokenCount": 90}
    return stream(_data({"promptFeedback": {"blockReason": reason}, "usageMetadata": usage}), end="close")


def responses_failed(code: str, message: str) -> Reply:
    """OpenAI's newer API: a response that began and failed."""
    head: dict[str, Json] = {"id": "resp", "object": "response", "created_at": 1, "model": "m", "output": []}
    created: Json = {"type": "response.created", "response": {**head, "status": "in_progress"}}
    error: Json = {"code": code, "message": message}
    failed: Json = {"type": "response.failed", "response": {**head, "status": "failed", "error": error}}
    return stream(_data(created), _data(failed), end="close")


def responses_error(error: Mapping[str, Json]) -> Reply:
    """OpenAI's newer API: an error event."""
    return stream(_data({"type": "error", "sequence_number": 1, **error}), end="close")
