"""Whatever keeps the database from storing: everybody is told in its words, nothing is lost, and all goes on by itself.

One server for all faults, each of which begins while an agent is at work and ends after it has answered.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from adapters.database.readers import Readers
from runner.agents import Answer, Observer, Work
from schema.scalars import encode_cursor
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.stepwire_server import Subscriber

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

EVENTS = """
subscription ($after: Cursor) { events(after: $after) {
  __typename ... on Event { cursor } ... on PipelineEvent { pipeline { id status } } } }
"""
START = """
mutation { startPipeline(input: {prompt: "Too late", steps: [{agent: "build"}]}) {
  __typename ... on UserError { message } } }
"""
CANCEL = "mutation ($id: ID!) { cancelPipeline(id: $id) { __typename ... on UserError { message } } }"
STORAGE = "{ storage { writable message } }"
STORY = "query ($id: ID!) { pipeline(id: $id) { status steps { handoff { markdown } attempts { status } } } }"


class HeldAgents(PromptedAgents):
    """An agent answers once it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def run(self, work: Work, observer: Observer) -> Answer:
        self.begun.set()
        await self.go.wait()
        return await super().run(work, observer)


@contextmanager
def _refusing(running: Running, message: str, code: int) -> Iterator[None]:
    """The driver answers every statement that writes with this error, as it does when the system refuses a write."""

    def refuse(*_: object) -> None:
        error = sqlite3.OperationalError(message)
        error.sqlite_errorcode = code
        raise error

    engine = running.parts.database.journal._writer.engine
    for name in ("do_execute", "do_execute_no_params", "do_executemany"):
        event.listen(engine, name, refuse)
    try:
        yield
    finally:
        for name in ("do_execute", "do_execute_no_params", "do_executemany"):
            event.remove(engine, name, refuse)


def full(running: Running, _: Path) -> AbstractContextManager[None]:
    return _refusing(running, "database or disk is full", sqlite3.SQLITE_FULL)


def broken(running: Running, _: Path) -> AbstractContextManager[None]:
    return _refusing(running, "disk I/O error", sqlite3.SQLITE_IOERR_WRITE)


@contextmanager
def read_only(running: Running, _: Path) -> Iterator[None]:
    """SQLite's own switch, on the connection that writes."""
    connection = running.parts.database.journal._writer._connection
    assert connection is not None
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        driver.execute("PRAGMA query_only = OFF")


@contextmanager
def locked(_: Running, file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def moved_away(_: Running, file: Path) -> Iterator[None]:
    away = file.rename(f"{file}.away")
    try:
        yield
    finally:
        away.rename(file)


@contextmanager
def replaced(running: Running, file: Path) -> Iterator[None]:
    """By a copy of itself, so that only the file tells."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(f"{file}.copy")) as copy:
        source.backup(copy)
    with moved_away(running, file):
        os.replace(f"{file}.copy", file)  # noqa: PTH105  the name of what it replaces
        yield


FAULTS: dict[str, tuple[Callable[[Running, Path], AbstractContextManager[None]], str]] = {
    "full": (full, "database or disk is full (make room on its disk"),
    "read-only": (read_only, "attempt to write a readonly database (make it and its folder writable"),
    "broken": (broken, "disk I/O error (see whether its disk is full or broken"),
    "locked": (locked, "is locked"),
    "moved away": (moved_away, "is gone: it was deleted or moved while stepwire was running (put it back"),
    "replaced": (replaced, "is not the database that stepwire opened: it was replaced or restored"),
}


async def ready(running: Running) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.get(f"{running.url}/readyz")


async def until_finished(events: Subscriber) -> list[str]:
    seen = []
    async for item in events:
        if item["__typename"] != "Heartbeat":
            seen.append(item["__typename"])
        if item["__typename"] == "PipelineFinished":
            break
    return seen


async def told_everywhere(running: Running, pipeline_id: str, words: str) -> None:
    """By readiness, the API, and whoever wants something stored."""
    not_ready, storage, started, cancelled = await asyncio.gather(
        ready(running), running.query(STORAGE), running.query(START), running.query(CANCEL, {"id": pipeline_id})
    )
    outcomes = [started["data"]["startPipeline"], cancelled["data"]["cancelPipeline"]]

    assert not_ready.status_code == 503
    assert storage["data"]["storage"]["writable"] is False
    assert {outcome["__typename"] for outcome in outcomes} == {"StorageUnavailable"}
    assert [words in outcome["message"] for outcome in outcomes] == [True, True], outcomes
    assert words in (await ready(running)).json()["database"]


async def test_every_fault_is_told_and_passes(tmp_path: Path) -> None:
    agents = HeldAgents()
    async with application(tmp_path, agents, max_attempts=1) as running, asyncio.timeout(120):
        for name, (fault, words) in FAULTS.items():
            agents.begun.clear()
            agents.go.clear()
            newest = encode_cursor(await running.parts.database.journal.newest())
            async with running.subscription(EVENTS, after=newest) as events:
                pipeline = await running.start(name)
                await agents.begun.wait()

                with fault(running, tmp_path / "stepwire.db"):
                    agents.go.set()
                    await told_everywhere(running, pipeline.id, words)
                seen = await until_finished(events)

            again = (await ready(running)).json()
            story = (await running.query(STORY, {"id": pipeline.id}))["data"]["pipeline"]
            assert seen == ["PipelineStarted", "StepStarted", "StepSucceeded", "PipelineFinished"]
            assert again == {"ready": True, "database": None, "engine": None}
            assert story["status"] == "SUCCEEDED"
            assert story["steps"] == [{"handoff": {"markdown": f"Did: {name}"}, "attempts": [{"status": "SUCCEEDED"}]}]


FAILURES = """
subscription ($after: Cursor) { failures(after: $after) {
  __typename ... on StepFailed { errorMessage failure { group { count } } } } }
"""


async def test_an_event_whose_parts_cannot_be_read_is_held_back_and_not_lost(tmp_path: Path) -> None:
    refused: list[str] = []

    def refuse(_cursor: object, statement: str, *_: object) -> None:
        if "FROM failure_groups" in statement and len(refused) < 2:
            refused.append(statement)
            raise sqlite3.OperationalError("unable to open database file")

    async with application(tmp_path, PromptedAgents(), max_attempts=1) as running, asyncio.timeout(60):
        newest = encode_cursor(await running.parts.database.journal.newest())
        reader = running.parts.database.journal._reader
        assert isinstance(reader, Readers)
        event.listen(reader.engine, "do_execute", refuse)
        async with running.subscription(FAILURES, after=newest) as failures:
            await running.start("fail")
            failed = await failures.until("StepFailed")

    assert len(refused) == 2
    assert failed["errorMessage"] == "No: fail"
    assert failed["failure"] == {"group": {"count": 1}}
