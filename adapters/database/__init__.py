"""The journal and the reads on a database: opened here, migrated by `migrate`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection

from adapters.database.engines import DatabaseUnusable as DatabaseUnusable
from adapters.database.engines import Reader, Writer, file_of
from adapters.database.following import Followers
from adapters.database.journal import DatabaseJournal
from adapters.database.migrations import check_revision
from adapters.database.migrations import migrate as migrate
from adapters.notifier import Notifier


@dataclass(frozen=True, kw_only=True)
class Database:
    journal: DatabaseJournal
    _writer: Writer

    async def check(self) -> None:
        """Raises DatabaseUnusable when it cannot be written now."""
        await self._writer.run(_nothing)


@asynccontextmanager
async def open_database(database_url: str) -> AsyncIterator[Database]:
    """The database, migrated already, for this process alone as long as it is open.

    Raises:
        DatabaseUnusable: another process has it open, it does not exist, or it is at another revision.
    """
    file = file_of(database_url)
    if not file.exists():
        raise DatabaseUnusable(f"There is no database {file}: run stepwire migrate")
    with _alone(file):
        notifier = Notifier()
        writer, reader = Writer(file, notifier.notify), Reader(file)
        try:
            await writer.run(lambda connection: check_revision(connection, file))
            journal = DatabaseJournal(writer, reader, Followers(reader, notifier))
            yield Database(journal=journal, _writer=writer)
        finally:
            await writer.close()
            await reader.close()


def _alone(file: Path) -> FileLock:
    lock = FileLock(f"{file}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise DatabaseUnusable(f"Another stepwire is running on {file}") from error
    return lock


def _nothing(_connection: Connection) -> None: ...
