"""What subscriptions deliver: events with proof of life and of completeness, and what an agent is doing now."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias, Union, assert_never, get_args

import strawberry

from runner import agents
from runner import model as domain
from runner.events import Trouble
from schema.event_interface import Event
from schema.events import EVERY_TYPE, types_of
from schema.evidence import Todo, ToolCall
from schema.scalars import Cursor, encode_cursor


@strawberry.type(
    description="Sent when nothing happened for a while, with the log's newest place: proof that the line is alive."
)
class Heartbeat:
    cursor: Cursor = strawberry.field(description="The log's newest place.")
    at: datetime = strawberry.field(description="When it was sent.")

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
    reason: str = strawberry.field(description="Why: foreign, expired or malformed, and what that means.")
    cursor: Cursor = strawberry.field(description="The place from which this subscription goes on.")

    @classmethod
    def of(cls, reason: str, newest: domain.Cursor) -> Self:
        return cls(reason=reason, cursor=encode_cursor(newest))


if TYPE_CHECKING:
    EventFeedItem: TypeAlias = Event | Heartbeat | Resync
    FailureFeedItem: TypeAlias = Event | Heartbeat | Resync
else:
    EventFeedItem = Annotated[
        Union[*EVERY_TYPE, Heartbeat, Resync],
        strawberry.union("EventFeedItem", description="What the subscription to events delivers."),
    ]
    FailureFeedItem = Annotated[
        Union[*types_of(get_args(Trouble)), Heartbeat, Resync],
        strawberry.union("FailureFeedItem", description="What the subscription to failures delivers."),
    ]


@strawberry.type(description="What is shown of a step now; it replaces what was shown before.")
class ActivitySnapshot:
    text: str = strawberry.field(description="The newest of the agent's text, cut at its beginning; untrusted.")
    tools: list[ToolCall] = strawberry.field(description="The newest tool calls, oldest first.")
    todos: list[Todo] = strawberry.field(description="The agent's list of things to do.")


@strawberry.type(description="More of the agent's text.")
class TextDelta:
    delta: str = strawberry.field(description="What is to be appended to the text; untrusted.")


@strawberry.type(description="A tool call began, moved on or ended.")
class ToolProgress:
    call_id: strawberry.ID = strawberry.field(
        description="Tells calls of one tool apart: a later progress of the same id replaces the earlier."
    )
    call: ToolCall = strawberry.field(description="The call as it is now.")
    title: str | None = strawberry.field(description="What the tool says that it is doing; null when it does not.")


@strawberry.type(description="The agent's list of things to do is now this one.")
class TodosChanged:
    todos: list[Todo] = strawberry.field(description="The whole list, in the agent's order.")


Activity = Annotated[
    ActivitySnapshot | TextDelta | ToolProgress | TodosChanged,
    strawberry.union(
        "Activity",
        description=("What an agent is doing this second. Not stored: a new subscriber starts with what is shown now."),
    ),
]
AnyActivity: TypeAlias = ActivitySnapshot | TextDelta | ToolProgress | TodosChanged


def activity(told: agents.Activity) -> AnyActivity:
    match told:
        case agents.ActivitySnapshot():
            tools = [ToolCall.of(call) for call in told.tools]
            return ActivitySnapshot(text=told.text, tools=tools, todos=[Todo.of(todo) for todo in told.todos])
        case agents.TextDelta():
            return TextDelta(delta=told.delta)
        case agents.ToolProgress():
            return ToolProgress(call_id=strawberry.ID(told.call_id), call=ToolCall.of(told.call), title=told.title)
        case agents.TodosChanged():
            return TodosChanged(todos=[Todo.of(todo) for todo in told.todos])
        case _:
            assert_never(told)
