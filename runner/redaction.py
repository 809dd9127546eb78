"""Secrets out of every text before it is stored, pushed or logged. Redact first, cut after.

A shape finds what may be a secret; where that is also how people write code and prose, a look at the value decides.
Every pattern is linear: no two of its parts can match the same text in different ways, and none starts inside a run.
"""

import asyncio
import base64
import html
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias
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

_LARGE = 100_000

_Found: TypeAlias = "re.Match[str]"

_KEY_BLOCK = r"[A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----"
_NEW_LINE = r"(?:(?:\\{1,4}[nr]|\r?\n)[ \t]*+)++"
_PRIVATE_KEY = re.compile(
    rf"-----BEGIN {_KEY_BLOCK}(?:"
    rf"(?=[^-]{{0,400}}?[A-Za-z0-9+/=]{{8}})(?:[A-Za-z0-9+/=\s:,.]|\\{{1,4}}[nr]|-(?!----))*+-----END {_KEY_BLOCK}"
    rf"|(?:{_NEW_LINE}(?:Proc-Type|DEK-Info|Version|Comment): [^\n\\]*+)*+"
    rf"(?:{_NEW_LINE}[A-Za-z0-9+/=]++(?=[ \t]{{0,8}}(?:[\r\n\\\"'`-]|\Z)))++)"
)
_QUOTE = r"\\{0,4}[\"'`]"
_SEPARATOR = rf"(?:{_QUOTE})?[ \t]{{0,8}}(?::=|=>|[:=])[ \t]{{0,8}}"
_AUTHORIZATION = re.compile(
    rf"(?i)(?P<kept>authorization{_SEPARATOR}(?:{_QUOTE})?)"
    r"(?P<scheme>(?:bearer|basic|token|digest|apikey)\s{1,4})?(?P<value>[A-Za-z0-9._~+/=:@!#%^*|-]{8,})"
)
_BEARER = re.compile(r"(?i)(?P<kept>\bbearer\s{1,4})(?P<value>[A-Za-z0-9._~+/=-]{8,})")
_COOKIE = re.compile(rf"(?i)(?P<kept>cookie{_SEPARATOR}(?:{_QUOTE})?)[\w.-]{{1,64}}=[^\s;\"'`\\]{{8,}}[^\r\n\"'`\\]*")
_DSN = re.compile(r"(?P<kept>:(?:\\{0,4}/){2})[^\s:/@\"'<>]{0,100}:[^\s/\"'<>]{1,200}(?=@)")
_JWT = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=%20))eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?",
)
_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:sk|pypi|xai|pplx|glpat)-(?=[A-Za-z0-9_-]{0,40}?[A-Za-z0-9]{12})[A-Za-z0-9_-]{16,}+"
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}+|gh[pousr]_[A-Za-z0-9]{16,}+|github_pat_[A-Za-z0-9_]{20,}+"
    r"|(?:hf|npm|gsk|r8|whsec)_[A-Za-z0-9]{16,}+|xox[abeprs]-[A-Za-z0-9-]{10,}+"
    r"|(?:dop_v1|shpat|shpss)_[A-Fa-f0-9]{16,}+|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|AIza[A-Za-z0-9_-]{30,}+|ya29\.[A-Za-z0-9_-]{20,}+|SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}+)"
)
_STRONG = (
    r"passw(?:or)?d|passphrase|(?:api|access|auth|private|client|secret|session|refresh|id|signing|encryption|deploy|bot)"
    r"[_-]?(?:key|token|secret)"
)
_NAMED = re.compile(
    rf"(?i)(?P<kept>(?:(?P<strong>{_STRONG})|token|secret)(?P<separator>{_SEPARATOR}))"
    rf"(?:(?P<quote>{_QUOTE})(?P<quoted>[^\s\"'`\\]{{6,}})|(?P<bare>[A-Za-z0-9+/=_~!@#%^*|.-]{{6,}}))"
)
# What code says after a name: another name, a type, a number that is a size.
_CODE = re.compile(
    r"(?i)\w*(?:passw|phrase|token|secret|key|str|value|input|field|param|user|name|type|hash|nul|none|true|false"
    r"|default|option|config|env|bytes|array|int)\w*"
)
_ENDS_NAME = re.compile(r"\\{0,4}[\"']")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\r\n]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_NAME = 80
_DEEPEST = 100


def _always(_: _Found) -> bool:
    return True


def _authorizes(found: _Found) -> bool:
    """With a scheme anything but a plain word; without one only what has a digit."""
    plain = r"[a-z-]+" if found["scheme"] else r"\D+"
    return not re.fullmatch(plain, found["value"])


def _has_digit(found: _Found) -> bool:
    return any(sign.isdigit() for sign in found["value"])


def _is_a_value(found: _Found) -> bool:
    """Whether what follows the name of a secret is one, and not a word, a type, a count or another name."""
    value = found["quoted"] or found["bare"]
    mixed = bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value))
    if found["quote"]:
        return (len(value) >= 8 and (mixed or bool(found["strong"]))) or (mixed and bool(found["strong"]))
    followed_by = found.string[found.end() : found.end() + 1]
    if followed_by in ("(", "[") or value.startswith(".") or re.search(r"[A-Za-z_]\.[A-Za-z_]", value):
        return False
    if found["separator"].strip() != found["separator"] and len(value) <= _LONGEST_NAME and _CODE.fullmatch(value):
        return False
    return (mixed or bool(found["strong"] and value.isdigit())) and len(value) >= (6 if found["strong"] else 8)


_SHAPES: Sequence[tuple[str, re.Pattern[str], Callable[[_Found], bool]]] = (
    ("private-key", _PRIVATE_KEY, _always),
    ("authorization", _AUTHORIZATION, _authorizes),
    ("cookie", _COOKIE, _always),
    ("dsn", _DSN, _always),
    ("jwt", _JWT, _always),
    ("key", _KEY, _always),
    ("bearer", _BEARER, _has_digit),
    ("secret", _NAMED, _is_a_value),
)


class Redactor:
    """Replaces secrets by `[redacted:kind]`: those known by value (plain, base64, URL-encoded), others by shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets, ANSI sequences and control bytes (new line, tab and return stay)."""
        text = _CONTROL.sub("", _ANSI.sub("", text))
        for form in self._forms:
            # A sign that no text has by now, so that no form can be found in what another left.
            text = text.replace(form, "\x00")
        text = text.replace("\x00", "[redacted:configured]")
        for kind, shape, is_secret in _SHAPES:
            text = shape.sub(lambda found, kind=kind, is_secret=is_secret: _without(kind, found, is_secret), text)  # type: ignore[misc]
        return text

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
        if isinstance(item, str) and _SECRET_NAME.search(key):
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


_SECRET_NAME = re.compile(
    r"(?i)(?:api[_-]?key|authorization|passw(?:or)?d|passphrase|secret|token|(?:private|access)[_-]?key|cookie)$"
)


def _without(kind: str, found: _Found, is_secret: Callable[[_Found], bool]) -> str:
    """What takes the place of the match: all but the secret is kept."""
    if "[redacted" in found[0] or not is_secret(found):
        return found[0]
    named = found.groupdict()
    kept = (named.get("kept") or "") + (named.get("quote") or "")
    # A number under a quoted name: JSON stays JSON.
    name_ends = _ENDS_NAME.match(named["separator"]) if named.get("bare") else None
    quote = name_ends[0] if name_ends else ""
    return f"{kept}{quote}[redacted:{kind}]{quote}"


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
