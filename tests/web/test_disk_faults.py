"""What a system really does to the file under a server in a process of its own: told in words, over when it is over."""

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

START = """
mutation { startPipeline(input: {prompt: "Ship", steps: [{kind: APPROVAL, description: "Ship it?"}]}) {
  __typename ... on Pipeline { id } ... on UserError { message } } }
"""


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[StepwireServer]:
    """Without an OpenCode: a pipeline of approvals needs none."""
    async with stepwire_server(tmp_path / "data", opencode_url="http://127.0.0.1:9") as running:
        yield running


async def start(server: StepwireServer) -> dict[str, Any]:
    return dict((await server.query(START))["startPipeline"])


async def trouble(server: StepwireServer) -> str | None:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        told: str | None = (await client.get(f"{server.url}/readyz")).json()["database"]
    return told


async def test_a_file_that_may_not_grow_is_told_and_passes(server: StepwireServer) -> None:
    assert (await start(server))["__typename"] == "Pipeline"
    assert server.process is not None
    size = os.stat(f"{server.database}-wal").st_size  # noqa: PTH116  blocks for nothing that counts
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)

    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))
    refused, told = await start(server), await trouble(server)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    started = await start(server)

    assert refused["__typename"] == "StorageUnavailable"
    assert "stepwire.db cannot be used: " in refused["message"]
    assert told is not None
    assert told in refused["message"]
    assert started["__typename"] == "Pipeline"
    assert await trouble(server) is None
    assert "Traceback" not in "".join(server.output)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own of 1 MB; skips where none may be mounted."""
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounting.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounting.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(filler: Path) -> None:
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


async def test_a_full_disk_is_told_and_passes(tmp_path: Path) -> None:
    data, filler = tmp_path / "data", tmp_path / "data" / "filler"
    with small_disk(data):
        async with stepwire_server(data, opencode_url="http://127.0.0.1:9") as server:
            first = await start(server)
            fill(filler)
            refused, told = await start(server), await trouble(server)
            filler.unlink()
            started = await start(server)

            assert first["__typename"] == started["__typename"] == "Pipeline"
            assert refused["__typename"] == "StorageUnavailable"
            assert "database or disk is full (make room on its disk; stepwire goes on by itself)" in refused["message"]
            assert told is not None
            assert told in refused["message"]
            assert await trouble(server) is None
            assert server.rows("SELECT count(*) FROM pipelines") == [(2,)]


async def test_a_database_that_was_replaced_is_refused_until_it_is_back(server: StepwireServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    await start(server)
    with closing(sqlite3.connect(server.database)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    away = server.database.rename(tmp_path / "away.db")
    backup.rename(server.database)

    refused, told = await start(server), await trouble(server)
    away.rename(server.database)
    started = await start(server)

    assert refused["__typename"] == "StorageUnavailable"
    assert "it was replaced or restored while stepwire was running (stop stepwire" in refused["message"]
    assert told is not None
    assert told in refused["message"]
    assert started["__typename"] == "Pipeline"
    assert "storage_unavailable" in "".join(server.output)
    assert "Traceback" not in "".join(server.output)


async def test_with_its_descriptors_used_up_it_answers_again_once_they_are_free(server: StepwireServer) -> None:
    assert server.process is not None
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{server.process.pid}/fd"))  # noqa: PTH208  nothing of it is opened

    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used, hard))
    _, held = await asyncio.open_connection("127.0.0.1", server.port)  # in the queue, which nobody can take it from
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    started = await start(server)
    held.close()

    assert started["__typename"] == "Pipeline"
    assert await trouble(server) is None
