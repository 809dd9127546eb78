"""What a nested field may ask for: values of the domain that are not in memory, each by a loader that batches."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol, TypeAlias

import strawberry

from runner.groups import FailureGroup
from runner.model import Cursor as Place
from runner.model import FailureRecord, Pipeline, PipelineId
from runner.reads import AsOf, EventPage, Page
from schema.scalars import Cursor


class Loaders(Protocol):
    """Of one operation, or of one event of a subscription. What is referred to is there, else a LookupError."""

    def pipeline(self, pipeline_id: PipelineId) -> Awaitable[AsOf[Pipeline]]: ...

    def failure_group(self, group_id: str) -> Awaitable[FailureGroup]: ...

    def failures_of_group(
        self, group_id: str, first: int | None, after: str | None, *, counted: bool
    ) -> Awaitable[Page[FailureRecord]]:
        """One page, newest first; `counted` as of `runner.reads.Reads`."""

    def failure_cursor(self, failure_id: str) -> Awaitable[Place]: ...

    def events_of_pipeline(
        self, pipeline_id: PipelineId, first: int | None, after: Cursor | None, last: int | None, before: Cursor | None
    ) -> Awaitable[EventPage]:
        """A stretch of the log, oldest first."""


class Context(Protocol):
    @property
    def loaders(self) -> Loaders: ...

    def now(self) -> datetime: ...


Info: TypeAlias = strawberry.Info[Context, None]
