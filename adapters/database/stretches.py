"""Stretches of the audit trail: filtered, in order, each event with its pipeline as of then."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from adapters.database import log, tables
from adapters.database.values import text_of
from runner.events import Recorded
from runner.ids import pipeline_id_of
from runner.model import PipelineId
from runner.reads import EventPage, EventQuery

_EVENTS = tables.events.c
_DEFAULT = 50


def stretch(connection: Connection, query: EventQuery) -> EventPage:
    """Raises CursorLost for a cursor that is no place in this log."""
    for cursor in (query.after, query.before):
        if cursor is not None:
            log.check_known(connection, cursor)
    if query.first is None and query.last is not None:
        return _before(connection, query, query.last)
    return _after(connection, query, _DEFAULT if query.first is None else query.first)


def stretches(
    connection: Connection, pipeline_ids: Collection[PipelineId], query: EventQuery
) -> dict[PipelineId, EventPage]:
    """The first or last events of each pipeline, in two statements for all of them."""
    backwards = query.first is None and query.last is not None
    count = (query.last if backwards else query.first) or _DEFAULT
    order = _EVENTS.position.desc() if backwards else _EVENTS.position
    place = func.row_number().over(partition_by=_EVENTS.pipeline_id, order_by=order).label("place")
    numbered = select(tables.events, place).where(_EVENTS.pipeline_id.in_(pipeline_ids), *_filters(query)).subquery()
    rows = connection.execute(select(numbered).where(numbered.c.place <= count + 1).order_by(numbered.c.position)).all()
    recorded, _ = log.in_place(connection, [row for row in rows if row.place <= count], {})
    more = {row.pipeline_id for row in rows if row.place > count}
    items: dict[PipelineId, list[Recorded]] = {pipeline_id: [] for pipeline_id in pipeline_ids}
    for one in recorded:
        if one.pipeline is not None:
            items[one.pipeline.id].append(one)
    return {
        key: EventPage(items=found, has_next=key in more and not backwards, has_previous=key in more and backwards)
        for key, found in items.items()
    }


def _after(connection: Connection, query: EventQuery, count: int) -> EventPage:
    rows = connection.execute(_wanted(query).order_by(_EVENTS.position).limit(count + 1)).all()
    recorded, _ = log.in_place(connection, rows[:count], {})
    earlier = query.after and _any(connection, query, _EVENTS.position <= query.after.position)
    return EventPage(items=recorded, has_next=len(rows) > count, has_previous=bool(earlier))


def _before(connection: Connection, query: EventQuery, count: int) -> EventPage:
    rows = connection.execute(_wanted(query).order_by(_EVENTS.position.desc()).limit(count + 1)).all()
    recorded, _ = log.in_place(connection, rows[:count][::-1], {})
    later = query.before and _any(connection, query, _EVENTS.position >= query.before.position)
    return EventPage(items=recorded, has_next=bool(later), has_previous=len(rows) > count)


def _any(connection: Connection, query: EventQuery, there: ColumnElement[bool]) -> bool:
    found: bool = connection.execute(select(exists().where(there, *_filters(query)))).scalar_one()
    return found


def _wanted(query: EventQuery) -> Select[Any]:
    wanted = select(tables.events).where(*_filters(query))
    if query.after is not None:
        wanted = wanted.where(_EVENTS.position > query.after.position)
    if query.before is not None:
        wanted = wanted.where(_EVENTS.position < query.before.position)
    return wanted


def _filters(query: EventQuery) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if query.types is not None:
        filters.append(_EVENTS.type.in_(query.types))
    if query.pipeline_id is not None:
        filters.append(_EVENTS.pipeline_id == query.pipeline_id)
    if query.step_id is not None:
        # The pipeline has an index, and few events; the step stands in the payload alone.
        filters.append(_EVENTS.pipeline_id == pipeline_id_of(query.step_id))
        filters.append(func.json_extract(_EVENTS.payload, "$.step_id") == query.step_id)
    if query.since is not None:
        filters.append(_EVENTS.at >= text_of(query.since))
    if query.until is not None:
        filters.append(_EVENTS.at < text_of(query.until))
    return filters
