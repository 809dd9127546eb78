"""Durable no-op steps of one pipeline and of eight, beside bare SQLite commits in the same run; and commit → follower.

`python -m benchmarks.journal [STEPS]`. A no-op step is one commit: the end of a step and the start of the next, with
the handoff of the one and the prompt of the other, each synced to disk before the next begins. Rounds of each take
turns, so that a busy neighbour slows all of them; CPU is that of the whole process.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from adapters.database import migrate, open_database
from benchmarks.comparison import Figures, tell
from runner import changes, transitions
from runner.events import Recorded, StepStarted
from runner.failures import NO_USAGE
from runner.ids import new_pipeline_id, step_id_of
from runner.journal import Journal
from runner.model import Actor, Cursor, Handoff, Pipeline, Step, StepPlan, in_milliseconds

STEPS_OF_ONE = 10
ROUNDS = 10
WRITERS = (1, 8)
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


def bare_commits(connection: sqlite3.Connection, count: int) -> None:
    """Of one small row each."""
    for _ in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare (text) VALUES ('no-op')")
        connection.execute("COMMIT")


async def steps(journal: Journal, count: int) -> None:
    """One after the other, in pipelines of ten."""
    for _ in range(0, count, STEPS_OF_ONE - 1):
        pipeline = await begun(journal)
        for _ in range(STEPS_OF_ONE - 1):
            pipeline = newest(await journal.commit(succeeded(pipeline)))


@dataclass(kw_only=True)
class Rounds:
    """What each round of something took, by the commit: in seconds, and of them at work."""

    name: str
    commits: int
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def timed(self) -> Iterator[None]:
        began, worked = time.perf_counter(), time.process_time()
        yield
        self.seconds.append((time.perf_counter() - began) / self.commits)
        self.cpu.append((time.process_time() - worked) / self.commits)

    def tell(self, bare: "Rounds") -> None:
        for unit, mine, theirs in (("ms", self.seconds, bare.seconds), ("ms CPU", self.cpu, bare.cpu)):
            ours, peer = ([1e3 * each for each in values] for values in (mine, theirs))
            tell(self.name, f"{unit} a commit", Figures("stepwire", ours), Figures("bare commit", peer))


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


def commits_of(count: int, writers: int) -> int:
    """For so many steps in all, with the two that begin each pipeline."""
    pipelines = len(range(0, count // writers, STEPS_OF_ONE - 1))
    return writers * pipelines * (STEPS_OF_ONE + 1)


async def measured(folder: Path, count: int) -> None:
    url = f"sqlite+aiosqlite:///{folder}/stepwire.db"
    migrate(url)
    each = count // ROUNDS
    bare_rounds = Rounds(name="bare SQLite commit", commits=each)
    rounds = {
        writers: Rounds(name=f"durable step, {writers} at once", commits=commits_of(each, writers))
        for writers in WRITERS
    }
    with bare(folder) as connection:
        async with open_database(url) as database:
            await steps(database.journal, 200)
            for _ in range(ROUNDS):
                with bare_rounds.timed():
                    bare_commits(connection, each)
                for writers, timing in rounds.items():
                    with timing.timed():
                        await asyncio.gather(*(steps(database.journal, each // writers) for _ in range(writers)))
            from_asking, from_return = await latencies(database.journal, count // 2)
    for timing in rounds.values():
        timing.tell(bare_rounds)
    _tell("asked → follower", from_asking)
    _tell("commit → follower", from_return)


def _tell(name: str, took: list[float]) -> None:
    cuts = quantiles(took, n=100)
    print(f"{name:24} p50 {1e3 * cuts[49]:.3f} ms   p99 {1e3 * cuts[98]:.3f} ms   max {1e3 * max(took):.3f} ms")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measured(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
