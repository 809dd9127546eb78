"""Durable no-op steps per second beside bare SQLite commits of the same minute, and commit → follower.

`python -m benchmarks.journal [STEPS]`. A no-op step is one commit: the end of a step and the start of the next, with
the handoff of the one and the prompt of the other, each synced to disk before the next begins.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median, quantiles

from adapters.database import migrate, open_database
from runner import changes, transitions
from runner.events import Recorded, StepStarted
from runner.failures import NO_USAGE
from runner.ids import new_pipeline_id, step_id_of
from runner.journal import Journal
from runner.model import Actor, Cursor, Handoff, Pipeline, Step, StepPlan, in_milliseconds

STEPS_OF_ONE = 10
ROUNDS = 10  # bare commits and steps take turns, so that a busy neighbour slows both
ACTOR = Actor(name="benchmark")


@contextmanager
def bare(folder: Path) -> Iterator[sqlite3.Connection]:
    """SQLite without anything of ours, with the settings that stepwire writes with."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
    try:
        yield connection
    finally:
        connection.close()


def bare_commits(connection: sqlite3.Connection, count: int) -> list[float]:
    """What each commit of one small row took."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare (text) VALUES ('no-op')")
        connection.execute("COMMIT")
        took.append(time.perf_counter() - began)
    return took


async def steps(journal: Journal, count: int) -> list[float]:
    """What each of the steps took, one after the other, in pipelines of ten."""
    took: list[float] = []
    while len(took) < count:
        pipeline = await begun(journal)
        for _ in range(STEPS_OF_ONE - 1):
            began = time.perf_counter()
            pipeline = newest(await journal.commit(succeeded(pipeline)))
            took.append(time.perf_counter() - began)
    return took


async def latencies(journal: Journal, count: int) -> tuple[list[float], list[float]]:
    """For each of the steps: from asking for the commit, and from its return, until a follower has the event."""
    received: asyncio.Queue[float] = asyncio.Queue()
    following = asyncio.create_task(_follow(journal, await journal.newest(), received))
    from_asking, from_return = [], []
    pipeline = await begun(journal)
    await received.get()
    for number in range(count):
        if number % (STEPS_OF_ONE - 1) == 0:
            pipeline = await begun(journal)
            await received.get()
        asked = time.perf_counter()
        pipeline = newest(await journal.commit(succeeded(pipeline)))
        returned = time.perf_counter()
        at = await received.get()
        from_asking.append(at - asked)
        from_return.append(max(0.0, at - returned))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return from_asking, from_return


async def _follow(journal: Journal, after: Cursor, received: "asyncio.Queue[float]") -> None:
    async for item in journal.follow(after):
        if isinstance(item, Recorded) and isinstance(item.event, StepStarted):
            received.put_nowait(time.perf_counter())


async def begun(journal: Journal) -> Pipeline:
    at = now()
    pipeline_id = new_pipeline_id(at)
    plan = StepPlan(agent="build", engine_agent="build", instructions="Do nothing.")
    pipeline = Pipeline(
        id=pipeline_id,
        title="No-op",
        prompt="Do nothing, ten times.",
        steps=tuple(Step(id=step_id_of(pipeline_id, n), position=n, plan=plan) for n in range(STEPS_OF_ONE)),
        started_by=ACTOR,
        created_at=at,
        template="no_op",
    )
    pipeline = newest(await journal.commit(transitions.start(pipeline, ACTOR)))
    return newest(await journal.commit(transitions.begin_step(pipeline, now())))


def succeeded(pipeline: Pipeline) -> changes.Change:
    step = pipeline.current
    assert step is not None
    handoff = Handoff(markdown="Nothing was done.", created_at=now())
    return transitions.succeed_step(pipeline, step.id, 1, handoff, NO_USAGE, now())


def newest(recorded: Sequence[Recorded]) -> Pipeline:
    return next(after.pipeline for after in reversed(recorded) if after.pipeline)


def now() -> datetime:
    return in_milliseconds(datetime.now(UTC))


async def measured(folder: Path, count: int) -> None:
    url = f"sqlite+aiosqlite:///{folder}/stepwire.db"
    migrate(url)
    with bare(folder) as connection:
        async with open_database(url) as database:
            await steps(database.journal, 200)
            commits, took = [], []
            for _ in range(ROUNDS):
                commits += bare_commits(connection, count // ROUNDS)
                took += await steps(database.journal, count // ROUNDS)
            from_asking, from_return = await latencies(database.journal, count // 2)
    _tell("bare SQLite commit", commits)
    _tell("durable no-op step", took)
    print(
        f"one step is {mean(took) / mean(commits):.1f} bare commits, at the median {median(took) / median(commits):.1f}"
    )
    _tell("asked → follower", from_asking)
    _tell("commit → follower", from_return)


def _tell(name: str, took: list[float]) -> None:
    cuts = quantiles(took, n=100)
    rate = f"mean {1e3 * mean(took):6.3f} ms = {1 / mean(took):5.0f} a second" if mean(took) > 0 else "at once"
    print(f"{name:20} {rate:36}   p50 {1e3 * cuts[49]:6.3f} ms   p99 {1e3 * cuts[98]:6.3f} ms")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measured(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
