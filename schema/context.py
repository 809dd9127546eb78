"""What a nested field may ask for: values that are not in memory, each by a loader that batches."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol, TypeAlias

import strawberry

from runner.model import PipelineId

if TYPE_CHECKING:
    from schema.events import EventConnection
    from schema.failures import FailureConnection, FailureGroup
    from schema.pipelines import Pipeline
    from schema.scalars import Cursor


class Loaders(Protocol):
    """Of one operation, or of one event of a subscription."""

    def pipeline(self, pipeline_id: PipelineId) -> "Awaitable[Pipeline]": ...

    def failure_group(self, group_id: str) -> "Awaitable[FailureGroup]": ...

    def failures_of_group(self, group_id: str, first: int | None, after: str | None) -> "Awaitable[FailureConnection]":
        """One page, newest first."""

    def failure_cursor(self, failure_id: str) -> "Awaitable[Cursor]": ...

    def events_of_pipeline(
        self,
        pipeline_id: PipelineId,
        first: int | None,
        after: "Cursor | None",
        last: int | None,
        before: "Cursor | None",
    ) -> "Awaitable[EventConnection]":
        """A stretch of the log, oldest first."""


class Context(Protocol):
    @property
    def loaders(self) -> Loaders: ...


Info: TypeAlias = strawberry.Info[Context, None]
