"""The tables come from the migrations alone: up, down and up again, from nothing, and in several processes at once."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from adapters.database import DatabaseUnusable, migrate, open_database, open_reads
from adapters.database.engines import sqlite_engine
from adapters.database.migrations import configuration
from adapters.database.tables import metadata
from runner.reads import PipelineFilter
from tests.adapters.database.opened import Opened, plain
from tests.contracts.pipelines import begun, broken

ROOT = Path(__file__).parents[3]


# What FTS5 makes of one table; SQLAlchemy has no words for it.
SEARCH_INDEX = ["search_index", *(f"search_index_{part}" for part in ("data", "idx", "content", "docsize", "config"))]


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _tables(file: Path) -> set[str]:
    with plain(file) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_up_down_and_up_again(file: Path) -> None:
    migrate(_url(file), "base")
    assert _tables(file) == {"alembic_version"}

    migrate(_url(file))

    assert _tables(file) == {*metadata.tables, *SEARCH_INDEX, "alembic_version"}


def test_every_revision_goes_down_and_up(file: Path) -> None:
    script = ScriptDirectory.from_config(configuration())
    for revision in script.walk_revisions():
        migrate(_url(file), revision.down_revision or "base")  # type: ignore[arg-type]  # none of ours is a merge
        migrate(_url(file), revision.revision)
    migrate(_url(file))

    assert _tables(file) == {*metadata.tables, *SEARCH_INDEX, "alembic_version"}


def test_usage_that_nobody_told_is_zero_again_below_0002(file: Path) -> None:
    step = "INSERT INTO steps (id, pipeline_id, position, kind, status, plan, attempts_before, attention) VALUES "
    attempt = "INSERT INTO attempts (step_id, number, status, input_tokens, resume, started_at) VALUES "
    with plain(file) as connection:
        connection.execute(step + "('stp_1', 'pip_1', 0, 'AGENT', 'RUNNING', '{}', 0, '[]')")
        connection.execute(attempt + "('stp_1', 1, 'RUNNING', 7, '{}', '')")
        connection.execute(
            "INSERT INTO pipelines (id, title, prompt, status, started_by, created_at, seq) "
            "VALUES ('pip_1', '', '', 'RUNNING', '', '', 1)"
        )
    figures = "SELECT input_tokens, output_tokens, cost FROM attempts"
    index = "SELECT sql FROM sqlite_master WHERE name = 'ix_attempts_failure_id'"

    migrate(_url(file), "0001")
    with plain(file) as connection:
        assert connection.execute(figures).fetchall() == [(7, 0, 0.0)]
        below = connection.execute(index).fetchall()
    migrate(_url(file))

    with plain(file) as connection:
        assert connection.execute(figures).fetchall() == [(7, 0, 0.0)]
        assert connection.execute(index).fetchall() == below
        assert "WHERE failure_id IS NOT NULL" in below[0][0]


def test_below_0005_no_event_tells_of_tokens(file: Path) -> None:
    event = "INSERT INTO events (position, epoch, type, at, payload) VALUES "
    with plain(file) as connection:
        connection.execute(event + "(1, 'e', 'token_changed', '', '{}'), (2, 'e', 'definition_changed', '', '{}')")

    migrate(_url(file), "0003")

    with plain(file) as connection:
        assert connection.execute("SELECT type FROM events").fetchall() == [("definition_changed",)]


def test_where_pipelines_were_started_before_is_trusted(file: Path) -> None:
    migrate(_url(file), "0003")
    with plain(file) as connection:
        for number, directory in enumerate(("'/srv/app'", "'/srv/app'", "NULL")):
            connection.execute(
                "INSERT INTO pipelines (id, title, prompt, status, started_by, created_at, seq, directory) "
                f"VALUES ('pip_{number}', '', '', 'FAILED', 'ana', '2026-01-0{number + 1}', 1, {directory})"
            )
        connection.commit()
    migrate(_url(file))

    with plain(file) as connection:
        assert connection.execute("SELECT * FROM trusted_directories").fetchall() == [("/srv/app", "ana", "2026-01-01")]


def test_the_tables_are_what_the_migrations_make(file: Path) -> None:
    engine = sqlite_engine(file, "BEGIN")
    config = configuration()

    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)

    engine.dispose()


def test_there_is_one_newest_revision() -> None:
    assert len(ScriptDirectory.from_config(configuration()).get_heads()) == 1


def test_migrating_again_changes_nothing(file: Path) -> None:
    before = file.read_bytes()

    migrate(_url(file))

    assert file.read_bytes() == before


def test_a_folder_made_for_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    migrate(_url(tmp_path / "made" / "stepwire.db"))

    assert (tmp_path / "made").stat().st_mode & 0o077 == 0


def test_every_database_is_a_log_of_its_own(tmp_path: Path) -> None:
    for name in ("one.db", "other.db"):
        migrate(_url(tmp_path / "made" / name))

    with plain(tmp_path / "made" / "one.db") as one, plain(tmp_path / "made" / "other.db") as other:
        genesis = "SELECT genesis FROM log"
        assert one.execute(genesis).fetchall() != other.execute(genesis).fetchall()


@pytest.mark.slow
def test_processes_that_start_at_once_all_get_a_database(tmp_path: Path) -> None:
    file = tmp_path / "stepwire.db"
    program = f"from adapters.database import migrate; migrate({_url(file)!r})"

    processes = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(5)]

    assert [process.wait(60) for process in processes] == [0] * 5
    assert _tables(file) == {*metadata.tables, *SEARCH_INDEX, "alembic_version"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://db/stepwire", "SQLite only"),
        ("sqlite+aiosqlite://", "names no file"),
        ("sqlite+aiosqlite:///:memory:", "names no file"),
        ("sqlite+aiosqlite:////dev/null/stepwire.db", "cannot be made"),
    ],
)
def test_a_url_that_is_none_of_ours_is_refused(url: str, said: str) -> None:
    with pytest.raises(DatabaseUnusable, match=said):
        migrate(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stepwire.db").write_text("Dear diary, " * 1000)

    with pytest.raises(DatabaseUnusable, match="not a database"):
        migrate(_url(tmp_path / "stepwire.db"))


def test_an_unknown_revision_is_refused(file: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="nowhere"):
        migrate(_url(file), "nowhere")


def test_a_database_of_a_newer_stepwire_is_refused(file: Path) -> None:
    with plain(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'future'")

    with pytest.raises(DatabaseUnusable, match="future, which this stepwire does not know"):
        migrate(_url(file))


@pytest.mark.asyncio
async def test_a_second_server_is_refused(file: Path) -> None:
    async with open_database(_url(file)):
        with pytest.raises(DatabaseUnusable, match=f"Another stepwire is running on {file}"):
            async with open_database(_url(file)):
                pass
        with pytest.raises(DatabaseUnusable, match="Another stepwire"):
            await asyncio.to_thread(migrate, _url(file))

    async with open_database(_url(file)) as database:
        assert (await database.journal.health()).message is None


@pytest.mark.asyncio
async def test_opening_makes_and_migrates(tmp_path: Path) -> None:
    async with open_database(_url(tmp_path / "new" / "stepwire.db")) as database:
        pipeline = await begun(database.journal)

        assert await database.journal.load(pipeline.id) == pipeline


@pytest.mark.asyncio
async def test_what_was_stored_is_there_when_it_is_opened_again(file: Path) -> None:
    async with open_database(_url(file)) as database:
        pipeline = await broken(database.journal)
        newest = await database.journal.newest()

    async with open_database(_url(file)) as database:
        await begun(database.journal)

        assert await database.journal.load(pipeline.id) == pipeline
        assert (await database.journal.newest()).epoch != newest.epoch
        await anext(database.journal.follow(newest))


@pytest.mark.asyncio
async def test_reads_are_opened_beside_a_server(file: Path) -> None:
    async with open_database(_url(file)) as database:
        pipeline = await broken(database.journal)

        async with open_reads(_url(file)) as reads:
            assert list((await reads.pipelines(5, None, PipelineFilter())).items) == [pipeline]


@pytest.mark.asyncio
async def test_reads_of_an_older_database_are_refused(file: Path) -> None:
    migrate(_url(file), "base")

    with pytest.raises(DatabaseUnusable, match="run stepwire migrate"):
        async with open_reads(_url(file)):
            pass


@pytest.mark.asyncio
async def test_reads_of_no_database_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="run stepwire migrate"):
        async with open_reads(_url(tmp_path / "none.db")):
            pass


@pytest.mark.asyncio
async def test_foreign_keys_are_kept(database: Opened) -> None:
    await begun(database.journal)

    assert database.rows("PRAGMA foreign_key_check") == []
    with plain(database.file) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE steps SET pipeline_id = 'pip_0'")
