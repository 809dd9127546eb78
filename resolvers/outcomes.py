"""What commands answer, as the API says it."""

from typing import assert_never, overload

import strawberry

from resolvers.loaders import Loaders
from runner import model, outcomes
from runner.commands import (
    AgentOutcome,
    ApprovalOutcome,
    DeleteOutcome,
    PipelineOutcome,
    StartOutcome,
    TemplateOutcome,
)
from runner.directories import Listing
from runner.reads import AsOf
from schema.definitions import Agent, Directory, GithubIssue, Template, TrustedDirectory
from schema.failures import FailureGroup
from schema.pipelines import Pipeline, Step
from schema.results import Deleted, DirectoryBusy, InvalidInput, NotAllowed, NotFound
from schema.waits import Approval


async def started(outcome: StartOutcome, loaders: Loaders) -> Pipeline | InvalidInput | DirectoryBusy:
    match outcome:
        case AsOf():
            return Pipeline.as_of(outcome)
        case outcomes.DirectoryBusy():
            busy = [await loaders.known_pipeline(pipeline.id) for pipeline in outcome.conflicts]
            conflicts = [Pipeline.as_of(pipeline) for pipeline in busy if pipeline]
            return DirectoryBusy(message=outcome.message, conflicts=conflicts)
        case _:
            return _refused(outcome)


def changed(outcome: PipelineOutcome) -> Pipeline | NotFound | NotAllowed | InvalidInput:
    return Pipeline.as_of(outcome) if isinstance(outcome, AsOf) else _refused(outcome)


def decided(outcome: ApprovalOutcome, approval_id: str) -> Approval | NotFound | NotAllowed:
    if not isinstance(outcome, AsOf):
        return _refused(outcome)
    approval = approval_in(Pipeline.as_of(outcome), approval_id)
    assert approval is not None, "what was decided is still there"
    return approval


def grouped(outcome: model.FailureGroup | outcomes.NotFound) -> FailureGroup | NotFound:
    return FailureGroup.of(outcome) if isinstance(outcome, model.FailureGroup) else _refused(outcome)


def saved_agent(outcome: AgentOutcome) -> Agent | InvalidInput | NotAllowed:
    match outcome:
        case outcomes.InvalidInput() | outcomes.NotAllowed():
            return _refused(outcome)
        case _:
            return Agent.of(outcome)


def saved_template(outcome: TemplateOutcome) -> Template | InvalidInput | NotAllowed:
    match outcome:
        case outcomes.InvalidInput() | outcomes.NotAllowed():
            return _refused(outcome)
        case _:
            return Template.of(outcome)


def deleted(outcome: DeleteOutcome) -> Deleted | NotFound | NotAllowed:
    return Deleted(name=outcome) if isinstance(outcome, str) else _refused(outcome)


def listed(outcome: Listing | outcomes.InvalidInput) -> Directory | InvalidInput:
    return Directory.of(outcome) if isinstance(outcome, Listing) else _refused(outcome)


def trusted(outcome: model.TrustedDirectory | outcomes.InvalidInput) -> TrustedDirectory | InvalidInput:
    return TrustedDirectory.of(outcome) if isinstance(outcome, model.TrustedDirectory) else _refused(outcome)


def quoted(reference: str, outcome: str | outcomes.InvalidInput) -> GithubIssue | InvalidInput:
    return GithubIssue(reference=reference, markdown=outcome) if isinstance(outcome, str) else _refused(outcome)


def approval_in(pipeline: Pipeline, approval_id: str) -> Approval | None:
    """The approval of that id, as the newest state of its step has it."""
    for step in pipeline.value.steps:
        if step.approval and step.approval.id == approval_id:
            return Approval.of(step.approval, Step.of(step, pipeline))
    return None


@overload
def _refused(outcome: outcomes.InvalidInput) -> InvalidInput: ...
@overload
def _refused(outcome: outcomes.NotFound) -> NotFound: ...
@overload
def _refused(outcome: outcomes.NotAllowed) -> NotAllowed: ...
def _refused(
    outcome: outcomes.InvalidInput | outcomes.NotFound | outcomes.NotAllowed,
) -> InvalidInput | NotFound | NotAllowed:
    match outcome:
        case outcomes.InvalidInput():
            return InvalidInput(message=outcome.message, field=list(outcome.field))
        case outcomes.NotFound():
            return NotFound(message=outcome.message, id=strawberry.ID(outcome.id))
        case outcomes.NotAllowed():
            return NotAllowed(message=outcome.message)
        case _:
            assert_never(outcome)
