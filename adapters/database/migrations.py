"""The tables brought to a revision of `alembic/`, which an installed stepwire carries inside this package."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import Connection

from adapters.database.engines import file_of, sqlite_engine
from adapters.database.ownership import PRIVATE, found_owner, make_private, refuse_another, running_on
from adapters.database.troubles import DatabaseUnusable, translating

_PACKED = Path(__file__).parent / "_migrations"
_IN_CHECKOUT = Path(__file__).parents[2] / "alembic"


def configuration() -> Config:
    """Alembic's, found wherever the migrations are; `env.py` is handed its connection under "connection"."""
    config = Config()
    config.set_main_option("script_location", str(_PACKED if _PACKED.exists() else _IN_CHECKOUT).replace("%", "%%"))
    return config


def migrate(database_url: str, revision: str = "head") -> None:
    """Creates the database where there is none and brings its tables to that revision, up or down.

    Blocks; of several processes that start at once one migrates and the others wait for it.

    Raises:
        DatabaseUnusable: another stepwire has it open, it cannot be made or is none, or there is no such revision.
    """
    file = file_of(database_url)
    with _one_at_a_time(file):
        _taken(file, revision).release()


def take_over(file: Path) -> FileLock:
    """Migrates, and returns the lock that keeps every other stepwire off the database until it is released.

    Blocks; raises as `migrate` does.
    """
    with _one_at_a_time(file):
        return _taken(file, "head")


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    """Two locks, so that whoever waits for a migration is not taken for a second server."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{file}.migrating", mode=PRIVATE):
            yield
    except Timeout as error:
        raise DatabaseUnusable(running_on(file, found_owner(file))) from error
    except OSError as error:
        raise DatabaseUnusable(f"{file} cannot be made or locked: {error.strerror}") from error


def _taken(file: Path, revision: str) -> FileLock:
    lock = FileLock(f"{file}.lock", timeout=0, thread_local=False, mode=PRIVATE)
    lock.acquire()
    try:
        make_private(file)
        refuse_another(file)
        _bring_to(file, revision)
    except BaseException:
        lock.release()
        raise
    return lock


def check_revision(connection: Connection, file: Path) -> None:
    """Raises DatabaseUnusable unless the tables are those that this stepwire knows."""
    found = MigrationContext.configure(connection).get_current_revision()
    expected = ScriptDirectory.from_config(configuration()).get_current_head()
    if found != expected:
        raise DatabaseUnusable(f"{file} is at revision {found}, stepwire needs {expected}: run stepwire migrate")


def _bring_to(file: Path, revision: str) -> None:
    # Foreign keys stay off: a table that is made anew under its name must not take its children along.
    engine = sqlite_engine(file, "BEGIN IMMEDIATE", "journal_mode=WAL")
    try:
        with translating(file), engine.begin() as connection:
            if _move(connection, file, revision):
                _check_references(connection, file)
    except CommandError as error:
        raise DatabaseUnusable(f"{file} cannot be brought to {revision}: {error}") from error
    finally:
        engine.dispose()


def _move(connection: Connection, file: Path, revision: str) -> bool:
    """Whether it was anywhere else."""
    config = configuration()
    config.attributes["connection"] = connection
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in revisions:
        raise DatabaseUnusable(f"{file} is at revision {found}, which this stepwire does not know: take a newer one")
    earlier = revisions[revisions.index(found) + 1 :] if found else []
    if revision == "base" or revision.startswith("-") or revision in earlier:
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
    return MigrationContext.configure(connection).get_current_revision() != found


def _check_references(connection: Connection, file: Path) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise DatabaseUnusable(f"{file} has rows that point nowhere: {broken[0]} → {broken[2]}")
