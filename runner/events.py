"""What can happen, in the past tense. The set is closed: `Event` is its union, and every handler matches all of it.

Event
  ├─ PipelineEvent    of one pipeline, numbered within it by `seq` when it is folded
  └─ LogEvent         of the whole log: definitions, failure groups, pruning
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from runner.failures import NO_USAGE, Usage
from runner.model import (
    Actor,
    Approval,
    Attention,
    AttentionKind,
    Cursor,
    FailureGroup,
    FailureRecord,
    Handoff,
    Pipeline,
    PipelineId,
    PipelineStatus,
    StepId,
)


@dataclass(frozen=True, kw_only=True)
class _Happened:
    at: datetime
    actor: Actor | None = None


@dataclass(frozen=True, kw_only=True)
class _OfPipeline(_Happened):
    pipeline_id: PipelineId


@dataclass(frozen=True, kw_only=True)
class _OfStep(_OfPipeline):
    step_id: StepId


@dataclass(frozen=True, kw_only=True)
class PipelineStarted(_OfPipeline):
    """A person started it; `pipeline` is the whole of what was asked, before anything has run."""

    pipeline: Pipeline


@dataclass(frozen=True, kw_only=True)
class PipelineResumed(_OfStep):
    """An ended or waiting pipeline goes on at this step; what is not None here replaces what its plan says."""

    reason: str
    model: str | None = None
    instruction: str | None = None
    timeout_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class PipelineFinished(_OfPipeline):
    status: PipelineStatus
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class StepStarted(_OfStep):
    """An attempt began; `prompt` is what the agent is sent."""

    attempt: int
    prompt: str | None = None
    engine_agent: str | None = None
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class SessionOpened(_OfStep):
    """OpenCode opened the session of an attempt. Kept so that recovery finds it; not shown as an event of its own."""

    attempt: int
    session_id: str
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class StepSucceeded(_OfStep):
    attempt: int
    handoff: Handoff | None = None
    usage: Usage = NO_USAGE


@dataclass(frozen=True, kw_only=True)
class StepSkipped(_OfStep):
    reason: str


@dataclass(frozen=True, kw_only=True)
class StepRetrying(_OfStep):
    """An attempt failed and another will follow at `failure.decision.next_attempt_at`."""

    attempt: int
    failure: FailureRecord
    usage: Usage = NO_USAGE


@dataclass(frozen=True, kw_only=True)
class StepFailed(_OfStep):
    """The step ended without success: failed, or cancelled when that is the failure's kind."""

    attempt: int
    failure: FailureRecord
    usage: Usage = NO_USAGE


@dataclass(frozen=True, kw_only=True)
class AttentionRaised(_OfStep):
    attention: Attention


@dataclass(frozen=True, kw_only=True)
class AttentionCleared(_OfStep):
    attention_id: str
    kind: AttentionKind
    answer: str | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(_OfStep):
    approval: Approval


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(_OfStep):
    approval: Approval


@dataclass(frozen=True, kw_only=True)
class DefinitionChanged(_Happened):
    """`definition` is e.g. "template quick_fix"; `change` one of saved, renamed, deleted, reloaded, broken."""

    definition: str
    change: str


@dataclass(frozen=True, kw_only=True)
class FailureGroupChanged(_Happened):
    group: FailureGroup


@dataclass(frozen=True, kw_only=True)
class LogPruned(_Happened):
    before: datetime
    events: int


PipelineEvent: TypeAlias = (
    PipelineStarted
    | PipelineResumed
    | PipelineFinished
    | StepStarted
    | SessionOpened
    | StepSucceeded
    | StepSkipped
    | StepRetrying
    | StepFailed
    | AttentionRaised
    | AttentionCleared
    | ApprovalRequested
    | ApprovalDecided
)
LogEvent: TypeAlias = DefinitionChanged | FailureGroupChanged | LogPruned
Event: TypeAlias = PipelineEvent | LogEvent


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An event in its place, with its pipeline as it was right after it (None for an event of the whole log)."""

    cursor: Cursor
    event: Event
    pipeline: Pipeline | None = None
