"""What mutations answer: the thing itself, or an expected error that says what to do."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from runner import outcomes
from schema.common import Actor
from schema.definitions import Agent, Directory, GithubIssue, Template, TrustedDirectory
from schema.failures import FailureGroup
from schema.pipelines import Pipeline
from schema.principals import NewToken
from schema.waits import Approval


@strawberry.interface(description="An outcome that a person can do something about.")
class UserError:
    message: str = strawberry.field(description="One sentence: what is wrong, and what to do.")


@strawberry.type(description="Something in the input is wrong; nothing was changed.")
class InvalidInput(UserError):
    field: list[str] = strawberry.field(description="The path to it, places counted from 0, e.g. steps, 2, model.")


@strawberry.type(description="There is nothing with that id.")
class NotFound(UserError):
    id: strawberry.ID = strawberry.field(description="The id that was asked for.")


@strawberry.type(description="What a person has decided before somebody else could.")
class Decision:
    by: Actor = strawberry.field(description="Who decided.")
    at: datetime = strawberry.field(description="When.")
    what: str = strawberry.field(description="In words, e.g. approved, rejected, allowed, refused, cancelled.")
    note: str | None = strawberry.field(description="What the person said to it; null when nothing.")

    @classmethod
    def of(cls, decision: outcomes.Decision) -> Self:
        return cls(by=Actor.of(decision.by), at=decision.at, what=decision.what, note=decision.note)


@strawberry.type(
    description=("The state no longer allows it, e.g. the step is not failed any more, or the approval is decided.")
)
class NotAllowed(UserError):
    decision: Decision | None = strawberry.field(
        default=None, description="What somebody else was faster with; null when that is not why."
    )


@strawberry.type(description="Whoever asks may not, whatever the state: the message says which role it takes.")
class Forbidden(UserError):
    pass


@strawberry.type(
    description="Pipelines are active in the same directory; send force: true to start, or to go on, all the same."
)
class DirectoryBusy(UserError):
    conflicts: list[Pipeline] = strawberry.field(
        description="Who is at work there: in that directory, in one inside it, or in one around it."
    )


@strawberry.type(
    description="There is no such branch in the directory; send createBranch: true to have it made, or another name."
)
class UnknownBranch(UserError):
    branch: str = strawberry.field(description="The name that was asked for.")
    near: list[str] = strawberry.field(description="Names of branches that may have been meant, the likeliest first.")


Definition = Annotated[Agent | Template, strawberry.union("Definition", description="What the YAML files define.")]


@strawberry.type(
    description=(
        "Somebody else has changed the definition since the revision that was sent; nothing was saved. "
        "Send the revision of `stored` to save or delete all the same."
    )
)
class EditConflict(UserError):
    stored: Definition | None = strawberry.field(description="As it is defined now; null when it is gone.")
    yours: Definition | None = strawberry.field(description="As it would have been saved; null when it was to go.")


@strawberry.type(
    description=(
        "Nothing can be stored now: the disk is full, the database locked, read-only, or not the one that was opened. "
        "The message has the database's own words. Send the same again later, under the same idempotencyKey."
    )
)
class StorageUnavailable(UserError):
    pass


@strawberry.type(description="What was removed with pipelines that had ended, or would be.")
class Pruned:
    pipelines: int = strawberry.field(description="How many pipelines.")
    events: int = strawberry.field(description="How many events of theirs.")
    older_than: datetime = strawberry.field(description="Those that had ended before this moment.")
    dry_run: bool = strawberry.field(description="Whether all of it is still there: it was only counted.")


@strawberry.type(description="It is gone.")
class Deleted:
    name: str = strawberry.field(description="What it was called.")


StartPipelineResult = Annotated[
    Pipeline | InvalidInput | DirectoryBusy | UnknownBranch | Forbidden | StorageUnavailable,
    strawberry.union("StartPipelineResult", description="The pipeline that was started, or why none was."),
]
PipelineResult = Annotated[
    Pipeline | NotFound | NotAllowed | InvalidInput | DirectoryBusy | UnknownBranch | Forbidden | StorageUnavailable,
    strawberry.union(
        "PipelineResult",
        description=(
            "The pipeline as it is after the change, or why there was none. DirectoryBusy and UnknownBranch are for "
            "those mutations alone that have an ended pipeline go on."
        ),
    ),
]
ApprovalResult = Annotated[
    Approval | NotFound | NotAllowed | InvalidInput | Forbidden | StorageUnavailable,
    strawberry.union("ApprovalResult", description="The approval as decided, or why it could not be."),
]
FailureGroupResult = Annotated[
    FailureGroup | NotFound | InvalidInput | Forbidden | StorageUnavailable,
    strawberry.union("FailureGroupResult", description="The group with its new status, or why it has none."),
]
AgentResult = Annotated[
    Agent | InvalidInput | NotAllowed | EditConflict | Forbidden | StorageUnavailable,
    strawberry.union("AgentResult", description="The agent as it is defined now, or why nothing was saved."),
]
TemplateResult = Annotated[
    Template | InvalidInput | NotAllowed | EditConflict | Forbidden | StorageUnavailable,
    strawberry.union("TemplateResult", description="The template as it is defined now, or why nothing was saved."),
]
DirectoryResult = Annotated[
    Directory | InvalidInput,
    strawberry.union("DirectoryResult", description="The directory, or why it cannot be worked in."),
]
GithubIssueResult = Annotated[
    GithubIssue | InvalidInput,
    strawberry.union("GithubIssueResult", description="The issue, or why it cannot be had."),
]
TrustResult = Annotated[
    TrustedDirectory | InvalidInput | Forbidden | StorageUnavailable,
    strawberry.union("TrustResult", description="The directory that is trusted now, or why it cannot be."),
]
DeleteResult = Annotated[
    Deleted | NotFound | NotAllowed | InvalidInput | EditConflict | Forbidden | StorageUnavailable,
    strawberry.union("DeleteResult", description="That it is gone, or why it is not."),
]
PruneResult = Annotated[
    Pruned | InvalidInput | Forbidden | StorageUnavailable,
    strawberry.union("PruneResult", description="How much went, or why nothing did."),
]
CreateTokenResult = Annotated[
    NewToken | InvalidInput | Forbidden | StorageUnavailable,
    strawberry.union("CreateTokenResult", description="The token with its secret, or why none was made."),
]
