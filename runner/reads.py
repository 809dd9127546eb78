"""What is asked of the log and the state besides running: lists with filters, keyset pages and the audit trail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from runner.events import Recorded
from runner.failure_kinds import FailureKind, FailureOrigin
from runner.groups import FailureGroup, FailureGroupStatus
from runner.model import (
    Approval,
    ApprovalStatus,
    Cursor,
    FailureRecord,
    Pipeline,
    PipelineId,
    PipelineStatus,
    Step,
    StepId,
)
from runner.overview import OpenCause, PipelineCounts, PipelineNames, PipelineSection

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class AsOf(Generic[T]):
    """A value and the place in the log that it reflects: follow after it and nothing is missed."""

    value: T
    cursor: Cursor


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Part of a list. `keys` are opaque and parallel to `items`: ask `after` the last one for the next page.

    `total` is how many there are on all pages; None where it was not to be counted.
    """

    items: Sequence[T]
    keys: Sequence[str]
    has_next: bool
    has_previous: bool
    total: int | None
    cursor: Cursor


@dataclass(frozen=True, kw_only=True)
class PipelineFilter:
    """All that is set must hold; each word of `text` is looked for in what `search.searched` holds.

    `cause` is the id of the group that the failure belongs to at which the pipeline stands failed; `since` and `until`
    are about when it was asked for, the one included and the other not.
    """

    status: Collection[PipelineStatus] | None = None
    template: str | None = None
    directory: str | None = None
    text: str | None = None
    failure_kind: Collection[FailureKind] | None = None
    section: PipelineSection | None = None
    cause: str | None = None
    agent: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FailureFilter:
    """All that is set must hold; `settled` as `groups.settled` judges."""

    pipeline_id: PipelineId | None = None
    kind: Collection[FailureKind] | None = None
    origin: Collection[FailureOrigin] | None = None
    template: str | None = None
    group_id: str | None = None
    settled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """A stretch of the log, oldest first: the first `first` after `after`, or the last `last` before `before`.

    `types` are names as stored (step_failed); None means all that are shown to people.
    """

    first: int | None = None
    after: Cursor | None = None
    last: int | None = None
    before: Cursor | None = None
    pipeline_id: PipelineId | None = None
    step_id: StepId | None = None
    types: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class EventPage:
    items: Sequence[Recorded]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, kw_only=True)
class ApprovalInPlace:
    approval: Approval
    step: Step
    pipeline: Pipeline


class BadPageKey(Exception):
    """The `after` of a list is none that this list gave."""


class Reads(Protocol):
    """All of one call comes from one consistent state; its number of statements does not grow with the rows.

    What is not `counted` need not be: to count takes the longer the more there are, and a page does not.
    """

    async def pipelines(
        self, first: int, after: str | None, wanted: PipelineFilter, *, counted: bool = True
    ) -> Page[Pipeline]:
        """Newest first. Raises BadPageKey."""

    async def pipeline_counts(self, wanted: PipelineFilter) -> PipelineCounts:
        """Of all that fit, however many; in one statement."""

    async def pipeline_names(self) -> PipelineNames: ...

    async def open_causes(self, first: int, after: str | None, wanted: PipelineFilter) -> Page[OpenCause]:
        """Of the pipelines that fit; whose newest failure is newest comes first. Raises BadPageKey."""

    async def pipelines_by_id(self, ids: Collection[PipelineId]) -> AsOf[Mapping[PipelineId, Pipeline]]: ...

    async def failures(
        self, first: int, after: str | None, wanted: FailureFilter, *, counted: bool = True
    ) -> Page[FailureRecord]:
        """Newest first. Raises BadPageKey."""

    async def failures_by_id(self, ids: Collection[str]) -> Mapping[str, FailureRecord]: ...

    async def failures_of_groups(
        self, ids: Collection[str], first: int, *, counted: bool = True
    ) -> Mapping[str, Page[FailureRecord]]:
        """What `failures` answers for each of these groups: its first page, newest first."""

    async def failure_groups(
        self, first: int, after: str | None, status: Collection[FailureGroupStatus] | None, *, counted: bool = True
    ) -> Page[FailureGroup]:
        """Last seen first. Raises BadPageKey."""

    async def failure_groups_by_id(self, ids: Collection[str]) -> Mapping[str, FailureGroup]: ...

    async def events(self, query: EventQuery) -> EventPage:
        """Each with its pipeline as of that event. Raises CursorLost (see journal) for a cursor of another log."""

    async def events_of_pipelines(
        self, ids: Collection[PipelineId], query: EventQuery
    ) -> Mapping[PipelineId, EventPage]:
        """What `events` answers for each of them; the query names neither pipeline nor cursor."""

    async def approvals(self, status: Collection[ApprovalStatus]) -> AsOf[Sequence[ApprovalInPlace]]:
        """Oldest request first."""

    async def conflicts(self, directory: str) -> AsOf[Sequence[Pipeline]]:
        """Active pipelines in the same directory, in one inside it or in one around it."""
