"""A follower pages through the log from its place, is woken for more, and is free while it is slow."""

import asyncio
import sqlite3
from contextlib import aclosing
from pathlib import Path

import pytest
from sqlalchemy import event

from runner.events import DefinitionChanged, Recorded
from runner.journal import Quiet
from tests.adapters.database.opened import Opened, opened
from tests.contracts.pipelines import AGENT, NOON, a_pipeline, begun, commit, succeeded
from tests.contracts.stores import all_events, following, taken

pytestmark = pytest.mark.asyncio


async def _say(database: Opened, count: int) -> list[Recorded]:
    events = (DefinitionChanged(at=NOON, definition=f"agent {number}", change="saved") for number in range(count))
    return await asyncio.gather(*(database.journal.record(event) for event in events))


async def test_a_follower_and_pages_have_the_same_with_each_pipeline_as_of_then(database: Opened) -> None:
    beginning = await database.journal.newest()
    for _ in range(60):
        pipeline = await begun(database.journal, a_pipeline(AGENT, AGENT, AGENT))
        while not pipeline.status.ended:
            pipeline = await commit(database.journal, succeeded(pipeline))

    pages, place = [], beginning
    while page := await database.journal.after(place):
        pages.append(page)
        place = page[-1].cursor

    assert len(pages) > 1
    assert [recorded for page in pages for recorded in page] == await all_events(database.journal, beginning)


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


async def test_quiet_needs_no_wake_up(database: Opened) -> None:
    newest = (await _say(database, 1))[0].cursor

    async with asyncio.timeout(60), aclosing(database.journal.follow(newest, 0)) as follower:
        assert await anext(follower) == Quiet(cursor=newest)


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
