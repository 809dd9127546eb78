"""Where the log stands now, told at once on the event loop: whether anything was stored since, by whichever process.

To cross to a thread would take ten times as long as the look, which reads one row that this process has most likely
just written. So it has a connection of its own that waits for nobody: where a lock or the disk would have it wait, it
says that it does not know.
"""

import sqlite3
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

# No two histories have all three alike (see `opened_file`).
_PLACE = "SELECT genesis, position, (SELECT epoch FROM events WHERE events.position = log.position) FROM log"


class Standing:
    """Of one file, and of one thread: the one that calls it first."""

    def __init__(self, file: Path) -> None:
        self._address = f"file:{quote(str(file.absolute()))}?mode=ro"
        self._connection: sqlite3.Connection | None = None

    def __call__(self) -> Hashable | None:
        """The same as before exactly if nothing was stored in the log since; None where that cannot be told now."""
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._address, uri=True, timeout=0, isolation_level=None)
            place: Hashable = self._connection.execute(_PLACE).fetchone()
        except sqlite3.Error:
            self.close()
            return None
        return place

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
