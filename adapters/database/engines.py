"""Connections to SQLite as `writer` and `readers` have them: how transactions begin, and what the driver is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from adapters.database.troubles import DatabaseUnusable

T = TypeVar("T")
Statements: TypeAlias = Callable[[Connection], T]

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


def connecting(busy_seconds: float = _BUSY_SECONDS) -> dict[str, Any]:
    """What the driver is told: transactions begin where we say, and a lock is waited for that long."""
    return {"check_same_thread": False, "timeout": busy_seconds, "isolation_level": None}


def sqlite_engine(file: Path, begin: str, *pragmas: str, busy_seconds: float = _BUSY_SECONDS) -> Engine:
    """An engine for threads of our own; `begin` starts every transaction."""
    return prepared(create_engine(f"sqlite:///{file}", connect_args=connecting(busy_seconds)), begin, *pragmas)


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
