"""What mutations answer: the thing itself, or an expected error that says what to do."""

from typing import Annotated

import strawberry

from schema.definitions import Agent, Directory, GithubIssue, Template
from schema.failures import FailureGroup
from schema.pipelines import Pipeline
from schema.waits import Approval


@strawberry.interface(description="An outcome that a person can do something about.")
class UserError:
    message: str


@strawberry.type(description="Something in the input is wrong; nothing was changed.")
class InvalidInput(UserError):
    field: list[str] = strawberry.field(description="The path to it, places counted from 0, e.g. steps, 2, model.")


@strawberry.type(description="There is nothing with that id.")
class NotFound(UserError):
    id: strawberry.ID


@strawberry.type(
    description=("The state no longer allows it, e.g. the step is not failed any more, or the approval is decided.")
)
class NotAllowed(UserError):
    pass


@strawberry.type(description="Pipelines are active in the same directory; send force: true to start all the same.")
class DirectoryBusy(UserError):
    conflicts: list[Pipeline]


@strawberry.type(description="It is gone.")
class Deleted:
    name: str


StartPipelineResult = Annotated[Pipeline | InvalidInput | DirectoryBusy, strawberry.union("StartPipelineResult")]
PipelineResult = Annotated[Pipeline | NotFound | NotAllowed | InvalidInput, strawberry.union("PipelineResult")]
ApprovalResult = Annotated[Approval | NotFound | NotAllowed, strawberry.union("ApprovalResult")]
FailureGroupResult = Annotated[FailureGroup | NotFound, strawberry.union("FailureGroupResult")]
AgentResult = Annotated[Agent | InvalidInput | NotAllowed, strawberry.union("AgentResult")]
TemplateResult = Annotated[Template | InvalidInput | NotAllowed, strawberry.union("TemplateResult")]
DirectoryResult = Annotated[Directory | InvalidInput, strawberry.union("DirectoryResult")]
GithubIssueResult = Annotated[GithubIssue | InvalidInput, strawberry.union("GithubIssueResult")]
DeleteResult = Annotated[Deleted | NotFound | NotAllowed, strawberry.union("DeleteResult")]
