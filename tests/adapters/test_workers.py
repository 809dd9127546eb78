"""A worker answers, or is killed when its time is up; none is left behind, whatever happens to it."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.workers import WorkerLost, Workers

pytestmark = pytest.mark.asyncio

PROGRAM = """
import os, sys, time
print("ready", flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "sleep":
        time.sleep(60)
    if word == "end":
        sys.exit(3)
    print({"pid": os.getpid(), "secret": os.environ.get("STEPWIRE_TOKEN"), "session": os.getsid(0)}[word], flush=True)
"""


@pytest_asyncio.fixture
async def workers(tmp_path: Path) -> AsyncIterator[Workers]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    opened = Workers(program, most=1)
    yield opened
    await opened.close()


async def pid(workers: Workers) -> int:
    return int(await workers.ask(b"pid\n", within=30))


def lives(process: int) -> bool:
    """A zombie lives."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_worker_answers_one_question_after_the_other(workers: Workers) -> None:
    first, second = await asyncio.gather(pid(workers), pid(workers))

    assert first == second


async def test_whoever_takes_too_long_is_gone_and_another_comes(workers: Workers) -> None:
    before = await pid(workers)

    with pytest.raises(TimeoutError):
        await workers.ask(b"sleep\n", within=0.05)

    assert not lives(before)
    assert await pid(workers) != before


async def test_whoever_is_no_longer_waited_for_is_gone(workers: Workers) -> None:
    before = await pid(workers)
    asking = asyncio.create_task(workers.ask(b"sleep\n", within=60))
    await asyncio.sleep(0)

    asking.cancel()
    await asyncio.wait([asking])

    assert asking.cancelled()
    assert await pid(workers) != before or not lives(before)


async def test_whoever_ends_by_itself_is_told_of(workers: Workers) -> None:
    with pytest.raises(WorkerLost, match="ended with 3"):
        await workers.ask(b"end\n", within=30)

    assert await pid(workers)


async def test_a_program_that_is_none_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(WorkerLost, match="ended at once"):
        await Workers(tmp_path / "nothing.py").ask(b"x\n", within=30)


async def test_it_has_no_secret_and_no_terminal_of_ours(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPWIRE_TOKEN", "a-token")

    assert await workers.ask(b"secret\n", within=30) == b"None\n"
    assert int(await workers.ask(b"session\n", within=30)) != os.getsid(0)


async def test_none_is_left_at_the_end(workers: Workers) -> None:
    process = await pid(workers)

    await workers.close()

    assert not lives(process)
