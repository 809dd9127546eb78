"""Why an attempt did not succeed, and the groups that failures of one cause form."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

import strawberry

from runner import failures as reasons
from runner import model as domain
from runner.model import FailureRecord
from runner.reads import Page
from runner.report import report
from schema.common import Node, PageInfo
from schema.context import Info
from schema.enums import FailureGroupStatus, FailureKind, FailureOrigin, RetryOutcome
from schema.evidence import Evidence
from schema.scalars import Cursor, encode_cursor

if TYPE_CHECKING:
    from schema.pipelines import Pipeline, Step

AnyPipeline: TypeAlias = Annotated["Pipeline", strawberry.lazy("schema.pipelines")]
AnyStep: TypeAlias = Annotated["Step", strawberry.lazy("schema.pipelines")]
AnyGroup: TypeAlias = Annotated["FailureGroup", strawberry.lazy("schema.failures")]
AnyFailures: TypeAlias = Annotated["FailureConnection", strawberry.lazy("schema.failures")]


@strawberry.type(description="One link of the chain of causes.")
class FailureCause:
    source: str = strawberry.field(description="Who said it: opencode, provider, agent, stepwire …")
    message: str

    @classmethod
    def of(cls, cause: reasons.FailureCause) -> Self:
        return cls(source=cause.source, message=cause.message)


@strawberry.type(description="What follows a failed attempt, decided once and stored with it.")
class RetryDecision:
    outcome: RetryOutcome
    next_attempt_at: datetime | None
    attempts_left: int

    @classmethod
    def of(cls, decision: domain.RetryDecision) -> Self:
        return cls(
            outcome=decision.outcome, next_attempt_at=decision.next_attempt_at, attempts_left=decision.attempts_left
        )


@strawberry.type(
    description="Why one attempt did not succeed. Immutable: written once, in the transaction that ended the attempt."
)
class Failure(Node):
    record: strawberry.Private[FailureRecord]
    seen_in: strawberry.Private["Pipeline | None"]
    kind: FailureKind
    origin: FailureOrigin
    message: str = strawberry.field(description="One redacted sentence for the person watching.")
    hint: str = strawberry.field(description="What to do next, in one sentence.")
    detail: str | None = strawberry.field(
        description="For the curious: redacted, capped, plain text, untrusted.",
    )
    status_code: int | None = strawberry.field(description="The HTTP status that told of it, if one did.")
    retryable: bool = strawberry.field(description="Whether a further attempt can help, decided by the kind.")
    attempt: int
    occurred_at: datetime

    @classmethod
    def of(cls, record: FailureRecord, seen_in: "Pipeline | None" = None) -> Self:
        reason = record.failure
        return cls(
            id=strawberry.ID(record.id),
            record=record,
            seen_in=seen_in,
            kind=reason.kind,
            origin=reason.origin,
            message=reason.message,
            hint=reason.hint,
            detail=reason.detail,
            status_code=reason.status_code,
            retryable=reason.retryable,
            attempt=record.attempt,
            occurred_at=record.occurred_at,
        )

    @strawberry.field(description="Outermost first; the provider's own words are the last.")
    def causes(self) -> list[FailureCause]:
        return [FailureCause.of(cause) for cause in self.record.failure.causes]

    @strawberry.field
    def retry_decision(self) -> RetryDecision:
        return RetryDecision.of(self.record.decision)

    @strawberry.field
    def evidence(self) -> Evidence | None:
        evidence = self.record.failure.evidence
        return Evidence.of(evidence) if evidence else None

    @strawberry.field
    async def pipeline(self, info: Info) -> AnyPipeline:
        return self.seen_in or await info.context.loaders.pipeline(self.record.pipeline_id)

    @strawberry.field
    async def step(self, info: Info) -> AnyStep:
        pipeline = self.seen_in or await info.context.loaders.pipeline(self.record.pipeline_id)
        return pipeline.step(self.record.step_id)

    @strawberry.field
    async def group(self, info: Info) -> AnyGroup:
        return await info.context.loaders.failure_group(self.record.group_id)

    @strawberry.field(
        description=(
            "All that is known of it as Markdown, to paste into an issue or a chat: the same from the page and from "
            "stepwire explain. Untrusted text inside cannot break out of its place."
        )
    )
    async def report(self, info: Info) -> str:
        loaders = info.context.loaders
        pipeline = self.seen_in or await loaders.pipeline(self.record.pipeline_id)
        group = await loaders.failure_group(self.record.group_id)
        return report(self.record, pipeline.value, group.value)

    @strawberry.field(description="The place of the event that told of it.")
    async def cursor(self, info: Info) -> Cursor:
        known = self.record.cursor
        return encode_cursor(known) if known else await info.context.loaders.failure_cursor(self.record.id)


@strawberry.type(description="Failures of one cause, across pipelines.")
class FailureGroup(Node):
    value: strawberry.Private[domain.FailureGroup]
    kind: FailureKind
    title: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    last_success_at: datetime | None = strawberry.field(
        description="When a step of the same template and position last succeeded."
    )
    status: FailureGroupStatus

    @classmethod
    def of(cls, group: domain.FailureGroup) -> Self:
        return cls(
            id=strawberry.ID(group.id),
            value=group,
            kind=group.kind,
            title=group.title,
            count=group.count,
            first_seen_at=group.first_seen_at,
            last_seen_at=group.last_seen_at,
            last_success_at=group.last_success_at,
            status=group.status,
        )

    @strawberry.field(description="Newest first, at most 100 at a time.")
    async def failures(self, info: Info, first: int | None = 20, after: str | None = None) -> AnyFailures:
        return await info.context.loaders.failures_of_group(self.id, first, after)


@strawberry.type
class FailureEdge:
    cursor: str
    node: Failure


@strawberry.type(description="A page of failures.")
class FailureConnection:
    edges: list[FailureEdge]
    nodes: list[Failure]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: Page[FailureRecord]) -> Self:
        nodes = [Failure.of(record) for record in page.items]
        edges = [FailureEdge(cursor=key, node=node) for key, node in zip(page.keys, nodes, strict=True)]
        return cls(edges=edges, nodes=nodes, page_info=PageInfo.of_page(page), total_count=page.total)


@strawberry.type
class FailureGroupEdge:
    cursor: str
    node: FailureGroup


@strawberry.type(description="A page of groups of failures.")
class FailureGroupConnection:
    edges: list[FailureGroupEdge]
    nodes: list[FailureGroup]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: Page[domain.FailureGroup]) -> Self:
        nodes = [FailureGroup.of(group) for group in page.items]
        edges = [FailureGroupEdge(cursor=key, node=node) for key, node in zip(page.keys, nodes, strict=True)]
        return cls(edges=edges, nodes=nodes, page_info=PageInfo.of_page(page), total_count=page.total)
