"""An SQLite database of its own for every test, made by the migrations."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.database import migrate
from tests.adapters.database.opened import Opened, opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "stepwire.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest_asyncio.fixture
async def database(file: Path) -> AsyncIterator[Opened]:
    async with opened(file) as database:
        yield database
