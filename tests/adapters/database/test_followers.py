"""Followers share one reader's window of the log, page when they are behind it, and are free while they are slow."""

import asyncio
import sqlite3
from contextlib import aclosing
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.database.followers import Window
from runner.events import DefinitionChanged, LogPruned, Recorded
from runner.journal import Quiet
from runner.model import Cursor, Pipeline
from tests.adapters.database.opened import Opened, opened
from tests.contracts.pipelines import AGENT, NOON, a_pipeline, begun, broken, commit, later, succeeded
from tests.contracts.stores import all_events, following, taken

pytestmark = pytest.mark.asyncio


async def _say(database: Opened, count: int) -> list[Recorded]:
    events = (DefinitionChanged(at=NOON, definition=f"agent {number}", change="saved") for number in range(count))
    return await asyncio.gather(*(database.journal.record(event) for event in events))


async def _run(database: Opened, pipeline: Pipeline) -> Pipeline:
    pipeline = await begun(database.journal, pipeline)
    while not pipeline.status.ended:
        pipeline = await commit(database.journal, succeeded(pipeline))
    return pipeline


def _count_selects(database: Opened) -> list[str]:
    selects: list[str] = []
    event.listen(
        database.reader.engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: selects.append(sql.split()[0])
    )
    return selects


async def test_a_follower_beyond_the_window_misses_nothing(file: Path) -> None:
    async with opened(file, window=8) as database:
        beginning = await database.journal.newest()
        async with following(database.journal, beginning) as slow:
            pipelines = [a_pipeline(AGENT, AGENT, AGENT) for _ in range(6)]
            first = asyncio.ensure_future(_run(database, pipelines[0]))
            received = await taken(slow, 1)
            await first
            for pipeline in pipelines[1:]:
                await _run(database, pipeline)
                await all_events(database.journal, beginning)  # somebody else moves the window on

            received += await taken(slow, 6 * 8 - 1)

        assert received == await all_events(database.journal, beginning)


async def test_followers_in_the_window_share_one_reading(database: Opened) -> None:
    said = await _say(database, 1)
    followers = [database.journal.follow(said[0].cursor) for _ in range(20)]
    waiting = [asyncio.ensure_future(taken(follower, 1)) for follower in followers]
    await _say(database, 1)
    await asyncio.gather(*waiting)
    selects = _count_selects(database)

    waiting = [asyncio.ensure_future(taken(follower, 10)) for follower in followers]
    said = [await database.journal.record(said[0].event) for _ in range(10)]  # type: ignore[arg-type]  # of the log
    received = await asyncio.gather(*waiting)

    assert received == [said] * 20
    assert selects.count("BEGIN") <= 20  # for every event one reading that finds it, and one that finds the end


async def test_a_lost_wake_up_is_made_good_by_the_poll(file: Path) -> None:
    async with opened(file, poll_seconds=0.01) as database, opened(file) as elsewhere:
        newest = (await _say(database, 1))[0].cursor
        async with following(database.journal, newest) as follower:
            waiting = asyncio.ensure_future(taken(follower, 1))

            said = await _say(elsewhere, 1)  # wakes followers there, not here

            assert await waiting == said


async def test_a_slow_consumer_holds_no_transaction(database: Opened) -> None:
    beginning = await database.journal.newest()
    await _say(database, 600)

    async with following(database.journal, beginning) as follower:
        await taken(follower, 1)

        # Whoever read on an old state would keep the write-ahead log from being emptied.
        busy, *_ = database.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        assert not busy


async def test_a_follower_that_is_closed_listens_no_more(database: Opened) -> None:
    said = await _say(database, 2)
    async with following(database.journal, said[0].cursor) as follower:
        await taken(follower, 1)
        assert len(database.notifier) == 1

    assert len(database.notifier) == 0


async def test_after_a_long_time_without_followers_the_window_begins_anew(file: Path) -> None:
    async with opened(file, window=4) as database:
        first = (await _say(database, 1))[0]
        async with following(database.journal, first.cursor) as follower:
            await _say(database, 1)
            await taken(follower, 1)
        await _say(database, 50)
        newest = await database.journal.newest()

        async with following(database.journal, newest) as follower:
            waiting = asyncio.ensure_future(taken(follower, 1))
            said = await _say(database, 1)

            assert await waiting == said
        assert len(await all_events(database.journal, first.cursor)) == 52


async def test_a_window_whose_end_was_pruned_begins_anew(database: Opened) -> None:
    beginning = await database.journal.newest()
    async with following(database.journal, beginning) as follower:
        await _say(database, 1)
        await taken(follower, 1)
    await broken(database.journal)
    newest = await database.journal.newest()
    await database.journal.prune(later(1), later(2))

    async with following(database.journal, newest) as follower:
        [recorded] = await taken(follower, 1)

    assert isinstance(recorded.event, LogPruned)


async def test_quiet_needs_no_wake_up(database: Opened) -> None:
    newest = (await _say(database, 1))[0].cursor

    async with asyncio.timeout(60), aclosing(database.journal.follow(newest, 0)) as follower:
        assert await anext(follower) == Quiet(cursor=newest)


def _recorded(position: int) -> Recorded:
    happened = DefinitionChanged(at=NOON, definition="agent a", change="saved")
    return Recorded(cursor=Cursor(position=position, epoch="e"), event=happened)


async def test_a_window_keeps_the_newest() -> None:
    window = Window(Cursor(position=0, epoch="e"), 4)
    events = [_recorded(position) for position in range(1, 10)]

    window.add(events)

    assert window.after(events[-1].cursor) == []
    assert window.after(events[-3].cursor) == events[-2:]
    assert window.after(events[4].cursor) == events[5:]
    assert window.after(events[3].cursor) is None


@pytest.mark.slow
async def test_while_the_log_cannot_be_read_a_follower_keeps_its_place(database: Opened) -> None:
    said = await _say(database, 1)
    refused: list[str] = []

    def refuse(*_: object) -> None:
        if len(refused) < 2:
            refused.append("unable to open database file")
            raise sqlite3.OperationalError(refused[-1])

    async with following(database.journal, said[0].cursor) as follower:
        said += await _say(database, 1)
        received = await taken(follower, 1)
        event.listen(database.reader.engine, "do_execute", refuse)
        said += await _say(database, 3)
        received += await taken(follower, 3)

    assert len(refused) == 2
    assert received == said[1:]
