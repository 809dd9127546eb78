"""The tables brought to a revision of `alembic/`, which an installed stepwire carries inside this package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection

from adapters.database.engines import DatabaseUnusable, file_of, sqlite_engine, translating

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
        DatabaseUnusable: there is no such file and none can be made, or it is no database.
    """
    file = file_of(database_url)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(f"{file.parent} cannot be made: {error.strerror}") from error
    config = configuration()
    # Foreign keys stay off: a table that is made anew under the same name must not take its children along.
    engine = sqlite_engine(file, "BEGIN IMMEDIATE", "journal_mode=WAL")
    try:
        with FileLock(f"{file}.migrating"), translating(file), engine.begin() as connection:
            config.attributes["connection"] = connection
            _move(config, connection, revision)
    finally:
        engine.dispose()


def check_revision(connection: Connection, file: Path) -> None:
    """Raises DatabaseUnusable unless the tables are those that this stepwire knows."""
    found = MigrationContext.configure(connection).get_current_revision()
    expected = ScriptDirectory.from_config(configuration()).get_current_head()
    if found != expected:
        raise DatabaseUnusable(f"{file} is at revision {found}, stepwire needs {expected}: run stepwire migrate")


def _move(config: Config, connection: Connection, revision: str) -> None:
    script = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    if revision == "base" or (found and revision in {older.revision for older in script.walk_revisions("base", found)}):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
