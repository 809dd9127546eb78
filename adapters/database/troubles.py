"""What is wrong with the database itself, in sentences: from the driver's codes to the exception that leaves here."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError

from runner.journal import StorageError

# By the primary code; the extended ones only say more exactly which call of the system it was.
_REMEDIES = {
    sqlite3.SQLITE_FULL: "make room on its disk; stepwire goes on by itself",
    sqlite3.SQLITE_READONLY: "make it and its folder writable; stepwire goes on by itself",
    sqlite3.SQLITE_IOERR: "see whether its disk is full or broken; stepwire goes on by itself",
    sqlite3.SQLITE_CANTOPEN: "see whether its folder is there, writable and not full; stepwire goes on by itself",
    sqlite3.SQLITE_CORRUPT: "stop stepwire, put a backup in its place, and start it again",
    sqlite3.SQLITE_NOTADB: "stop stepwire, put a backup in its place, and start it again",
}


class DatabaseUnusable(StorageError):
    """The database cannot be opened, read or written; the text says which and why, for the person who runs stepwire."""


class DatabaseLocked(DatabaseUnusable):
    """Another process holds its lock for longer than we wait."""


@contextmanager
def translating(file: Path) -> Iterator[None]:
    """What the driver says about the database itself becomes DatabaseUnusable; refused content is left as it is."""
    try:
        yield
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise
        raise _unusable(file, error.orig) from error
    except sqlite3.DatabaseError as error:
        # Past SQLAlchemy.
        if type(error) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
            raise
        raise _unusable(file, error) from error


def _unusable(file: Path, said: BaseException | None) -> DatabaseUnusable:
    code = (getattr(said, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return DatabaseLocked(
            f"{file} is locked by another process, for longer than we wait (end that process, or let it finish; "
            "stepwire goes on by itself)"
        )
    remedy = _REMEDIES.get(code)
    return DatabaseUnusable(f"{file} cannot be used: {said}" + (f" ({remedy})" if remedy else ""))
