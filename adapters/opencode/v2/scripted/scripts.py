"""What a scripted agent of OpenCode 2 can do beyond the shared actions, and the scripts that are there by name.

The shared ones play as OpenCode 2 would tell them: a question becomes a form, `bash` is `shell`, plans are not told,
`Finish(reason=None)` is a stream that broke off, and `HangUp` the end of the server in the middle of the run: nothing
more is written, and it is there again at once. `Raw` at the beginning answers the prompt, which is then not admitted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import JsonValue

from adapters.opencode.v1.scripted import scripts as shared
from adapters.opencode.v1.scripted.scripts import (
    AskPermission,
    Compact,
    Delegate,
    Fail,
    Finish,
    HangUp,
    Raw,
    Retry,
    Say,
    Use,
    Wait,
    refused,
)
from adapters.opencode.v2.scripted.errors import stated


@dataclass(frozen=True, kw_only=True)
class Think:
    """Reasoning that is no answer."""

    text: str


@dataclass(frozen=True, kw_only=True)
class TryAgain:
    """A wait before the provider is asked again, `attempt` being the try to come; `retry_after` is the provider's."""

    failure: Fail
    attempt: int = 2
    wait: float = 2.0


@dataclass(frozen=True, kw_only=True)
class AskForm:
    """A question tool's form with typed fields, in the shape in which the server shows them."""

    fields: tuple[dict[str, JsonValue], ...]
    title: str = "Questions"


@dataclass(frozen=True, kw_only=True)
class FailTool:
    """A tool call that fails with that type of error; afterwards the agent's next turn begins."""

    tool: str
    type: str
    message: str
    input: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GarbleTool:
    """A tool call whose arguments are no JSON: the call, the step and the run fail."""

    tool: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Background:
    """A sub-agent that works on while the run ends, and then wakes the session, which plays `woken`."""

    agent: str
    script: "Script"
    woken: "Script" = (Say(text="The helper has reported back."),)


@dataclass(frozen=True, kw_only=True)
class FailCompaction:
    """The context was to be compacted, and that failed."""

    failure: Fail


@dataclass(frozen=True, kw_only=True)
class SwitchModel:
    """From the next step on another model answers than was asked for, and nobody says so."""

    model: str


@dataclass(frozen=True, kw_only=True)
class TellUsage:
    """What the steps from now on cost and use; zeros are what is told when the provider told nothing."""

    cost: float = 0.0
    input: int = 0
    output: int = 0


@dataclass(frozen=True, kw_only=True)
class Interrupt:
    """The run is interrupted, and not by us."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class LoseReceipt:
    """The prompt is admitted and its reply lost, the first time that it is sent. Does nothing where it is not first."""


Action: TypeAlias = (
    shared.Action
    | Think
    | TryAgain
    | AskForm
    | FailTool
    | GarbleTool
    | Background
    | FailCompaction
    | SwitchModel
    | TellUsage
    | Interrupt
    | LoseReceipt
)
Script: TypeAlias = Sequence[Action]

_DONE = Say(text="Tool finished; all done.", pause=0)
_ANSWER = Say(text="Here is the answer, word by word.", pause=0.01)
_HALF = Say(text="Partial text before the fault", pause=0)
_KEY = refused(401, "Incorrect API key provided: <redacted>", code="invalid_api_key")
_LIMIT = refused(429, "Rate limit reached for requests", code="rate_limit_exceeded")
_BUSY = refused(503, "The engine is currently overloaded")
_BROKEN = refused(500, "The server had an error while processing your request")
_GATEWAY = Fail(
    name="APIError", data={"statusCode": 502, "responseBody": "<html><body><h1>Bad gateway</h1></body></html>"}
)
_CLOSED = Fail(name="APIError", data={})
_OVERFLOW = Fail(name="ContextOverflowError")
_UNREADABLE = stated("provider.invalid-output", "Failed to read scripted/openai-compatible-chat stream")
_BAD_FRAME = stated("provider.invalid-output", "Invalid scripted/openai-compatible-chat stream event")

COLOUR: dict[str, JsonValue] = {
    "key": "q0",
    "title": "Colour",
    "description": "Which colour?",
    "type": "string",
    "options": [{"value": "Red", "label": "Red"}, {"value": "Blue", "label": "Blue", "description": "As the sky"}],
    "custom": True,
}
SIZES: dict[str, JsonValue] = {
    "key": "q1",
    "title": "Sizes",
    "description": "Which sizes?",
    "type": "multiselect",
    "options": [{"value": "S", "label": "S"}, {"value": "L", "label": "L"}],
    "custom": True,
}
EVERY_FIELD: tuple[dict[str, JsonValue], ...] = (
    {**COLOUR, "required": True},
    SIZES,
    {"key": "name", "type": "string", "title": "Name", "minLength": 2, "maxLength": 20, "placeholder": "main"},
    {"key": "share", "type": "number", "title": "Share", "minimum": 0, "maximum": 1, "default": 0.5},
    {"key": "count", "type": "integer", "title": "Count", "minimum": 1, "maximum": 9},
    {"key": "sure", "type": "boolean", "title": "Sure?", "default": False},
    {"key": "why", "type": "string", "title": "Why?", "when": [{"key": "sure", "op": "eq", "value": True}]},
    {"key": "page", "type": "external", "title": "Sign in", "url": "https://example.com/sign-in"},
)


def _retried(failure: Fail, *, waits: Sequence[float] = (2, 4, 8, 16)) -> Script:
    """As the real server does: four more tries, then the failure."""
    return (*(TryAgain(failure=failure, attempt=number, wait=wait) for number, wait in enumerate(waits, 2)), failure)


_SETUP: Mapping[str, Script] = {
    "breaks": (Raw(status=500, content_type=""),),
    "loses-receipt": (LoseReceipt(), _ANSWER),
    "model-replaced": (SwitchModel(model="scripted/text"), _ANSWER),
}
_PROVIDER: Mapping[str, Script] = {
    "http-400": (refused(400, "stub status 400"),),
    "http-401": (_KEY,),
    "http-402": (refused(402, "stub status 402"),),
    "http-403": (refused(403, "Project does not have access to this model", code="model_not_found"),),
    "http-404": (refused(404, "The model does not exist", code="model_not_found"),),
    "http-429": _retried(_LIMIT),
    "http-500": _retried(_BROKEN),
    "http-502": _retried(_GATEWAY),
    "http-503": _retried(_BUSY),
    "provider-gone": _retried(_CLOSED),
    "retry-after": _retried(_LIMIT, waits=(3, 4, 8, 16)),
    "retry-after-long": (TryAgain(failure=_LIMIT, wait=600), _ANSWER),
    "recovers": (TryAgain(failure=_BUSY, attempt=2, wait=2), TryAgain(failure=_BUSY, attempt=3, wait=4), _ANSWER),
    "dropped": (_HALF, _UNREADABLE),
    "reset": (_UNREADABLE,),
    "no-finish": (_HALF, Finish(reason=None)),
    "web-page-stream": (Finish(reason=None),),
    "bad-frame": (_HALF, _BAD_FRAME),
    "silence": (Say(text="Starting and then"), Wait(seconds=293), _UNREADABLE),
    "content-filter": (Finish(reason="content-filter"),),
    "reasoning-only": (Think(text="First I think and stop."), Finish()),
    "no-usage": (TellUsage(), _ANSWER),
    "overflow": (FailCompaction(failure=_OVERFLOW), _OVERFLOW),
    "overflow-once": (Compact(), _ANSWER),
    "big-usage": (TellUsage(cost=0.4, input=200_000, output=50), _ANSWER),
    "no-route": (stated("provider.no-route", "Model unavailable: scripted/no-route"),),
    "strange-error": (stated("provider.unheard-of", "Something new went wrong"),),
}
_TOOLS: Mapping[str, Script] = {
    "missing-file": (
        FailTool(tool="read", type="unknown", message="NotFound: FileSystem.stat (nope.txt)", input={"path": "nope"}),
        _DONE,
    ),
    "unknown-tool": (FailTool(tool="nosuch", type="tool.unknown", message="Unknown tool: nosuch"), _DONE),
    "bad-arguments": (GarbleTool(tool="read", text='{"filePath": "x'),),
    "shell-exit-3": (Use(tool="shell", input={"command": "exit 3"}, output="Command exited with code 3."), _DONE),
    "denied": (
        FailTool(tool="shell", type="tool.unknown", message="Unknown tool: shell", input={"command": "echo"}),
        _DONE,
    ),
    "asks-outside": (AskPermission(permission="external_directory", patterns=("/etc/*",)), _DONE),
    "asks-env": (AskPermission(permission="read", patterns=(".env",)), _DONE),
    "asks-form": (AskForm(fields=(COLOUR, SIZES)), _DONE),
    "asks-everything": (AskForm(fields=EVERY_FIELD, title="Before I begin"), _DONE),
    "sub-agent-unknown": (
        FailTool(tool="subagent", type="tool.execution", message="Unknown agent: nope", input={"agent": "nope"}),
        _DONE,
    ),
    "sub-agent-asks": (
        Delegate(agent="explore", script=(AskPermission(patterns=("echo child",)), Say(text="Found it."))),
        _DONE,
    ),
    "sub-agent-background": (
        Background(agent="explore", script=(Wait(seconds=3), Say(text="Found it."))),
        _DONE,
    ),
    "step-limit": (
        Use(tool="read", input={"path": "a.txt"}, output="hello file", pause=0),
        FailTool(
            tool="read",
            type="tool.execution",
            message="Tools are disabled after the maximum agent steps",
            input={"path": "a.txt"},
        ),
        Finish(reason="tool-calls"),
    ),
}
_CONTROL: Mapping[str, Script] = {
    "streams": (Say(text=" ".join(f"word{number}" for number in range(100)), pause=0.1),),
    "long-tool": (Use(tool="shell", input={"command": "sleep 30"}, output="(no output)", pause=30), _DONE),
    "big-answer": (Say(text="x" * 2 * 1024 * 1024, pause=0),),
    "shut-down": (_HALF, Interrupt(reason="shutdown")),
    "stopped-elsewhere": (_HALF, Interrupt(reason="user")),
    "superseded": (_HALF, Interrupt(reason="superseded")),
    "inactive": (_HALF, Interrupt(reason="inactivity")),
    "given-up": (stated("aborted", "Session was interrupted repeatedly and will not be resumed"),),
    "dies": (Use(tool="read", input={"path": "a.txt"}, output="hello file", pause=0), _HALF, HangUp()),
}
# Of the shared scripts, those that OpenCode 2 would play otherwise.
_OTHERWISE: Mapping[str, Script] = {
    "rate-limited": _retried(_LIMIT, waits=(1, 1, 1, 1)),
    "overloaded": _retried(_BUSY, waits=(0.5, 0.5, 0.5, 0.5)),
    "struggles": (
        TryAgain(failure=_LIMIT, attempt=2, wait=2),
        TryAgain(failure=_LIMIT, attempt=3, wait=4),
        *shared.SCRIPTS["quick"],
    ),
    "waits-for-provider": (TryAgain(failure=_LIMIT, wait=20), *shared.SCRIPTS["quick"]),
    "no-finish-reason": (_HALF, Finish(reason=None)),
    "too-long": (FailCompaction(failure=_OVERFLOW), _OVERFLOW),
    "asks-question": (AskForm(fields=(COLOUR, SIZES)), *shared.SCRIPTS["quick"]),
}
SCRIPTS: Mapping[str, Script] = {
    **shared.SCRIPTS,
    **_SETUP,
    **_PROVIDER,
    **_TOOLS,
    **_CONTROL,
    **_OTHERWISE,
}


def shared_retry(action: Retry) -> TryAgain:
    """OpenCode 1 counts the retries, OpenCode 2 the tries."""
    failure = refused(429, action.message, code="rate_limit_exceeded")
    return TryAgain(failure=failure, attempt=action.attempt + 1, wait=action.wait)
