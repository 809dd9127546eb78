"""The event log as it is shown: one type for each event of the domain, found by the event's class."""

from dataclasses import replace
from datetime import datetime

import strawberry

from runner import events
from runner.model import FailureRecord
from schema.enums import AttentionKind, EventType, PipelineStatus
from schema.event import Event, PipelineEvent, StepEvent, shows
from schema.failures import Failure, FailureGroup
from schema.waits import Approval, Attention


@shows(events.PipelineStarted, EventType.PIPELINE_STARTED)
@strawberry.type(description="A person started it; nothing has run yet.")
class PipelineStarted(PipelineEvent):
    event: strawberry.Private[events.PipelineStarted]


@shows(events.PipelineResumed, EventType.PIPELINE_RESUMED)
@strawberry.type(description="An ended or waiting pipeline goes on, at this step.")
class PipelineResumed(StepEvent):
    event: strawberry.Private[events.PipelineResumed]

    @strawberry.field
    def reason(self) -> str:
        return self.event.reason


@shows(events.PipelineFinished, EventType.PIPELINE_FINISHED)
@strawberry.type(description="It succeeded, failed or was cancelled.")
class PipelineFinished(PipelineEvent):
    event: strawberry.Private[events.PipelineFinished]

    @strawberry.field
    def status(self) -> PipelineStatus:
        return self.event.status


@shows(events.StepStarted, EventType.STEP_STARTED)
@strawberry.type(description="An attempt began.")
class StepStarted(StepEvent):
    event: strawberry.Private[events.StepStarted]

    @strawberry.field
    def attempt(self) -> int:
        return self.event.attempt


@shows(events.StepSucceeded, EventType.STEP_SUCCEEDED)
@strawberry.type
class StepSucceeded(StepEvent):
    event: strawberry.Private[events.StepSucceeded]

    @strawberry.field
    def attempt(self) -> int:
        return self.event.attempt


@shows(events.StepSkipped, EventType.STEP_SKIPPED)
@strawberry.type(description="A person went on without it.")
class StepSkipped(StepEvent):
    event: strawberry.Private[events.StepSkipped]

    @strawberry.field
    def reason(self) -> str:
        return self.event.reason


@shows(events.StepRetrying, EventType.STEP_RETRYING)
@strawberry.type(
    description="An attempt failed and another will follow. A person's retry is PipelineResumed, then StepStarted."
)
class StepRetrying(StepEvent):
    event: strawberry.Private[events.StepRetrying]

    @strawberry.field
    def attempt(self) -> int:
        return self.event.attempt

    @strawberry.field
    def error_message(self) -> str:
        return self.event.failure.failure.message

    @strawberry.field
    def failure(self) -> Failure:
        return _failure(self.event.failure, self)

    @strawberry.field
    def next_attempt_at(self) -> datetime | None:
        return self.event.failure.decision.next_attempt_at


@shows(events.StepFailed, EventType.STEP_FAILED)
@strawberry.type(description="The step ended without success.")
class StepFailed(StepEvent):
    event: strawberry.Private[events.StepFailed]

    @strawberry.field
    def attempt(self) -> int:
        return self.event.attempt

    @strawberry.field
    def error_message(self) -> str:
        return self.event.failure.failure.message

    @strawberry.field
    def failure(self) -> Failure:
        return _failure(self.event.failure, self)


@shows(events.AttentionRaised, EventType.ATTENTION_RAISED)
@strawberry.type(
    description="It is not moving, or the reason has changed: the same id again replaces what was said before."
)
class AttentionRaised(StepEvent):
    event: strawberry.Private[events.AttentionRaised]

    @strawberry.field
    def attention(self) -> Attention:
        return Attention.of(self.event.attention, self.seen_step)


@shows(events.AttentionCleared, EventType.ATTENTION_CLEARED)
@strawberry.type(description="It moves again.")
class AttentionCleared(StepEvent):
    event: strawberry.Private[events.AttentionCleared]

    @strawberry.field
    def attention_id(self) -> strawberry.ID:
        return strawberry.ID(self.event.attention_id)

    @strawberry.field
    def kind(self) -> AttentionKind:
        return self.event.kind

    @strawberry.field(description="What a person answered, if one did.")
    def answer(self) -> str | None:
        return self.event.answer


@shows(events.ApprovalRequested, EventType.APPROVAL_REQUESTED)
@strawberry.type
class ApprovalRequested(StepEvent):
    event: strawberry.Private[events.ApprovalRequested]

    @strawberry.field
    def approval(self) -> Approval:
        return Approval.of(self.event.approval, self.seen_step)


@shows(events.ApprovalDecided, EventType.APPROVAL_DECIDED)
@strawberry.type
class ApprovalDecided(StepEvent):
    event: strawberry.Private[events.ApprovalDecided]

    @strawberry.field
    def approval(self) -> Approval:
        return Approval.of(self.event.approval, self.seen_step)


@shows(events.DefinitionChanged, EventType.DEFINITION_CHANGED)
@strawberry.type(description="A definition is not what it was.")
class DefinitionChanged(Event):
    event: strawberry.Private[events.DefinitionChanged]

    @strawberry.field(description="e.g. template quick_fix")
    def definition(self) -> str:
        return self.event.definition

    @strawberry.field(description="saved, renamed, deleted, reloaded, broken")
    def change(self) -> str:
        return self.event.change


@shows(events.FailureGroupChanged, EventType.FAILURE_GROUP_CHANGED)
@strawberry.type(description="A group of failures was acknowledged, resolved or opened again.")
class FailureGroupChanged(Event):
    event: strawberry.Private[events.FailureGroupChanged]

    @strawberry.field
    def group(self) -> FailureGroup:
        return FailureGroup.of(self.event.group)


@shows(events.LogPruned, EventType.LOG_PRUNED)
@strawberry.type(description="Old events were removed.")
class LogPruned(Event):
    event: strawberry.Private[events.LogPruned]

    @strawberry.field
    def before(self) -> datetime:
        return self.event.before

    @strawberry.field(description="How many went.")
    def events(self) -> int:
        return self.event.events


def _failure(record: FailureRecord, told_by: PipelineEvent) -> Failure:
    """The failure that an event tells of; the event's place is the failure's."""
    return Failure.of(replace(record, cursor=told_by.recorded.cursor), told_by.seen)
