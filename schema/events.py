"""The event log as it is shown: one type for each event of the domain, found by the event's class."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import strawberry

from runner import events
from runner.events import REGISTER
from runner.model import FailureRecord
from schema.enums import AttentionKind, PipelineStatus, Role
from schema.event_interface import TYPES, Event, PipelineEvent, StepEvent, shows
from schema.failures import Failure, FailureGroup
from schema.waits import Approval, Attention


@shows(events.PipelineStarted)
@strawberry.type
class PipelineStarted(PipelineEvent):
    event: strawberry.Private[events.PipelineStarted]


@shows(events.PipelineResumed)
@strawberry.type
class PipelineResumed(StepEvent):
    event: strawberry.Private[events.PipelineResumed]

    @strawberry.field(description="What the person did, in words.")
    def reason(self) -> str:
        return self.event.reason

    @strawberry.field(description="The model that the step has from now on, provider/model; null: as before.")
    def model(self) -> str | None:
        return self.event.model

    @strawberry.field(description="What was appended to the prompt of the next attempt; null: nothing.")
    def instruction(self) -> str | None:
        return self.event.instruction

    @strawberry.field(description="Time limit of an attempt from now on, in seconds; null: as before.")
    def timeout_seconds(self) -> int | None:
        return self.event.timeout_seconds

    @strawberry.field(description="What the step is asked from now on in place of the pipeline's; null: as before.")
    def prompt(self) -> str | None:
        return self.event.prompt

    @strawberry.field(description="Whether the step took the definition of that day; false: it kept what it had.")
    def today(self) -> bool:
        return self.event.plan is not None


@shows(events.PipelineFinished)
@strawberry.type
class PipelineFinished(PipelineEvent):
    event: strawberry.Private[events.PipelineFinished]

    @strawberry.field(description="How it ended: SUCCEEDED, FAILED or CANCELLED.")
    def status(self) -> PipelineStatus:
        return self.event.status


@shows(events.StepStarted)
@strawberry.type
class StepStarted(StepEvent):
    event: strawberry.Private[events.StepStarted]

    @strawberry.field(description="The number of the attempt within its step; 1 for the first.")
    def attempt(self) -> int:
        return self.event.attempt


@shows(events.SessionOpened)
@strawberry.type
class SessionOpened(StepEvent):
    event: strawberry.Private[events.SessionOpened]

    @strawberry.field(description="The number of the attempt within its step; 1 for the first.")
    def attempt(self) -> int:
        return self.event.attempt

    @strawberry.field(description="The id of the session in OpenCode, by which a person can open it.")
    def session_id(self) -> str:
        return self.event.session_id

    @strawberry.field(description="The model that it works with, as provider/model; null: not known yet.")
    def model(self) -> str | None:
        return self.event.model


@shows(events.StepSucceeded)
@strawberry.type
class StepSucceeded(StepEvent):
    event: strawberry.Private[events.StepSucceeded]

    @strawberry.field(description="The number of the attempt within its step; 1 for the first.")
    def attempt(self) -> int:
        return self.event.attempt


@shows(events.ChangesFound)
@strawberry.type
class ChangesFound(StepEvent):
    event: strawberry.Private[events.ChangesFound]

    @strawberry.field(description="The number of the attempt within its step; its changes hold the files.")
    def attempt(self) -> int:
        return self.event.attempt

    @strawberry.field(description="How many files were changed.")
    def files(self) -> int:
        return self.event.files

    @strawberry.field(description="Lines that were added in all of them.")
    def added(self) -> int:
        return self.event.added

    @strawberry.field(description="Lines that were removed in all of them.")
    def removed(self) -> int:
        return self.event.removed


@shows(events.StepSkipped)
@strawberry.type
class StepSkipped(StepEvent):
    event: strawberry.Private[events.StepSkipped]

    @strawberry.field(description="Why, in the words of whoever skipped it.")
    def reason(self) -> str:
        return self.event.reason


@shows(events.StepRetrying)
@strawberry.type
class StepRetrying(StepEvent):
    event: strawberry.Private[events.StepRetrying]

    @strawberry.field(description="The number of the attempt that failed within its step; 1 for the first.")
    def attempt(self) -> int:
        return self.event.attempt

    @strawberry.field(description="Why the attempt did not succeed, in one sentence: the message of `failure`.")
    def error_message(self) -> str:
        return self.event.failure.failure.message

    @strawberry.field(description="Why the attempt did not succeed, in full.")
    def failure(self) -> Failure:
        return _failure(self.event.failure, self)

    @strawberry.field(description="When the next attempt begins; null: at once.")
    def next_attempt_at(self) -> datetime | None:
        return self.event.failure.decision.next_attempt_at


@shows(events.StepFailed)
@strawberry.type
class StepFailed(StepEvent):
    event: strawberry.Private[events.StepFailed]

    @strawberry.field(description="The number of the last attempt within its step; 0 when none had begun.")
    def attempt(self) -> int:
        return self.event.attempt

    @strawberry.field(description="Why the step did not succeed, in one sentence: the message of `failure`.")
    def error_message(self) -> str:
        return self.event.failure.failure.message

    @strawberry.field(description="Why the step did not succeed, in full.")
    def failure(self) -> Failure:
        return _failure(self.event.failure, self)


@shows(events.AttentionRaised)
@strawberry.type
class AttentionRaised(StepEvent):
    event: strawberry.Private[events.AttentionRaised]

    @strawberry.field(description="What holds the step up.")
    def attention(self) -> Attention:
        return Attention.of(self.event.attention, self.seen_step)


@shows(events.AttentionCleared)
@strawberry.type
class AttentionCleared(StepEvent):
    event: strawberry.Private[events.AttentionCleared]

    @strawberry.field(description="The id of the attention that holds no longer.")
    def attention_id(self) -> strawberry.ID:
        return strawberry.ID(self.event.attention_id)

    @strawberry.field(description="What had held the step up.")
    def kind(self) -> AttentionKind:
        return self.event.kind

    @strawberry.field(description="What a person answered; null when nobody did.")
    def answer(self) -> str | None:
        return self.event.answer


@shows(events.ApprovalRequested)
@strawberry.type
class ApprovalRequested(StepEvent):
    event: strawberry.Private[events.ApprovalRequested]

    @strawberry.field(description="What the person is asked, and until when.")
    def approval(self) -> Approval:
        return Approval.of(self.event.approval, self.seen_step)


@shows(events.ApprovalDecided)
@strawberry.type
class ApprovalDecided(StepEvent):
    event: strawberry.Private[events.ApprovalDecided]

    @strawberry.field(description="What was decided, and by whom.")
    def approval(self) -> Approval:
        return Approval.of(self.event.approval, self.seen_step)


@shows(events.DefinitionChanged)
@strawberry.type
class DefinitionChanged(Event):
    event: strawberry.Private[events.DefinitionChanged]

    @strawberry.field(description="What changed, by sort and name, e.g. template quick_fix.")
    def definition(self) -> str:
        return self.event.definition

    @strawberry.field(description="What became of it: saved, renamed, deleted, reloaded or broken.")
    def change(self) -> str:
        return self.event.change


@shows(events.FailureGroupChanged)
@strawberry.type
class FailureGroupChanged(Event):
    event: strawberry.Private[events.FailureGroupChanged]

    @strawberry.field(description="The group as it was right after this event.")
    def group(self) -> FailureGroup:
        return FailureGroup.of(self.event.group)


@shows(events.LogPruned)
@strawberry.type
class LogPruned(Event):
    event: strawberry.Private[events.LogPruned]

    @strawberry.field(description="Pipelines that had ended before this moment went.")
    def before(self) -> datetime:
        return self.event.before

    @strawberry.field(description="How many events went with them.")
    def events(self) -> int:
        return self.event.events

    @strawberry.field(description="How many pipelines went; 0 when it was not counted.")
    def pipelines(self) -> int:
        return self.event.pipelines


@shows(events.EngineStarted)
@strawberry.type
class EngineStarted(Event):
    event: strawberry.Private[events.EngineStarted]

    @strawberry.field(description="Whether OpenCode answered then.")
    def reachable(self) -> bool:
        return self.event.reachable

    @strawberry.field(description="Its address.")
    def url(self) -> str:
        return self.event.url

    @strawberry.field(description="Its version; null when it did not answer, or did not say.")
    def version(self) -> str | None:
        return self.event.version

    @strawberry.field(description="What was off all the same, and what to do about it; null: nothing was.")
    def message(self) -> str | None:
        return self.event.message


@shows(events.TokenChanged)
@strawberry.type
class TokenChanged(Event):
    event: strawberry.Private[events.TokenChanged]

    @strawberry.field(description="The token's name.")
    def token(self) -> str:
        return self.event.token

    @strawberry.field(description="The role that it has, or had.")
    def role(self) -> Role:
        return self.event.role

    @strawberry.field(description="What became of it: added or revoked.")
    def change(self) -> str:
        return self.event.change


@shows(events.TrustChanged)
@strawberry.type
class TrustChanged(Event):
    event: strawberry.Private[events.TrustChanged]

    @strawberry.field(description="Absolute, links resolved.")
    def directory(self) -> str:
        return self.event.directory

    @strawberry.field(description="What became of it, in words: trusted, by an answer or a start; or not any more.")
    def change(self) -> str:
        return self.event.change


def types_of(kinds: Iterable[type[events.Event]]) -> list[type[Event]]:
    """The types that show these events, in their order; raises LookupError, which says where one is missing."""
    if missing := [kind.__name__ for kind in kinds if kind not in TYPES]:
        raise LookupError(f"schema/events.py has no type that shows {', '.join(missing)}")
    return [TYPES[kind] for kind in kinds]


EVERY_TYPE = types_of(REGISTER)


def _failure(record: FailureRecord, told_by: PipelineEvent) -> Failure:
    """The failure that an event tells of; the event's place is the failure's."""
    return Failure.of(replace(record, cursor=told_by.recorded.cursor), told_by.seen)
