"""Small values for the tests of the OpenCode adapter, in the shapes that the real server sends."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.opencode.observations import Moment, Observations, nothing_seen
from adapters.opencode.reply import Reply
from adapters.opencode.v1.frames import observe
from adapters.opencode.v1.wire import Event

ROOT = "ses_root"
CHILD = "ses_child"
START = Moment(monotonic=1000.0, wall=datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC))


def a_message(
    text: str | None = "All done.",
    *,
    finish: str | None = "stop",
    error: Mapping[str, Any] | None = None,
    parts: list[dict[str, Any]] | None = None,
    **info: Any,
) -> dict[str, Any]:
    said = [] if text is None else [{"type": "text", "text": text, "id": "prt_1"}]
    head = {"id": "msg_2", "sessionID": ROOT, "role": "assistant", "time": {"created": 1, "completed": 2}, **info}
    if finish is not None:
        head["finish"] = finish
    if error is not None:
        head["error"] = error
    return {"info": head, "parts": said if parts is None else parts}


def a_reply(body: Any = None, status: int = 200, content_type: str = "application/json") -> Reply:
    encoded = body if isinstance(body, bytes) else json.dumps(a_message() if body is None else body).encode()
    return Reply(status=status, body=encoded, content_type=content_type)


def an_error(name: str, **data: Any) -> dict[str, Any]:
    return {"name": name, "data": data}


def an_api_error(status: int | None, message: str = "No.", **data: Any) -> dict[str, Any]:
    told = {"message": message, "isRetryable": False, **data}
    return an_error("APIError", **(told if status is None else {"statusCode": status, **told}))


def a_tool(tool: str, status: str = "completed", **state: Any) -> dict[str, Any]:
    return {
        "type": "tool",
        "tool": tool,
        "callID": f"call_{tool}",
        "id": f"prt_{tool}",
        "sessionID": ROOT,
        "messageID": "msg_2",
        "state": {"status": status, "input": {}, **state},
    }


def seen(*events: tuple[str, dict[str, Any]], directory: str | None = "/srv/app", at: Moment = START) -> Observations:
    """What is known after the events, which are of the attempt's own session where they name none."""
    known = nothing_seen(ROOT, START, directory)
    for kind, properties in events:
        known = observe(known, an_event(kind, properties, directory), at)
    return known


def an_event(kind: str, properties: dict[str, Any], directory: str | None = "/srv/app") -> Event:
    return Event(type=kind, properties={"sessionID": ROOT, **properties}, directory=directory)


def a_retry(attempt: int = 1, message: str = "Rate limit reached", *, wait: float = 2.0, session: str = ROOT) -> Any:
    next_at = (START.wall.timestamp() + wait) * 1000
    status = {"type": "retry", "attempt": attempt, "message": message, "next": next_at}
    return ("session.status", {"sessionID": session, "status": status})


def an_assistant_message(message_id: str = "msg_2", session: str = ROOT, **info: Any) -> Any:
    return ("message.updated", {"sessionID": session, "info": {"id": message_id, "sessionID": session, **info}})


def an_error_event(name: str, message: str, session: str = ROOT) -> Any:
    return ("session.error", {"sessionID": session, "error": an_error(name, message=message)})


def a_child() -> Any:
    return ("session.created", {"sessionID": CHILD, "info": {"id": CHILD, "parentID": ROOT}})


def a_permission(request_id: str = "per_1", permission: str = "bash", session: str = ROOT, **more: Any) -> Any:
    asked = {"id": request_id, "sessionID": session, "permission": permission, "patterns": ["rm -rf build"], **more}
    return ("permission.asked", {"metadata": {}, "always": [], **asked})


def a_question(request_id: str = "que_1", session: str = ROOT) -> Any:
    question = {"question": "Which database?", "header": "DB", "options": [{"label": "pg", "description": ""}]}
    return ("question.asked", {"id": request_id, "sessionID": session, "questions": [question]})
