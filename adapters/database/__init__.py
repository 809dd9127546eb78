"""The journal and the reads on a database: opened here, made and migrated by `migrate`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters.database.engines import DatabaseUnusable as DatabaseUnusable
from adapters.database.engines import Reader, Writer, file_of
from adapters.database.followers import Followers
from adapters.database.journal import DatabaseJournal
from adapters.database.migrations import check_revision, take_over
from adapters.database.migrations import migrate as migrate
from adapters.database.ownership import disown, own
from adapters.database.reads import DatabaseReads
from adapters.database.trust import DatabaseTrust
from adapters.notifier import Notifier
from runner.events import Recorded
from runner.ports import Hook


@dataclass(frozen=True, kw_only=True)
class Database:
    """An open database: `journal`, `reads` and `trust` are the runner's ports."""

    journal: DatabaseJournal
    reads: DatabaseReads
    trust: DatabaseTrust
    _writer: Writer

    async def check(self) -> None:
        """Raises DatabaseUnusable when it cannot be written now."""
        await self._writer.run(_nothing)


@asynccontextmanager
async def open_database(database_url: str, hooks: Sequence[Hook] = ()) -> AsyncIterator[Database]:
    """The database, made and migrated where that is due, for this process alone as long as it is open.

    The hooks are told of every event that is committed through it.

    Raises:
        DatabaseUnusable: another process has it open, or it cannot be made or migrated.
    """
    file = file_of(database_url)
    async with AsyncExitStack() as stack:
        lock = await asyncio.to_thread(take_over, file)
        stack.callback(lock.release)
        await asyncio.to_thread(own, file)
        stack.push_async_callback(asyncio.to_thread, disown, file)
        reader = Reader(file)
        stack.push_async_callback(reader.close)
        notifier = Notifier()
        followers = Followers(reader, notifier)

        def committed(recorded: Sequence[Recorded]) -> None:
            for hook in (followers, *hooks):
                hook.committed(recorded)

        writer = Writer(file, committed)
        stack.push_async_callback(writer.close)
        journal = DatabaseJournal(writer, reader, followers)
        trust = DatabaseTrust(writer, reader, journal.epoch)
        yield Database(journal=journal, reads=DatabaseReads(reader), trust=trust, _writer=writer)


@asynccontextmanager
async def open_reads(database_url: str) -> AsyncIterator[DatabaseReads]:
    """The reads alone, also beside a stepwire that has the database open.

    Raises:
        DatabaseUnusable: it does not exist, cannot be read, or is at another revision.
    """
    file = file_of(database_url)
    if not file.exists():
        raise DatabaseUnusable(f"There is no database {file}: run stepwire migrate")
    reader = Reader(file)
    try:
        await reader.run(lambda connection: check_revision(connection, file))
        yield DatabaseReads(reader)
    finally:
        await reader.close()


def _nothing(_connection: Connection) -> None: ...
