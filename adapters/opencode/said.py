"""What is said in a text that is JSON, holds some, or is a web page: its words, its names, its status.

Providers, routers and gateways wrap one another, so that an error may hold another as text. Names are codes, types and
reasons: identifiers, wherever they stand. Words are what a person reads; never JSON.

Whoever answers may send what they like: no pattern goes back over what it has read, so that reading takes a time that
grows with the text and no faster.
"""

import json
import re
from ast import literal_eval
from collections.abc import Iterator

from pydantic import JsonValue

_DEEPEST = 6
_NAMING = frozenset(
    ("code", "type", "__type", "status", "reason", "error_type", "errortype", "error_code", "errorcode")
)
_SAYING = ("message", "msg", "detail", "error_message", "errormessage", "error_description", "description", "title")
_HOLDING = ("error", "errors", "detail", "response", "innererror", "cause")
# A router's own sentence says less than that of the provider behind it, which it passes on.
_PASSED_ON = ("metadata", "raw")
_IDENTIFIER = re.compile(r"[A-Za-z][\w.\-:/]{1,79}")
_LEADING = re.compile(r"(?:^|[\s.:(])([A-Z]\w*(?:Error|Exception|Violation))(?=\s*(?::|-|$))")
_PAGE = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:[^-]|-(?!->))*+-->\s*+)*+<(?:!doctype\s++html|html|head|body)\b",
    re.IGNORECASE,
)
_TITLES = ("title", "h1")
_TITLE_BEGINS = re.compile(rf"<({'|'.join(_TITLES)})\b[^<>]*+>", re.IGNORECASE)
_FIGURE = re.compile(r"token|ctx|context|max_|_max|limit")
_TAG = re.compile(r"<[^<>]*+>")


def json_in(text: str) -> JsonValue:
    """The object or list that the text is, or that it ends with behind some words; else None."""
    starts = [place for place in (text.find("{"), text.find("[")) if place >= 0]
    return _loaded(text[min(starts) :]) if starts else None


def sentence_in(text: str) -> str:
    """The words of the text: where it holds JSON the message in that, or what stands before it."""
    value = json_in(text)
    if not isinstance(value, dict | list):
        return text
    before = text[: min(place for place in (text.find("{"), text.find("[")) if place >= 0)]
    return message_in(value) or before.strip(" :-\n") or ", ".join(names_in(value)) or text


def message_in(value: JsonValue, depth: int = 0) -> str | None:
    """What the value says to people, the innermost that it passes on first."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return sentence_in(value).strip() or None
    if isinstance(value, list):
        return next((said for item in value if (said := message_in(item, depth + 1))), None)
    if not isinstance(value, dict):
        return None
    held = _by_lower_name(value)
    if (raw := _passed_on(held)) is not None and (said := message_in(raw, depth + 1)):
        return said
    for name in (*_HOLDING, *_SAYING):
        if name in held and (said := message_in(held[name], depth + 1)):
            return said
    return None


def names_in(value: JsonValue) -> tuple[str, ...]:
    """Every name in the value, and at the head of its sentences, as in `ContextWindowExceededError: …`."""
    return tuple(dict.fromkeys(_names(value, 0)))


def status_in(value: JsonValue, depth: int = 0) -> int | None:
    """The status of HTTP that an error names inside a body or a stream that began well: the outermost."""
    if depth > _DEEPEST or not isinstance(value, dict | list):
        return None
    if isinstance(value, list):
        return next((status for item in value if (status := status_in(item, depth + 1))), None)
    held = _by_lower_name(value)
    for name in ("code", "status", "status_code", "statuscode", "http_code", "http_status"):
        if (status := _status(held.get(name))) is not None:
            return status
    inner = (status_in(held[name], depth + 1) for name in _HOLDING if name in held)
    return next((status for status in inner if status), None)


def upstream_in(value: JsonValue) -> str | None:
    """The name of the provider behind a router."""
    for held in _objects(value, 0):
        name = held.get("provider_name")
        if isinstance(name, str) and name.strip():
            return name.strip()
    return None


def figures_in(value: JsonValue) -> str:
    """The numbers of tokens beside an error's words, as in: n_prompt_tokens 9000, n_ctx 8192."""
    found = {
        name: held[name]
        for held in _objects(value, 0)
        for name in held
        if _FIGURE.search(name.lower()) and isinstance(held[name], int) and not isinstance(held[name], bool)
    }
    return ", ".join(f"{name} {number}" for name, number in found.items())


def page_title(text: str) -> str | None:
    """The title of the web page that the text is; empty where it has none, None where it is no page."""
    return title_of(text) if _PAGE.match(text) else None


def title_of(page: str) -> str:
    """What stands in the first title or heading that is closed."""
    ends = {tag: [found.start() for found in re.finditer(f"</{tag}>", page, re.IGNORECASE)] for tag in _TITLES}
    for begun in _TITLE_BEGINS.finditer(page):
        behind = ends[begun[1].lower()]
        if behind and begun.end() <= behind[-1]:
            end = next(place for place in behind if place >= begun.end())
            return " ".join(_TAG.sub(" ", page[begun.end() : end]).split())
    return ""


def _loaded(text: str) -> JsonValue:
    try:
        value: JsonValue = json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return _of_python(text)
    return value


def _of_python(text: str) -> JsonValue:
    """Gateways that are written in Python quote an error as Python writes it."""
    end = max(text.rfind("}"), text.rfind("]"))
    try:
        value: JsonValue = literal_eval(text[: end + 1])
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    return value if isinstance(value, dict | list) else None


def _by_lower_name(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {str(name).lower(): held for name, held in value.items()}


def _passed_on(held: dict[str, JsonValue]) -> JsonValue:
    metadata = held.get(_PASSED_ON[0])
    return metadata.get(_PASSED_ON[1]) if isinstance(metadata, dict) else None


def _names(value: JsonValue, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield from _LEADING.findall(value)
        return
    for held in _objects(value, depth):
        for name, inner in held.items():
            if inner is True and name == "filtered":
                yield "content_filter"
            if not isinstance(inner, str):
                continue
            if name.lower() in _NAMING and _IDENTIFIER.fullmatch(inner):
                yield inner
            yield from _LEADING.findall(inner)
        if "flagged_input" in held:
            yield "moderation"


def _objects(value: JsonValue, depth: int) -> Iterator[dict[str, JsonValue]]:
    """The value and all that is in it, also inside texts."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        value = json_in(value) if "{" in value else None
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _objects(item, depth + 1)


def _status(value: JsonValue) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:4])
    known = isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600
    return int(value) if known and isinstance(value, int) else None
