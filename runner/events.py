"""What can happen, in the past tense. The set is closed: `Event` is its union, and every handler matches all of it.

Event
  ├─ PipelineEvent    of one pipeline, numbered within it by `seq` when it is folded
  │    └─ StepEvent   of one of its steps
  └─ LogEvent         of the whole log: definitions, failure groups, pruning, the engine's start, tokens, trust

`REGISTER` says of each what it is called and what it means. The log's types and the API's enum and unions are made
from it; so the first line of an event's docstring is what people read in the API.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, get_args

from runner.attention import Attention, AttentionKind
from runner.failures import NO_USAGE, Json, Usage
from runner.groups import FailureGroup
from runner.model import (
    Actor,
    Approval,
    Cursor,
    FailureRecord,
    Handoff,
    Pipeline,
    PipelineId,
    PipelineStatus,
    StepId,
    StepPlan,
)
from runner.principals import Role


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
    """A person started the pipeline; nothing has run yet.

    `pipeline` is the whole of what was asked.
    """

    pipeline: Pipeline


@dataclass(frozen=True, kw_only=True)
class PipelineResumed(_OfStep):
    """An ended or waiting pipeline goes on at this step, because of what a person did.

    What is not None here replaces what the step's plan says; `plan`, today's definition, comes before the others.
    """

    reason: str
    model: str | None = None
    instruction: str | None = None
    timeout_seconds: int | None = None
    prompt: str | None = None
    plan: StepPlan | None = None


@dataclass(frozen=True, kw_only=True)
class PipelineFinished(_OfPipeline):
    """The pipeline succeeded, failed or was cancelled."""

    status: PipelineStatus
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class StepStarted(_OfStep):
    """An attempt began.

    `prompt` is what the agent is sent.
    """

    attempt: int
    prompt: str | None = None
    engine_agent: str | None = None
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class SessionOpened(_OfStep):
    """OpenCode opened the session of an attempt, which can be looked into from now on.

    Recovery finds the attempt by it. `model` is None when OpenCode chose one by itself; `resume` is from where the
    session would be followed on at first.
    """

    attempt: int
    session_id: str
    model: str | None = None
    resume: Json = None


@dataclass(frozen=True, kw_only=True)
class StepSucceeded(_OfStep):
    """The step is done, and its handoff is there."""

    attempt: int
    handoff: Handoff | None = None
    usage: Usage = NO_USAGE


@dataclass(frozen=True, kw_only=True)
class StepSkipped(_OfStep):
    """A person went on without the step."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class StepRetrying(_OfStep):
    """An attempt failed and another will follow. A person's retry is PipelineResumed, then StepStarted.

    It follows at `failure.decision.next_attempt_at`. `lost_at` is since when nobody saw it work, if that was before.
    """

    attempt: int
    failure: FailureRecord
    usage: Usage = NO_USAGE
    lost_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StepFailed(_OfStep):
    """The step ended without success: failed, or cancelled when that is the failure's kind.

    `lost_at` is since when nobody saw it work, if that was before.
    """

    attempt: int
    failure: FailureRecord
    usage: Usage = NO_USAGE
    lost_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AttentionRaised(_OfStep):
    """The step is not moving, or the reason has changed: the same id again replaces what was said before."""

    attention: Attention


@dataclass(frozen=True, kw_only=True)
class AttentionCleared(_OfStep):
    """The step moves again, or what held it up was answered."""

    attention_id: str
    kind: AttentionKind
    answer: str | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(_OfStep):
    """A person is asked whether to go on."""

    approval: Approval


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(_OfStep):
    """The approval was given or refused, or it expired."""

    approval: Approval


@dataclass(frozen=True, kw_only=True)
class ChangesFound(_OfStep):
    """It is known what an attempt has changed in its folder, up to now or up to its end.

    `files` is how many files, `added` and `removed` how many lines of them. The files themselves are kept beside the
    attempt, and what is told later of the same attempt replaces them.
    """

    attempt: int
    files: int
    added: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class DefinitionChanged(_Happened):
    """An agent, a template or a file with them is not what it was.

    `definition` is e.g. "template quick_fix"; `change` one of saved, renamed, deleted, reloaded, broken.
    """

    definition: str
    change: str


@dataclass(frozen=True, kw_only=True)
class FailureGroupChanged(_Happened):
    """A group of failures was acknowledged, resolved, or opened again."""

    group: FailureGroup


@dataclass(frozen=True, kw_only=True)
class LogPruned(_Happened):
    """Old pipelines were removed with their events.

    They had ended before `before`; `events` is how many events went, `pipelines` how many pipelines, 0 where an
    earlier stepwire did not count them.
    """

    before: datetime
    events: int
    pipelines: int = 0


@dataclass(frozen=True, kw_only=True)
class EngineStarted(_Happened):
    """A person asked for OpenCode to be started.

    `message` says what is off all the same; None: it works.
    """

    reachable: bool
    url: str
    version: str | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class TokenChanged(_Happened):
    """A token was added or revoked.

    `change` is one of added, revoked.
    """

    token: str
    role: Role
    change: str


@dataclass(frozen=True, kw_only=True)
class TrustChanged(_Happened):
    """OpenCode may be asked about a directory from now on, or may not any more.

    `change` says in words what became of it, and why.
    """

    directory: str
    change: str


StepEvent: TypeAlias = (
    PipelineResumed
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
    | ChangesFound
)
PipelineEvent: TypeAlias = PipelineStarted | PipelineFinished | StepEvent
LogEvent: TypeAlias = DefinitionChanged | FailureGroupChanged | LogPruned | EngineStarted | TokenChanged | TrustChanged
Event: TypeAlias = PipelineEvent | LogEvent
# What went wrong or is not moving, and that it moves again.
Trouble: TypeAlias = StepRetrying | StepFailed | AttentionRaised | AttentionCleared


@dataclass(frozen=True, kw_only=True)
class EventFacts:
    """What an event is called: `stored` in the log (step_failed), `api` in GraphQL (StepFailed); and what it means."""

    stored: str
    api: str
    meaning: str


def _facts(event: type[Event]) -> EventFacts:
    name = event.__name__
    stored = re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()
    return EventFacts(stored=stored, api=name, meaning=(event.__doc__ or "").partition("\n")[0])


# Rows are never rewritten: who renames a class renames what stands in every log.
REGISTER: Mapping[type[Event], EventFacts] = {event: _facts(event) for event in get_args(Event)}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An event in its place, with its pipeline as it was right after it (None for an event of the whole log)."""

    cursor: Cursor
    event: Event
    pipeline: Pipeline | None = None
