"""What a pipeline is made of: frozen values, changed only by folding events over them (see `fold`).

Pipeline ── steps ──▶ Step ── attempts ──▶ Attempt ── failure ──▶ FailureRecord
                        ├─ plan       StepPlan: what was asked for
                        ├─ attention  why it is not moving
                        ├─ handoff    what it passes on
                        └─ approval   what a person decides
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, unique
from functools import reduce
from typing import NewType

from runner.attention import Attention
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
        return self in (PipelineStatus.SUCCEEDED, PipelineStatus.FAILED, PipelineStatus.CANCELLED)


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


def in_milliseconds(at: datetime) -> datetime:
    """The instant in UTC, cut to the precision that is stored and shown."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
