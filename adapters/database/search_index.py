"""The index of what searches look through: which texts hold some words, without reading all of them.

    commit ─▶ searches: the text, not indexed ─▶ some at a time, in the background ─▶ search_index: its trigrams

To look through the texts of 100,000 pipelines takes a hundred times as long as through those of 1,000. The index (FTS5)
knows for every three characters which texts have them, so words of three or more are found at once, anywhere in a text,
as `runner.search` wants it; shorter ones are looked for in the texts. To keep it up costs a few pages for each text,
which would stand between a failure and the screen: so a commit stores the text alone, marked as not indexed. Those are
looked through, and as soon as they are more than a few hundred the oldest are indexed. A text that changes is marked
anew, and what the index says of it counts no more. A search is thus right whatever the index holds, and merely slower
while it is being filled.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, text, update

from adapters.database.prepared import Prepared
from adapters.database.readers import Reader
from adapters.database.tables import searches
from adapters.database.writer import Writer
from runner.journal import StorageError

# So many texts are looked through in about a millisecond.
_LEFT = 500
_AT_ONCE = 100
# Of words that are in more texts than that, the newest pipelines that have them are found sooner by going through them.
_FEW = 2_000
_SHORTEST = 3
_LOOK_SECONDS = 5.0
_PAUSE_SECONDS = 0.1

_COLUMNS = searches.c
_OLDEST = (
    select(_COLUMNS.pipeline_id, _COLUMNS.place, _COLUMNS.text)
    .where(_COLUMNS.indexed == 0)
    .order_by(_COLUMNS.pipeline_id)
    .limit(_AT_ONCE)
)
_WAITING = select(func.count()).select_from(searches).where(_COLUMNS.indexed == 0)
_PUT = text("INSERT OR REPLACE INTO search_index (rowid, text) VALUES (:place, :text)")
_NEXT = text("SELECT coalesce(max(rowid), 0) + 1 FROM search_index")
_DONE = Prepared(
    update(searches).where(_COLUMNS.pipeline_id == bindparam("of_id"), _COLUMNS.indexed == 0), ["place", "indexed"]
)
_FORGET = text("DELETE FROM search_index WHERE rowid = :place")
_FOUND = text(
    "SELECT searches.pipeline_id FROM search_index JOIN searches ON searches.place = search_index.rowid "
    "WHERE search_index MATCH :phrases AND searches.indexed = 1 LIMIT :most"
)


async def keep_up(reader: Reader, writer: Writer) -> None:
    """Takes texts into the index as long as it is not cancelled, some at a time: a commit waits for no more of them."""
    while True:
        with suppress(StorageError):  # nothing is lost: whatever is not indexed is looked through
            while await reader.run(_too_many_wait):
                await writer.run(index_some)
                await asyncio.sleep(_PAUSE_SECONDS)
        await asyncio.sleep(_LOOK_SECONDS)


def _too_many_wait(connection: Connection) -> bool:
    waiting: int = connection.execute(_WAITING).scalar_one()
    return waiting > _LEFT


def index_some(connection: Connection) -> int:
    """Takes some of the oldest texts into the index; says how many. Only inside a writing transaction."""
    rows = connection.execute(_OLDEST).all()
    if not rows:
        return 0
    following: int = connection.execute(_NEXT).scalar_one()
    places = [row.place or following + number for number, row in enumerate(rows)]
    connection.execute(_PUT, [{"place": place, "text": row.text} for place, row in zip(places, rows, strict=True)])
    done = [{"of_id": row.pipeline_id, "place": place, "indexed": 1} for place, row in zip(places, rows, strict=True)]
    _DONE.many(connection, done)
    return len(rows)


def forget(connection: Connection, pipeline_ids: Collection[str]) -> None:
    """Before these pipelines go, and their texts with them."""
    places = select(_COLUMNS.place).where(_COLUMNS.pipeline_id.in_(pipeline_ids), _COLUMNS.place.is_not(None))
    gone = connection.execute(places).scalars().all()
    if gone:
        connection.execute(_FORGET, [{"place": place} for place in gone])


def has_all(words: Sequence[str]) -> ColumnElement[bool]:
    """That the text has all of them. LIKE is twice as fast as instr()."""
    return and_(*(_COLUMNS.text.contains(word, autoescape=True) for word in words))


def holders(connection: Connection, words: Sequence[str]) -> Sequence[str] | None:
    """The pipelines whose text has all the words, maybe with some that have only the long ones; None: they are many."""
    phrases = ['"' + word.replace('"', '""') + '"' for word in words if len(word) >= _SHORTEST]
    found = _indexed(connection, " AND ".join(phrases)) if phrases else None
    if found is None and len(phrases) == len(words):
        return None
    texts = select(_COLUMNS.pipeline_id).where(has_all(words)).limit(_FEW + 1)
    through = texts if found is None else texts.where(_COLUMNS.indexed == 0)
    holding = [*(found or ()), *connection.execute(through).scalars()]
    return None if len(holding) > _FEW else holding


def _indexed(connection: Connection, phrases: str) -> Sequence[str] | None:
    found = connection.execute(_FOUND, {"phrases": phrases, "most": _FEW + 1}).scalars().all()
    return None if len(found) > _FEW else found
