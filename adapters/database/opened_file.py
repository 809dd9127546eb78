"""The database's file as it was opened, and whether it still is that one: into another nothing is written.

Seen are a file that is gone, another in its place (also of the write-ahead log), one that was copied over in place, and
a log that does not go on from where this process left it. What a checkpoint of somebody else's has done is told from a
copy by where the log ends in the file alone: after a checkpoint where it ends in file and write-ahead log together.
What another process of ours has added (`stepwire token`) is told from another history by what it goes on from.

SQLite itself notices none of this. It goes on in the file that it holds, which has no name any more, or lays its log
over what was copied in; both are found out at the next start only, when the work since then is lost.
"""

import sqlite3
from collections.abc import Hashable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection

from adapters.database.troubles import DatabaseUnusable

# Where the log ends, and the epoch of what stands there: no two histories have both alike.
_PLACE = "SELECT genesis, position, (SELECT epoch FROM events WHERE events.position = log.position) FROM log"

_Place: TypeAlias = tuple[Any, ...]


class OpenedFile:
    """One for each engine, made before it connects; none of its calls waits for more than the file system."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._wal = Path(f"{file}-wal")
        self._opened = _identity(file)
        self._opened_wal: Hashable = None
        self._written = _state(file)
        self._alone = _place_without_wal(file)
        self._expected: _Place = ()
        self._places: set[_Place] = set()

    def check(self) -> None:
        """Raises DatabaseUnusable unless the file lies where it was, and its write-ahead log beside it."""
        if self._opened is None:
            return
        found = _identity(self._file)
        if found is None:
            raise DatabaseUnusable(
                f"{self._file} is gone: it was deleted or moved while stepwire was running (put it back; or stop "
                "stepwire, put a backup in its place, and start it again)"
            )
        if found != self._opened or (self._opened_wal is not None and _identity(self._wal) != self._opened_wal):
            raise self._replaced()

    def check_content(self, connection: Connection) -> None:
        """Only inside a writing transaction.

        Raises:
            DatabaseUnusable: the log does not go on from where this process left it.
        """
        place = _place(connection)
        known = not self._places or place in self._places
        if not known and not any(_goes_on(connection, earlier) for earlier in self._places):
            raise self._replaced()
        if self._written != _state(self._file):
            alone = _place_without_wal(self._file)
            if alone is None or (alone not in (place, self._alone) and (known or not _goes_on(connection, alone))):
                raise self._replaced()
        self._places = {place}

    def expect(self, connection: Connection) -> None:
        """Right before the commit: what it stores will be found, or what was there before where it fails."""
        self._expected = _place(connection)
        self._places.add(self._expected)

    def note(self) -> None:
        """Right after the commit, which may have brought a checkpoint with it."""
        self._places = {self._expected}
        if _identity(self._file) != self._opened:
            return  # replaced during the transaction: the next one is told
        self._opened_wal = _identity(self._wal)
        written = _state(self._file)
        if written != self._written:
            self._written, self._alone = written, _place_without_wal(self._file)

    def _replaced(self) -> DatabaseUnusable:
        return DatabaseUnusable(
            f"{self._file} is not the database that stepwire opened: it was replaced or restored while stepwire was "
            f"running (stop stepwire, put the database in its place with no {self._wal.name} beside it, and start it "
            "again)"
        )


def _identity(file: Path) -> Hashable:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _state(file: Path) -> Hashable:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _place(connection: Connection) -> _Place:
    # Past SQLAlchemy: this is on the way of every commit.
    driver: Any = connection.connection.driver_connection
    found: _Place = driver.execute(_PLACE).fetchone() or ()
    return found


def _goes_on(connection: Connection, earlier: _Place) -> bool:
    """Whether the log is of the same history, and has been at that place."""
    if not earlier:
        return False
    driver: Any = connection.connection.driver_connection
    genesis, position, epoch = earlier
    found = driver.execute("SELECT epoch FROM events WHERE position = ?", (position,)).fetchone()
    now = _place(connection)
    return now[:1] == (genesis,) and now[1] >= position and (found[0] if found else None) == epoch


def _place_without_wal(file: Path) -> _Place | None:
    address = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            found: _Place = connection.execute(_PLACE).fetchone() or ()
    except sqlite3.Error:
        return None
    return found
