"""What subscriptions deliver: events with proof of life and of completeness, and what an agent is doing now."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias, assert_never

import strawberry

from runner import model as domain
from runner import ports
from schema.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttentionCleared,
    AttentionRaised,
    DefinitionChanged,
    FailureGroupChanged,
    LogPruned,
    PipelineFinished,
    PipelineResumed,
    PipelineStarted,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from schema.evidence import Todo, ToolCall
from schema.scalars import Cursor, encode_cursor


@strawberry.type(
    description="Sent when nothing happened for a while, with the log's newest place: proof that the line is alive."
)
class Heartbeat:
    cursor: Cursor
    at: datetime

    @classmethod
    def of(cls, place: domain.Cursor, at: datetime) -> Self:
        return cls(cursor=encode_cursor(place), at=at)


@strawberry.type(
    description=(
        "Completeness can't be proved from the cursor given (expired, foreign, or the client fell too far behind): "
        "read the state anew, then go on after this cursor, from which this subscription goes on as well."
    )
)
class Resync:
    reason: str
    cursor: Cursor

    @classmethod
    def of(cls, reason: str, newest: domain.Cursor) -> Self:
        return cls(reason=reason, cursor=encode_cursor(newest))


EventFeedItem = Annotated[
    PipelineStarted
    | PipelineResumed
    | PipelineFinished
    | StepStarted
    | StepSucceeded
    | StepSkipped
    | StepRetrying
    | StepFailed
    | AttentionRaised
    | AttentionCleared
    | ApprovalRequested
    | ApprovalDecided
    | DefinitionChanged
    | FailureGroupChanged
    | LogPruned
    | Heartbeat
    | Resync,
    strawberry.union("EventFeedItem", description="What the subscription to events delivers."),
]
FailureFeedItem = Annotated[
    StepFailed | StepRetrying | AttentionRaised | AttentionCleared | Heartbeat | Resync,
    strawberry.union("FailureFeedItem", description="What the subscription to failures delivers."),
]


@strawberry.type(description="What is shown of a step now; it replaces what was shown before.")
class ActivitySnapshot:
    text: str
    tools: list[ToolCall]
    todos: list[Todo]


@strawberry.type(description="More of the agent's text.")
class TextDelta:
    delta: str


@strawberry.type(description="A tool call began, moved on or ended.")
class ToolProgress:
    call_id: strawberry.ID = strawberry.field(
        description="Tells calls of one tool apart: a later progress of the same id replaces the earlier."
    )
    call: ToolCall
    title: str | None


@strawberry.type(description="The agent's list of things to do is now this one.")
class TodosChanged:
    todos: list[Todo]


Activity = Annotated[
    ActivitySnapshot | TextDelta | ToolProgress | TodosChanged,
    strawberry.union(
        "Activity",
        description=("What an agent is doing this second. Not stored: a new subscriber starts with what is shown now."),
    ),
]
AnyActivity: TypeAlias = ActivitySnapshot | TextDelta | ToolProgress | TodosChanged


def activity(told: ports.Activity) -> AnyActivity:
    match told:
        case ports.ActivitySnapshot():
            tools = [ToolCall.of(call) for call in told.tools]
            return ActivitySnapshot(text=told.text, tools=tools, todos=[Todo.of(todo) for todo in told.todos])
        case ports.TextDelta():
            return TextDelta(delta=told.delta)
        case ports.ToolProgress():
            return ToolProgress(call_id=strawberry.ID(told.call_id), call=ToolCall.of(told.call), title=told.title)
        case ports.TodosChanged():
            return TodosChanged(todos=[Todo.of(todo) for todo in told.todos])
        case _:
            assert_never(told)
