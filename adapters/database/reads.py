"""Lists, search and the audit trail on a database: each call is one transaction that reads, on one consistent state."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, RowMapping, Select, exists, false, not_, or_, select

from adapters.database import changes, log, overview, search_index, stretches, tables
from adapters.database.keyset import first_pages, page
from adapters.database.readers import Reader
from adapters.database.rows import APPROVALS, FAILURES, GROUPS
from adapters.database.versions import Versions
from runner import search
from runner.failure_kinds import FailureKind
from runner.groups import FailureGroup, FailureGroupStatus
from runner.model import ApprovalStatus, FailureRecord, Pipeline, PipelineId, PipelineStatus
from runner.overview import OpenCause, PipelineCounts, PipelineNames
from runner.reads import ApprovalInPlace, AsOf, EventPage, EventQuery, FailureFilter, Page, PipelineFilter

_VERSIONS = select(tables.pipelines.c.id, tables.pipelines.c.seq)


class DatabaseReads:
    """Implements `runner.reads.Reads`."""

    def __init__(self, reader: Reader, versions: Versions) -> None:
        self._reader = reader
        self._versions = versions

    async def pipelines(
        self, first: int, after: str | None, wanted: PipelineFilter, *, counted: bool = True
    ) -> Page[Pipeline]:
        table = tables.pipelines

        def read(connection: Connection) -> Page[Pipeline]:
            of_them = [*_of_pipelines(wanted), *_found(connection, wanted.text)]
            rows = select(table.c.created_at, table.c.id, table.c.seq).where(*of_them)
            parts = _by_status(rows, wanted.status)

            def load(found: Sequence[Row[Any]]) -> list[Pipeline]:
                pipelines = self._versions.read(connection, found)
                return [pipelines[row.id] for row in found]

            return page(connection, parts, (table.c.created_at, table.c.id), first, after, load, counted=counted)

        return await self._reader.run(read)

    async def pipeline_counts(self, wanted: PipelineFilter) -> PipelineCounts:
        return await self._reader.run(lambda connection: overview.counts(connection, _of_pipelines(wanted)))

    async def pipeline_names(self) -> PipelineNames:
        return await self._reader.run(overview.names)

    async def open_causes(self, first: int, after: str | None, wanted: PipelineFilter) -> Page[OpenCause]:
        conditions = _of_pipelines(wanted)
        return await self._reader.run(lambda connection: overview.open_causes(connection, first, after, conditions))

    async def pipelines_by_id(self, ids: Collection[PipelineId]) -> AsOf[Mapping[PipelineId, Pipeline]]:
        def read(connection: Connection) -> AsOf[Mapping[PipelineId, Pipeline]]:
            rows = connection.execute(_VERSIONS.where(tables.pipelines.c.id.in_(ids))).all()
            return AsOf(value=self._versions.read(connection, rows), cursor=log.newest(connection))

        return await self._reader.run(read)

    async def failures(
        self, first: int, after: str | None, wanted: FailureFilter, *, counted: bool = True
    ) -> Page[FailureRecord]:
        table = tables.failures
        rows = select(table).where(*_of_failures(wanted))

        def read(connection: Connection) -> Page[FailureRecord]:
            return page(connection, [rows], (table.c.position,), first, after, _failures, counted=counted)

        return await self._reader.run(read)

    async def failures_by_id(self, ids: Collection[str]) -> Mapping[str, FailureRecord]:
        rows = select(tables.failures).where(tables.failures.c.id.in_(ids))

        def read(connection: Connection) -> Mapping[str, FailureRecord]:
            return {record.id: record for record in _failures(connection.execute(rows))}

        return await self._reader.run(read)

    async def failures_of_groups(
        self, ids: Collection[str], first: int, *, counted: bool = True
    ) -> Mapping[str, Page[FailureRecord]]:
        table = tables.failures
        rows = select(table).where(table.c.group_id.in_(ids))

        def read(connection: Connection) -> Mapping[str, Page[FailureRecord]]:
            return first_pages(connection, rows, table.c.group_id, table.c.position, first, _failures, counted=counted)

        return await self._reader.run(read)

    async def failure_groups(
        self, first: int, after: str | None, status: Collection[FailureGroupStatus] | None, *, counted: bool = True
    ) -> Page[FailureGroup]:
        table = tables.failure_groups
        rows = select(table).where(*_one_of(table.c.status, status))

        def read(connection: Connection) -> Page[FailureGroup]:
            return page(connection, [rows], (table.c.last_seen_at, table.c.id), first, after, _groups, counted=counted)

        return await self._reader.run(read)

    async def failure_groups_by_id(self, ids: Collection[str]) -> Mapping[str, FailureGroup]:
        rows = select(tables.failure_groups).where(tables.failure_groups.c.id.in_(ids))

        def read(connection: Connection) -> Mapping[str, FailureGroup]:
            return {group.id: group for group in _groups(connection.execute(rows))}

        return await self._reader.run(read)

    async def events(self, query: EventQuery) -> EventPage:
        return await self._reader.run(lambda connection: stretches.stretch(connection, query))

    async def events_of_pipelines(
        self, ids: Collection[PipelineId], query: EventQuery
    ) -> Mapping[PipelineId, EventPage]:
        return await self._reader.run(lambda connection: stretches.stretches(connection, ids, query))

    async def approvals(self, status: Collection[ApprovalStatus]) -> AsOf[Sequence[ApprovalInPlace]]:
        table = tables.approvals
        conditions = _one_of(table.c.status, status)
        rows = select(table).where(*conditions).order_by(table.c.requested_at, table.c.id)

        def read(connection: Connection) -> AsOf[Sequence[ApprovalInPlace]]:
            of_them = tables.pipelines.c.id.in_(select(table.c.pipeline_id).where(*conditions))
            pipelines = self._versions.read(connection, connection.execute(_VERSIONS.where(of_them)).all())
            value = _in_place(connection.execute(rows).mappings().all(), pipelines)
            return AsOf(value=value, cursor=log.newest(connection))

        return await self._reader.run(read)

    async def conflicts(self, directory: str) -> AsOf[Sequence[Pipeline]]:
        def read(connection: Connection) -> AsOf[Sequence[Pipeline]]:
            return AsOf(value=changes.active_in(connection, directory), cursor=log.newest(connection))

        return await self._reader.run(read)


def _failures(rows: Iterable[Row[Any]]) -> list[FailureRecord]:
    return [FAILURES.value(row._mapping) for row in rows]


def _groups(rows: Iterable[Row[Any]]) -> list[FailureGroup]:
    return [GROUPS.value(row._mapping) for row in rows]


def _in_place(rows: Iterable[RowMapping], pipelines: Mapping[PipelineId, Pipeline]) -> list[ApprovalInPlace]:
    places = []
    for row in rows:
        pipeline = pipelines[row["pipeline_id"]]
        step = pipeline.step(row["step_id"])
        assert step is not None
        places.append(ApprovalInPlace(approval=APPROVALS.value(row), step=step, pipeline=pipeline))
    return places


def _by_status(rows: Select[Any], status: Collection[PipelineStatus] | None) -> Sequence[Select[Any]]:
    """Those of each status by themselves, because the newest of each stand together in an index."""
    if status is None:
        return [rows]
    values = sorted({one.value for one in status})
    return [rows.where(tables.pipelines.c.status == value) for value in values] or [rows.where(false())]


def _of_pipelines(wanted: PipelineFilter) -> list[ColumnElement[bool]]:
    columns = tables.pipelines.c
    conditions = _one_of(columns.failure_kind, wanted.failure_kind)
    conditions += _same(columns.template, wanted.template) + _same(columns.directory, wanted.directory)
    conditions += overview.conditions(wanted)
    return conditions


def _found(connection: Connection, text: str | None) -> list[ColumnElement[bool]]:
    """The pipelines that a search is for, by their ids where those are few, else to be gone through, newest first."""
    words = () if text is None else search.words(text)
    if not words:
        return []
    columns, texts = tables.pipelines.c, tables.searches.c
    there = exists().where(texts.pipeline_id == columns.id, search_index.has_all(words))
    ids = search_index.holders(connection, words)
    return [there] if ids is None else [columns.id.in_(ids), there]


def _of_failures(wanted: FailureFilter) -> list[ColumnElement[bool]]:
    columns = tables.failures.c
    return [
        *_same(columns.pipeline_id, wanted.pipeline_id),
        *_one_of(columns.kind, wanted.kind),
        *_one_of(columns.origin, wanted.origin),
        *_same(columns.template, wanted.template),
        *_same(columns.group_id, wanted.group_id),
        *_settled(wanted.settled),
    ]


def _settled(wanted: bool | None) -> list[ColumnElement[bool]]:
    """As `runner.groups.settled` judges."""
    failures, groups = tables.failures.c, tables.failure_groups.c
    covered = exists().where(groups.id == failures.group_id, groups.settled_through >= failures.position)
    settled = or_(failures.kind == FailureKind.CANCELLED.value, covered)
    return [] if wanted is None else [settled if wanted else not_(settled)]


def _same(column: Column[Any], value: str | None) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _one_of(column: Column[Any], values: Collection[Enum] | None) -> list[ColumnElement[bool]]:
    return [] if values is None else [column.in_([value.value for value in values])]
