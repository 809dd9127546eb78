"""Removing what is old: pipelines that ended long ago, with all their rows and events, a few at a time."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update

from adapters.database import changes, tables
from adapters.database.engines import Committed
from adapters.database.values import text_of
from runner.events import LogPruned

_AT_ONCE = 100

_ENDED = (
    select(tables.pipelines.c.id)
    .where(tables.pipelines.c.status.not_in(changes.ACTIVE), tables.pipelines.c.finished_at < bindparam("older_than"))
    .order_by(tables.pipelines.c.finished_at)
    .limit(_AT_ONCE)
)
_PRUNED_THROUGH = (
    update(tables.log)
    .where(tables.log.c.pruned_through < bindparam("last"))
    .values(
        pruned_through=bindparam("last"),
        pruned_epoch=select(tables.events.c.epoch)
        .where(tables.events.c.position == bindparam("last"))
        .scalar_subquery(),
    )
)


def prune(connection: Connection, older_than: datetime, at: datetime, epoch: str) -> Committed[int]:
    """How many events went with some of the pipelines that ended before that moment; 0 when there are none left."""
    ids = connection.execute(_ENDED, {"older_than": text_of(older_than)}).scalars().all()
    if not ids:
        return Committed(outcome=0, events=())
    events = tables.events
    of_them = events.c.pipeline_id.in_(ids)
    count, last = connection.execute(select(func.count(), func.max(events.c.position)).where(of_them)).one()
    connection.execute(_PRUNED_THROUGH, {"last": last})
    connection.execute(delete(tables.pipelines).where(tables.pipelines.c.id.in_(ids)))
    pruned = LogPruned(at=at, before=older_than, events=count)
    return Committed(outcome=count, events=changes.record(connection, [pruned], epoch))
