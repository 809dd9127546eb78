"""Every journal there is: each test of the contract runs over all of them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.database import migrate, open_database
from runner.journal import Journal
from tests.contracts.stores import Opening, Store, Told
from tests.support.memory import MemoryJournal
from tests.support.memory_tokens import MemoryTokens
from tests.support.memory_trust import MemoryTrust


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the migrations make it, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "stepwire.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(params=["memory", "sqlite"])
def opening(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Opening:
    """Opens a new store at every call."""
    if request.param == "memory":
        return _memory
    numbers = count()

    @asynccontextmanager
    async def sqlite() -> AsyncIterator[Store]:
        file = tmp_path / f"stepwire-{next(numbers)}.db"
        shutil.copy(migrated, file)
        told = Told()
        async with open_database(f"sqlite+aiosqlite:///{file}", [told]) as database:
            yield Store(
                journal=database.journal, reads=database.reads, tokens=database.tokens, trust=database.trust, told=told
            )

    return sqlite


@asynccontextmanager
async def _memory() -> AsyncIterator[Store]:
    journal, told = MemoryJournal(), Told()
    journal.hooks.append(told)
    yield Store(journal=journal, reads=journal, tokens=MemoryTokens(journal), trust=MemoryTrust(journal), told=told)


@pytest_asyncio.fixture
async def store(opening: Opening) -> AsyncIterator[Store]:
    async with opening() as opened:
        yield opened


@pytest.fixture
def journal(store: Store) -> Journal:
    return store.journal
