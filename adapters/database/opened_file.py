"""The database's file as it was opened, and whether it still is that one: into another nothing is written.

Seen are a file that is gone, another in its place (also of the write-ahead log), one that was copied over in place, and
a log that does not go on from where this process left it. What a checkpoint of somebody else's has done is told from a
copy by where the log ends in the file alone: after a checkpoint where it ends in file and write-ahead log together.
What another process of ours has added (`stepwire token`) is told from another history by what it goes on from.

SQLite itself notices none of this. It goes on in the file that it holds, which has no name any more, or lays its log
over what was copied in; both are found out at the next start only, when the work since then is lost.
"""

import os
import sqlite3
from collections.abc import Hashable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from adapters.database.troubles import DatabaseUnusable
from runner.model import Cursor

# Where the log ends, and the epoch of what stands there: no two histories have both alike.
_PLACE = "SELECT genesis, position, (SELECT epoch FROM events WHERE events.position = log.position) FROM log"

_Place: TypeAlias = tuple[Any, ...]


class OpenedFile:
    """One for each engine, made before it connects; none of its calls waits for more than the file system."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._wal = Path(f"{file}-wal")
        self._opened = _identity(_status(file))
        self._opened_wal: Hashable = None
        # As the file was when it was last written, and when it was last looked at.
        self._written = self._seen = _state(_status(file))
        self._alone = _place_without_wal(file)
        self._expected: _Place = ()
        self._places: set[_Place] = set()

    def check(self) -> None:
        """Raises DatabaseUnusable unless the file lies where it was, and its write-ahead log beside it."""
        if self._opened is None:
            return
        found = _status(self._file)
        if found is None:
            raise DatabaseUnusable(
                f"{self._file} is gone: it was deleted or moved while stepwire was running (put it back; or stop "
                "stepwire, put a backup in its place, and start it again)"
            )
        if _identity(found) != self._opened or self._opened_wal not in (None, _identity(_status(self._wal))):
            raise self._replaced()
        self._seen = _state(found)

    def check_content(self, connection: sqlite3.Connection) -> None:
        """Only inside a writing transaction, after `check`.

        Raises:
            DatabaseUnusable: the log does not go on from where this process left it.
        """
        place = _place(connection)
        known = not self._places or place in self._places
        if not known and not any(_goes_on(connection, earlier) for earlier in self._places):
            raise self._replaced()
        if self._seen != self._written:
            alone = _place_without_wal(self._file)
            if alone is None or (alone not in (place, self._alone) and (known or not _goes_on(connection, alone))):
                raise self._replaced()
        self._places = {place}
        self._expected = place

    def expect(self, newest: Cursor) -> None:
        """Right before the commit: where the log will end, or where it did before where the commit fails."""
        self._expected = (*self._expected[:1], newest.position, newest.epoch)
        self._places.add(self._expected)

    def note(self) -> None:
        """Right after the commit, which may have brought a checkpoint with it."""
        self._places = {self._expected}
        found = _status(self._file)
        if _identity(found) != self._opened:
            return  # replaced during the transaction: the next one is told
        if self._opened_wal is None:
            self._opened_wal = _identity(_status(self._wal))
        if _state(found) != self._written:
            self._written, self._alone = _state(found), _place_without_wal(self._file)

    def _replaced(self) -> DatabaseUnusable:
        return DatabaseUnusable(
            f"{self._file} is not the database that stepwire opened: it was replaced or restored while stepwire was "
            f"running (stop stepwire, put the database in its place with no {self._wal.name} beside it, and start it "
            "again)"
        )


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


def _identity(status: os.stat_result | None) -> Hashable:
    return status and (status.st_dev, status.st_ino)


def _state(status: os.stat_result | None) -> Hashable:
    return status and (status.st_mtime_ns, status.st_size)


def _place(connection: sqlite3.Connection) -> _Place:
    found: _Place = connection.execute(_PLACE).fetchone() or ()
    return found


def _goes_on(connection: sqlite3.Connection, earlier: _Place) -> bool:
    """Whether the log is of the same history, and has been at that place."""
    if not earlier:
        return False
    genesis, position, epoch = earlier
    found = connection.execute("SELECT epoch FROM events WHERE position = ?", (position,)).fetchone()
    now = _place(connection)
    return now[:1] == (genesis,) and now[1] >= position and (found[0] if found else None) == epoch


def _place_without_wal(file: Path) -> _Place | None:
    address = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return _place(connection)
    except sqlite3.Error:
        return None
