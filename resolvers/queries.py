"""Everything that may be asked."""

from datetime import datetime

import strawberry

from resolvers import definitions, nodes, outcomes
from resolvers.arguments import page_size, stretch
from resolvers.context import Info
from resolvers.errors import clear_errors
from runner.model import PipelineId
from schema.common import Node
from schema.definitions import Agent, DefinitionProblem, EngineHealth, Template
from schema.enums import ApprovalStatus, EventType, FailureGroupStatus
from schema.event import EventConnection
from schema.failures import FailureConnection, FailureGroupConnection
from schema.inputs import FailureFilter, PipelineFilter
from schema.pipelines import Pipeline, PipelineConnection, Step
from schema.results import DirectoryResult, GithubIssueResult
from schema.scalars import Cursor
from schema.waits import Approval

_PENDING = [ApprovalStatus.PENDING]


@strawberry.type
class Query:
    @strawberry.field(description="Anything by its id; null when there is no such thing (any more).")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await nodes.node(id, info.context.loaders)

    @strawberry.field
    async def pipeline(self, info: Info, id: strawberry.ID) -> Pipeline | None:
        return await nodes.pipeline(id, info.context.loaders)

    @strawberry.field(description="Newest first, at most 100 at a time.")
    async def pipelines(
        self, info: Info, first: int | None = 20, after: str | None = None, filter: PipelineFilter | None = None
    ) -> PipelineConnection:
        wanted = (filter or PipelineFilter()).value()
        with clear_errors():
            return PipelineConnection.of(await info.context.reads.pipelines(page_size(first), after, wanted))

    @strawberry.field(description="Newest first, at most 100 at a time.")
    async def failures(
        self, info: Info, first: int | None = 20, after: str | None = None, filter: FailureFilter | None = None
    ) -> FailureConnection:
        wanted = (filter or FailureFilter()).value()
        with clear_errors():
            return FailureConnection.of(await info.context.reads.failures(page_size(first), after, wanted))

    @strawberry.field(description="Last seen first, at most 100 at a time.")
    async def failure_groups(
        self,
        info: Info,
        first: int | None = 20,
        after: str | None = None,
        status: list[FailureGroupStatus] | None = None,
    ) -> FailureGroupConnection:
        with clear_errors():
            page = await info.context.reads.failure_groups(page_size(first), after, status)
        return FailureGroupConnection.of(page)

    @strawberry.field(
        description=(
            "The audit trail, oldest first; last: n for the newest n. Without first or last: the first 50; "
            "at most 1,000 at a time."
        )
    )
    async def events(
        self,
        info: Info,
        first: int | None = None,
        after: Cursor | None = None,
        last: int | None = None,
        before: Cursor | None = None,
        pipeline_id: strawberry.ID | None = None,
        types: list[EventType] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> EventConnection:
        of = None if pipeline_id is None else PipelineId(pipeline_id)
        with clear_errors():
            query = stretch(first, after, last, before, pipeline_id=of, types=types, since=since, until=until)
            return EventConnection.of(await info.context.reads.events(query))

    @strawberry.field(description="Oldest request first; null: of every status.")
    async def approvals(self, info: Info, status: list[ApprovalStatus] | None = _PENDING) -> list[Approval]:
        found = await info.context.reads.approvals(list(ApprovalStatus) if status is None else status)
        return [
            Approval.of(each.approval, Step.of(each.step, Pipeline.of(each.pipeline, found.cursor)))
            for each in found.value
        ]

    @strawberry.field(description="Those of agents.yaml, then OpenCode's own in that directory, each by name.")
    async def agents(self, info: Info, directory: str | None = None) -> list[Agent]:
        return [Agent.of(agent) for agent in await definitions.agents(info.context, directory)]

    @strawberry.field(description="By name, with what would keep each from working in that directory.")
    async def templates(self, info: Info, directory: str | None = None) -> list[Template]:
        return [Template.of(template) for template in await definitions.templates(info.context, directory)]

    @strawberry.field(description="Pipelines now active in the same directory, in one inside it, or in one around it.")
    async def conflicts(self, info: Info, directory: str) -> list[Pipeline]:
        found = await info.context.reads.conflicts(directory)
        return [Pipeline.of(pipeline, found.cursor) for pipeline in found.value]

    @strawberry.field(description="Where to choose a working directory from; null: the home, or the first root.")
    async def directory(self, info: Info, path: str | None = None) -> DirectoryResult:
        return outcomes.listed(await info.context.commands.composer.listing(path))

    @strawberry.field(description="An issue as it would go before the prompt; owner/name#number.")
    async def github_issue(self, info: Info, reference: str) -> GithubIssueResult:
        return outcomes.quoted(reference, await info.context.commands.composer.issue(reference))

    @strawberry.field(description="Whether OpenCode answers now.")
    async def engine(self, info: Info) -> EngineHealth:
        return EngineHealth.of(await info.context.agents.health())

    @strawberry.field(description="What is wrong in the YAML files now; the last good definitions stay in force.")
    async def definition_problems(self, info: Info) -> list[DefinitionProblem]:
        return [DefinitionProblem.of(each) for each in info.context.catalog.definitions().problems]
