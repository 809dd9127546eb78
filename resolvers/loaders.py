"""What nested fields load, gathered into few calls: new for every operation and every event of a subscription."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from strawberry.dataloader import DataLoader

from resolvers.arguments import page_size, stretch
from resolvers.bad_request import clear_errors
from runner.groups import FailureGroup
from runner.journal import CursorLost
from runner.model import Cursor as Place
from runner.model import FailureRecord, Pipeline, PipelineId
from runner.reads import AsOf, BadPageKey, EventPage, EventQuery, FailureFilter, Page, Reads
from schema.scalars import Cursor

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class _GroupPage:
    group_id: str
    first: int
    after: str | None
    counted: bool


class Loaders:
    """Implements `schema.context.Loaders`; never outlives the operation that it was made for."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    # Made when they are needed: most events of a subscription load nothing, and making one takes 45 µs.

    @cached_property
    def _pipelines(self) -> DataLoader[PipelineId, AsOf[Pipeline] | None]:
        return DataLoader(self._load_pipelines)

    @cached_property
    def _groups(self) -> DataLoader[str, FailureGroup | None]:
        return DataLoader(self._load_groups)

    @cached_property
    def _failures(self) -> DataLoader[str, FailureRecord | None]:
        return DataLoader(self._load_failures)

    @cached_property
    def _group_pages(self) -> DataLoader[_GroupPage, Page[FailureRecord]]:
        return DataLoader(self._load_group_pages)

    @cached_property
    def _stretches(self) -> DataLoader[EventQuery, EventPage]:
        return DataLoader(self._load_stretches)

    async def pipeline(self, pipeline_id: PipelineId) -> AsOf[Pipeline]:
        return _found(await self.known_pipeline(pipeline_id), pipeline_id)

    async def known_pipeline(self, pipeline_id: PipelineId) -> AsOf[Pipeline] | None:
        return await self._pipelines.load(pipeline_id)

    async def failure_group(self, group_id: str) -> FailureGroup:
        return _found(await self.known_failure_group(group_id), group_id)

    async def known_failure_group(self, group_id: str) -> FailureGroup | None:
        return await self._groups.load(group_id)

    async def known_failure(self, failure_id: str) -> FailureRecord | None:
        return await self._failures.load(failure_id)

    async def failure_cursor(self, failure_id: str) -> Place:
        record = _found(await self.known_failure(failure_id), failure_id)
        return _found(record.cursor, failure_id)

    async def failures_of_group(
        self, group_id: str, first: int | None, after: str | None, *, counted: bool
    ) -> Page[FailureRecord]:
        key = _GroupPage(group_id=group_id, first=page_size(first), after=after, counted=counted)
        with clear_errors():
            return await self._group_pages.load(key)

    async def events_of_pipeline(
        self, pipeline_id: PipelineId, first: int | None, after: Cursor | None, last: int | None, before: Cursor | None
    ) -> EventPage:
        with clear_errors():
            return await self._stretches.load(stretch(first, after, last, before, pipeline_id=pipeline_id))

    async def _load_pipelines(self, ids: list[PipelineId]) -> Sequence[AsOf[Pipeline] | None]:
        found = await self._reads.pipelines_by_id(ids)
        return [AsOf(value=found.value[key], cursor=found.cursor) if key in found.value else None for key in ids]

    async def _load_groups(self, ids: list[str]) -> Sequence[FailureGroup | None]:
        found = await self._reads.failure_groups_by_id(ids)
        return [found.get(key) for key in ids]

    async def _load_failures(self, ids: list[str]) -> Sequence[FailureRecord | None]:
        found = await self._reads.failures_by_id(ids)
        return [found.get(key) for key in ids]

    async def _load_group_pages(self, keys: list[_GroupPage]) -> list[Page[FailureRecord] | BaseException]:
        """First pages in one call for each form asked for; what goes on after a key is read by itself."""
        found: dict[_GroupPage, Page[FailureRecord] | BaseException] = {}
        for form in {replace(key, group_id="") for key in keys if key.after is None}:
            ids = [key.group_id for key in keys if replace(key, group_id="") == form]
            pages = await self._reads.failures_of_groups(ids, form.first, counted=form.counted)
            for group_id, page in pages.items():
                found[replace(form, group_id=group_id)] = page
        return [found[key] if key in found else await self._group_page(key) for key in keys]

    async def _group_page(self, key: _GroupPage) -> Page[FailureRecord] | BaseException:
        try:
            page = await self._reads.failures(
                key.first, key.after, FailureFilter(group_id=key.group_id), counted=key.counted
            )
        except BadPageKey as error:
            return error
        return page

    async def _load_stretches(self, queries: list[EventQuery]) -> list[EventPage | BaseException]:
        """Stretches from an end of a pipeline's log in one call for each form; those from a cursor by themselves."""
        found: dict[EventQuery, EventPage | BaseException] = {}
        ends = [query for query in queries if query.after is None and query.before is None and query.pipeline_id]
        for form in {replace(query, pipeline_id=None) for query in ends}:
            ids = [query.pipeline_id for query in ends if replace(query, pipeline_id=None) == form]
            pages = await self._reads.events_of_pipelines([key for key in ids if key], form)
            for pipeline_id, page in pages.items():
                found[replace(form, pipeline_id=pipeline_id)] = page
        return [found[query] if query in found else await self._stretch(query) for query in queries]

    async def _stretch(self, query: EventQuery) -> EventPage | BaseException:
        try:
            return await self._reads.events(query)
        except CursorLost as error:
            return error


def _found(value: V | None, key: str) -> V:
    if value is None:
        raise LookupError(f"{key} is referred to, but is not there")
    return value
