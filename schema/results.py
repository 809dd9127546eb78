"""What mutations answer: the thing itself, or an expected error that says what to do."""

from typing import Annotated

import strawberry

from schema.definitions import Agent, Directory, GithubIssue, Template, TrustedDirectory
from schema.failures import FailureGroup
from schema.pipelines import Pipeline
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


@strawberry.type(
    description=("The state no longer allows it, e.g. the step is not failed any more, or the approval is decided.")
)
class NotAllowed(UserError):
    pass


@strawberry.type(description="Pipelines are active in the same directory; send force: true to start all the same.")
class DirectoryBusy(UserError):
    conflicts: list[Pipeline] = strawberry.field(
        description="Who is at work there: in that directory, in one inside it, or in one around it."
    )


@strawberry.type(description="It is gone.")
class Deleted:
    name: str = strawberry.field(description="What it was called.")


StartPipelineResult = Annotated[
    Pipeline | InvalidInput | DirectoryBusy,
    strawberry.union("StartPipelineResult", description="The pipeline that was started, or why none was."),
]
PipelineResult = Annotated[
    Pipeline | NotFound | NotAllowed | InvalidInput,
    strawberry.union("PipelineResult", description="The pipeline as it is after the change, or why there was none."),
]
ApprovalResult = Annotated[
    Approval | NotFound | NotAllowed,
    strawberry.union("ApprovalResult", description="The approval as decided, or why it could not be."),
]
FailureGroupResult = Annotated[
    FailureGroup | NotFound,
    strawberry.union("FailureGroupResult", description="The group with its new status, or that there is none."),
]
AgentResult = Annotated[
    Agent | InvalidInput | NotAllowed,
    strawberry.union("AgentResult", description="The agent as it is defined now, or why nothing was saved."),
]
TemplateResult = Annotated[
    Template | InvalidInput | NotAllowed,
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
    TrustedDirectory | InvalidInput,
    strawberry.union("TrustResult", description="The directory that is trusted now, or why it cannot be."),
]
DeleteResult = Annotated[
    Deleted | NotFound | NotAllowed,
    strawberry.union("DeleteResult", description="That it is gone, or why it is not."),
]
