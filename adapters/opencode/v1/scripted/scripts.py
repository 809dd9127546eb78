"""What a scripted agent can do, action by action, and the scripts that are there by name.

A script plays from top to bottom; one that has said `Finish`, `Fail`, `Raw` or `HangUp` ends there, others end with
finish `stop`. Pauses are in seconds and are scaled by the server's pace.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import JsonValue


@dataclass(frozen=True, kw_only=True)
class Say:
    """Text, word by word."""

    text: str
    pause: float = 0.04


@dataclass(frozen=True, kw_only=True)
class Use:
    """A tool call that needs nobody; afterwards the agent's next turn begins."""

    tool: str
    input: dict[str, JsonValue] = field(default_factory=dict)
    output: str = ""
    error: str | None = None
    pause: float = 0.5


@dataclass(frozen=True, kw_only=True)
class AskPermission:
    """A bash call (or another) that waits for a person. Refused without a message, it ends the run."""

    permission: str = "bash"
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AskQuestion:
    """`also` are asked in the same request."""

    question: str
    options: tuple[str, ...] = ()
    multiple: bool = False
    also: tuple["AskQuestion", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Retry:
    """One of OpenCode's own waits before it asks the provider again."""

    message: str
    attempt: int = 1
    wait: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Todos:
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Delegate:
    """A task tool call to a sub-agent that plays a script of its own."""

    agent: str
    script: "Script"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """For a while, for a gate to open, or for ever."""

    seconds: float | None = None
    gate: asyncio.Event | None = None


@dataclass(frozen=True, kw_only=True)
class Compact:
    """The context is compacted; the run goes on."""


@dataclass(frozen=True, kw_only=True)
class Finish:
    """The run ends with this finish reason; None leaves it out."""

    reason: str | None = "stop"


@dataclass(frozen=True, kw_only=True)
class NextTurn:
    """The assistant's message ends with this finish reason and the next begins."""

    finish: str = "tool-calls"


@dataclass(frozen=True, kw_only=True)
class Fail:
    """The run ends with `info.error`."""

    name: str
    data: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Raw:
    """The request is answered with this and nothing else."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    session_error: str | None = None


@dataclass(frozen=True, kw_only=True)
class HangUp:
    """The connection closes without a response, as when the server dies."""


Action: TypeAlias = (
    Say
    | Use
    | AskPermission
    | AskQuestion
    | Retry
    | Todos
    | Delegate
    | Wait
    | Compact
    | Finish
    | NextTurn
    | Fail
    | Raw
    | HangUp
)
Script: TypeAlias = Sequence[Action]


def refused(status: int, message: str, *, code: str = "", retryable: bool = False) -> Fail:
    """A provider's refusal as OpenCode reports it."""
    data: dict[str, JsonValue] = {
        "message": message,
        "statusCode": status,
        "isRetryable": retryable,
        "responseHeaders": {"content-type": "application/json"},
        "responseBody": f'{{"error": {{"message": "{message}", "code": "{code}"}}}}',
        "metadata": {"url": "https://llm.example/v1/chat/completions"},
    }
    return Fail(name="APIError", data=data)


_HANDOFF = """\
## What was done
The request was read and the places that it touches were found: `app/login.py` and its test.

## Decisions made
Keep the public names; change only what the request needs.

## Open questions
None.

## Next agent context
Start with `app/login.py`, function `sign_in`."""

_LOOK = (
    Use(tool="glob", input={"pattern": "**/*.py"}, output="app/login.py\ntests/test_login.py"),
    Use(tool="read", input={"filePath": "app/login.py"}, output="1: def sign_in(name, password): ..."),
)
_PLAN = Todos(items=(("Find the cause", "completed"), ("Write a test", "in_progress"), ("Mend it", "pending")))
_LIMIT = "Rate limit reached for requests"

SCRIPTS: Mapping[str, Script] = {
    "text": (*_LOOK, _PLAN, Say(text=_HANDOFF)),
    "quick": (Say(text=_HANDOFF, pause=0.0),),
    "writes-code": (
        *_LOOK,
        _PLAN,
        Use(tool="edit", input={"filePath": "app/login.py"}, output="Edited."),
        Use(tool="bash", input={"command": "pytest -q"}, output="12 passed in 0.41s", pause=1.5),
        Say(text=_HANDOFF),
    ),
    "struggles": (
        Retry(message=_LIMIT, attempt=1, wait=2.0),
        Retry(message=_LIMIT, attempt=2, wait=4.0),
        Say(text=_HANDOFF),
    ),
    "waits-for-provider": (Retry(message=_LIMIT, attempt=1, wait=20.0), Say(text=_HANDOFF)),
    "bad-key": (Wait(seconds=1.0), refused(401, "Incorrect API key provided", code="invalid_api_key")),
    "bad-key-again": (*_LOOK, Say(text=_HANDOFF)),
    "flaky": (*_LOOK, Finish()),
    "flaky-again": (*_LOOK, Say(text=_HANDOFF)),
    "rate-limited": (
        *(Retry(message=_LIMIT, attempt=attempt, wait=1.0) for attempt in range(1, 6)),
        refused(429, _LIMIT, code="rate_limit_exceeded", retryable=True),
    ),
    "out-of-quota": (refused(429, "You exceeded your current quota", code="insufficient_quota", retryable=True),),
    "overloaded": (
        *(Retry(message="Overloaded", attempt=attempt, wait=0.5) for attempt in range(1, 6)),
        refused(503, "Overloaded", retryable=True),
    ),
    "asks-permission": (
        *_LOOK,
        AskPermission(permission="bash", patterns=("rm -rf build",)),
        Say(text=_HANDOFF),
    ),
    "asks-question": (
        AskQuestion(question="Which database shall I use?", options=("SQLite", "PostgreSQL")),
        Say(text=_HANDOFF),
    ),
    "stalls": (Say(text="Let me think about that"), Wait()),
    "slow": (Wait(seconds=15.0), Say(text=_HANDOFF)),
    "empty": (Finish(),),
    "cut-off": (Say(text="The first thing to do is to"), Finish(reason="length")),
    "filtered": (Fail(name="ContentFilterError", data={"message": "Blocked by the provider's content filter"}),),
    "too-long": (
        Fail(name="ContextOverflowError", data={"message": "Session too large to compact - context exceeds limit"}),
    ),
    "loops": tuple(Use(tool="bash", input={"command": "ls"}, output="app tests", pause=0.05) for _ in range(300)),
    "no-finish-reason": (*(NextTurn(finish="unknown") for _ in range(10)), Say(text="Still here.")),
    "sub-agent": (Delegate(agent="explore", script=(Say(text="Found it."),)), Say(text=_HANDOFF)),
    "sub-agent-fails": (
        Delegate(agent="explore", script=(refused(401, "Incorrect API key provided", code="invalid_api_key"),)),
        Say(text="All done."),
    ),
    "empty-body": (Raw(),),
    "web-page": (Raw(body=b"<!doctype html><title>Sign in</title>", content_type="text/html"),),
    "breaks": (
        Raw(
            status=500,
            body=b'{"name":"UnknownError","data":{"message":"Unexpected server error. Check server logs for details.",'
            b'"ref":"err_5c121a00"}}',
        ),
    ),
    "hangs-up": (Wait(seconds=0.5), HangUp()),
}
