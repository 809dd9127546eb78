"""A database is its owner's alone, under whatever name: one server at a time, and files that nobody else can read."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import insert

from adapters.database import DatabaseUnusable, migrate, open_database
from adapters.database.engines import sqlite_engine
from adapters.database.ownership import disown, found_owner, make_private, own
from adapters.database.tables import owner
from tests.adapters.database.opened import plain

HOST = socket.gethostname()
SOMEBODY = {"id": 1, "host": HOST, "pid": 1, "process": None, "since": "2026-01-31T12:00:00.000+00:00"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stepwire.db"


def url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def modes(folder: Path) -> dict[str, str]:
    return {each.name: f"{stat.S_IMODE(each.stat().st_mode):o}" for each in folder.iterdir()}


@pytest.mark.asyncio
async def test_all_files_are_the_owners_alone_whatever_the_umask(file: Path) -> None:
    before = os.umask(0o000)
    try:
        async with open_database(url_of(file)) as database:
            await database.journal.health()
            seen = modes(file.parent)
    finally:
        os.umask(before)

    assert {"stepwire.db", "stepwire.db-wal", "stepwire.db-shm", "stepwire.db.lock"} <= set(seen)
    assert set(seen.values()) == {"600"}


@pytest.mark.asyncio
async def test_files_that_others_could_read_are_closed(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    migrate(url_of(file))
    for name in ("stepwire.db", "stepwire.db.lock", "stepwire.db-wal", "stepwire.db-shm"):
        (file.parent / name).touch()
        (file.parent / name).chmod(0o666)

    async with open_database(url_of(file)):
        assert set(modes(file.parent).values()) == {"600"}
    assert "database_was_readable_by_others" in caplog.messages


def test_files_that_cannot_be_closed_are_told() -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    script = (
        "import logging, os, sys\n"
        "from pathlib import Path\n"
        "from adapters.database.ownership import make_private\n"
        "logging.basicConfig(format='%(message)s %(file)s')\n"
        "os.setuid(54321)\n"
        "make_private(Path(sys.argv[1]))\n"
    )
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "stepwire.db"
        file.touch()
        file.chmod(0o644)

        said = run(script, str(file))

    assert f"database_readable_by_others {file}" in said.stderr


def test_a_database_is_made_for_its_owner_alone(file: Path) -> None:
    make_private(file)

    assert modes(file.parent) == {"stepwire.db": "600"}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["the-same", "symlink", "relative-symlink", "link-to-the-folder", "hard-link"])
async def test_a_second_server_is_refused_whatever_the_name(name: str, file: Path, tmp_path: Path) -> None:
    migrate(url_of(file))
    other = {"the-same": file, "link-to-the-folder": tmp_path / "folder" / file.name}.get(name, tmp_path / "other.db")
    if name == "link-to-the-folder":
        (tmp_path / "folder").symlink_to(tmp_path)
    elif name == "hard-link":
        other.hardlink_to(file)
    elif name != "the-same":
        other.symlink_to(file.name if name == "relative-symlink" else file)

    async with open_database(url_of(file)):
        said = run("import sys; from adapters.database import migrate; migrate(sys.argv[1])", url_of(other))

    assert said.returncode == 1
    assert "DatabaseUnusable: Another stepwire is running on " in said.stderr
    assert f"process {os.getpid()} on {HOST}, since 20" in said.stderr


@pytest.mark.asyncio
async def test_the_owner_is_named_while_it_is_open_and_not_afterwards(file: Path) -> None:
    async with open_database(url_of(file)):
        while_open = found_owner(file)
    migrate(url_of(file))

    assert while_open is not None
    assert (while_open.host, while_open.pid) == (HOST, os.getpid())
    assert while_open.is_running
    assert found_owner(file) is None


@pytest.mark.parametrize(
    "row",
    [
        {"pid": 4_194_999, "process": "a-boot 17"},
        {"pid": os.getpid(), "process": "a-boot 17"},
        {"pid": 1, "process": None},
        {"pid": os.getpid(), "host": "another-host"},
    ],
    ids=["no-such-process", "a-number-used-again", "a-system-that-tells-no-beginnings", "another-host"],
)
@pytest.mark.asyncio
async def test_what_a_killed_server_left_is_taken_over(row: dict[str, object], file: Path) -> None:
    migrate(url_of(file))
    with sqlite_engine(file, "BEGIN IMMEDIATE").begin() as connection:
        connection.execute(insert(owner).values({**SOMEBODY, **row}))

    async with open_database(url_of(file)):
        now = found_owner(file)

    assert now is not None
    assert (now.host, now.pid, now.is_running) == (HOST, os.getpid(), True)


def test_before_there_are_tables_nobody_owns_it(file: Path) -> None:
    assert found_owner(file) is None


def test_a_database_that_cannot_be_read_names_nobody(file: Path) -> None:
    file.write_bytes(b"no database, but a text of some length that is none" * 20)

    assert found_owner(file) is None
    disown(file)


def test_a_migration_leaves_no_owner(file: Path) -> None:
    migrate(url_of(file))
    own(file)
    disown(file)

    with plain(file) as connection:
        assert connection.execute("SELECT count(*) FROM owner").fetchone() == (0,)


def test_a_link_that_leads_to_itself_is_said(file: Path) -> None:
    file.symlink_to(file)

    with pytest.raises(DatabaseUnusable, match="a link that leads to itself"):
        migrate(url_of(file))


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
