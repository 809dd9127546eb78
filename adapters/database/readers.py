"""How a function over a connection is run that only reads: a few threads, and for a short visit the asyncio driver.

    read ─▶ one of a few threads, a connection of its own: BEGIN, the function, ROLLBACK ─▶ event loop: the answer

Whatever a list needs is one function, runs on one consistent state, and crosses to a thread and back once; what it
makes of the rows is made over there, too. aiosqlite crosses for every statement, and made values of rows on the event
loop: a list of 50 pipelines had nine crossings, and held up everybody for longer than they took. It is right where
nobody is held up: in a command that comes for a look or two, beside a server or without one (see decision 14).
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.database.engines import Statements, connecting, prepared, sqlite_engine
from adapters.database.opened_file import OpenedFile
from adapters.database.troubles import translating

T = TypeVar("T")

_THREADS = 4
_PRAGMA = "query_only=ON"


class Reader(Protocol):
    """Runs functions in transactions that cannot write, each on one consistent state.

    Raises DatabaseUnusable where the database cannot be read, or is not the file that lay there when this was made.
    """

    async def run(self, work: Statements[T]) -> T: ...

    async def close(self) -> None: ...


class Readers:
    """Implements `Reader` by a few threads, as many reads at a time; a function runs on any of them.

    A read that was begun is carried out, even when whoever awaits it is cancelled.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened = OpenedFile(file)
        self.engine = sqlite_engine(file, "BEGIN", _PRAGMA)
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="stepwire-reader")
        # Kept, because fetching one from a pool and giving it back costs as much as reading the newest place.
        self._idle: deque[Connection] = deque()

    async def run(self, work: Statements[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    async def close(self) -> None:
        """Returns when all that was begun has been read."""
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()

    def _read(self, work: Statements[T]) -> T:
        with translating(self._file), self._transaction() as connection:
            return work(connection)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            self._opened.check()
            connection = self.engine.connect()
        try:
            with connection.begin():
                yield connection
        except BaseException:
            # It may be in the middle of anything; errors are seldom, and opening another is cheap.
            connection.close()
            raise
        self._idle.append(connection)


class Visit:
    """Implements `Reader` over SQLAlchemy's asyncio engine and aiosqlite, a connection for each read in progress."""

    def __init__(self, file: Path) -> None:
        self._file = file
        opened = OpenedFile(file)
        self._engine = create_async_engine(f"sqlite+aiosqlite:///{file}", connect_args=connecting())
        event.listen(prepared(self._engine.sync_engine, "BEGIN", _PRAGMA), "do_connect", lambda *_: opened.check())

    async def run(self, work: Statements[T]) -> T:
        with translating(self._file):
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()
