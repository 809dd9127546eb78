"""What all events have in common, the register of the type that shows each event of the domain, and their list."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Self, TypeVar

import strawberry
from strawberry.types import get_object_definition

from runner import events
from runner.events import REGISTER, Recorded
from runner.reads import EventPage
from runner.sentences import sentence
from schema.common import Actor, PageInfo
from schema.enums import Channel
from schema.pipelines import Pipeline, Step
from schema.scalars import Cursor, encode_cursor


@strawberry.interface(
    description="Something that happened, in the past tense, stored in the same transaction as the state it changed."
)
class Event:
    recorded: strawberry.Private[Recorded]
    event: strawberry.Private[events.Event]
    cursor: Cursor = strawberry.field(description="Its place in the log, the same wherever the event is met.")
    at: datetime = strawberry.field(description="When it happened.")
    actor: Actor | None = strawberry.field(
        description="The person or token that caused it; null when stepwire itself did."
    )
    channel: Channel | None = strawberry.field(
        description=(
            "By which way the actor acted, as the client said of itself; null when stepwire itself did, and for events "
            "from before this was kept."
        )
    )

    @strawberry.field(
        description=(
            "What happened, in one line of plain text, without its time, its pipeline and its actor. Names in it and "
            "what was said are untrusted, but redacted and without control characters."
        )
    )
    def sentence(self) -> str:
        return sentence(self.recorded)


E = TypeVar("E", bound=Event)
TYPES: dict[type[events.Event], type[Event]] = {}


def shows(event: type[events.Event]) -> Callable[[type[E]], type[E]]:
    """Registers the GraphQL type that shows such events; it is described by what the event means."""

    def register(shown: type[E]) -> type[E]:
        get_object_definition(shown, strict=True).description = REGISTER[event].meaning
        TYPES[event] = shown
        return shown

    return register


def shown(recorded: Recorded) -> Event:
    """The event as the API shows it."""
    event = recorded.event
    return TYPES[type(event)](
        recorded=recorded,
        event=event,
        cursor=encode_cursor(recorded.cursor),
        at=event.at,
        actor=Actor.of_known(event.actor),
        channel=event.actor.channel if event.actor else None,
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
        return Pipeline.of(self.recorded.pipeline, self.recorded.cursor, self.recorded.event.at)

    @strawberry.field(description="The pipeline as it was right after this event.")
    def pipeline(self) -> Pipeline:
        return self.seen


@strawberry.interface(description="An event of one step.")
class StepEvent(PipelineEvent):
    event: strawberry.Private[events.StepEvent]

    @cached_property
    def seen_step(self) -> Step:
        return self.seen.step(self.event.step_id)

    @strawberry.field(description="The step as it was right after this event.")
    def step(self) -> Step:
        return self.seen_step


@strawberry.type(description="An event in a stretch of the log.")
class EventEdge:
    cursor: Cursor = strawberry.field(description="The place of the event, to go on after or before.")
    node: Event = strawberry.field(description="The event itself.")


@strawberry.type(description="A stretch of the event log, oldest first.")
class EventConnection:
    edges: list[EventEdge] = strawberry.field(description="The events, each with its place.")
    nodes: list[Event] = strawberry.field(description="The events alone.")
    page_info: PageInfo = strawberry.field(description="What lies before and after this stretch.")

    @classmethod
    def of(cls, page: EventPage) -> Self:
        nodes = [shown(recorded) for recorded in page.items]
        edges = [EventEdge(cursor=node.cursor, node=node) for node in nodes]
        page_info = PageInfo.of([edge.cursor for edge in edges], page.has_next, page.has_previous)
        return cls(edges=edges, nodes=nodes, page_info=page_info)
