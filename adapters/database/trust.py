"""The runner's port `TrustStore` on the database."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from adapters.database import changes
from adapters.database.readers import Reader
from adapters.database.tables import trusted_directories
from adapters.database.values import text_of, time_of
from adapters.database.writer import Committed, Writer
from runner.events import Recorded, TrustChanged
from runner.model import Actor
from runner.trust import TrustedDirectory

_COLUMNS = trusted_directories.c


class DatabaseTrust:
    """Implements `runner.trust.TrustStore`; its events are of that epoch."""

    def __init__(self, writer: Writer, reader: Reader, epoch: str) -> None:
        self._writer = writer
        self._reader = reader
        self._epoch = epoch

    async def trusted(self) -> Sequence[TrustedDirectory]:
        return await self._reader.run(_all)

    async def add(self, directory: TrustedDirectory, change: str) -> TrustedDirectory:
        def work(connection: Connection) -> Committed[TrustedDirectory]:
            kept = next((each for each in _all(connection) if each.path == directory.path), None)
            if kept is not None:
                return Committed(outcome=kept, events=())
            row = {"path": directory.path, "trusted_by": directory.by.name, "trusted_at": text_of(directory.at)}
            connection.execute(insert(trusted_directories).values(**row))
            return Committed(outcome=directory, events=self._recorded(connection, directory, change))

        return await self._writer.store(work)

    async def remove(self, directory: TrustedDirectory, change: str) -> None:
        def work(connection: Connection) -> Committed[None]:
            gone = connection.execute(delete(trusted_directories).where(_COLUMNS.path == directory.path)).rowcount
            return Committed(outcome=None, events=self._recorded(connection, directory, change) if gone else ())

        await self._writer.store(work)

    def _recorded(self, connection: Connection, directory: TrustedDirectory, change: str) -> Sequence[Recorded]:
        event = TrustChanged(at=directory.at, actor=directory.by, directory=directory.path, change=change)
        return changes.record(connection, [event], self._epoch)


def _all(connection: Connection) -> list[TrustedDirectory]:
    rows = connection.execute(select(trusted_directories).order_by(_COLUMNS.path))
    return [TrustedDirectory(path=row.path, by=Actor(name=row.trusted_by), at=time_of(row.trusted_at)) for row in rows]
