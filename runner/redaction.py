"""Secrets out of every text before it is stored, pushed or logged. Redact first, cut after."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote

from runner.failures import (
    EngineRetry,
    Evidence,
    Failure,
    FailureCause,
    Json,
    Todo,
    ToolCall,
)

DETAIL_LIMIT = 16 * 1024

_SHAPES: Sequence[tuple[str, re.Pattern[str]]] = (
    (
        "private-key",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
    ),
    (
        "authorization",
        re.compile(r"(?i)(?<=authorization)(\"?\s*[:=]\s*\"?)(?:(?:bearer|basic|token)\s+)?[^\s\",;}]{6,}"),
    ),
    ("bearer", re.compile(r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=-]{8,}")),
    ("dsn", re.compile(r"(?<=://)[^\s:/@\"'<>]*:[^\s@/\"'<>]+(?=@)")),
    ("jwt", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")),
    (
        "key",
        re.compile(
            r"\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9_-]{12,}"
            r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hf_|npm_|pypi-|dop_v1_|shpat_)[A-Za-z0-9_-]{10,}"
            r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{20,}"
        ),
    ),
    (
        "secret",
        re.compile(
            r"(?i)(?<![a-z])((?:api|access|secret|auth|private|client)[_-]?(?:key|token|secret)|password|passwd|secret|token)"
            r"(\"?\s*[:=]\s*\"?)(?!\[redacted)[^\s\",;&}]{8,}"
        ),
    ),
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Redactor:
    """Replaces secrets by `[redacted:kind]`: those known by value (plain, base64, URL-encoded), others by shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """The text without secrets, ANSI sequences and control bytes (new line, tab and return stay)."""
        text = _CONTROL.sub("", _ANSI.sub("", text))
        if self._known:
            text = self._known.sub("[redacted:configured]", text)
        for kind, shape in _SHAPES:
            text = shape.sub(lambda found, kind=kind: _without_secret(kind, found), text)  # type: ignore[misc]
        return text

    def optional(self, text: str | None) -> str | None:
        return None if text is None else self(text)

    def json(self, value: Json) -> Json:
        """The same value with every text in it redacted, keys included."""
        match value:
            case str():
                return self(value)
            case list():
                return [self.json(item) for item in value]
            case dict():
                return {self(key): self._member(key, item) for key, item in value.items()}
            case _:
                return value

    def _member(self, key: str, item: Json) -> Json:
        if isinstance(item, str) and _SECRET_NAME.search(key):
            return "[redacted:secret]" if item else item
        return self.json(item)

    def failure(self, failure: Failure) -> Failure:
        """The failure with every text in it redacted and its detail capped."""
        return replace(
            failure,
            message=capped(self(failure.message), 2000),
            hint=self(failure.hint),
            detail=None if failure.detail is None else capped(self(failure.detail), DETAIL_LIMIT),
            causes=tuple(
                FailureCause(source=cause.source, message=capped(self(cause.message), 2000)) for cause in failure.causes
            ),
            evidence=failure.evidence and self.evidence(failure.evidence),
        )

    def evidence(self, evidence: Evidence) -> Evidence:
        return replace(
            evidence,
            last_text=evidence.last_text and capped(self(evidence.last_text), DETAIL_LIMIT),
            last_tool=evidence.last_tool and self.tool_call(evidence.last_tool),
            todos=tuple(
                Todo(content=capped(self(todo.content), 500), status=todo.status) for todo in evidence.todos[:100]
            ),
            engine_retries=tuple(
                EngineRetry(
                    attempt=retry.attempt,
                    message=capped(self(retry.message), 1000),
                    next_at=retry.next_at,
                )
                for retry in evidence.engine_retries[-20:]
            ),
            side_effects=tuple(capped(self(effect), 500) for effect in evidence.side_effects[:100]),
        )

    def tool_call(self, call: ToolCall) -> ToolCall:
        return replace(
            call,
            tool=self(call.tool),
            input=self.json(call.input),
            error=call.error and capped(self(call.error), DETAIL_LIMIT),
            output=call.output and capped(self(call.output), DETAIL_LIMIT),
        )


_SECRET_NAME = re.compile(
    r"(?i)^(?:.*[_-])?(?:api[_-]?key|authorization|password|passwd|secret|token|private[_-]?key)$"
)


def _without_secret(kind: str, found: re.Match[str]) -> str:
    if kind == "authorization":
        return f"{found.group(1)}[redacted:{kind}]"
    if kind == "secret":
        return f"{found.group(1)}{found.group(2)}[redacted:{kind}]"
    return f"[redacted:{kind}]"


def _forms(secret: str) -> set[str]:
    encoded = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        base64.b64encode(encoded).decode().rstrip("="),
        base64.urlsafe_b64encode(encoded).decode().rstrip("="),
    }


def capped(text: str, limit: int) -> str:
    """At most about `limit` characters: head and tail kept, what is left out counted in between."""
    if len(text) <= limit:
        return text
    head = limit * 3 // 4
    tail = limit - head
    return f"{text[:head]}\n… {len(text) - limit} characters left out …\n{text[-tail:]}"
