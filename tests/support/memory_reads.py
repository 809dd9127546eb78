"""What `MemoryJournal` holds, and the reads over it."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from runner.directories import overlap
from runner.events import REGISTER, ApprovalDecided, ApprovalRequested, Recorded, StepFailed, StepRetrying
from runner.groups import FailureGroup, FailureGroupStatus, settled
from runner.journal import CursorLost
from runner.model import ApprovalStatus, Cursor, FailureRecord, Pipeline, PipelineId, PipelineStatus
from runner.overview import NEWEST, OpenCause, PipelineCounts, PipelineNames, PipelineSection, section_of
from runner.reads import (
    ApprovalInPlace,
    AsOf,
    BadPageKey,
    EventPage,
    EventQuery,
    FailureFilter,
    Page,
    PipelineFilter,
)
from runner.search import searched, words

T = TypeVar("T")
_Key: TypeAlias = tuple[str, ...]

_FAILING = (StepFailed, StepRetrying)
_DEFAULT = 50


@dataclass(kw_only=True)
class Stored:
    """The state and the log. `pruned` is the last place that may be missing, at first the log's beginning."""

    newest: Cursor
    pipelines: dict[PipelineId, Pipeline] = field(default_factory=dict)
    groups: dict[str, FailureGroup] = field(default_factory=dict)
    log: list[Recorded] = field(default_factory=list)
    pruned: Cursor = field(init=False)

    def __post_init__(self) -> None:
        self.pruned = self.newest

    def append(self, recorded: Sequence[Recorded]) -> None:
        self.log += recorded
        self.newest = self.log[-1].cursor if self.log else self.newest

    def after(self, place: Cursor) -> Sequence[Recorded]:
        return self.log[bisect_right(self.log, place.position, key=_position) :]

    def active(self) -> list[Pipeline]:
        """Oldest first."""
        living = [pipeline for pipeline in self.pipelines.values() if not pipeline.status.ended]
        return sorted(living, key=lambda pipeline: (pipeline.created_at, pipeline.id))

    def active_in(self, directory: str) -> list[Pipeline]:
        return [pipeline for pipeline in self.active() if pipeline.directory and overlap(pipeline.directory, directory)]

    def remove(self, gone: Collection[PipelineId]) -> int:
        """Those pipelines and their events; how many events went."""
        removed = [recorded for recorded in self.log if recorded.pipeline and recorded.pipeline.id in gone]
        self.log = [recorded for recorded in self.log if not (recorded.pipeline and recorded.pipeline.id in gone)]
        for pipeline_id in gone:
            del self.pipelines[pipeline_id]
        self.pruned = max([self.pruned, *(recorded.cursor for recorded in removed)])
        return len(removed)

    def check_complete(self, cursor: Cursor) -> None:
        """Raises CursorLost unless everything that ever came after the cursor is still there."""
        if cursor == self.newest:
            return
        self.check_known(cursor)
        if cursor.position < self.pruned.position:
            raise CursorLost("expired: events after the cursor have been pruned", self.newest)

    def check_known(self, cursor: Cursor) -> None:
        """Raises CursorLost unless the cursor is a place in this log, though later events may have been pruned."""
        at = bisect_right(self.log, cursor.position, key=_position) - 1
        if cursor == self.pruned or (at >= 0 and self.log[at].cursor == cursor):
            return
        missing = at < 0 or self.log[at].cursor.position != cursor.position
        if missing and cursor.position < self.pruned.position:
            raise CursorLost("expired: the event at the cursor has been pruned", self.newest)
        raise CursorLost("foreign: the cursor is not of this log", self.newest)


class MemoryReads:
    """Implements `runner.reads.Reads`."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    async def pipelines(
        self, first: int, after: str | None, wanted: PipelineFilter, *, counted: bool = True
    ) -> Page[Pipeline]:
        found: dict[_Key, Pipeline] = {
            (_sortable(pipeline.created_at), pipeline.id): pipeline for pipeline in self._fitting(wanted)
        }
        return self._page(found, first, after, counted)

    async def pipeline_counts(self, wanted: PipelineFilter) -> PipelineCounts:
        fitting = self._fitting(wanted)
        sections = [self._section(pipeline) for pipeline in fitting]
        asking = sum(pipeline.status is PipelineStatus.WAITING for pipeline in fitting)
        return PipelineCounts(
            asking=asking,
            failed=sections.count(PipelineSection.NEEDS_YOU) - asking,
            running=sections.count(PipelineSection.RUNNING),
            done=sections.count(PipelineSection.DONE),
        )

    async def pipeline_names(self) -> PipelineNames:
        known = self._stored.pipelines.values()
        kinds = {pipeline.failure.failure.kind for pipeline in known if pipeline.failure}
        return PipelineNames(
            templates=sorted({pipeline.template for pipeline in known if pipeline.template}),
            agents=sorted({step.plan.agent for pipeline in known for step in pipeline.steps if step.plan.agent}),
            kinds=sorted(kinds, key=lambda kind: kind.value),
        )

    async def open_causes(self, first: int, after: str | None, wanted: PipelineFilter) -> Page[OpenCause]:
        if after is not None and not after.isdecimal():
            raise BadPageKey(after)
        of_groups: dict[str, list[tuple[FailureRecord, Pipeline]]] = {}
        for pipeline in self._fitting(replace(wanted, section=PipelineSection.NEEDS_YOU)):
            if pipeline.failure is not None and wanted.section in (None, PipelineSection.NEEDS_YOU):
                of_groups.setdefault(pipeline.failure.group_id, []).append((pipeline.failure, pipeline))
        found: dict[_Key, OpenCause] = {}
        for group_id, stopped in of_groups.items():
            stopped.sort(key=lambda each: _place(each[0]), reverse=True)
            found[(f"{_place(stopped[0][0]):020}",)] = OpenCause(
                group=self._stored.groups[group_id],
                count=len(stopped),
                since=min(record.occurred_at for record, _ in stopped),
                pipelines=[pipeline for _, pipeline in stopped[:NEWEST]],
            )
        return self._page(found, first, after, counted=True)

    async def pipelines_by_id(self, ids: Collection[PipelineId]) -> AsOf[Mapping[PipelineId, Pipeline]]:
        known = self._stored.pipelines
        return AsOf(value={one: known[one] for one in ids if one in known}, cursor=self._stored.newest)

    async def failures(
        self, first: int, after: str | None, wanted: FailureFilter, *, counted: bool = True
    ) -> Page[FailureRecord]:
        if after is not None and not after.isdecimal():
            raise BadPageKey(after)
        found: dict[_Key, FailureRecord] = {
            (f"{recorded.cursor.position:020}",): event.failure
            for recorded in self._stored.log
            if isinstance(event := recorded.event, _FAILING)
            if _failure_fits(event.failure, recorded.pipeline, wanted)
            if wanted.settled in (None, settled(self._stored.groups[event.failure.group_id], event.failure))
        }
        return self._page(found, first, after, counted)

    async def failures_by_id(self, ids: Collection[str]) -> Mapping[str, FailureRecord]:
        failures = (event.failure for recorded in self._stored.log if isinstance(event := recorded.event, _FAILING))
        return {record.id: record for record in failures if record.id in ids}

    async def failures_of_groups(
        self, ids: Collection[str], first: int, *, counted: bool = True
    ) -> Mapping[str, Page[FailureRecord]]:
        return {key: await self.failures(first, None, FailureFilter(group_id=key), counted=counted) for key in ids}

    async def failure_groups(
        self, first: int, after: str | None, status: Collection[FailureGroupStatus] | None, *, counted: bool = True
    ) -> Page[FailureGroup]:
        found: dict[_Key, FailureGroup] = {
            (_sortable(group.last_seen_at), group.id): group
            for group in self._stored.groups.values()
            if status is None or group.status in status
        }
        return self._page(found, first, after, counted)

    async def failure_groups_by_id(self, ids: Collection[str]) -> Mapping[str, FailureGroup]:
        return {one: self._stored.groups[one] for one in ids if one in self._stored.groups}

    async def events(self, query: EventQuery) -> EventPage:
        for cursor in (query.after, query.before):
            if cursor is not None:
                self._stored.check_known(cursor)
        fitting = [recorded for recorded in self._stored.log if _event_fits(recorded, query)]
        start = bisect_right(fitting, query.after.position, key=_position) if query.after else 0
        end = bisect_left(fitting, query.before.position, key=_position) if query.before else len(fitting)
        if query.first is None and query.last is not None:
            start, has_next = max(start, end - query.last), end < len(fitting)
            earlier = bisect_right(fitting, query.after.position, key=_position) if query.after else 0
            return EventPage(items=fitting[start:end], has_next=has_next, has_previous=start > earlier)
        limit = start + (_DEFAULT if query.first is None else query.first)
        return EventPage(items=fitting[start : min(end, limit)], has_next=limit < end, has_previous=start > 0)

    async def events_of_pipelines(
        self, ids: Collection[PipelineId], query: EventQuery
    ) -> Mapping[PipelineId, EventPage]:
        return {pipeline_id: await self.events(replace(query, pipeline_id=pipeline_id)) for pipeline_id in ids}

    async def approvals(self, status: Collection[ApprovalStatus]) -> AsOf[Sequence[ApprovalInPlace]]:
        newest = {
            event.approval.id: event
            for recorded in self._stored.log
            if isinstance(event := recorded.event, ApprovalRequested | ApprovalDecided)
        }
        wanted = [event for event in newest.values() if event.approval.status in status]
        wanted.sort(key=lambda event: (event.approval.requested_at, event.approval.id))
        return AsOf(value=[self._in_place(event) for event in wanted], cursor=self._stored.newest)

    async def conflicts(self, directory: str) -> AsOf[Sequence[Pipeline]]:
        return AsOf(value=self._stored.active_in(directory), cursor=self._stored.newest)

    def _fitting(self, wanted: PipelineFilter) -> list[Pipeline]:
        return [
            pipeline
            for pipeline in self._stored.pipelines.values()
            if _fits(pipeline, wanted) and wanted.section in (None, self._section(pipeline))
        ]

    def _section(self, pipeline: Pipeline) -> PipelineSection:
        record = pipeline.failure
        is_settled = settled(self._stored.groups[record.group_id], record) if record else False
        return section_of(pipeline, settled=is_settled)

    def _in_place(self, event: ApprovalRequested | ApprovalDecided) -> ApprovalInPlace:
        pipeline = self._stored.pipelines[event.pipeline_id]
        step = pipeline.step(event.step_id)
        assert step is not None
        current = step.approval if step.approval and step.approval.id == event.approval.id else None
        return ApprovalInPlace(approval=current or event.approval, step=step, pipeline=pipeline)

    def _page(self, found: Mapping[_Key, T], first: int, after: str | None, counted: bool) -> Page[T]:
        """Of what was found the `first` ones below the key `after`, highest key first."""
        last = None if after is None else tuple(after.split("|"))
        if last is not None and len(last) != len(next(iter(found), last)):
            raise BadPageKey(after)
        keys = [key for key in sorted(found, reverse=True) if last is None or key < last]
        return Page(
            items=[found[key] for key in keys[:first]],
            keys=["|".join(key) for key in keys[:first]],
            has_next=len(keys) > first,
            has_previous=after is not None,
            total=len(found) if counted else None,
            cursor=self._stored.newest,
        )


def _place(record: FailureRecord) -> int:
    assert record.cursor is not None
    return record.cursor.position


def _position(recorded: Recorded) -> int:
    return recorded.cursor.position


def _sortable(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _fits(pipeline: Pipeline, wanted: PipelineFilter) -> bool:
    kind = pipeline.failure.failure.kind if pipeline.failure else None
    text = searched(pipeline)
    return (
        (wanted.status is None or pipeline.status in wanted.status)
        and wanted.template in (None, pipeline.template)
        and wanted.directory in (None, pipeline.directory)
        and (wanted.failure_kind is None or kind in wanted.failure_kind)
        and (wanted.agent is None or any(step.plan.agent == wanted.agent for step in pipeline.steps))
        and (wanted.since is None or pipeline.created_at >= wanted.since)
        and (wanted.until is None or pipeline.created_at < wanted.until)
        and (wanted.cause is None or _stands_at(pipeline, wanted.cause))
        and (wanted.text is None or all(word in text for word in words(wanted.text)))
    )


def _stands_at(pipeline: Pipeline, group_id: str) -> bool:
    failed = pipeline.failure if pipeline.status is PipelineStatus.FAILED else None
    return failed is not None and failed.group_id == group_id


def _failure_fits(record: FailureRecord, pipeline: Pipeline | None, wanted: FailureFilter) -> bool:
    return (
        wanted.pipeline_id in (None, record.pipeline_id)
        and (wanted.kind is None or record.failure.kind in wanted.kind)
        and (wanted.origin is None or record.failure.origin in wanted.origin)
        and wanted.template in (None, pipeline.template if pipeline else None)
        and wanted.group_id in (None, record.group_id)
    )


def _event_fits(recorded: Recorded, query: EventQuery) -> bool:
    event = recorded.event
    of_pipeline = recorded.pipeline.id if recorded.pipeline else None
    return (
        (query.types is None or REGISTER[type(event)].stored in query.types)
        and query.pipeline_id in (None, of_pipeline)
        and (query.step_id is None or query.step_id == getattr(event, "step_id", None))
        and (query.since is None or event.at >= query.since)
        and (query.until is None or event.at < query.until)
    )
