"""What a pipeline is made of: frozen values, changed only by folding events over them (see `fold`).

Pipeline ── steps ──▶ Step ── attempts ──▶ Attempt ── failure ──▶ FailureRecord
                        ├─ plan       StepPlan: what was asked for
                        ├─ attention  why it is not moving
                        ├─ handoff    what it passes on
                        └─ approval   what a person decides
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, unique
from functools import reduce
from typing import NewType

from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Failure, Json, Usage, fingerprint

PipelineId = NewType("PipelineId", str)
StepId = NewType("StepId", str)


@unique
class PipelineStatus(Enum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        return self in (
            PipelineStatus.SUCCEEDED,
            PipelineStatus.FAILED,
            PipelineStatus.CANCELLED,
        )


@unique
class StepStatus(Enum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"

    @property
    def ended(self) -> bool:
        return self not in (StepStatus.PENDING, StepStatus.RUNNING, StepStatus.WAITING)


@unique
class StepKind(Enum):
    AGENT = "AGENT"
    APPROVAL = "APPROVAL"


@unique
class AttentionKind(Enum):
    """What keeps a step from moving, or is not as it was asked for, although it has not failed."""

    RETRYING = "RETRYING"
    RATE_LIMITED = "RATE_LIMITED"
    STALLED = "STALLED"
    MODEL_REPLACED = "MODEL_REPLACED"
    ENGINE_SILENT = "ENGINE_SILENT"
    PERMISSION = "PERMISSION"
    QUESTION = "QUESTION"
    APPROVAL = "APPROVAL"

    @property
    def asks_a_person(self) -> bool:
        return self in (
            AttentionKind.PERMISSION,
            AttentionKind.QUESTION,
            AttentionKind.APPROVAL,
        )


@unique
class ApprovalStatus(Enum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


@unique
class RetryOutcome(Enum):
    RETRYING = "RETRYING"
    NOT_RETRYABLE = "NOT_RETRYABLE"
    EXHAUSTED = "EXHAUSTED"


@unique
class FailureGroupStatus(Enum):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


@unique
class EngineSupport(Enum):
    """How far stepwire can work with the engine that answers."""

    TESTED = "TESTED"
    EXPECTED = "EXPECTED"
    REDUCED = "REDUCED"
    TOO_OLD = "TOO_OLD"
    PREVIEW = "PREVIEW"
    FOREIGN = "FOREIGN"

    @property
    def usable(self) -> bool:
        return self in (EngineSupport.TESTED, EngineSupport.EXPECTED, EngineSupport.REDUCED)


@unique
class Channel(Enum):
    """By which way somebody acts, as the client says of itself."""

    PAGE = "PAGE"
    CLI = "CLI"
    API = "API"


@dataclass(frozen=True, kw_only=True, order=True)
class Cursor:
    """A place in the event log: `position` in the log's own count, `epoch` names the history counted."""

    position: int
    epoch: str


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The person or token that caused something; by another channel it is still the same one."""

    name: str
    channel: Channel | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class TrustedDirectory:
    """A folder that OpenCode may be asked about, with all that lies in it; `path` has its links resolved."""

    path: str
    by: Actor
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RetryDecision:
    """What follows an attempt's failure, decided once and stored with it."""

    outcome: RetryOutcome
    attempts_left: int = 0
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FailureRecord:
    """A failure in its place: of which attempt, when, and what follows. Immutable.

    `cursor` is the place of its event in the log, known once it is stored.
    """

    id: str
    pipeline_id: PipelineId
    step_id: StepId
    attempt: int
    failure: Failure
    decision: RetryDecision
    occurred_at: datetime
    agent: str | None = None
    cursor: Cursor | None = field(default=None, compare=False)

    @property
    def group_id(self) -> str:
        return f"grp_{fingerprint(self.failure.kind, self.agent, self.failure.message)}"


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """What a step passes to the next: the agent's answer (Markdown, untrusted) and its structured part, if any."""

    markdown: str
    created_at: datetime
    data: Json = None
    supplied_by: Actor | None = None


@dataclass(frozen=True, kw_only=True)
class PermissionOption:
    """One way to answer a permission request."""

    id: str
    label: str
    needs_message: bool = False


PERMISSION_OPTIONS = (
    PermissionOption(id="once", label="Allow once"),
    PermissionOption(id="always", label="Always allow"),
    PermissionOption(id="reject", label="Refuse"),
)


@dataclass(frozen=True, kw_only=True)
class PermissionRequest:
    """`patterns` and `saves` are in the engine's own words: what it is about, what "always" would store."""

    id: str
    permission: str
    patterns: tuple[str, ...] = ()
    saves: tuple[str, ...] = ()
    reason: str | None = None
    options: tuple[PermissionOption, ...] = PERMISSION_OPTIONS


@unique
class FieldKind(Enum):
    """What a form's field takes; CHOICE one of its options, MULTI any number of them, LINK nothing: it is looked at."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    CHOICE = "CHOICE"
    MULTI = "MULTI"
    LINK = "LINK"


@dataclass(frozen=True, kw_only=True)
class FieldOption:
    """`value` is what is answered, `label` what is shown."""

    value: str
    label: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class FieldCondition:
    """Another field, and the value that it must have; or, unless `equal`, must not have."""

    key: str
    value: Json
    equal: bool = True


@dataclass(frozen=True, kw_only=True)
class Field:
    """One blank of a form, answered under its key. `custom`: other texts than the options are taken, too.

    `url` is there for a LINK. The field is asked only while all of its conditions hold.
    """

    key: str
    kind: FieldKind
    title: str = ""
    description: str | None = None
    options: tuple[FieldOption, ...] = ()
    custom: bool = False
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    default: Json = None
    url: str | None = None
    conditions: tuple[FieldCondition, ...] = ()

    @property
    def text(self) -> str:
        """What is asked, in full."""
        return self.description or self.title or self.key


@dataclass(frozen=True, kw_only=True)
class Form:
    """What an agent asks, as blanks to be filled in."""

    id: str
    title: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an agent asks, in one text; the form beside it, where there is one, says it in full."""

    id: str
    text: str
    options: tuple[str, ...] = ()
    multiple: bool = False
    form: Form | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """Those of the form; without one, all of it as a single field."""
        if self.form is not None:
            return self.form.fields
        kind = FieldKind.TEXT if not self.options else FieldKind.MULTI if self.multiple else FieldKind.CHOICE
        options = tuple(FieldOption(value=option, label=option) for option in self.options)
        return (Field(key="q0", kind=kind, description=self.text, options=options, custom=True, required=True),)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Why a step is not moving, since when, and what would move it: `next_at` says when it tries again or gives up."""

    id: str
    kind: AttentionKind
    message: str
    since: datetime
    next_at: datetime | None = None
    permission: PermissionRequest | None = None
    question: Question | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A question to a person; requested, then decided once."""

    id: str
    requested_at: datetime
    description: str | None = None
    status: ApprovalStatus = ApprovalStatus.PENDING
    comment: str | None = None
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    remind_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """What a step was asked to be: the definition that it began with, whatever the YAML files say later.

    `prompt` is there where a person changed it for this step: it stands in for the pipeline's.
    `model` is provider/model; `handoff_required` and `handoff_schema` (JSON Schema) say what the answer must hold.
    """

    kind: StepKind = StepKind.AGENT
    agent: str | None = None
    engine_agent: str | None = None
    instructions: str = ""
    description: str | None = None
    model: str | None = None
    timeout_seconds: int | None = None
    max_attempts: int | None = None
    handoff_required: bool = False
    handoff_schema: Json = None
    remind_after_seconds: int | None = None
    expires_after_seconds: int | None = None
    prompt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a step, numbered from 1 and never rewritten once it has ended.

    `waited_seconds` is how long it did not work, because a person was asked or nobody was there to see it work;
    `waiting_since` since when a person is asked now.
    `resume` is from where its session would be followed on, the engine's adapter's own affair. It moves without an
    event, so it is no part of what the log says: two attempts that differ in nothing else are the same.
    """

    number: int
    started_at: datetime
    status: StepStatus = StepStatus.RUNNING
    engine_agent: str | None = None
    model: str | None = None
    session_id: str | None = None
    prompt: str | None = None
    failure: FailureRecord | None = None
    usage: Usage = NO_USAGE
    finished_at: datetime | None = None
    waited_seconds: float = 0.0
    waiting_since: datetime | None = None
    resume: Json = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One place in a pipeline. `attempts_before` were made before a person last asked to try again:
    they do not count against the limit; `instruction` is what that person added. `ended_by` is a failure of the step
    that belongs to no open attempt: a cancel between two attempts.
    """

    id: StepId
    position: int
    plan: StepPlan
    status: StepStatus = StepStatus.PENDING
    attempts: tuple[Attempt, ...] = ()
    attempts_before: int = 0
    instruction: str | None = None
    ended_by: FailureRecord | None = None
    attention: tuple[Attention, ...] = ()
    handoff: Handoff | None = None
    approval: Approval | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def attempt(self) -> Attempt | None:
        """The newest one."""
        return self.attempts[-1] if self.attempts else None

    @property
    def failure(self) -> FailureRecord | None:
        """Why it did not succeed; None while it still may."""
        if self.status not in (StepStatus.FAILED, StepStatus.CANCELLED):
            return None
        return self.ended_by or (self.attempt.failure if self.attempt else None)

    @property
    def error_message(self) -> str | None:
        return self.failure.failure.message if self.failure else None

    @property
    def usage(self) -> Usage:
        return reduce(Usage.__add__, (attempt.usage for attempt in self.attempts), NO_USAGE)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """One run: a prompt and an ordered list of steps. `seq` counts its events, and so names this version of it."""

    id: PipelineId
    title: str
    prompt: str
    steps: tuple[Step, ...]
    started_by: Actor
    created_at: datetime
    template: str | None = None
    directory: str | None = None
    branch: str | None = None
    status: PipelineStatus = PipelineStatus.PENDING
    end_message: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seq: int = 0

    @property
    def failure(self) -> FailureRecord | None:
        """The failure that ended it; None while it may still succeed."""
        if self.status not in (PipelineStatus.FAILED, PipelineStatus.CANCELLED):
            return None
        return next((step.failure for step in self.steps if step.failure), None)

    @property
    def error_message(self) -> str | None:
        """Why it stopped: its failure's message, or the reason of a cancel that came before any step had begun."""
        return self.failure.failure.message if self.failure else self.end_message

    @property
    def attention(self) -> tuple[tuple[Step, Attention], ...]:
        return tuple((step, attention) for step in self.steps for attention in step.attention)

    @property
    def usage(self) -> Usage:
        return reduce(Usage.__add__, (step.usage for step in self.steps), NO_USAGE)

    @property
    def current(self) -> Step | None:
        """The first step that has neither succeeded nor been skipped: where the pipeline stands."""
        over = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
        return next((step for step in self.steps if step.status not in over), None)

    def step(self, step_id: StepId) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """Somebody has seen a cause; `count` is how many failures of it there had been by then."""

    by: Actor | None
    at: datetime
    note: str | None = None
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class FailureGroup:
    """Failures of one cause, across pipelines.

    Acknowledging and resolving settle the failures up to a place in the log, `settled_through`; whatever comes after it
    is nobody's yet. `acknowledgement` is there exactly while the status is ACKNOWLEDGED.
    """

    id: str
    kind: FailureKind
    title: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    last_success_at: datetime | None = None
    status: FailureGroupStatus = FailureGroupStatus.OPEN
    acknowledgement: Acknowledgement | None = None
    settled_through: int = 0

    def settles(self, place: Cursor) -> bool:
        """Whether the failure of that place was there when somebody acknowledged or resolved the group."""
        return place.position <= self.settled_through


@dataclass(frozen=True, kw_only=True)
class EngineHealth:
    """`message` says what is off and what to do about it, also of an engine that works; None: nothing is.

    `support` is None where nothing tells, as when nobody answers; `managed`: stepwire has started it.
    """

    reachable: bool
    url: str
    product: str | None = None
    generation: int | None = None
    version: str | None = None
    support: EngineSupport | None = None
    message: str | None = None
    managed: bool = False


def new_pipeline_id(at: datetime) -> PipelineId:
    """A fresh id; ids sort by the time they were made."""
    return PipelineId(f"pip_{int(at.timestamp() * 1000):012x}{secrets.token_hex(5)}")


def step_id_of(pipeline_id: PipelineId, position: int) -> StepId:
    return StepId(f"stp_{pipeline_id.removeprefix('pip_')}_{position}")


def pipeline_id_of(step_id: StepId) -> PipelineId:
    return PipelineId(f"pip_{step_id.removeprefix('stp_').rpartition('_')[0]}")


def part_id(prefix: str, step_id: StepId, *parts: object) -> str:
    """The id of something that belongs to a step (fai, app, att): unique because the step's place and `parts` are."""
    return "_".join((prefix, step_id.removeprefix("stp_"), *map(str, parts)))


def step_id_in(part_id: str) -> StepId:
    """The step that something with such an id belongs to."""
    return StepId("stp_" + "_".join(part_id.split("_")[1:3]))


def in_milliseconds(at: datetime) -> datetime:
    """The instant in UTC, cut to the precision that is stored and shown."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
