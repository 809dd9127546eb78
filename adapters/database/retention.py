"""Removing what is old: pipelines that ended long ago, with all their rows and events, a few at a time."""

from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from adapters.database import changes, search_index, tables
from adapters.database.values import text_of
from adapters.database.writer import Committed
from runner.events import LogPruned
from runner.journal import Pruned
from runner.model import Actor

_AT_ONCE = 100


def _old() -> Select[tuple[str]]:
    pipelines = tables.pipelines.c
    return select(pipelines.id).where(
        pipelines.status.not_in(changes.ACTIVE), pipelines.finished_at < bindparam("older_than")
    )


_SOME = _old().order_by(tables.pipelines.c.finished_at).limit(_AT_ONCE)
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


def prunable(connection: Connection, older_than: datetime) -> Pruned:
    """What would go."""
    ids = _old()
    pipelines = select(func.count()).select_from(ids.subquery())
    events = select(func.count()).where(tables.events.c.pipeline_id.in_(ids))
    before = {"older_than": text_of(older_than)}
    return Pruned(
        pipelines=connection.execute(pipelines, before).scalar_one(),
        events=connection.execute(events, before).scalar_one(),
    )


def prune(
    connection: Connection, older_than: datetime, at: datetime, actor: Actor | None, epoch: str
) -> Committed[Pruned]:
    """What went of the pipelines that ended before that moment, a few of them; nothing when there are none left."""
    ids = [row.id for row in connection.execute(_SOME, {"older_than": text_of(older_than)})]
    if not ids:
        return Committed(outcome=Pruned(), events=())
    events = tables.events
    of_them = events.c.pipeline_id.in_(ids)
    count, last = connection.execute(select(func.count(), func.max(events.c.position)).where(of_them)).one()
    connection.execute(_PRUNED_THROUGH, {"last": last})
    search_index.forget(connection, ids)
    connection.execute(delete(tables.pipelines).where(tables.pipelines.c.id.in_(ids)))
    went = Pruned(pipelines=len(ids), events=count)
    pruned = LogPruned(at=at, actor=actor, before=older_than, events=went.events, pipelines=went.pipelines)
    return Committed(outcome=went, events=changes.record(connection, [pruned], epoch))
