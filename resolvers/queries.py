"""Everything that may be asked."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from resolvers import nodes, outcomes
from resolvers.arguments import page_size, stretch
from resolvers.bad_request import clear_errors
from resolvers.context import Info
from resolvers.of_the_log import OF_THE_LOG
from runner.model import PipelineId, StepId
from schema.common import Node
from schema.definitions import Agent, DefinitionProblem, EngineHealth, Model, StorageHealth, Template, TrustedDirectory
from schema.enums import ApprovalStatus, FailureGroupStatus, Right
from schema.event_interface import EventConnection
from schema.failures import FailureConnection, FailureGroupConnection
from schema.inputs import FailureFilter, PipelineFilter
from schema.overview import OpenCauseConnection, PipelineCounts, PipelineNames
from schema.parameters import (
    After,
    AfterEvent,
    BeforeEvent,
    First,
    FirstEvents,
    LastEvents,
    OfPipeline,
    OfStep,
    OfTypes,
    WorkingDirectory,
)
from schema.pipelines import Pipeline, PipelineConnection, Step
from schema.principals import Server, Token, Viewer
from schema.results import DirectoryResult, GithubIssueResult
from schema.selection import counts
from schema.waits import Approval

_PENDING = [ApprovalStatus.PENDING]
_OF_THE_LOG = {OF_THE_LOG: True}


@strawberry.type(description="Everything that may be asked.")
class Query:
    @strawberry.field(
        description="Anything by its id; null when there is no such thing (any more).", metadata=_OF_THE_LOG
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="Of a Node of any type.")]
    ) -> Node | None:
        return await nodes.node(id, info.context.loaders)

    @strawberry.field(
        description="One pipeline as it is now; null when there is no such one (any more).", metadata=_OF_THE_LOG
    )
    async def pipeline(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="Pipeline.id.")]
    ) -> Pipeline | None:
        return await nodes.pipeline(id, info.context.loaders)

    @strawberry.field(description="Newest first, at most 100 at a time.", metadata=_OF_THE_LOG)
    async def pipelines(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        filter: Annotated[PipelineFilter | None, argument(description="Which of them; null: all.")] = None,
    ) -> PipelineConnection:
        wanted = (filter or PipelineFilter()).value()
        with clear_errors():
            page = await info.context.reads.pipelines(page_size(first), after, wanted, counted=counts(info))
        return PipelineConnection.of(page)

    @strawberry.field(
        description="How many pipelines there are in each section of the list, exactly.", metadata=_OF_THE_LOG
    )
    async def counts(
        self,
        info: Info,
        filter: Annotated[PipelineFilter | None, argument(description="Of which of them; null: of all.")] = None,
    ) -> PipelineCounts:
        wanted = (filter or PipelineFilter()).value()
        return PipelineCounts.of(await info.context.reads.pipeline_counts(wanted))

    @strawberry.field(
        description="What pipelines can be filtered by: every name that a stored one has.", metadata=_OF_THE_LOG
    )
    async def pipeline_names(self, info: Info) -> PipelineNames:
        return PipelineNames.of(await info.context.reads.pipeline_names())

    @strawberry.field(
        description="For what pipelines stand failed unsettled: last failed first, at most 100 at a time.",
        metadata=_OF_THE_LOG,
    )
    async def open_causes(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        filter: Annotated[PipelineFilter | None, argument(description="Of which pipelines; null: of all.")] = None,
    ) -> OpenCauseConnection:
        wanted = (filter or PipelineFilter()).value()
        with clear_errors():
            return OpenCauseConnection.of(await info.context.reads.open_causes(page_size(first), after, wanted))

    @strawberry.field(description="Newest first, at most 100 at a time.", metadata=_OF_THE_LOG)
    async def failures(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        filter: Annotated[FailureFilter | None, argument(description="Which of them; null: all.")] = None,
        open: Annotated[
            bool | None, argument(description="Those that are not settled, or only those that are; null: both.")
        ] = None,
    ) -> FailureConnection:
        wanted = replace((filter or FailureFilter()).value(), settled=None if open is None else not open)
        with clear_errors():
            page = await info.context.reads.failures(page_size(first), after, wanted, counted=counts(info))
        return FailureConnection.of(page)

    @strawberry.field(description="Last seen first, at most 100 at a time.", metadata=_OF_THE_LOG)
    async def failure_groups(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        status: Annotated[
            list[FailureGroupStatus] | None, argument(description="Those of one of these; null: of any.")
        ] = None,
    ) -> FailureGroupConnection:
        with clear_errors():
            page = await info.context.reads.failure_groups(page_size(first), after, status, counted=counts(info))
        return FailureGroupConnection.of(page)

    @strawberry.field(
        description=(
            "The audit trail, oldest first; last: n for the newest n. Without first or last: the first 50; "
            "at most 1,000 at a time."
        ),
        metadata=_OF_THE_LOG,
    )
    async def events(
        self,
        info: Info,
        first: FirstEvents = None,
        after: AfterEvent = None,
        last: LastEvents = None,
        before: BeforeEvent = None,
        pipeline_id: OfPipeline = None,
        step_id: OfStep = None,
        types: OfTypes = None,
        since: Annotated[
            datetime | None, argument(description="What happened then or later; null: from the beginning.")
        ] = None,
        until: Annotated[datetime | None, argument(description="What happened before then; null: up to now.")] = None,
    ) -> EventConnection:
        of = None if pipeline_id is None else PipelineId(pipeline_id)
        step = None if step_id is None else StepId(step_id)
        with clear_errors():
            query = stretch(
                first, after, last, before, pipeline_id=of, step_id=step, types=types, since=since, until=until
            )
            return EventConnection.of(await info.context.reads.events(query))

    @strawberry.field(description="What people are asked to decide, oldest request first.", metadata=_OF_THE_LOG)
    async def approvals(
        self,
        info: Info,
        status: Annotated[
            list[ApprovalStatus] | None, argument(description="Those of one of these; null: of any.")
        ] = _PENDING,
    ) -> list[Approval]:
        found = await info.context.reads.approvals(list(ApprovalStatus) if status is None else status)
        return [
            Approval.of(each.approval, Step.of(each.step, Pipeline.of(each.pipeline, found.cursor)))
            for each in found.value
        ]

    @strawberry.field(description="Those of agents.yaml, then OpenCode's own in that directory, each by name.")
    async def agents(self, info: Info, directory: WorkingDirectory = None) -> list[Agent]:
        return [Agent.of(agent) for agent in await info.context.commands.composer.agents(directory)]

    @strawberry.field(
        description=(
            "The models that OpenCode has in that directory, by name. Null where it was not or cannot be asked: "
            "`problems` of `templates` in that directory, or `engine`, say why."
        )
    )
    async def models(
        self,
        info: Info,
        directory: WorkingDirectory = None,
        search: Annotated[
            str | None,
            argument(description="Words that must all occur in the name, in upper or lower case; null: any."),
        ] = None,
    ) -> list[Model] | None:
        found = await info.context.commands.composer.models(directory, search or "")
        return None if found is None else [Model.of(name) for name in found]

    @strawberry.field(description="By name, with what would keep each from working in that directory.")
    async def templates(self, info: Info, directory: WorkingDirectory = None) -> list[Template]:
        found = await info.context.commands.composer.templates(directory)
        return [Template.of(template) for template in found]

    @strawberry.field(description="Pipelines now active in the same directory, in one inside it, or in one around it.")
    async def conflicts(
        self, info: Info, directory: Annotated[str, argument(description="Absolute path.")]
    ) -> list[Pipeline]:
        found = await info.context.reads.conflicts(directory)
        return [Pipeline.of(pipeline, found.cursor) for pipeline in found.value]

    @strawberry.field(description="Where to choose a working directory from.")
    async def directory(
        self,
        info: Info,
        path: Annotated[
            str | None, argument(description="Absolute; null: the home directory, or the first configured root.")
        ] = None,
    ) -> DirectoryResult:
        return outcomes.listed(await info.context.commands.composer.listing(path))

    @strawberry.field(description="The directories that OpenCode may be asked about, by path.")
    async def trusted_directories(self, info: Info) -> list[TrustedDirectory]:
        return [TrustedDirectory.of(each) for each in await info.context.commands.trusted_directories()]

    @strawberry.field(description="An issue as it would go before the prompt.")
    async def github_issue(
        self, info: Info, reference: Annotated[str, argument(description="Written owner/name#number.")]
    ) -> GithubIssueResult:
        return outcomes.quoted(reference, await info.context.commands.composer.issue(reference))

    @strawberry.field(description="Whether OpenCode answers now.")
    async def engine(self, info: Info) -> EngineHealth:
        return EngineHealth.of(await info.context.agents.health())

    @strawberry.field(description="Whether stepwire's own database can be written now.")
    async def storage(self, info: Info) -> StorageHealth:
        health = await info.context.journal.health()
        return StorageHealth(writable=health.message is None, message=health.message)

    @strawberry.field(
        description="What is wrong in the YAML files now; `fatal` says whether a file is taken all the same."
    )
    async def definition_problems(self, info: Info) -> list[DefinitionProblem]:
        return [DefinitionProblem.of(each) for each in info.context.catalog.definitions().problems]

    @strawberry.field(description="Whoever asks, and what they may.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.principal)

    @strawberry.field(description="What holds for this server, whoever asks.")
    async def server(self, info: Info) -> Server:
        return Server.of(await info.context.binding())

    @strawberry.field(description="The named tokens by name, expired ones too; null for whoever may not manage them.")
    async def tokens(self, info: Info) -> list[Token] | None:
        if Right.ADMINISTER not in info.context.principal.rights:
            return None
        return [Token.of(token) for token in await info.context.tokens.listed()]
