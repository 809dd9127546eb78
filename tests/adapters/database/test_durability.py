"""What was acknowledged is there after a kill, whatever the process was doing."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.database import open_database
from tests.contracts.stores import all_events

ROOT = Path(__file__).parents[3]

# Starts pipelines and runs them, one line for every commit that was acknowledged.
PROGRAM = """
import asyncio, json, sys
from adapters.database import open_database
from tests.contracts.pipelines import a_pipeline, begun, failed, session_opened, succeeded

async def run(journal):
    while True:
        pipeline = await begun(journal, a_pipeline())
        for change in (session_opened, succeeded, session_opened, failed):
            recorded = await journal.commit(change(pipeline))
            pipeline = recorded[-1].pipeline
            print(json.dumps([pipeline.id, pipeline.seq, recorded[-1].cursor.position]), flush=True)

async def main():
    async with open_database(sys.argv[1], engine_is_local=True) as database:
        await asyncio.gather(*(run(database.journal) for _ in range(4)))

asyncio.run(main())
"""


def _acknowledged_until_killed(url: str) -> set[tuple[str, int, int]]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline() for _ in range(200)]
        process.kill()
        lines += process.stdout.readlines()
    return {tuple(json.loads(line)) for line in lines if line.endswith("\n")}


@pytest.mark.slow
@pytest.mark.asyncio
async def test_what_was_acknowledged_survives_a_kill(file: Path) -> None:
    url = f"sqlite+aiosqlite:///{file}"
    async with open_database(url) as database:
        beginning = await database.journal.newest()

    acknowledged = await asyncio.to_thread(_acknowledged_until_killed, url)

    async with open_database(url) as database:
        recorded = await all_events(database.journal, beginning)
        stored = {
            (after.pipeline.id, after.pipeline.seq, after.cursor.position) for after in recorded if after.pipeline
        }
        assert len(acknowledged) >= 200
        assert acknowledged <= stored
        assert [after.cursor.position for after in recorded] == list(range(1, len(recorded) + 1))
        for pipeline in {after.pipeline.id: after.pipeline for after in recorded if after.pipeline}.values():
            assert await database.journal.load(pipeline.id) == pipeline
