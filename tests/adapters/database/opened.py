"""A database opened by its parts, so that tests can reach into them."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.database.followers import Followers
from adapters.database.journal import DatabaseJournal
from adapters.database.readers import Readers
from adapters.database.reads import DatabaseReads
from adapters.database.versions import Versions
from adapters.database.writer import Writer
from adapters.notifier import Notifier


@dataclass(frozen=True, kw_only=True)
class Opened:
    file: Path
    writer: Writer
    reader: Readers
    notifier: Notifier
    journal: DatabaseJournal
    reads: DatabaseReads

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """By plain SQL, as anybody may ask."""
        with plain(self.file) as connection:
            return connection.execute(sql).fetchall()


@asynccontextmanager
async def opened(
    file: Path,
    *,
    poll_seconds: float = 5.0,
    busy_seconds: float = 5.0,
    engine_is_local: bool = False,
) -> AsyncIterator[Opened]:
    notifier = Notifier()
    writer, reader = Writer(file, lambda _: notifier.notify(), busy_seconds), Readers(file)
    try:
        followers = Followers(reader, notifier, poll_seconds)
        journal = DatabaseJournal(writer, reader, followers, engine_is_local=engine_is_local)
        yield Opened(
            file=file,
            writer=writer,
            reader=reader,
            notifier=notifier,
            journal=journal,
            reads=DatabaseReads(reader, Versions()),
        )
    finally:
        await writer.close()
        await reader.close()


@contextmanager
def plain(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection
