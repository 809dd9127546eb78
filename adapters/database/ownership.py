"""Whose a database is: its files are their owner's alone, and a row in it names the server that has it open.

The lock beside the file decides who has it. The row is for whoever is refused, who wants to know by whom; and for those
whom the lock does not reach: a second name of the file (a hard link) has a lock of its own, and a log of its own, in
which the one server would not see what the other has written.
"""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

from sqlalchemy import Connection, delete, insert, inspect, select

from adapters.database.engines import sqlite_engine
from adapters.database.tables import owner
from adapters.database.troubles import DatabaseUnusable, translating
from adapters.database.values import text_of

log = logging.getLogger("stepwire.database")

PRIVATE = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock", ".migrating")
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A server that has a database open, or had it when it was killed; `process` as in the table."""

    host: str
    pid: int
    process: str | None
    since: str

    @property
    def is_running(self) -> bool:
        """Only what is sure counts: of another host, or where the system tells no beginnings, the lock decides."""
        return self.host == socket.gethostname() and self.process is not None and self.process == _process(self.pid)


def make_private(file: Path) -> None:
    """Makes the database, where there is none, and takes it and what lies beside it from everybody else.

    SQLite gives what it makes beside a database the mode of the database.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    for each in (file.with_name(file.name + end) for end in _BESIDE):
        try:
            _close(each)
        except FileNotFoundError:
            continue
        except PermissionError:
            log.warning("database_readable_by_others", extra={"file": str(each)})


def refuse_another(file: Path) -> None:
    """Raises DatabaseUnusable while the server that the row names still runs."""
    found = found_owner(file)
    if found is not None and found.is_running:
        raise DatabaseUnusable(running_on(file, found))


def running_on(file: Path, found: Owner | None) -> str:
    who = f": process {found.pid} on {found.host}, since {found.since}" if found else ""
    return f"Another stepwire is running on {file}{who}"


def found_owner(file: Path) -> Owner | None:
    """Whoever the row names; None where there is none, or it cannot be read."""
    engine = sqlite_engine(file, "BEGIN", "query_only=ON")
    try:
        with translating(file), engine.begin() as connection:
            if not inspect(connection).has_table(owner.name):
                return None
            row = connection.execute(select(owner)).first()
            return Owner(host=row.host, pid=row.pid, process=row.process, since=row.since) if row else None
    except DatabaseUnusable:
        return None
    finally:
        engine.dispose()


def own(file: Path) -> None:
    """Names this process. Raises DatabaseUnusable when that cannot be stored."""
    row = {"id": 1, "host": socket.gethostname(), "pid": os.getpid(), "process": _process(os.getpid())}

    def store(connection: Connection) -> None:
        connection.execute(delete(owner))
        connection.execute(insert(owner).values(**row, since=text_of(datetime.now(UTC))))

    _write(file, store)


def disown(file: Path) -> None:
    """Names nobody any more; where that cannot be stored, whoever comes next finds that the process has ended."""
    try:
        _write(file, lambda connection: connection.execute(delete(owner)))
    except DatabaseUnusable as error:
        log.warning("owner_not_removed", extra={"why": str(error)})


def _write(file: Path, statements: Callable[[Connection], object]) -> None:
    """On a connection of its own: closing the last one puts it into the file itself, where its other names see it."""
    engine = sqlite_engine(file, "BEGIN IMMEDIATE")
    try:
        with translating(file), engine.begin() as connection:
            statements(connection)
    finally:
        engine.dispose()


def _close(file: Path) -> None:
    mode = S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        file.chmod(PRIVATE)
        log.warning("database_was_readable_by_others", extra={"file": str(file), "mode": f"{mode:o}"})


def _process(pid: int) -> str | None:
    """When that process began, counted from a certain boot; None where there is none, or the system does not tell."""
    try:
        stat, boot = Path(f"/proc/{pid}/stat").read_text(), _BOOT.read_text().strip()
    except OSError:
        return None
    # Its second field, the name in parentheses, may hold anything.
    return f"{boot} {stat.rpartition(')')[2].split()[19]}"
