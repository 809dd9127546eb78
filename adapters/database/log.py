"""The event log inside a transaction: positions, cursors, and stretches of rows with their pipelines as of each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from adapters.database import tables
from adapters.database.codec import StoredEvent, decode, encode, placed
from adapters.database.prepared import Prepared
from adapters.database.values import text_of, time_of
from runner.events import REGISTER, AttentionCleared, Event, LogEvent, PipelineEvent, Recorded
from runner.fold import apply, fold
from runner.ids import pipeline_id_of, step_id_in
from runner.journal import CursorLost
from runner.model import Cursor, Pipeline, PipelineId

EventRow: TypeAlias = Row[Any]
PipelinesById: TypeAlias = Mapping[PipelineId, Pipeline]

_ADVANCE = Prepared(
    update(tables.log).values(position=tables.log.c.position + bindparam("count")).returning(tables.log.c.position)
)
_INSERT = Prepared(insert(tables.events), tables.events.columns.keys())
_NEWEST = Prepared(
    select(tables.log.c.position, tables.log.c.genesis, tables.events.c.epoch).outerjoin_from(
        tables.log, tables.events, tables.events.c.position == tables.log.c.position
    )
)
_KEPT = Prepared(
    select(
        tables.log.c.pruned_through, tables.log.c.pruned_epoch, tables.log.c.genesis, tables.events.c.epoch
    ).outerjoin_from(tables.log, tables.events, tables.events.c.position == bindparam("place"))
)
_ALIVE = Prepared(update(tables.log), ["alive_at"])
_AFTER = Prepared(
    select(tables.events)
    .where(tables.events.c.position > bindparam("after"))
    .order_by(tables.events.c.position)
    .limit(bindparam("count"))
)


def newest(connection: Connection) -> Cursor:
    row = _NEWEST.one(connection, {}).one()
    return Cursor(position=row.position, epoch=row.epoch or row.genesis)


def alive_at(connection: Connection) -> datetime | None:
    """When stepwire was last noted to be at work."""
    noted = connection.execute(select(tables.log.c.alive_at)).scalar_one()
    return None if noted is None else time_of(noted)


def note_alive(connection: Connection, at: datetime) -> None:
    _ALIVE.run(connection, {"alive_at": text_of(at)})


def cleared(connection: Connection, attention_id: str) -> AttentionCleared | None:
    """The newest event that told of its end."""
    events = tables.events.c
    newest_first = (
        select(tables.events)
        .where(
            events.pipeline_id == pipeline_id_of(step_id_in(attention_id)),
            events.type == REGISTER[AttentionCleared].stored,
            func.json_extract(events.payload, "$.attention_id") == attention_id,
        )
        .order_by(events.position.desc())
        .limit(1)
    )
    row = connection.execute(newest_first).one_or_none()
    event = event_of(row) if row else None
    return event if isinstance(event, AttentionCleared) else None


def append(connection: Connection, epoch: str, events: Sequence[tuple[Event, int | None]]) -> list[Cursor]:
    """Gives each event, and its number within its pipeline, the next position. Only inside a writing transaction."""
    [(last,)] = _ADVANCE.run(connection, {"count": len(events)})
    first = last - len(events) + 1
    _INSERT.many(
        connection,
        [_event_row(event, seq, position, epoch) for position, (event, seq) in enumerate(events, start=first)],
    )
    return [Cursor(position=position, epoch=epoch) for position in range(first, last + 1)]


def check_complete(connection: Connection, cursor: Cursor) -> None:
    """Raises CursorLost unless everything that ever came after the cursor is still there."""
    if _checked(connection, cursor) < 0:
        raise CursorLost("expired: events after the cursor have been pruned", newest(connection))


def check_known(connection: Connection, cursor: Cursor) -> None:
    """Raises CursorLost unless the cursor is a place in this log, though later events may have been pruned."""
    _checked(connection, cursor)


def _checked(connection: Connection, cursor: Cursor) -> int:
    """How far the cursor lies behind what has been pruned. Raises CursorLost when it is no place in this log."""
    kept = _KEPT.one(connection, {"place": cursor.position}).one()
    beyond: int = cursor.position - kept.pruned_through
    epochs = {kept.epoch}
    if beyond == 0:
        epochs.add(kept.pruned_epoch)
    if cursor.position == 0:
        epochs.add(kept.genesis)
    if cursor.epoch in epochs:
        return beyond
    if beyond < 0 and kept.epoch is None:
        raise CursorLost("expired: the event at the cursor has been pruned", newest(connection))
    raise CursorLost("foreign: the cursor is not of this log", newest(connection))


def events_after(
    connection: Connection, cursor: Cursor, count: int, known: PipelinesById
) -> tuple[list[Recorded], PipelinesById]:
    """The next events, oldest first, and the pipelines known thereafter. Raises CursorLost as `check_complete` does."""
    check_complete(connection, cursor)
    rows = _AFTER.one(connection, {"after": cursor.position, "count": count}).all()
    return in_place(connection, rows, known)


def in_place(
    connection: Connection, rows: Sequence[EventRow], known: PipelinesById
) -> tuple[list[Recorded], PipelinesById]:
    """The events of these rows, in order, each with its pipeline as of then.

    What is not the next event of a `known` pipeline needs that pipeline's earlier events: one more statement for all.
    """
    pipelines = dict(known)
    histories = _histories(connection, rows, known)
    recorded = []
    for row in rows:
        event = event_of(row)
        if isinstance(event, LogEvent):
            recorded.append(Recorded(cursor=_cursor(row), event=event))
            continue
        earlier = histories.get(event.pipeline_id)
        pipeline = earlier.up_to(row.seq) if earlier else apply(pipelines.get(event.pipeline_id), event)
        pipelines.pop(event.pipeline_id, None)
        pipelines[event.pipeline_id] = pipeline
        recorded.append(Recorded(cursor=_cursor(row), event=event, pipeline=pipeline))
    return recorded, pipelines


class _History:
    """A pipeline folded forward, from its first event to wherever it is asked for; never back."""

    def __init__(self) -> None:
        self._events: list[PipelineEvent] = []
        self._pipeline: Pipeline | None = None

    def add(self, event: PipelineEvent) -> None:
        self._events.append(event)

    def up_to(self, seq: int) -> Pipeline:
        at = self._pipeline.seq if self._pipeline else 0
        self._pipeline = fold(self._events[at:seq], self._pipeline)
        return self._pipeline


def _histories(connection: Connection, rows: Sequence[EventRow], known: PipelinesById) -> Mapping[str, _History]:
    unknown = _with_gaps(rows, known)
    if not unknown:
        return {}
    histories = {pipeline_id: _History() for pipeline_id in unknown}
    for row in connection.execute(_history(unknown, rows[-1].position)):
        event = event_of(row)
        assert not isinstance(event, LogEvent)
        histories[row.pipeline_id].add(event)
    return histories


def _with_gaps(rows: Iterable[EventRow], known: PipelinesById) -> set[str]:
    reached = {str(pipeline_id): pipeline.seq for pipeline_id, pipeline in known.items()}
    gaps = set()
    for row in rows:
        if row.pipeline_id is None:
            continue
        if row.seq not in (1, reached.get(row.pipeline_id, 0) + 1):
            gaps.add(row.pipeline_id)
        reached[row.pipeline_id] = row.seq
    return gaps


def _history(pipeline_ids: set[str], through: int) -> Select[Any]:
    events = tables.events
    return (
        select(events)
        .where(events.c.pipeline_id.in_(pipeline_ids), events.c.position <= through)
        .order_by(events.c.position)
    )


def event_of(row: EventRow) -> Event:
    event = decode(
        StoredEvent(
            type=row.type,
            pipeline_id=row.pipeline_id,
            at=row.at,
            actor=row.actor,
            channel=row.channel,
            payload=row.payload,
        )
    )
    return event if isinstance(event, LogEvent) else placed(event, _cursor(row))


def _cursor(row: EventRow) -> Cursor:
    return Cursor(position=row.position, epoch=row.epoch)


def _event_row(event: Event, seq: int | None, position: int, epoch: str) -> dict[str, Any]:
    stored = encode(event)
    return {
        "position": position,
        "epoch": epoch,
        "pipeline_id": stored.pipeline_id,
        "seq": seq,
        "type": stored.type,
        "at": stored.at,
        "actor": stored.actor,
        "channel": stored.channel,
        "payload": stored.payload,
    }
