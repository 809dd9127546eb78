"""An answer of OpenCode as it came over HTTP, and the ways in which it is none: each becomes a failure."""

import json
from dataclasses import dataclass
from typing import TypeVar

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from adapters.opencode.reported import Shape
from adapters.opencode.said import page_title
from runner.excerpt import capped
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure

Shaped = TypeVar("Shaped")

_CONFIG_ERRORS = ("ConfigJsonError", "ConfigInvalidError")


class Envelope(Shape):
    """An HTTP error's body: one of `{name, data}`, `{_tag, message}` or `{_tag}`."""

    name: str | None = None
    tag: str | None = Field(default=None, alias="_tag")
    message: str | None = None
    data: dict[str, JsonValue] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: bytes
    content_type: str = "application/json"
    location: str | None = None

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body for people to read: what is not UTF-8 in it is marked, never a reason to fail."""
        return self.body.decode(errors="replace")


def shaped(reply: Reply, shape: type[Shaped] | TypeAdapter[Shaped]) -> Shaped:
    """The reply's JSON in the shape asked for.

    Raises:
        AgentError: it refuses, has no body, is not JSON, or is JSON of another shape.
    """
    value = decoded(reply)
    try:
        return _adapter(shape).validate_python(value)
    except ValidationError as error:
        raise AgentError(_other_shape(reply, value, error)) from error


def decoded(reply: Reply) -> JsonValue:
    """The reply's JSON.

    Raises:
        AgentError: it refuses, has no body, or is not JSON.
    """
    if not 200 <= reply.status < 300:
        raise AgentError(refused(reply))
    if not reply.body.strip():
        raise AgentError(
            failure(
                FailureKind.EMPTY_BODY,
                f"OpenCode returned empty body (status {reply.status})",
                status_code=reply.status,
            )
        )
    if reply.media_type and not _is_json(reply.media_type):
        what = f"{reply.media_type} instead of JSON"
        raise AgentError(_invalid(reply, what, hint=": is the URL right?"))
    return _loaded(reply)


def refused(reply: Reply, explanation: str | None = None) -> Failure:
    """Why OpenCode refused, from status and envelope; `explanation` says what a 500 hides."""
    envelope = envelope_of(reply)
    if reply.status == 401:
        message = "OpenCode refused stepwire's credentials (status 401)"
        return failure(FailureKind.ENGINE_UNAUTHORIZED, message, status_code=401)
    if envelope and envelope.name in _CONFIG_ERRORS:
        return _config_invalid(envelope, reply.status)
    words = explanation or _words(reply, envelope)
    reference = envelope.data.get("ref") if envelope else None
    message = f"OpenCode answered {reply.status}{words and ': '}{words}" + (f" (ref {reference})" if reference else "")
    return failure(
        FailureKind.ENGINE_ERROR,
        capped(message, 1000),
        hint=None if reference else _hint(reply.status),
        detail=reply.text or None,
        status_code=reply.status,
    )


def envelope_of(reply: Reply) -> Envelope | None:
    """The error envelope in the body; None where there is none."""
    try:
        envelope = Envelope.model_validate_json(reply.body)
    except ValidationError:
        return None
    return envelope if envelope.name or envelope.tag else None


def _words(reply: Reply, envelope: Envelope | None) -> str:
    if envelope:
        said = envelope.data.get("message") or envelope.message or envelope.name or envelope.tag
        return " ".join(str(said).split())
    if 300 <= reply.status < 400:
        return f"a redirect to {reply.location or 'nowhere'}; is the URL right?"
    if not reply.body.strip():
        return "nothing more"
    if reply.media_type == "text/html":
        title = page_title(reply.text)
        return "a web page instead of JSON" + (f' ("{title}")' if title else "")
    return " ".join(reply.text.split())[:300]


def _hint(status: int) -> str:
    if status == 404:
        return "Try again: a new session is opened; if it stays, check OpenCode's address and version."
    if 300 <= status < 500:
        return "Check OpenCode's address and version (stepwire doctor)."
    return "Look into OpenCode's log, then try again."


def _config_invalid(envelope: Envelope, status: int) -> Failure:
    path = envelope.data.get("path") or "OpenCode's configuration"
    said = str(envelope.data.get("message") or "")
    issues = envelope.data.get("issues")
    reasons = [_issue(issue) for issue in issues] if isinstance(issues, list) else []
    return failure(
        FailureKind.CONFIG_INVALID,
        f"{path} is not valid: {'; '.join(reasons) or _first_error(said) or envelope.name}",
        detail=said.strip() or "\n".join(reasons) or None,
        status_code=status,
    )


def _issue(issue: JsonValue) -> str:
    if not isinstance(issue, dict):
        return str(issue)
    path = issue.get("path")
    place = ".".join(map(str, path)) if isinstance(path, list) else str(path or "")
    return f"{place}: {issue.get('message')}" if place else str(issue.get("message"))


def _first_error(said: str) -> str:
    """The first line after "Errors" in OpenCode's report on a file, else the first line at all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    after = [line for i, line in enumerate(lines) if i and "Errors" in lines[i - 1]]
    return (after or lines or [""])[0]


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _loaded(reply: Reply) -> JsonValue:
    try:
        text = reply.body.decode()
    except UnicodeDecodeError as error:
        raise AgentError(_invalid(reply, f"a body that is not UTF-8 (byte {error.start})")) from error
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        cut_off = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        what = (
            f"JSON that breaks off after {len(reply.body)} bytes" if cut_off else f"a body that is not JSON ({error})"
        )
        raise AgentError(_invalid(reply, what)) from error
    except RecursionError as error:
        raise AgentError(_invalid(reply, "JSON that is nested too deeply")) from error
    return value


def _invalid(reply: Reply, what: str, *, hint: str = "") -> Failure:
    return failure(
        FailureKind.INVALID_BODY,
        f"OpenCode returned {what} (status {reply.status}){hint}",
        detail=reply.text,
        status_code=reply.status,
    )


def _other_shape(reply: Reply, value: JsonValue, error: ValidationError) -> Failure:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    what = "lacks" if first["type"] == "missing" else "has an unexpected"
    said = f'{what} "{place}"' if place else f"is {_kind_of(value)} of another kind than expected"
    return failure(
        FailureKind.UNEXPECTED_SHAPE,
        f"OpenCode's answer {said} (status {reply.status})",
        detail=reply.text,
        causes=(FailureCause(source="stepwire", message=f"{place or 'body'}: {first['msg']}"),),
        status_code=reply.status,
    )


def _kind_of(value: JsonValue) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")


def _adapter(shape: type[Shaped] | TypeAdapter[Shaped]) -> TypeAdapter[Shaped]:
    return shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
