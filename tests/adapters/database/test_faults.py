"""Whatever breaks while a change is stored: all of it is there or nothing, and the next one is stored."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from adapters.database import DatabaseUnusable, open_database
from adapters.database.prepared import driver_of
from runner import transitions
from runner.attention import Attention, AttentionKind
from runner.changes import Change
from runner.events import Recorded
from runner.failures import Evidence, Failure, FailureCause, ToolCall
from runner.journal import Conflict
from runner.model import PipelineStatus
from tests.adapters.database.opened import Opened, opened, plain
from tests.contracts.pipelines import EMPTY, NOON, REFUSED, begun, commit, failed, succeeded

pytestmark = pytest.mark.asyncio

# Of the commit of a failure, between BEGIN and COMMIT.
_STATEMENTS = 12


class Broken(Exception):
    """What a fault raises."""


@contextmanager
def breaking_at(database: Opened, statement: int) -> Iterator[list[str]]:
    """SQLite breaks off in the statement of that number after BEGIN, each time; gives those that were begun."""
    connection = database.writer._connection
    assert connection is not None
    driver, begun = driver_of(connection), list[str]()

    def trace(sql: str) -> None:
        if sql.startswith(("PRAGMA", "BEGIN", "ROLLBACK")):
            begun.clear()
        elif not sql.startswith("--"):  # what a statement does by itself
            begun.append(sql)

    driver.set_trace_callback(trace)
    driver.set_progress_handler(lambda: len(begun) > statement, 1)
    try:
        yield begun
    finally:
        driver.set_trace_callback(None)
        driver.set_progress_handler(None, 1)


def _counts(database: Opened) -> dict[str, int]:
    with plain(database.file) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


async def _a_failure(database: Opened) -> Change:
    return failed(await begun(database.journal))


@pytest.mark.parametrize("statement", range(_STATEMENTS))
async def test_a_fault_in_the_middle_leaves_nothing(database: Opened, statement: int) -> None:
    change = await _a_failure(database)
    before, newest, counts = change.before, await database.journal.newest(), _counts(database)

    with breaking_at(database, statement), pytest.raises(DatabaseUnusable, match="interrupted"):
        await database.journal.commit(change)

    assert await database.journal.load(change.pipeline.id) == before
    assert (await database.journal.newest(), _counts(database)) == (newest, counts)


async def test_after_a_fault_the_next_change_is_stored(database: Opened) -> None:
    change = await _a_failure(database)
    with breaking_at(database, 5), pytest.raises(DatabaseUnusable):
        await database.journal.commit(change)

    recorded = await database.journal.commit(change)

    assert [after.cursor.position for after in recorded] == [3, 4]


async def test_every_statement_of_a_failure_is_broken_once(database: Opened) -> None:
    """The range above ends where the commit does."""
    change = await _a_failure(database)

    with breaking_at(database, 100) as begun:
        await database.journal.commit(change)

    assert begun.index("COMMIT") == _STATEMENTS


async def test_a_commit_that_fails_leaves_nothing(database: Opened) -> None:
    change = await _a_failure(database)

    def fault(_connection: Connection) -> None:
        raise Broken

    event.listen(database.writer.engine, "commit", fault)
    with pytest.raises(Broken):
        await database.journal.commit(change)
    event.remove(database.writer.engine, "commit", fault)

    assert await database.journal.load(change.pipeline.id) == change.before
    assert len(await database.journal.commit(change)) == 2


@asynccontextmanager
async def held_up(database: Opened) -> AsyncIterator[None]:
    """Whatever is asked for inside waits until the end, and is then stored together."""
    go = threading.Event()
    holding = asyncio.ensure_future(database.writer.run(lambda _: go.wait(10)))
    try:
        yield
        await asyncio.sleep(0)
    finally:
        go.set()
        await holding


class Counted:
    """How often something happened on the writing engine."""

    def __init__(self, database: Opened, name: str) -> None:
        self.count = 0
        event.listen(database.writer.engine, name, self._happened)

    def _happened(self, *_: object) -> None:
        self.count += 1


async def test_changes_that_wait_are_stored_together(database: Opened) -> None:
    changes = [succeeded(await begun(database.journal)) for _ in range(3)]
    commits = Counted(database, "commit")

    async with held_up(database):
        waiting = [asyncio.ensure_future(database.journal.commit(change)) for change in changes]
    await asyncio.gather(*waiting)

    assert commits.count <= 2  # one of them may be that of the hold-up


async def test_one_that_is_refused_does_not_take_the_others_along(database: Opened) -> None:
    changes = [succeeded(await begun(database.journal)) for _ in range(3)]

    async with held_up(database):
        waiting = [asyncio.ensure_future(database.journal.commit(change)) for change in (*changes, changes[0])]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [list, list, list, Conflict]
    assert [await database.journal.load(change.pipeline.id) for change in changes] == [
        change.pipeline for change in changes
    ]


async def test_one_that_breaks_the_transaction_does_not_take_the_others_along(database: Opened) -> None:
    shorten(database, 20_000)
    good, bad, other = [await begun(database.journal) for _ in range(3)]
    changes = [succeeded(good), succeeded(bad, markdown="too long " * 5000), succeeded(other)]

    async with held_up(database):
        waiting = [asyncio.ensure_future(database.journal.commit(change)) for change in changes]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [list, sqlite3.DataError, list]
    assert await database.journal.load(bad.id) == bad
    assert await database.journal.load(other.id) == changes[2].pipeline


async def test_a_commit_whose_caller_is_cancelled_is_carried_out(database: Opened) -> None:
    change = await _a_failure(database)

    async with held_up(database):
        waiting = asyncio.ensure_future(database.journal.commit(change))
        await asyncio.sleep(0)
        waiting.cancel()
    await database.writer.run(lambda _: None)

    assert waiting.cancelled()
    assert await database.journal.load(change.pipeline.id) == change.pipeline


def shorten(database: Opened, length: int) -> None:
    """From the first connection on SQLite refuses longer values, as it does by itself beyond a gigabyte."""
    event.listen(
        database.writer.engine,
        "connect",
        lambda connection, _: connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length),
    )


def _told_at_length(reason: Failure) -> Failure:
    evidence = Evidence(last_text="…" * 20_000, last_tool=ToolCall(tool="bash", status="error", input="x" * 20_000))
    causes = (FailureCause(source="provider", message="no " * 10_000),)
    return replace(reason, detail="why " * 10_000, evidence=evidence, causes=causes)


@pytest.mark.parametrize("reason", [REFUSED, EMPTY], ids=["failed", "retrying"])
async def test_a_failure_that_is_too_large_is_stored_small(database: Opened, reason: Failure) -> None:
    shorten(database, 20_000)
    pipeline = await begun(database.journal)
    attention = Attention(id="att_1", kind=AttentionKind.STALLED, message="No sign of life", since=NOON)
    pipeline = await commit(database.journal, transitions.raise_attention(pipeline, pipeline.steps[0].id, 1, attention))

    pipeline = await commit(database.journal, failed(pipeline, _told_at_length(reason)))

    assert pipeline.steps[0].attempt is not None
    record = pipeline.steps[0].attempt.failure
    assert record is not None
    assert (record.failure.kind, record.failure.message) == (reason.kind, reason.message)
    assert (record.failure.detail, record.failure.evidence, record.failure.causes) == (None, None, ())
    assert await database.journal.load(pipeline.id) == pipeline


@pytest.mark.parametrize(
    "unfit",
    [
        {"message": "half a character: \ud83d", "detail": "\ud83d"},
        {"evidence": Evidence(last_tool=ToolCall(tool="t", status="error", input=float("nan")))},
        {"status_code": 2**70},
        {"causes": (FailureCause(source="provider", message="\udfff"),)},
    ],
    ids=["half a character", "no JSON", "too large a number", "half a character in a cause"],
)
async def test_a_failure_that_cannot_be_written_is_stored_small(database: Opened, unfit: dict[str, Any]) -> None:
    pipeline = await begun(database.journal)

    pipeline = await commit(database.journal, failed(pipeline, replace(REFUSED, **unfit)))

    assert pipeline.status is PipelineStatus.FAILED
    assert pipeline.error_message is not None
    assert pipeline.error_message.encode()
    assert await database.journal.load(pipeline.id) == pipeline


async def test_other_content_that_cannot_be_written_is_refused(database: Opened) -> None:
    pipeline = await begun(database.journal)

    with pytest.raises(UnicodeError):
        await database.journal.commit(succeeded(pipeline, markdown="\ud83d"))

    assert await database.journal.load(pipeline.id) == pipeline


async def test_a_database_that_another_process_locks_is_unusable_for_now(file: Path) -> None:
    async with opened(file, busy_seconds=0.05) as database:
        pipeline = await begun(database.journal)
        with plain(file) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseUnusable, match="locked by another process"):
                await database.journal.commit(succeeded(pipeline))
            other.execute("ROLLBACK")

        assert len(await database.journal.commit(succeeded(pipeline))) == 2


async def test_a_full_disk_is_said_so(database: Opened) -> None:
    pipeline = await begun(database.journal)
    await database.writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))

    with pytest.raises(DatabaseUnusable, match="full"):
        await database.journal.commit(succeeded(pipeline, markdown="long " * 10_000))

    await database.writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000"))
    assert len(await database.journal.commit(succeeded(pipeline))) == 2


async def test_reads_cannot_write(database: Opened) -> None:
    with pytest.raises(DatabaseUnusable, match="readonly"):
        await database.reader.run(lambda connection: connection.exec_driver_sql("DELETE FROM events"))


async def test_a_hook_that_breaks_its_promise_and_raises_keeps_nobody_waiting(file: Path) -> None:
    class Raising:
        def committed(self, recorded: Sequence[Recorded]) -> None:
            raise Broken

    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))

    async with open_database(f"sqlite+aiosqlite:///{file}", [Raising()]) as database, asyncio.timeout(60):
        pipeline = await begun(database.journal)
        await commit(database.journal, succeeded(pipeline))

    assert {type(context["exception"]) for context in unheard} == {Broken}
