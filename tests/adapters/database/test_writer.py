"""Whoever has something stored gets the outcome that it would have alone, in turn, whoever else is stored with it."""

import asyncio
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from adapters.database import DatabaseUnusable, changes, migrate
from adapters.database.prepared import driver_of
from adapters.database.writer import Committed, Survives, Writer
from runner.events import Recorded, TrustChanged
from tests.adapters.database.opened import Opened, opened, plain
from tests.contracts.pipelines import NOON, begun, session_opened, succeeded


class Broken(Exception):
    """What a function raises of its own."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something to be stored: `what` is done about a word, and `alone` is whether it has to be done on the thread."""

    what: str
    word: str
    alone: bool

    def __call__(self, connection: Connection) -> Committed[object]:
        driver = driver_of(connection)
        match self.what:
            case "add":
                driver.execute("INSERT INTO words VALUES (?)", (self.word,))
            case "add and fail":
                driver.execute("INSERT OR IGNORE INTO words VALUES (?)", (self.word,))
                raise Broken(self.word)
            case "remove":
                gone = driver.execute("DELETE FROM words WHERE word = ?", (self.word,)).rowcount
                return Committed(outcome=gone, events=())
            case "tell":
                event = TrustChanged(at=NOON, directory=self.word, change="told")
                return Committed(outcome=None, events=changes.record(connection, [event], "epoch"))
        return Committed(outcome=driver.execute("SELECT count(*) FROM words").fetchone(), events=())


@dataclass(kw_only=True)
class Told:
    """What a hook and those who asked were told, in order."""

    outcomes: list[object] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)
    words: list[object] = field(default_factory=list)

    def committed(self, recorded: Sequence[Recorded]) -> None:
        for item in recorded:
            assert isinstance(item.event, TrustChanged)
            self.events.append((item.cursor.position, item.event.directory))


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "empty.db")
        migrate(f"sqlite+aiosqlite:///{file}")
        with plain(file) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("CREATE TABLE words (word TEXT PRIMARY KEY)")
        return file.read_bytes()


def done(batches: Sequence[Sequence[Act]]) -> Told:
    """Each batch is asked for in one tick."""
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "words.db")
        file.write_bytes(_empty())
        asyncio.run(_ask(file, batches, told))
        with plain(file) as connection:
            told.words = connection.execute("SELECT * FROM words ORDER BY rowid").fetchall()
    return told


async def _ask(file: Path, batches: Sequence[Sequence[Act]], told: Told) -> None:
    writer = Writer(file, told.committed)
    for batch in batches:
        asked = [writer.store(act) if act.alone else writer.commit(act) for act in batch]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        told.outcomes += [repr(each) if isinstance(each, Exception) else each for each in outcomes]
    await writer.close()


ACTS = st.builds(
    Act,
    what=st.sampled_from(["add", "add and fail", "remove", "tell", "count"]),
    word=st.sampled_from("abc"),
    alone=st.sampled_from([False, False, False, True]),
)


@settings(max_examples=20)
@given(st.lists(st.lists(ACTS, min_size=1, max_size=12), max_size=4))
def test_whoever_is_stored_with_others_is_stored_as_if_alone(batches: list[list[Act]]) -> None:
    alone = [[act] for batch in batches for act in batch]

    assert done(batches) == done(alone)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("asked", "on_the_loop"),
    [(["commit"], True), (["commit"] * 8, True), (["commit"] * 9, False), (["run"], False), (["commit", "run"], False)],
    ids=["one", "a few", "a crowd", "what may take long", "and with it the others"],
)
async def test_what_would_keep_the_loop_is_done_on_the_thread(
    database: Opened, asked: list[str], on_the_loop: bool
) -> None:
    await begun(database.journal)  # from then on it is connected
    threads: list[bool] = []

    def note(_: Connection) -> Committed[None]:
        threads.append(threading.current_thread() is threading.main_thread())
        return Committed(outcome=None, events=())

    ways: dict[str, Callable[[], Awaitable[Any]]] = {
        "commit": lambda: database.writer.commit(note),
        "run": lambda: database.writer.run(note),
    }
    await asyncio.gather(*(ways[way]() for way in asked))

    assert threads == [on_the_loop] * len(asked)


def _let_go(other: sqlite3.Connection, tried: threading.Event, loop: asyncio.AbstractEventLoop) -> bool:
    """Once the writer has tried to begin; whether the loop goes on meanwhile."""
    assert tried.wait(20)
    ticked = threading.Event()
    loop.call_soon_threadsafe(ticked.set)
    goes_on = ticked.wait(20)
    other.execute("ROLLBACK")
    return goes_on


@pytest.mark.asyncio
@pytest.mark.parametrize("count", [1, 3, 20])
async def test_the_loop_goes_on_while_another_process_holds_the_lock(file: Path, count: int) -> None:
    async with opened(file, busy_seconds=60) as database:
        pipelines = [await begun(database.journal) for _ in range(count)]
        connection, tried = database.writer._connection, threading.Event()
        assert connection is not None
        driver_of(connection).set_trace_callback(lambda sql: tried.set() if sql == "BEGIN IMMEDIATE" else None)

        with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            committing = asyncio.gather(*(database.journal.commit(succeeded(each)) for each in pipelines))
            goes_on = asyncio.to_thread(_let_go, other, tried, asyncio.get_running_loop())
            recorded, went_on = await asyncio.gather(committing, goes_on)

    assert went_on
    assert [each[-1].cursor.position for each in recorded] == [2 * (count + each) for each in range(1, count + 1)]


@pytest.mark.asyncio
async def test_those_who_wait_for_a_lock_in_vain_wait_once_for_all(file: Path) -> None:
    async with opened(file, busy_seconds=0.05) as database:
        pipelines = [await begun(database.journal) for _ in range(3)]
        begins: list[str] = []
        connection = database.writer._connection
        assert connection is not None
        driver_of(connection).set_trace_callback(lambda sql: begins.append(sql) if sql == "BEGIN IMMEDIATE" else None)
        with plain(file) as other:
            other.execute("BEGIN IMMEDIATE")
            asked = [database.journal.commit(succeeded(each)) for each in pipelines]
            outcomes = await asyncio.gather(*asked, return_exceptions=True)

        assert [type(each).__mro__[1] for each in outcomes] == [DatabaseUnusable] * 3
        assert len(begins) == 2  # on the loop, which does not wait, and on the thread


def _levels(database: Opened) -> list[str]:
    """How each commit from now on is synced."""
    levels: list[str] = []
    connection = database.writer._connection
    assert connection is not None

    def trace(sql: str) -> None:
        if sql.startswith("PRAGMA synchronous"):
            levels.append(sql.rpartition(" ")[2])

    driver_of(connection).set_trace_callback(trace)
    return levels


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("engine_is_local", "kinds", "synced"),
    [
        (True, ["session"], "NORMAL"),
        (True, ["session", "session"], "NORMAL"),
        (False, ["session"], "FULL"),
        (True, ["success"], "FULL"),
        (True, ["session", "success"], "FULL"),
        (True, ["success", "session"], "FULL"),
    ],
)
async def test_what_a_power_cut_ends_anyhow_need_not_outlive_it(
    file: Path, engine_is_local: bool, kinds: list[str], synced: str
) -> None:
    async with opened(file, engine_is_local=engine_is_local) as database:
        make = {"session": session_opened, "success": succeeded}
        asked = [make[kind](await begun(database.journal)) for kind in kinds]
        levels = _levels(database)

        await asyncio.gather(*(database.journal.commit(change) for change in asked))
        await begun(database.journal)

    assert levels == [synced, "FULL", "FULL"]


@pytest.mark.asyncio
@pytest.mark.parametrize("survives", Survives)
async def test_the_level_is_in_force_when_it_is_stored(database: Opened, survives: Survives) -> None:
    def level(connection: Connection) -> Committed[int]:
        return Committed(outcome=driver_of(connection).execute("PRAGMA synchronous").fetchone()[0], events=())

    assert await database.writer.commit(level, survives) == {Survives.KILL: 1, Survives.POWER_CUT: 2}[survives]
    assert await database.writer.store(level) == 2


@pytest.mark.asyncio
async def test_closing_waits_for_all_that_was_asked_for(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copyfile(file, copy)
    writer = Writer(copy, lambda _: None)
    act = Act(what="tell", word="a", alone=False)
    asked = [asyncio.ensure_future(writer.commit(act)) for _ in range(100)]
    await asyncio.sleep(0)

    await writer.close()

    assert all(each.done() for each in asked)
    with pytest.raises(RuntimeError, match="closed before"):
        await writer.commit(act)
    with plain(copy) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (100,)


@pytest.mark.asyncio
async def test_a_refused_value_is_told_as_the_driver_tells_it(database: Opened) -> None:
    def refused(connection: Connection) -> Committed[None]:
        driver_of(connection).execute("INSERT INTO trusted_directories (path) VALUES ('/srv')")
        return Committed(outcome=None, events=())

    with pytest.raises(sqlite3.IntegrityError):
        await database.writer.commit(refused)
