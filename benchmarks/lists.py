"""What a list costs: processor time of the server for one request, beside graphql-yoga and FastAPI in the same run.

`python -m benchmarks.lists`. All three read the same SQLite file, each in a process of its own, and are asked in turns.
Cold: something is committed before each request (not counted). Hot: nothing moves. Prints the least, the median and the
most of some rounds, and the ratio of the medians. `npm` and `node` are needed.
"""

import asyncio
import http.client
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from adapters.database import migrate, open_database
from benchmarks.comparison import Figures, modules_of, program, python_of, tell
from benchmarks.journal import newest
from runner import repairs, transitions
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, FailureCause, failure
from runner.ids import step_id_of
from runner.journal import Journal
from runner.model import Actor, Handoff, Pipeline, PipelineId, Step, StepKind, StepPlan
from runner.retry import RetryPolicy

ROUNDS, REQUESTS, SHOWN = 5, 40, 50
NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ACTOR = Actor(name="benchmark")
BROKEN = PipelineId("pip_000000000000broken")

PIPELINE = "id title prompt status createdAt startedAt finishedAt errorMessage template"
LIST = f"""{{ pipelines(first: {SHOWN}) {{
  nodes {{ {PIPELINE} steps {{ id position agent status errorMessage }} }} pageInfo {{ hasNextPage endCursor }}
}} }}"""
STORY = f"""{{ pipeline(id: "{BROKEN}") {{ {PIPELINE} steps {{ id position agent status errorMessage
  attempts {{ number status sessionId startedAt finishedAt failure {{ id kind origin message hint
    causes {{ source message }} }} }} }} }} }}"""


Measured: TypeAlias = tuple[str, Callable[[], float]]
"""Who is measured, and how: each call gives milliseconds of processor time for a request."""


class Server:
    """A process that answers, and how long it was on a processor."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._tasks = Path(f"/proc/{process.pid}/task")
        self.address = process.stdout.readline().strip()
        self._connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=120)

    def connect_anew(self) -> None:
        """Some hang up on whoever has asked nothing for a while."""
        self._connection.close()

    def get(self, path: str) -> bytes:
        return self._answer("GET", path)

    def ask(self, query: str) -> bytes:
        return self._answer("POST", "/graphql", json.dumps({"query": query}))

    def move(self) -> None:
        self._answer("POST", "/move")

    def milliseconds(self) -> float:
        """Of processor time until now, in all its threads."""
        times = (task.joinpath("schedstat").read_text().split()[0] for task in self._tasks.iterdir())
        return sum(map(int, times)) / 1e6

    def _answer(self, method: str, path: str, body: str | None = None) -> bytes:
        self._connection.request(method, path, body, {"content-type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text[:500]
        return text


@contextmanager
def server(*command: str) -> Iterator[Server]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()


def yoga(file: Path) -> list[str]:
    return [
        "node",
        program("yoga_lists.mjs"),
        modules_of("yoga", "graphql", "graphql-yoga", "better-sqlite3"),
        str(file),
    ]


def fastapi(file: Path) -> list[str]:
    python = python_of("fastapi", "fastapi", "uvicorn[standard]", "sqlalchemy")
    return [python, program("fastapi_lists.py"), str(file)]


def ours(file: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.listed", str(file)]


# The files that are asked about.


async def story(journal: Journal, pipeline: Pipeline, *, fails: bool, waits: bool = False) -> None:
    """All its steps succeed or fail and are skipped; the last may be left to a person."""
    pipeline = newest(await journal.commit(transitions.start(pipeline, ACTOR)))
    at = pipeline.created_at
    pipeline = newest(await journal.commit(transitions.begin_step(pipeline, at)))
    for step in pipeline.steps[: -1 if waits else None]:
        if fails:
            reason = failure(
                FailureKind.PROVIDER_AUTH,
                f"The provider rejected the API key ({step.id})",
                causes=(FailureCause(source="provider", message="invalid x-api-key"),),
            )
            failing = transitions.fail_step(pipeline, step.id, 1, reason, RetryPolicy(), at)
            pipeline = newest(await journal.commit(failing))
            pipeline = newest(await journal.commit(repairs.skip_step(pipeline, step.id, ACTOR, "Go on", at)))
            if not pipeline.status.ended:
                pipeline = newest(await journal.commit(transitions.begin_step(pipeline, at)))
        else:
            done = Handoff(markdown=f"Did what {step.id} was asked for. " * 20, created_at=at)
            pipeline = newest(await journal.commit(transitions.succeed_step(pipeline, step.id, 1, done, NO_USAGE, at)))


def a_pipeline(number: int, steps: int, last: StepKind = StepKind.AGENT) -> Pipeline:
    pipeline_id = PipelineId(f"pip_{number:012x}0123456789")
    plans = [StepPlan(agent="build", engine_agent="build", instructions="Mend it.")] * (steps - 1)
    plans.append(
        replace(plans[0], kind=last) if last is StepKind.AGENT else StepPlan(kind=last, description="Ship it?")
    )
    return Pipeline(
        id=pipeline_id,
        title=f"Mend the login, part {number}",
        prompt="The login fails for whoever has an umlaut in their name. Find out why, mend it, and say what you did.",
        steps=tuple(Step(id=step_id_of(pipeline_id, n), position=n, plan=plan) for n, plan in enumerate(plans)),
        started_by=ACTOR,
        created_at=NOON + timedelta(seconds=number),
        template="mend",
    )


async def fill(file: Path, steps: int) -> None:
    """Ended pipelines, a broken one, and as the newest one that waits."""
    url = f"sqlite+aiosqlite:///{file}"
    await asyncio.to_thread(migrate, url)
    async with open_database(url) as database:
        journal = database.journal
        broken = a_pipeline(0, 20)
        broken = replace(
            broken,
            id=BROKEN,
            steps=tuple(replace(step, id=step_id_of(BROKEN, step.position)) for step in broken.steps),
        )
        await story(journal, broken, fails=True)
        for number in range(1, SHOWN + 10):
            await story(journal, a_pipeline(number, steps), fails=False)
        await story(journal, a_pipeline(SHOWN + 10, steps, StepKind.APPROVAL), fails=False, waits=True)


def multiply(file: Path, count: int) -> None:
    """More pipelines like one that is there, all of them older."""
    like = a_pipeline(1, 5).id
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        for table, owner in (("pipelines", "id"), ("searches", "pipeline_id"), ("steps", "pipeline_id")):
            found = connection.execute(f"SELECT * FROM {table} WHERE {owner} = ?", (like,))
            columns, rows = [column[0] for column in found.description], found.fetchall()
            put = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            for number in range(count):
                connection.executemany(put, [_renamed(columns, row, like, number) for row in rows])
        # At once: the server would take some minutes to it, a few texts at a time.
        connection.execute("INSERT INTO search_index (rowid, text) SELECT place, text FROM searches WHERE indexed = 1")
        connection.execute("COMMIT")


def _renamed(columns: Sequence[str], row: Sequence[object], like: str, number: int) -> list[object]:
    core, own = like.removeprefix("pip_"), f"f{number:011x}9876543210"
    values = dict(zip(columns, row, strict=True))
    values = {name: value.replace(core, own) if isinstance(value, str) else value for name, value in values.items()}
    if "created_at" in values:
        values["created_at"] = (NOON - timedelta(seconds=1 + number)).isoformat(timespec="milliseconds")
    if "text" in values:
        values["text"] = f"{values['text']}\nword{number:06}"
    if "indexed" in values:
        values["indexed"] = 1
        values["place"] = number + 1
    return list(values.values())


# What is measured.


def cost(asked: Server, ask: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Milliseconds of processor time for one request."""
    asked.connect_anew()
    ask()
    total = 0.0
    for _ in range(REQUESTS):
        before()
        at = asked.milliseconds()
        ask()
        total += asked.milliseconds() - at
    return total / REQUESTS


def compare(title: str, goal: str, mine: Measured, other: Measured) -> None:
    """By turns, so that a busy neighbour slows both."""
    for _, measure in (mine, other):
        measure()
    rounds = [(mine[1](), other[1]()) for _ in range(ROUNDS)]
    ours, theirs = zip(*rounds, strict=True)
    tell(title, "ms CPU a request", Figures(mine[0], ours), Figures(other[0], theirs), goal)


def lists(folder: Path, stack: ExitStack) -> None:
    five, twenty = folder / "five.db", folder / "twenty.db"
    asyncio.run(fill(five, 5))
    asyncio.run(fill(twenty, 20))
    us, longer = (stack.enter_context(server(*ours(file))) for file in (five, twenty))
    graphql, orm = stack.enter_context(server(*yoga(five))), stack.enter_context(server(*fastapi(five)))
    for query in (LIST, STORY):
        assert len(json.loads(us.ask(query))["data"]) == len(json.loads(graphql.ask(query))["data"]) == 1

    def cold(asked: Server, query: str) -> Callable[[], float]:
        return lambda: cost(asked, lambda: asked.ask(query), asked.move)

    theirs = ("graphql-yoga", lambda: cost(graphql, lambda: graphql.ask(LIST)))
    compare("list 50 × 5, cold", "≤ 1.00", ("stepwire", cold(us, LIST)), theirs)
    path = f"/pipelines?first={SHOWN}"
    hot = ("stepwire", lambda: cost(us, lambda: us.ask(LIST)))
    compare("list 50 × 5, hot", "≤ 0.067: 15 times", hot, ("FastAPI + ORM", lambda: cost(orm, lambda: orm.get(path))))
    compare("list 50 × 20, cold", "≤ 3.00", ("20 steps", cold(longer, LIST)), ("5 steps", cold(us, LIST)))
    story = ("graphql-yoga", lambda: cost(graphql, lambda: graphql.ask(STORY)))
    compare("one pipeline with 20 failed steps, cold", "≤ 1.00", ("stepwire", cold(us, STORY)), story)


def many(folder: Path) -> None:
    files = []
    for count in (1_000, 100_000):
        file = folder / f"{count}.db"
        asyncio.run(fill(file, 5))
        multiply(file, count - SHOWN - 11)
        files.append(file)
    questions = {
        "newest 50": LIST,
        "newest 50 of a status": LIST.replace(f"first: {SHOWN}", f"first: {SHOWN}, filter: {{status: [SUCCEEDED]}}"),
        "search, one has it": LIST.replace(f"first: {SHOWN}", f'first: {SHOWN}, filter: {{text: "word000700"}}'),
        "search, all have it": LIST.replace(f"first: {SHOWN}", f'first: {SHOWN}, filter: {{text: "umlaut"}}'),
    }
    starts: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for took, file in zip(starts, files, strict=True):
            began = time.perf_counter()
            with server(*ours(file)) as started:
                started.ask("{ __typename }")
                took.append((time.perf_counter() - began) * 1e3)
    with server(*ours(files[0])) as few, server(*ours(files[1])) as lots:
        for title, query in questions.items():
            big = ("of 100,000", lambda query=query: cost(lots, lambda: lots.ask(query), lots.move))
            small = ("of 1,000", lambda query=query: cost(few, lambda: few.ask(query), few.move))
            compare(f"{title}, of 100,000", "≤ 2.00", big, small)
    few_starts, lots_starts = starts
    big_start, small_start = Figures("of 100,000", lots_starts), Figures("of 1,000", few_starts)
    tell("start of the server, until it answers", "ms", big_start, small_start, "≤ 2.00")


def main() -> None:
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        lists(Path(made), stack)
    with tempfile.TemporaryDirectory() as made:
        many(Path(made))


if __name__ == "__main__":
    main()
