"""Secrets out of every text before it is stored, pushed or logged. Redact first, cut after."""

import asyncio
import base64
import html
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

from runner.excerpt import DETAIL_LIMIT, capped
from runner.failures import (
    EngineRetry,
    Evidence,
    Failure,
    FailureCause,
    Json,
    Todo,
    ToolCall,
)
from runner.secret_shapes import names_a_secret, without_secrets

_LARGE = 100_000

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\r\n]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_DEEPEST = 100


class Redactor:
    """Replaces secrets by `[redacted:kind]`: those known by value (plain, base64, URL-encoded), others by shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Takes these out as well from now on."""
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        if not forms <= set(self._forms):
            # One assignment: texts are redacted on other threads meanwhile.
            self._forms = sorted({*forms, *self._forms}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets, ANSI sequences and control bytes (new line, tab and return stay)."""
        text = _CONTROL.sub("", _ANSI.sub("", text))
        for form in self._forms:
            # A sign that no text has by now, so that no form can be found in what another left.
            text = text.replace(form, "\x00")
        text = text.replace("\x00", "[redacted:configured]")
        return without_secrets(text)

    async def beside(self, text: str) -> str:
        """The same, on another thread when the text is large, so that the event loop goes on meanwhile."""
        return self(text) if len(text) < _LARGE else await asyncio.to_thread(self, text)

    def optional(self, text: str | None) -> str | None:
        return None if text is None else self(text)

    def json(self, value: Json, depth: int = 0) -> Json:
        """The same value with every text in it redacted, keys included, and nothing in it that JSON cannot hold."""
        match value:
            case str():
                return self(value)
            case float() if not math.isfinite(value):
                return str(value)
            case list() | dict() if depth >= _DEEPEST:
                return "[left out: too deep]"
            case list():
                return [self.json(item, depth + 1) for item in value]
            case dict():
                return {self(key): self._member(key, item, depth + 1) for key, item in value.items()}
            case _:
                return value

    def _member(self, key: str, item: Json, depth: int) -> Json:
        if isinstance(item, str) and names_a_secret(key):
            return "[redacted:secret]" if item else item
        return self.json(item, depth)

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


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is and as it may stand in URLs, JSON, HTML and base64."""
    yield secret
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield encoded
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret))
    yield from _in_base64(secret.encode())


def _in_base64(secret: bytes) -> Iterator[str]:
    """As it stands in the encoding of a longer text, wherever it begins there: without the signs that it shares."""
    for shift, shared in ((0, 0), (1, 2), (2, 3)):
        whole = (len(secret) + shift) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\x00" * shift + secret).decode()
            if whole - shared >= 8:
                yield encoded[shared:whole]
            if shift == 0:
                yield encoded.rstrip("=")
