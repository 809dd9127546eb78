"""Whatever takes the place of a database that is open, nothing is written there; what leaves it alone does no harm."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from adapters.clock import SystemClock
from adapters.database import DatabaseUnusable, open_tokens
from runner.principals import Approvals, Role, TokenRequest, owner
from runner.tokens import Tokens
from tests.adapters.database.opened import Opened, opened, plain
from tests.contracts.pipelines import begun, succeeded
from tests.support.memory_tokens import unheard

pytestmark = pytest.mark.asyncio


def backed_up(file: Path) -> Path:
    backup = file.with_name("backup.db")
    with plain(file) as source, plain(backup) as target:
        source.backup(target)
    return backup


def deleted(file: Path, _: Path) -> None:
    for name in ("", "-wal", "-shm"):
        Path(f"{file}{name}").unlink()


def put_in_place(file: Path, backup: Path) -> None:
    backup.replace(file)


def copied_over(file: Path, backup: Path) -> None:
    shutil.copyfile(backup, file)


def restored_through_sqlite(file: Path, backup: Path) -> None:
    with plain(backup) as source, plain(file) as target:
        source.backup(target)


def emptied(file: Path, _: Path) -> None:
    file.write_bytes(b"")


def without_its_log(file: Path, _: Path) -> None:
    Path(f"{file}-wal").unlink()


def in_another_folder(file: Path, _: Path) -> None:
    file.rename(file.with_name("moved.db"))


def behind_a_link(file: Path, backup: Path) -> None:
    file.unlink()
    file.symlink_to(backup)


REPLACEMENTS = [
    *(deleted, put_in_place, copied_over, restored_through_sqlite, emptied),
    *(without_its_log, in_another_folder, behind_a_link),
]


@pytest.mark.parametrize("checkpointed", [False, True], ids=["in the log", "checkpointed"])
@pytest.mark.parametrize("happens", REPLACEMENTS)
async def test_into_another_database_nothing_is_written(
    file: Path, happens: Callable[[Path, Path], None], checkpointed: bool
) -> None:
    async with opened(file) as database:
        pipeline = await begun(database.journal)
        backup = backed_up(file)
        pipeline = await begun(database.journal)
        if checkpointed:
            _checkpoint(file)
            pipeline = await begun(database.journal)

        happens(file, backup)
        stored = _content(file)
        for _ in range(2):
            with pytest.raises(DatabaseUnusable, match=r"while stepwire was running .*stop stepwire"):
                await database.journal.commit(succeeded(pipeline))
        health = await database.journal.health()

        assert health.message is not None
        assert "while stepwire was running" in health.message
        assert _content(file) == stored


async def test_a_database_replaced_in_the_middle_of_a_transaction_is_taken_back(database: Opened) -> None:
    pipeline, file = await begun(database.journal), database.file
    backup, away = backed_up(file), file.with_name("away.db")

    def replace(_: Connection) -> None:
        file.rename(away)
        backup.rename(file)

    await database.writer.run(replace)
    with pytest.raises(DatabaseUnusable, match="replaced or restored"):
        await database.journal.commit(succeeded(pipeline))
    away.rename(file)

    assert len(await database.journal.commit(succeeded(pipeline))) == 2


@pytest.mark.parametrize("happens", ["read", "checkpointed", "touched", "moved and put back"])
async def test_what_leaves_it_as_it_is_does_no_harm(database: Opened, happens: str) -> None:
    pipeline, file = await begun(database.journal), database.file

    match happens:
        case "read":
            assert database.rows("SELECT count(*) FROM events") == [(2,)]
        case "checkpointed":
            _checkpoint(file)
        case "touched":
            os.utime(file)
        case _:
            file.rename(f"{file}.away").rename(file)

    assert len(await database.journal.commit(succeeded(pipeline))) == 2
    assert (await database.journal.health()).message is None


@pytest.mark.parametrize("checkpointed", ["not", "afterwards", "in between"])
async def test_what_a_process_of_ours_adds_does_no_harm(database: Opened, checkpointed: str) -> None:
    pipeline = await begun(database.journal)
    url = f"sqlite+aiosqlite:///{database.file}"

    for name in ("ana", "ben"):
        async with open_tokens(url) as other:
            tokens = Tokens(store=other, clock=SystemClock(), own_name="root", changed=unheard)
            await tokens.create(
                TokenRequest(name=name, role=Role.VIEWER, expires_at=None), owner("root", Approvals.ANY)
            )
        if checkpointed == "in between" and name == "ana":
            _checkpoint(database.file)
    if checkpointed == "afterwards":
        _checkpoint(database.file)

    assert (await database.journal.health()).message is None
    assert len(await database.journal.commit(succeeded(pipeline))) == 2
    assert (await database.journal.health()).message is None


def _checkpoint(file: Path) -> None:
    with plain(file) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None
