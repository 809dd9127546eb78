"""Connections to SQLite, and how a function over one is run for those who read: a few at a time, off the event loop.

Who writes has a module of its own (see `writer`). The two are unlike on purpose. aiosqlite crosses from the event loop
to its thread and back for every statement: measured, the crossings of a commit took longer than the disk. Reads stay on
the driver, where each costs only its asker.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.database.opened_file import OpenedFile
from adapters.database.troubles import DatabaseUnusable, translating

T = TypeVar("T")
Statements: TypeAlias = Callable[[Connection], T]

_READERS = 4
_BUSY_SECONDS = 5.0


def file_of(database_url: str) -> Path:
    """The file of an SQLite URL, links resolved: its lock has to be one, whatever it is called.

    Raises DatabaseUnusable for any other URL.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        raise DatabaseUnusable(f"stepwire stores in SQLite only: {url.render_as_string()} is no sqlite URL")
    if not url.database or url.database == ":memory:":
        raise DatabaseUnusable("The database URL names no file: sqlite+aiosqlite:///path/to/stepwire.db")
    try:
        return Path(url.database).resolve()
    except RuntimeError as error:
        raise DatabaseUnusable(f"{url.database} is a link that leads to itself") from error


def _connecting(busy_seconds: float) -> dict[str, Any]:
    return {"check_same_thread": False, "timeout": busy_seconds, "isolation_level": None}


def sqlite_engine(file: Path, begin: str, *pragmas: str, busy_seconds: float = _BUSY_SECONDS) -> Engine:
    """An engine for threads of our own; `begin` starts every transaction."""
    return prepared(create_engine(f"sqlite:///{file}", connect_args=_connecting(busy_seconds)), begin, *pragmas)


def prepared(engine: Engine, begin: str, *pragmas: str) -> Engine:
    """The same; `begin` starts every transaction: Python's driver would begin late, and lose updates silently."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Reader:
    """Runs functions in transactions that cannot write, a few at a time, each on one consistent state.

    Over SQLAlchemy's asyncio engine and aiosqlite: reads are not on the way of a failure, so the crossings cost nobody.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        opened = OpenedFile(file)
        self._async_engine = create_async_engine(
            f"sqlite+aiosqlite:///{file}", connect_args=_connecting(_BUSY_SECONDS), pool_size=_READERS, max_overflow=0
        )
        self.engine = prepared(self._async_engine.sync_engine, "BEGIN", "query_only=ON")
        event.listen(self.engine, "do_connect", lambda *_: opened.check())

    async def run(self, work: Statements[T]) -> T:
        with translating(self._file):
            async with self._async_engine.begin() as connection:
                return await connection.run_sync(work)

    async def close(self) -> None:
        await self._async_engine.dispose()
