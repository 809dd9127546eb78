"""What a handler of the scripted OpenCode 2 is asked and answers, and the errors in the words of the real one."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from adapters.opencode.v1.scripted.transport import Scope
from adapters.opencode.v2.scripted.log import Json, Properties


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response with a body, or with none and then without a content type."""

    status: int = 204
    body: bytes = b""
    content_type: str | None = None


class ErrorAnswer(Exception):
    """A handler answers with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class Request:
    """`parts` are the variable pieces of the path, in order."""

    def __init__(self, scope: Scope, body: bytes, parts: tuple[str, ...]) -> None:
        self.parts = parts
        self._query: dict[str, list[str]] = parse_qs(scope["query_string"].decode())
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._body = body

    def asked(self, name: str) -> str | None:
        values = self._query.get(name)
        return values[0] if values else None

    def number(self, name: str, otherwise: int) -> int:
        """What is no number counts as not asked."""
        value = self.asked(name) or ""
        return int(value) if value.isdecimal() else otherwise

    @property
    def directory(self) -> str:
        """A bare `directory` is ignored, and gives that of the server."""
        return self.asked("location[directory]") or str(Path.cwd())

    @property
    def payload(self) -> Properties:
        """Raises ErrorAnswer as the real server does: broken JSON is its own fault, it thinks."""
        if not self._body:
            raise refused_payload("Expected object, got undefined")
        content_type = self._headers.get(b"content-type", b"").decode()
        if content_type.partition(";")[0].strip() != "application/json":
            words = f"Unsupported content-type: {content_type}".encode()
            raise ErrorAnswer(Answer(status=415, body=words, content_type="text/plain"))
        try:
            value = json.loads(self._body)
        except ValueError:
            raise ErrorAnswer(Answer(status=500)) from None
        if not isinstance(value, dict):
            raise refused_payload(f"Expected object, got {json.dumps(value)}")
        return value

    def is_let_in(self, password: str) -> bool:
        """By the user `opencode`, in the header or, as pages do, in the address."""
        wanted = base64.b64encode(f"opencode:{password}".encode()).decode()
        given = self._headers.get(b"authorization", b"").decode()
        return given == f"Basic {wanted}" or self.asked("auth_token") == wanted


def text_in(payload: Properties, key: str) -> str:
    """Raises ErrorAnswer where the key is missing or no text."""
    if key not in payload:
        raise refused_payload(f'Missing key\n  at ["{key}"]')
    value = payload[key]
    if not isinstance(value, str):
        raise refused_payload(f'Expected string, got {json.dumps(value)}\n  at ["{key}"]')
    return value


def object_in(payload: Properties, key: str, name: str, *needed: str) -> Properties | None:
    """Raises ErrorAnswer where there is something else than an object with what is needed, or nothing."""
    value = payload.get(key)
    if value is None or (isinstance(value, dict) and all(isinstance(value.get(part), str) for part in needed)):
        return value
    raise refused_payload(f'Expected {name} | null, got {json.dumps(value)}\n  at ["{key}"]')


def in_json(value: Json, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode(), content_type="application/json")


def found(value: Json) -> Answer:
    return in_json({"data": value})


def found_at(directory: str, value: Json) -> Answer:
    return in_json({"location": {"directory": directory}, "data": value})


def refused_payload(message: str) -> ErrorAnswer:
    return refused(400, "InvalidRequestError", message, kind="Payload")


def refused(status: int, tag: str, message: str, **more: Json) -> ErrorAnswer:
    return ErrorAnswer(in_json({"_tag": tag, **more, "message": message}, status))
