"""Lists in pages: newest first unless asked otherwise, and a cursor that says where the next page begins."""

import base64
import json
from collections.abc import Sequence

from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.requests import Request, refused

_PAGE = 50


def page_of(items: Sequence[Properties], request: Request) -> Properties:
    """`items` come oldest first, each with an id. Raises ErrorAnswer for a cursor that is none of ours."""
    position = _position(request.asked("cursor"))
    order = str(position.get("order") or request.asked("order") or "desc")
    ordered = list(items) if order == "asc" else list(reversed(items))
    ids = [item["id"] for item in ordered]
    start = ids.index(position["id"]) + 1 if position.get("id") in ids else 0
    page: list[Json] = [*ordered[start : start + request.number("limit", _PAGE)]]
    if start + len(page) >= len(ordered):
        return {"data": page, "cursor": {}}
    return {"data": page, "cursor": {"next": _cursor({"id": ids[start + len(page) - 1], "order": order})}}


def _cursor(position: Properties) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _position(cursor: str | None) -> Properties:
    if cursor is None:
        return {}
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError:
        position = None
    if isinstance(position, dict):
        return position
    raise refused(400, "InvalidCursorError", "Invalid cursor")
