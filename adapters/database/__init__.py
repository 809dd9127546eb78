"""The journal and the reads on a database: opened here, made and migrated by `migrate`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from adapters.database.engines import file_of
from adapters.database.followers import Followers
from adapters.database.journal import DatabaseJournal, new_epoch
from adapters.database.migrations import check_revision, take_over
from adapters.database.migrations import migrate as migrate
from adapters.database.ownership import disown, own
from adapters.database.readers import Readers, Visit
from adapters.database.reads import DatabaseReads
from adapters.database.search_index import keep_up
from adapters.database.standing import Standing
from adapters.database.tokens import DatabaseTokens
from adapters.database.troubles import DatabaseUnusable as DatabaseUnusable
from adapters.database.trust import DatabaseTrust
from adapters.database.versions import Versions as Versions
from adapters.database.writer import Writer
from adapters.notifier import Notifier
from runner.events import Recorded
from runner.journal import Hook


@dataclass(frozen=True, kw_only=True)
class Database:
    """An open database: `journal`, `reads`, `tokens` and `trust` are the runner's ports.

    `standing`: see `Standing`. `versions` are the pipelines that are held in memory.
    `keep_indexed` never ends: see `search_index`.
    """

    journal: DatabaseJournal
    reads: DatabaseReads
    tokens: DatabaseTokens
    trust: DatabaseTrust
    standing: Standing
    versions: Versions
    keep_indexed: Callable[[], Coroutine[Any, Any, None]]


@asynccontextmanager
async def open_database(
    database_url: str, hooks: Sequence[Hook] = (), *, engine_is_local: bool = False
) -> AsyncIterator[Database]:
    """The database, made and migrated where that is due, for this process alone as long as it is open.

    The hooks are told of every event that is committed through it. `engine_is_local`: see `DatabaseJournal`.

    Raises:
        DatabaseUnusable: another process has it open, or it cannot be made or migrated.
    """
    file = file_of(database_url)
    async with AsyncExitStack() as stack:
        lock = await asyncio.to_thread(take_over, file)
        stack.callback(lock.release)
        await asyncio.to_thread(own, file)
        stack.push_async_callback(asyncio.to_thread, disown, file)
        reader = Readers(file)
        stack.push_async_callback(reader.close)
        notifier = Notifier()
        followers, versions = Followers(reader, notifier), Versions()

        def committed(recorded: Sequence[Recorded]) -> None:
            told: tuple[Hook, ...] = (versions, followers, *hooks)
            for hook in told:
                hook.committed(recorded)

        writer = Writer(file, committed)
        stack.push_async_callback(writer.close)
        await writer.run(_nothing)  # from here on it is known how the file was
        journal = DatabaseJournal(writer, reader, followers, engine_is_local=engine_is_local)
        tokens = DatabaseTokens(writer, reader, journal.epoch)
        trust = DatabaseTrust(writer, reader, journal.epoch)
        standing = Standing(file)
        stack.callback(standing.close)
        yield Database(
            journal=journal,
            reads=DatabaseReads(reader, versions),
            tokens=tokens,
            trust=trust,
            standing=standing,
            versions=versions,
            keep_indexed=partial(keep_up, reader, writer),
        )


@asynccontextmanager
async def open_reads(database_url: str) -> AsyncIterator[DatabaseReads]:
    """The reads alone, also beside a stepwire that has the database open.

    Raises:
        DatabaseUnusable: it does not exist, cannot be read, or is at another revision.
    """
    file = _existing(database_url)
    reader = Visit(file)
    try:
        await reader.run(lambda connection: check_revision(connection, file))
        yield DatabaseReads(reader, Versions())
    finally:
        await reader.close()


@asynccontextmanager
async def open_tokens(database_url: str) -> AsyncIterator[DatabaseTokens]:
    """The tokens alone, to be changed also beside a stepwire that has the database open: it looks, and finds out.

    Raises:
        DatabaseUnusable: it does not exist, cannot be read or written, or is at another revision.
    """
    file = _existing(database_url)
    async with AsyncExitStack() as stack:
        reader = Visit(file)
        stack.push_async_callback(reader.close)
        await reader.run(lambda connection: check_revision(connection, file))
        writer = Writer(file, lambda recorded: None)
        stack.push_async_callback(writer.close)
        yield DatabaseTokens(writer, reader, new_epoch())


def _existing(database_url: str) -> Path:
    file = file_of(database_url)
    if not file.exists():
        raise DatabaseUnusable(f"There is no database {file}: run stepwire migrate")
    return file


def _nothing(_connection: Connection) -> None: ...
