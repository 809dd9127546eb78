"""Why an attempt did not succeed, and the groups that failures of one cause form."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

import strawberry

from runner import failures as reasons
from runner import groups
from runner import model as domain
from runner.groups import known, settled
from runner.model import FailureRecord
from runner.reads import Page
from runner.remedies import remedies
from runner.report import report
from schema.common import Actor, Node, PageInfo, Versioned, total
from schema.context import Info
from schema.enums import FailureGroupStatus, FailureKind, FailureOrigin, Remedy, RetryOutcome
from schema.evidence import Evidence
from schema.parameters import After, First
from schema.scalars import Cursor, encode_cursor
from schema.selection import counts

if TYPE_CHECKING:
    from schema.pipelines import Pipeline, Step

AnyPipeline: TypeAlias = Annotated["Pipeline", strawberry.lazy("schema.pipelines")]
AnyStep: TypeAlias = Annotated["Step", strawberry.lazy("schema.pipelines")]
AnyGroup: TypeAlias = Annotated["FailureGroup", strawberry.lazy("schema.failures")]
AnyFailures: TypeAlias = Annotated["FailureConnection", strawberry.lazy("schema.failures")]


@strawberry.type(description="One link of the chain of causes.")
class FailureCause:
    source: str = strawberry.field(description="Who said it: opencode, provider, agent, stepwire and the like.")
    message: str = strawberry.field(description="In the words of whoever said it, redacted.")

    @classmethod
    def of(cls, cause: reasons.FailureCause) -> Self:
        return cls(source=cause.source, message=cause.message)


@strawberry.type(description="What follows a failed attempt, decided once and stored with it.")
class RetryDecision:
    outcome: RetryOutcome = strawberry.field(description="Whether another attempt follows by itself, and if not, why.")
    next_attempt_at: datetime | None = strawberry.field(description="When it begins; null when none follows.")
    attempts_left: int = strawberry.field(
        description="How many may still follow by themselves; a person may try again after any of them."
    )

    @classmethod
    def of(cls, decision: domain.RetryDecision) -> Self:
        return cls(
            outcome=decision.outcome, next_attempt_at=decision.next_attempt_at, attempts_left=decision.attempts_left
        )


@strawberry.type(
    description="Somebody has seen the failures of a cause that there were; later ones are known, not covered."
)
class Acknowledgement:
    by: Actor | None = strawberry.field(description="Who; null when an earlier stepwire did not keep it.")
    at: datetime = strawberry.field(description="When.")
    note: str | None = strawberry.field(description="What the person said to it, redacted; null when nothing.")
    count: int = strawberry.field(description="How many failures of the group there had been by then.")

    @classmethod
    def of_known(cls, given: groups.Acknowledgement | None) -> Self | None:
        return cls(by=Actor.of_known(given.by), at=given.at, note=given.note, count=given.count) if given else None


@strawberry.type(
    description="Why one attempt did not succeed. Immutable: written once, in the transaction that ended the attempt."
)
class Failure(Node, Versioned):
    record: strawberry.Private[FailureRecord]
    seen_in: strawberry.Private["Pipeline | None"]
    kind: FailureKind = strawberry.field(
        description="Which failure it is: fixes the origin, and the hint in most cases."
    )
    origin: FailureOrigin = strawberry.field(description="Who is to blame, and so where to look.")
    message: str = strawberry.field(description="One redacted sentence for the person watching.")
    hint: str = strawberry.field(description="What to do next, in one sentence.")
    detail: str | None = strawberry.field(
        description="For the curious: redacted plain text, at most 16 KiB, untrusted; null when there is no more.",
    )
    status_code: int | None = strawberry.field(description="The HTTP status that told of it; null when none did.")
    retryable: bool = strawberry.field(description="Whether a further attempt can help, decided by the kind.")
    attempt: int = strawberry.field(description="Number of the attempt that it ended, from 1.")
    occurred_at: datetime = strawberry.field(description="When the attempt ended.")

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

    @property
    def version(self) -> Hashable:
        """There is but one: a failure is written once."""
        return self.record.id

    @cached_property
    def _group_id(self) -> str:
        # Made of digests, and asked for by several fields.
        return self.record.group_id

    @strawberry.field(description="Outermost first; the provider's own words are the last.")
    def causes(self) -> list[FailureCause]:
        return [FailureCause.of(cause) for cause in self.record.failure.causes]

    @strawberry.field(description="What follows it.")
    def retry_decision(self) -> RetryDecision:
        return RetryDecision.of(self.record.decision)

    @strawberry.field(
        description=(
            "What a person can do about it from here, what helps most first, once that is mended which the hint "
            "names; never empty."
        )
    )
    def remedies(self) -> list[Remedy]:
        return list(remedies(self.record.failure))

    @strawberry.field(description="What was true at that moment; null when no agent was at work.")
    def evidence(self) -> Evidence | None:
        evidence = self.record.failure.evidence
        return Evidence.of(evidence) if evidence else None

    @strawberry.field(description="Where it happened; in an event as of that event, else as of now.")
    async def pipeline(self, info: Info) -> AnyPipeline:
        return await self._pipeline(info)

    @strawberry.field(description="The step that it happened in.")
    async def step(self, info: Info) -> AnyStep:
        return (await self._pipeline(info)).step(self.record.step_id)

    @strawberry.field(description="The failures of the same cause, as counted now.")
    async def group(self, info: Info) -> AnyGroup:
        return FailureGroup.of(await info.context.loaders.failure_group(self._group_id))

    @strawberry.field(
        description=(
            "Whether nobody has to look into it any more, as of now: its group was acknowledged or resolved after it, "
            "or it was a wanted cancel."
        )
    )
    async def settled(self, info: Info) -> bool:
        return settled(*await self._in_group(info))

    @strawberry.field(
        description=(
            "The acknowledgement that its cause already had when it happened: it is known, but still needs somebody. "
            "Null when it is new, or settled by now."
        )
    )
    async def known(self, info: Info) -> Acknowledgement | None:
        return Acknowledgement.of_known(known(*await self._in_group(info)))

    @strawberry.field(
        description=(
            "All that is known of it as Markdown, to paste into an issue or a chat: the same from the page and from "
            "stepwire explain. Untrusted text inside cannot break out of its place."
        )
    )
    async def report(self, info: Info) -> str:
        group = await info.context.loaders.failure_group(self._group_id)
        return report(self.record, (await self._pipeline(info)).value, group)

    @strawberry.field(description="The place of the event that told of it.")
    async def cursor(self, info: Info) -> Cursor:
        return encode_cursor(await self._place(info))

    async def _place(self, info: Info) -> domain.Cursor:
        return self.record.cursor or await info.context.loaders.failure_cursor(self.record.id)

    async def _in_group(self, info: Info) -> tuple[groups.FailureGroup, FailureRecord]:
        group = await info.context.loaders.failure_group(self._group_id)
        record = self.record if self.record.cursor else replace(self.record, cursor=await self._place(info))
        return group, record

    async def _pipeline(self, info: Info) -> "Pipeline":
        # Imported late: pipelines show failures, and one of the two has to be there first.
        from schema.pipelines import Pipeline

        return self.seen_in or Pipeline.as_of(await info.context.loaders.pipeline(self.record.pipeline_id))


@strawberry.type(description="Failures of one cause, across pipelines.")
class FailureGroup(Node):
    kind: FailureKind = strawberry.field(description="The kind that all of them have.")
    title: str = strawberry.field(description="The message of the first of them.")
    count: int = strawberry.field(description="How many there have been, those since pruned included.")
    first_seen_at: datetime = strawberry.field(description="When the first of them occurred.")
    last_seen_at: datetime = strawberry.field(description="When the newest of them occurred.")
    last_success_at: datetime | None = strawberry.field(
        description="When a step of the same template and position last succeeded; null when none has since."
    )
    status: FailureGroupStatus = strawberry.field(description="Whether somebody has looked into it.")
    acknowledgement: Acknowledgement | None = strawberry.field(
        description="Who has seen it, and when; null unless status is ACKNOWLEDGED."
    )

    @classmethod
    def of(cls, group: groups.FailureGroup) -> Self:
        return cls(
            id=strawberry.ID(group.id),
            kind=group.kind,
            title=group.title,
            count=group.count,
            first_seen_at=group.first_seen_at,
            last_seen_at=group.last_seen_at,
            last_success_at=group.last_success_at,
            status=group.status,
            acknowledgement=Acknowledgement.of_known(group.acknowledgement),
        )

    @strawberry.field(description="Newest first, at most 100 at a time.")
    async def failures(self, info: Info, first: First = 20, after: After = None) -> AnyFailures:
        return FailureConnection.of(
            await info.context.loaders.failures_of_group(self.id, first, after, counted=counts(info))
        )


@strawberry.type(description="A failure in its place in a list.")
class FailureEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: Failure = strawberry.field(description="The failure itself.")


@strawberry.type(description="A page of failures.")
class FailureConnection:
    page: strawberry.Private[Page[FailureRecord]]
    edges: list[FailureEdge] = strawberry.field(description="Each failure with its place in the list.")
    nodes: list[Failure] = strawberry.field(description="The failures alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @classmethod
    def of(cls, page: Page[FailureRecord]) -> Self:
        nodes = [Failure.of(record) for record in page.items]
        edges = [FailureEdge(cursor=key, node=node) for key, node in zip(page.keys, nodes, strict=True)]
        return cls(page=page, edges=edges, nodes=nodes, page_info=PageInfo.of_page(page))

    @strawberry.field(description="How many there are on all pages.")
    def total_count(self) -> int:
        return total(self.page)


@strawberry.type(description="A group of failures in its place in a list.")
class FailureGroupEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: FailureGroup = strawberry.field(description="The group itself.")


@strawberry.type(description="A page of groups of failures.")
class FailureGroupConnection:
    page: strawberry.Private[Page[groups.FailureGroup]]
    edges: list[FailureGroupEdge] = strawberry.field(description="Each group with its place in the list.")
    nodes: list[FailureGroup] = strawberry.field(description="The groups alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @classmethod
    def of(cls, page: Page[groups.FailureGroup]) -> Self:
        nodes = [FailureGroup.of(group) for group in page.items]
        edges = [FailureGroupEdge(cursor=key, node=node) for key, node in zip(page.keys, nodes, strict=True)]
        return cls(page=page, edges=edges, nodes=nodes, page_info=PageInfo.of_page(page))

    @strawberry.field(description="How many there are on all pages.")
    def total_count(self) -> int:
        return total(self.page)
