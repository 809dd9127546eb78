"""What OpenCode 2 sends, as shapes: the names of the stable server and of those before it, read alike."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Self, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field, JsonValue, TypeAdapter

from adapters.opencode.reported import Shape, Words
from adapters.opencode.sse import an_object, object_in

Shaped = TypeVar("Shaped")

_RENAMED = {
    "session.input.admitted": "session.inbox.enqueued",
    "session.input.promoted": "session.inbox.delivered",
    "session.input.cancelled": "session.inbox.cancelled",
}


# After them OpenCode may answer otherwise about a folder's agents, models and keys.
_CHANGING_NAMES = frozenset(
    (
        "agent.updated",
        "catalog.updated",
        "config.updated",
        "credential.switched",
        "credential.updated",
        "integration.updated",
        "location.shutdown",
        "model.updated",
        "plugin.updated",
        "provider.updated",
    )
)


def _number_or_none(value: object) -> object:
    """Bounds may be the texts "Infinity" or "NaN": those bound nothing."""
    return None if isinstance(value, str) else value


Bound = Annotated[float | None, BeforeValidator(_number_or_none)]


@dataclass(frozen=True, kw_only=True)
class Durable:
    """The place of an event in the log of a session; places count from 0 and have no gaps."""

    session_id: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One event, of the log or of the bus, with its data as they came."""

    type: str
    durable: Durable | None = None
    data: dict[str, JsonValue] = field(default_factory=dict)

    @classmethod
    def read(cls, frame: bytes) -> Self:
        """Raises ValueError for what is no event."""
        return cls.of(object_in(frame))

    @classmethod
    def of(cls, told: dict[str, JsonValue]) -> Self:
        """Raises as `read` does."""
        kind = told.get("type")
        if not isinstance(kind, str):
            raise ValueError("no event")
        return cls(type=kind, durable=_place_in(told.get("durable")), data=an_object(told.get("data", {})))

    @cached_property
    def kind(self) -> str:
        """The type by its stable name."""
        return _RENAMED.get(self.type, self.type.replace(".v2.", "."))

    def concerns(self, sessions: frozenset[str]) -> bool:
        if self.kind == "session.created":
            info = self.data.get("info") or self.data
            return isinstance(info, dict) and str(info.get("parentID")) in sessions
        return self.session_id in sessions

    @property
    def changes_names(self) -> bool:
        return self.kind in _CHANGING_NAMES

    @cached_property
    def session_id(self) -> str | None:
        """Whose it is, where it is one session's."""
        holders = (self.data, self.data.get("form"), self.data.get("info"))
        found = (holder.get("sessionID") for holder in holders if isinstance(holder, dict))
        return next((session for session in found if isinstance(session, str)), None)


def _place_in(value: JsonValue) -> Durable | None:
    if value is None:
        return None
    told = an_object(value)
    session_id, seq = told.get("aggregateID"), told.get("seq")
    if not isinstance(session_id, str) or not isinstance(seq, int):
        raise ValueError("no place in a log")
    return Durable(session_id=session_id, seq=seq)


class ProblemResponse(Shape):
    body: Words = ""


class Problem(Shape):
    """An error as OpenCode 2 tells it; before 2.1 status and body stand in the message only."""

    type: str = "unknown"
    message: Words = ""
    status: int | None = None
    response: ProblemResponse | None = None
    retry_after_ms: float | None = Field(default=None, validation_alias="retryAfterMs")


class ModelRef(Shape):
    id: str
    provider_id: str = Field(validation_alias="providerID")

    @property
    def name(self) -> str:
        return f"{self.provider_id}/{self.id}"


class CacheTokens(Shape):
    read: float = 0
    write: float = 0


class Tokens(Shape):
    input: float = 0
    output: float = 0
    reasoning: float = 0
    cache: CacheTokens = CacheTokens()


class Spent(Shape):
    """What a call of the model has cost; not told by steps that failed early."""

    cost: float = 0
    tokens: Tokens = Tokens()


class StepEvent(Spent):
    message_id: str = Field(validation_alias="assistantMessageID")
    model: ModelRef | None = None
    finish: str | None = None
    error: Problem | None = None


class TextEvent(Shape):
    """A piece of text: `delta` while it is said, `text` when it is over."""

    message_id: str = Field(validation_alias="assistantMessageID")
    ordinal: int = 0
    text: str = ""
    delta: str = ""

    @property
    def part(self) -> str:
        return f"{self.message_id}:{self.ordinal}"


class Content(Shape):
    type: str = ""
    text: str = ""


class ToolResult(Shape):
    value: Words = ""


class ToolEvent(Shape):
    call_id: str = Field(validation_alias=AliasChoices("id", "callID"))
    name: str | None = None
    input: JsonValue = None
    metadata: dict[str, JsonValue] = Field(
        default_factory=dict, validation_alias=AliasChoices("metadata", "structured")
    )
    content: list[Content] = Field(default_factory=list)
    error: Problem | None = None
    result: ToolResult | None = None

    @property
    def child(self) -> str | None:
        """The session of the sub-agent that the call has started."""
        session = self.metadata.get("sessionID")
        return session if isinstance(session, str) else None

    @property
    def output(self) -> str | None:
        told = "\n".join(piece.text for piece in self.content if piece.text)
        plain = self.metadata.get("output")
        return told or (plain if isinstance(plain, str) else None)


class RetryEvent(Shape):
    """`attempt` is the number of the try that is to come, from 2; `at` in milliseconds since the epoch."""

    attempt: int
    at: float | None = None
    error: Problem = Problem()


class EndEvent(Shape):
    error: Problem | None = None
    reason: str | None = None


class Payload(Shape):
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class InboxItem(Shape):
    """What is put into a session: by a user, or, synthetic, by OpenCode itself."""

    type: str = "user"
    payload: Payload = Field(default=Payload(), validation_alias=AliasChoices("payload", "data"))


class InboxEvent(Shape):
    input_id: str = Field(validation_alias=AliasChoices("inboxID", "inputID"))
    item: InboxItem = Field(default=InboxItem(), validation_alias=AliasChoices("item", "input"))


class CompactionEvent(Shape):
    error: Problem = Problem()


class Session(Shape):
    id: str = Field(validation_alias=AliasChoices("id", "sessionID"))
    parent_id: str | None = Field(default=None, validation_alias="parentID")
    cost: float = 0
    tokens: Tokens = Tokens()


class Source(Shape):
    call_id: str = Field(default="", validation_alias=AliasChoices("id", "callID"))


class Permission(Shape):
    """`resources` is what it is about, `save` what "always" would store."""

    id: str
    session_id: str = Field(validation_alias="sessionID")
    action: str
    resources: list[str] = Field(default_factory=list)
    save: list[str] = Field(default_factory=list)
    source: Source | None = None
    message: str | None = None


class PermissionReplied(Shape):
    request_id: str = Field(validation_alias="requestID")
    reply: str = Field(validation_alias=AliasChoices("reply", "decision"))


class Option(Shape):
    value: str
    label: str = ""
    description: str | None = None


class When(Shape):
    key: str
    op: str = "eq"
    value: JsonValue = None


class FormField(Shape):
    """One blank of a form; what is there depends on its type."""

    key: str
    type: str = "string"
    title: str = ""
    description: str | None = None
    required: bool = False
    hidden: bool = False
    options: list[Option] = Field(default_factory=list)
    custom: bool = False
    minimum: Bound = None
    maximum: Bound = None
    default: JsonValue = None
    url: str | None = None
    when: list[When] = Field(default_factory=list)


class FormMetadata(Shape):
    tool: Source | None = None


class Form(Shape):
    id: str
    session_id: str = Field(validation_alias="sessionID")
    title: str = ""
    metadata: FormMetadata = FormMetadata()
    fields: list[FormField] = Field(default_factory=list)


class FormCreated(Shape):
    form: Form


class FormSettled(Shape):
    id: str
    answer: dict[str, JsonValue] = Field(default_factory=dict)


class AgentEntry(Shape):
    """People write the id."""

    id: str
    description: str | None = None
    hidden: bool = False
    model: ModelRef | None = None


class ModelEntry(Shape):
    id: str
    provider_id: str = Field(validation_alias="providerID")
    enabled: bool = True

    @property
    def name(self) -> str:
        return f"{self.provider_id}/{self.id}"


class Info(Shape):
    """Which server it is."""

    version: str
    pid: int


class Admitted(Shape):
    id: str


class Interrupted(Shape):
    interrupted: bool


class OfSession(Shape):
    data: Session


class OfSessions(Shape):
    data: list[Session]


class OfAdmitted(Shape):
    data: Admitted


class OfActive(Shape):
    """The sessions that OpenCode is at work on; the others are not listed."""

    data: dict[str, JsonValue]


class OfAgents(Shape):
    data: list[AgentEntry]


class OfModels(Shape):
    data: list[ModelEntry]


class OfModel(Shape):
    data: ModelEntry | None = None


class OfPermissions(Shape):
    data: list[Permission]


class OfForms(Shape):
    data: list[Form]


ANYTHING: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
