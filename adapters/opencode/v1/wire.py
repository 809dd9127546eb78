"""What OpenCode sends, as shapes: what we read is typed, what we do not know is let through unseen."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from adapters.opencode.reported import ReportedError, Shape
from adapters.opencode.sse import an_object, object_in

Shaped = TypeVar("Shaped")


class CacheTokens(Shape):
    read: float = 0
    write: float = 0


class Tokens(Shape):
    input: float = 0
    output: float = 0
    reasoning: float = 0
    cache: CacheTokens = CacheTokens()


class Times(Shape):
    created: float | None = None
    completed: float | None = None
    start: float | None = None
    end: float | None = None


class Info(Shape):
    """A message's head. `summary` is True on a summary that compaction wrote, something else on a user's message."""

    id: str = ""
    session_id: str = Field(default="", alias="sessionID")
    role: str = "assistant"
    finish: str | None = None
    error: ReportedError | None = None
    summary: JsonValue = None
    provider_id: str | None = Field(default=None, alias="providerID")
    model_id: str | None = Field(default=None, alias="modelID")
    tokens: Tokens | None = None
    cost: float | None = None
    time: Times = Times()
    structured: JsonValue = None


class ToolState(Shape):
    status: str = "pending"
    input: JsonValue = None
    output: str | None = None
    error: str | None = None
    title: str | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class Part(Shape):
    """A piece of a message; which fields are there depends on its type."""

    type: str
    id: str = ""
    message_id: str = Field(default="", alias="messageID")
    session_id: str = Field(default="", alias="sessionID")
    text: str | None = None
    synthetic: bool | None = None
    tool: str | None = None
    call_id: str = Field(default="", alias="callID")
    state: ToolState | None = None
    time: Times = Times()


def _if_readable(value: object, read: ValidatorFunctionWrapHandler) -> Part:
    """A part that we cannot read is passed over, unless it is text: that would be missing in the answer."""
    try:
        part: Part = read(value)
    except ValidationError:
        if isinstance(value, dict) and value.get("type") != "text":
            return Part(type="unreadable")
        raise
    return part


class Message(Shape):
    info: Info
    parts: list[Annotated[Part, WrapValidator(_if_readable)]]


class Session(Shape):
    """Without totals before 1.15.13."""

    id: str
    parent_id: str | None = Field(default=None, alias="parentID")
    directory: str | None = None
    cost: float | None = None
    tokens: Tokens | None = None


class Status(Shape):
    """`next` is when OpenCode tries again, in milliseconds since the epoch."""

    type: str
    attempt: int = 0
    message: str = ""
    next: float | None = None


class ModelName(Shape):
    provider_id: str = Field(alias="providerID")
    model_id: str = Field(alias="modelID")


class AgentEntry(Shape):
    name: str
    description: str | None = None
    hidden: bool | None = None
    model: ModelName | None = None


class Provider(Shape):
    id: str
    models: dict[str, JsonValue]


class Providers(Shape):
    providers: list[Provider]


class AskedFrom(Shape):
    call_id: str = Field(default="", alias="callID")


class Permission(Shape):
    id: str
    session_id: str = Field(alias="sessionID")
    permission: str
    patterns: list[str] = Field(default_factory=list)
    always: list[str] = Field(default_factory=list)
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    tool: AskedFrom | None = None


class Option(Shape):
    label: str
    description: str | None = None


class QuestionText(Shape):
    question: str
    header: str = ""
    options: list[Option] = Field(default_factory=list)
    multiple: bool | None = None
    custom: bool | None = None


class Question(Shape):
    id: str
    session_id: str = Field(alias="sessionID")
    questions: list[QuestionText]


class TodoItem(Shape):
    content: str
    status: str


# After them OpenCode may answer otherwise about a folder's agents, models and keys.
_CHANGING_NAMES = frozenset(
    ("server.instance.disposed", "global.disposed", "catalog.updated", "integration.updated", "config.updated")
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of any directory; server.connected and heartbeats carry none. Its properties are as they came."""

    type: str
    properties: dict[str, JsonValue] = field(default_factory=dict)
    directory: str | None = None

    @classmethod
    def read(cls, frame: bytes) -> Self:
        """Raises ValueError for what is no event."""
        told = object_in(frame)
        payload, directory = an_object(told.get("payload")), told.get("directory")
        kind = payload.get("type")
        if not isinstance(kind, str) or not isinstance(directory, str | None):
            raise ValueError("no event")
        return cls(type=kind, properties=an_object(payload.get("properties", {})), directory=directory)

    @cached_property
    def session_id(self) -> str | None:
        """The session that it is about; None where it is about none."""
        return session_of(self.properties)

    def concerns(self, sessions: frozenset[str]) -> bool:
        if self.type == "session.created":
            info = self.properties.get("info")
            return isinstance(info, dict) and str(info.get("parentID")) in sessions
        return self.session_id in sessions or self.type == "server.instance.disposed"

    @property
    def changes_names(self) -> bool:
        return self.type in _CHANGING_NAMES


def session_of(properties: dict[str, JsonValue]) -> str | None:
    """The session that an event with these is about."""
    found = properties.get("sessionID")
    for holder in ("info", "part"):
        inner = properties.get(holder)
        if found is None and isinstance(inner, dict):
            found = inner.get("sessionID") or (inner.get("id") if holder == "info" else None)
    return found if isinstance(found, str) else None


AGENTS = TypeAdapter(list[AgentEntry])
SESSIONS = TypeAdapter(list[Session])
MESSAGES = TypeAdapter(list[Message])
PERMISSIONS = TypeAdapter(list[Permission])
QUESTIONS = TypeAdapter(list[Question])
STATUSES = TypeAdapter(dict[str, Status])
TRUE = TypeAdapter(bool)
TODOS = TypeAdapter(list[TodoItem])
ANYTHING: TypeAdapter[Any] = TypeAdapter(JsonValue)
