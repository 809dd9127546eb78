"""What shown events have in common, the register of the type that shows each event of the domain, and their list."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Self, TypeAlias, TypeVar

import strawberry

from runner import events
from runner.events import Recorded
from runner.reads import EventPage
from schema.common import Actor, PageInfo
from schema.enums import EventType
from schema.pipelines import Pipeline, Step
from schema.scalars import Cursor, encode_cursor


@strawberry.interface(
    description="Something that happened, in the past tense, stored in the same transaction as the state it changed."
)
class Event:
    recorded: strawberry.Private[Recorded]
    event: strawberry.Private[events.Event]
    cursor: Cursor
    at: datetime
    actor: Actor | None = strawberry.field(
        description="The person or token that caused it; null when stepwire itself did."
    )


OfStep: TypeAlias = (
    events.PipelineResumed
    | events.StepStarted
    | events.StepSucceeded
    | events.StepSkipped
    | events.StepRetrying
    | events.StepFailed
    | events.AttentionRaised
    | events.AttentionCleared
    | events.ApprovalRequested
    | events.ApprovalDecided
)
E = TypeVar("E", bound=Event)
TYPES: dict[type[events.Event], type[Event]] = {}
NAMES: dict[type[events.Event], EventType] = {}


def shows(event: type[events.Event], name: EventType) -> Callable[[type[E]], type[E]]:
    """Registers the GraphQL type that shows such events."""

    def register(shown: type[E]) -> type[E]:
        TYPES[event], NAMES[event] = shown, name
        return shown

    return register


def is_shown(recorded: Recorded) -> bool:
    return type(recorded.event) in TYPES


def shown(recorded: Recorded) -> Event:
    """The event as the API shows it; only for one that `is_shown`."""
    event = recorded.event
    return TYPES[type(event)](
        recorded=recorded,
        event=event,
        cursor=encode_cursor(recorded.cursor),
        at=event.at,
        actor=Actor.of_known(event.actor),
    )


@strawberry.interface(
    description=(
        "An event of one pipeline. Every step, approvals included, goes StepStarted, then StepSucceeded, StepFailed "
        "or StepSkipped."
    )
)
class PipelineEvent(Event):
    @cached_property
    def seen(self) -> Pipeline:
        """The pipeline right after the event."""
        if self.recorded.pipeline is None:
            raise LookupError(f"event {self.recorded.cursor} lacks its pipeline")
        return Pipeline.of(self.recorded.pipeline, self.recorded.cursor)

    @strawberry.field(description="As of this event.")
    def pipeline(self) -> Pipeline:
        return self.seen


@strawberry.type
class StepEvent(PipelineEvent):
    event: strawberry.Private[OfStep]

    @cached_property
    def seen_step(self) -> Step:
        return self.seen.step(self.event.step_id)

    @strawberry.field
    def step(self) -> Step:
        return self.seen_step


@strawberry.type
class EventEdge:
    cursor: Cursor
    node: Event


@strawberry.type(description="A stretch of the event log, oldest first.")
class EventConnection:
    edges: list[EventEdge]
    nodes: list[Event]
    page_info: PageInfo

    @classmethod
    def of(cls, page: EventPage) -> Self:
        nodes = [shown(recorded) for recorded in page.items]
        edges = [EventEdge(cursor=node.cursor, node=node) for node in nodes]
        page_info = PageInfo.of([edge.cursor for edge in edges], page.has_next, page.has_previous)
        return cls(edges=edges, nodes=nodes, page_info=page_info)
