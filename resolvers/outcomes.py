"""What commands answer, as the API says it."""

from typing import assert_never

import strawberry

from resolvers.loaders import Loaders
from runner import commands, composition, model
from runner.commands import ApprovalOutcome, PipelineOutcome, StartOutcome
from runner.directories import Listing
from runner.reads import AsOf
from schema.definitions import Agent, Directory, GithubIssue, Template
from schema.failures import FailureGroup
from schema.pipelines import Pipeline, Step
from schema.results import Deleted, DirectoryBusy, InvalidInput, NotAllowed, NotFound
from schema.waits import Approval


async def started(outcome: StartOutcome, loaders: Loaders) -> Pipeline | InvalidInput | DirectoryBusy:
    match outcome:
        case AsOf():
            return Pipeline.as_of(outcome)
        case composition.InvalidInput():
            return _invalid(outcome)
        case commands.DirectoryBusy():
            known = [await loaders.known_pipeline(pipeline.id) for pipeline in outcome.conflicts]
            conflicts = [Pipeline.as_of(pipeline) for pipeline in known if pipeline]
            return DirectoryBusy(message=outcome.message, conflicts=conflicts)
        case _:
            assert_never(outcome)


def changed(outcome: PipelineOutcome) -> Pipeline | NotFound | NotAllowed | InvalidInput:
    match outcome:
        case AsOf():
            return Pipeline.as_of(outcome)
        case composition.InvalidInput():
            return _invalid(outcome)
        case _:
            return _refused(outcome)


def decided(outcome: ApprovalOutcome, approval_id: str) -> Approval | NotFound | NotAllowed:
    if not isinstance(outcome, AsOf):
        return _refused(outcome)
    approval = approval_in(Pipeline.as_of(outcome), approval_id)
    assert approval is not None, "what was decided is still there"
    return approval


def grouped(outcome: model.FailureGroup | commands.NotFound) -> FailureGroup | NotFound:
    return FailureGroup.of(outcome) if isinstance(outcome, model.FailureGroup) else _not_found(outcome)


def saved_agent(
    outcome: model.Agent | composition.InvalidInput | commands.NotAllowed,
) -> Agent | InvalidInput | NotAllowed:
    match outcome:
        case model.Agent():
            return Agent.of(outcome)
        case composition.InvalidInput():
            return _invalid(outcome)
        case _:
            return NotAllowed(message=outcome.message)


def saved_template(
    outcome: model.Template | composition.InvalidInput | commands.NotAllowed,
) -> Template | InvalidInput | NotAllowed:
    match outcome:
        case model.Template():
            return Template.of(outcome)
        case composition.InvalidInput():
            return _invalid(outcome)
        case _:
            return NotAllowed(message=outcome.message)


def deleted(outcome: str | commands.NotFound | commands.NotAllowed) -> Deleted | NotFound | NotAllowed:
    return Deleted(name=outcome) if isinstance(outcome, str) else _refused(outcome)


def approval_in(pipeline: Pipeline, approval_id: str) -> Approval | None:
    """The approval of that id, as the newest state of its step has it."""
    for step in pipeline.value.steps:
        if step.approval and step.approval.id == approval_id:
            return Approval.of(step.approval, Step.of(step, pipeline))
    return None


def _refused(outcome: commands.NotFound | commands.NotAllowed) -> NotFound | NotAllowed:
    if isinstance(outcome, commands.NotFound):
        return _not_found(outcome)
    return NotAllowed(message=outcome.message)


def _not_found(outcome: commands.NotFound) -> NotFound:
    return NotFound(message=outcome.message, id=strawberry.ID(outcome.id))


def _invalid(outcome: composition.InvalidInput) -> InvalidInput:
    return InvalidInput(message=outcome.message, field=list(outcome.field))


def listed(outcome: Listing | composition.InvalidInput) -> Directory | InvalidInput:
    return Directory.of(outcome) if isinstance(outcome, Listing) else _invalid(outcome)


def quoted(reference: str, outcome: str | composition.InvalidInput) -> GithubIssue | InvalidInput:
    return GithubIssue(reference=reference, markdown=outcome) if isinstance(outcome, str) else _invalid(outcome)
