"""Each test that wants a stage is played on both generations of OpenCode."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.stages import STAGES, Stage


@pytest_asyncio.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    root = tmp_path / "opencode"
    root.mkdir()
    async with STAGES[request.param](root) as running:
        yield running
