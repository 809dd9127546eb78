"""What commands answer, as the API says it."""

from datetime import datetime
from typing import TypeAlias, assert_never, overload

import strawberry

from resolvers.loaders import Loaders
from runner import groups, journal, outcomes, tokens, trust, versions
from runner.ask_commands import ApprovalOutcome
from runner.command_family import PipelineOutcome
from runner.commands import ResumedOutcome, StartOutcome
from runner.definition_commands import AgentOutcome, DeleteOutcome, TemplateOutcome
from runner.directories import Listing
from runner.ports import Issue
from runner.reads import AsOf
from runner.tokens import CreateOutcome
from runner.upkeep_commands import GroupOutcome, PruneOutcome, TrustOutcome
from schema.definitions import Agent, Directory, GithubIssue, Template, TrustedDirectory, defined
from schema.failures import FailureGroup
from schema.pipelines import Pipeline, Step
from schema.principals import NewToken
from schema.results import (
    AgentResult,
    ApprovalResult,
    CreateTokenResult,
    Decision,
    Deleted,
    DeleteResult,
    DirectoryBusy,
    DirectoryResult,
    EditConflict,
    FailureGroupResult,
    Forbidden,
    GithubIssueResult,
    InvalidInput,
    NotAllowed,
    NotFound,
    PipelineResult,
    Pruned,
    PruneResult,
    StartPipelineResult,
    StorageUnavailable,
    TemplateResult,
    TrustResult,
    UnknownBranch,
)
from schema.waits import Approval

Refusal: TypeAlias = (
    outcomes.InvalidInput
    | outcomes.NotFound
    | outcomes.NotAllowed
    | outcomes.Forbidden
    | outcomes.StorageUnavailable
    | versions.EditConflict
)


async def started(outcome: StartOutcome, loaders: Loaders) -> StartPipelineResult:
    match outcome:
        case outcomes.DirectoryBusy() | outcomes.UnknownBranch():
            return await _asked_back(outcome, loaders)
        case AsOf():
            return Pipeline.as_of(outcome)
        case _:
            return refused(outcome)


async def resumed(outcome: ResumedOutcome, loaders: Loaders) -> PipelineResult:
    match outcome:
        case outcomes.DirectoryBusy() | outcomes.UnknownBranch():
            return await _asked_back(outcome, loaders)
        case _:
            return changed(outcome)


async def _asked_back(
    outcome: outcomes.DirectoryBusy | outcomes.UnknownBranch, loaders: Loaders
) -> DirectoryBusy | UnknownBranch:
    """What a person may want all the same."""
    if isinstance(outcome, outcomes.UnknownBranch):
        return UnknownBranch(message=outcome.message, branch=outcome.branch, near=list(outcome.near))
    busy = [await loaders.known_pipeline(pipeline.id) for pipeline in outcome.conflicts]
    conflicts = [Pipeline.as_of(pipeline) for pipeline in busy if pipeline]
    return DirectoryBusy(message=outcome.message, conflicts=conflicts)


def changed(outcome: PipelineOutcome) -> PipelineResult:
    return Pipeline.as_of(outcome) if isinstance(outcome, AsOf) else refused(outcome)


def decided(outcome: ApprovalOutcome, approval_id: str) -> ApprovalResult:
    if not isinstance(outcome, AsOf):
        return refused(outcome)
    approval = approval_in(Pipeline.as_of(outcome), approval_id)
    assert approval is not None, "what was decided is still there"
    return approval


def grouped(outcome: GroupOutcome) -> FailureGroupResult:
    return FailureGroup.of(outcome) if isinstance(outcome, groups.FailureGroup) else refused(outcome)


def saved_agent(outcome: AgentOutcome) -> AgentResult:
    return refused(outcome) if isinstance(outcome, Refusal) else Agent.of(outcome)


def saved_template(outcome: TemplateOutcome) -> TemplateResult:
    return refused(outcome) if isinstance(outcome, Refusal) else Template.of(outcome)


def created_token(outcome: CreateOutcome) -> CreateTokenResult:
    return NewToken.of(outcome) if isinstance(outcome, tokens.NewToken) else refused(outcome)


def deleted(outcome: DeleteOutcome) -> DeleteResult:
    return Deleted(name=outcome) if isinstance(outcome, str) else refused(outcome)


def pruned(outcome: PruneOutcome, older_than: datetime, *, dry_run: bool) -> PruneResult:
    if not isinstance(outcome, journal.Pruned):
        return refused(outcome)
    return Pruned(pipelines=outcome.pipelines, events=outcome.events, older_than=older_than, dry_run=dry_run)


def listed(outcome: Listing | outcomes.InvalidInput) -> DirectoryResult:
    return Directory.of(outcome) if isinstance(outcome, Listing) else refused(outcome)


def trusted(outcome: TrustOutcome) -> TrustResult:
    return TrustedDirectory.of(outcome) if isinstance(outcome, trust.TrustedDirectory) else refused(outcome)


def quoted(reference: str, outcome: Issue | outcomes.InvalidInput) -> GithubIssueResult:
    if isinstance(outcome, outcomes.InvalidInput):
        return refused(outcome)
    return GithubIssue(reference=reference, title=outcome.title, labels=list(outcome.labels), markdown=outcome.markdown)


def approval_in(pipeline: Pipeline, approval_id: str) -> Approval | None:
    """The approval of that id, as the newest state of its step has it."""
    for step in pipeline.value.steps:
        if step.approval and step.approval.id == approval_id:
            return Approval.of(step.approval, Step.of(step, pipeline))
    return None


@overload
def refused(outcome: outcomes.InvalidInput) -> InvalidInput: ...
@overload
def refused(outcome: outcomes.NotFound) -> NotFound: ...
@overload
def refused(outcome: outcomes.NotAllowed) -> NotAllowed: ...
@overload
def refused(outcome: outcomes.Forbidden) -> Forbidden: ...
@overload
def refused(outcome: outcomes.StorageUnavailable) -> StorageUnavailable: ...
@overload
def refused(outcome: versions.EditConflict) -> EditConflict: ...
def refused(outcome: Refusal) -> InvalidInput | NotFound | NotAllowed | Forbidden | StorageUnavailable | EditConflict:
    """What came instead of what was asked for, whatever that was."""
    match outcome:
        case outcomes.InvalidInput():
            return InvalidInput(message=outcome.message, field=list(outcome.field))
        case outcomes.NotFound():
            return NotFound(message=outcome.message, id=strawberry.ID(outcome.id))
        case outcomes.NotAllowed():
            decision = Decision.of(outcome.decision) if outcome.decision else None
            return NotAllowed(message=outcome.message, decision=decision)
        case outcomes.Forbidden():
            return Forbidden(message=outcome.message)
        case outcomes.StorageUnavailable():
            return StorageUnavailable(message=outcome.message)
        case versions.EditConflict():
            return _conflict(outcome)
        case _:
            assert_never(outcome)


def _conflict(outcome: versions.EditConflict) -> EditConflict:
    stored, yours = outcome.stored, outcome.yours
    return EditConflict(
        message=outcome.message,
        stored=None if stored is None else defined(stored),
        yours=None if yours is None else defined(yours),
    )
