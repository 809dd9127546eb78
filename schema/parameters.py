"""Arguments that several fields take alike: the type of each, and what the API says of it."""

from typing import Annotated, TypeAlias

import strawberry
from strawberry import argument

from schema.enums import EventType
from schema.scalars import Cursor

First: TypeAlias = Annotated[int | None, argument(description="How many, from 1 to 100; null: 20.")]
After: TypeAlias = Annotated[
    str | None, argument(description="endCursor of the page before; null: from the beginning of the list.")
]
FirstEvents: TypeAlias = Annotated[
    int | None, argument(description="How many from the oldest on, 1 to 1,000; null: 50, unless last is given.")
]
LastEvents: TypeAlias = Annotated[
    int | None,
    argument(description="How many up to the newest, 1 to 1,000, instead of first; null: read from the oldest on."),
]
AfterEvent: TypeAlias = Annotated[
    Cursor | None, argument(description="Leaves out what is up to and at this place; null: from the beginning.")
]
BeforeEvent: TypeAlias = Annotated[
    Cursor | None, argument(description="Leaves out what is at and behind this place; null: up to the end.")
]
FollowedAfter: TypeAlias = Annotated[
    Cursor | None, argument(description="The place after which to begin, e.g. Pipeline.cursor; null: from now on.")
]
OfPipeline: TypeAlias = Annotated[
    strawberry.ID | None, argument(description="Events of this pipeline alone, by Pipeline.id; null: all.")
]
OfStep: TypeAlias = Annotated[
    strawberry.ID | None, argument(description="Events of this step alone, by Step.id; null: all.")
]
OfTypes: TypeAlias = Annotated[list[EventType] | None, argument(description="Events of these types; null: all.")]
WorkingDirectory: TypeAlias = Annotated[
    str | None,
    argument(description="Absolute path of the directory to ask OpenCode about; null: where OpenCode was started."),
]
AttentionId: TypeAlias = Annotated[strawberry.ID, argument(description="Attention.id of what the agent asks.")]
ApprovalId: TypeAlias = Annotated[strawberry.ID, argument(description="Approval.id of one that is PENDING.")]
Comment: TypeAlias = Annotated[
    str | None, argument(description="What the person says to it, at most 20,000 bytes are kept; null: nothing.")
]
ToChange: TypeAlias = Annotated[str | None, argument(description="Which one to change; null: none, a new one is made.")]
BasedOn: TypeAlias = Annotated[
    str | None,
    argument(description="Its revision when it was read: another by now is an EditConflict. Null: whatever it is now."),
]
Force: TypeAlias = Annotated[
    bool | None, argument(description="Whether to go to work although others are at work in the directory.")
]
GroupId: TypeAlias = Annotated[strawberry.ID, argument(description="FailureGroup.id.")]
Unsuccessful: TypeAlias = Annotated[strawberry.ID, argument(description="Step.id of one that did not succeed.")]
