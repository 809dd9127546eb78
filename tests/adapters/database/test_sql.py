"""Whoever opens the file with plain SQL finds what the API tells; no list takes more statements when it is longer."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from sqlalchemy import Connection, event

from runner import approvals
from runner.model import ApprovalStatus, PipelineId
from runner.reads import EventQuery, FailureFilter, PipelineFilter, Reads
from tests.adapters.database.opened import Opened, plain
from tests.contracts.pipelines import (
    AGENT,
    ANA,
    APPROVAL,
    EMPTY,
    REFUSED,
    a_pipeline,
    begun,
    broken,
    commit,
    later,
    started,
    succeeded,
)
from tests.support.builders import a_key

pytestmark = pytest.mark.asyncio


async def test_every_commit_is_synced_to_the_disk(database: Opened) -> None:
    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await database.writer.run(settings) == ["wal", 2, 1, 5000]


async def test_the_reason_stands_at_the_step_and_the_pipeline(database: Opened) -> None:
    await broken(database.journal, reason=REFUSED)

    assert database.rows("SELECT status, error_message FROM pipelines") == [("FAILED", REFUSED.message)]
    assert database.rows("SELECT position, agent, status, error_message FROM steps ORDER BY position") == [
        (0, "build", "FAILED", REFUSED.message),
        (1, "build", "PENDING", None),
    ]


async def test_the_failure_stands_in_columns(database: Opened) -> None:
    pipeline = await broken(database.journal, reason=REFUSED)

    assert database.rows("SELECT step_id, attempt, kind, origin, message, hint, status_code FROM failures") == [
        (pipeline.steps[0].id, 1, "PROVIDER_AUTH", "PROVIDER", REFUSED.message, REFUSED.hint, 401)
    ]
    assert database.rows("SELECT number, status, failure_id FROM attempts") == [
        (1, "FAILED", f"{pipeline.failure.id if pipeline.failure else None}")
    ]


async def test_a_failed_step_is_an_event_whose_payload_says_why(database: Opened) -> None:
    pipeline = await broken(database.journal, reason=REFUSED, at=later(1.5))

    [(position, of, seq, at, actor, payload)] = database.rows(
        "SELECT position, pipeline_id, seq, at, actor, payload FROM events WHERE type = 'step_failed'"
    )

    assert (position, of, seq, at, actor) == (3, pipeline.id, 3, "2026-11-23T12:00:01.500+00:00", None)
    assert json.loads(payload)["error_message"] == REFUSED.message
    assert database.rows("SELECT json_extract(payload, '$.error_message') FROM events WHERE position = 3") == [
        (REFUSED.message,)
    ]


async def test_every_time_has_one_form(database: Opened) -> None:
    pipeline = await begun(database.journal, a_pipeline(APPROVAL))
    step_id = pipeline.steps[0].id
    await commit(database.journal, approvals.decide_approval(pipeline, step_id, ANA, True, None, later(1)))
    await commit(database.journal, succeeded(await begun(database.journal), later(2)))
    await broken(database.journal, reason=EMPTY)

    for table, column in database.rows(
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        " AND (c.name = 'at' OR c.name LIKE '%\\_at' ESCAPE '\\')"
    ):
        form = "2026-11-23T__:__:__.___+00:00"
        odd = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND {column} NOT LIKE '{form}'"
        assert database.rows(odd) == [], f"{table}.{column}"


async def test_an_approval_stands_in_a_row(database: Opened) -> None:
    pipeline = await begun(database.journal, a_pipeline(APPROVAL))
    decision = approvals.decide_approval(pipeline, pipeline.steps[0].id, ANA, False, "Not before Friday", later(1))

    await commit(database.journal, decision)

    assert database.rows("SELECT status, comment, decided_by FROM approvals") == [
        ("REJECTED", "Not before Friday", "Ana")
    ]


async def test_a_key_from_before_requests_were_told_apart_counts_for_any(database: Opened) -> None:
    pipeline = a_pipeline()
    await database.journal.commit(started(pipeline), idempotency_key=a_key("k"))
    with plain(database.file) as connection:
        connection.execute("UPDATE idempotency_keys SET request = NULL")

    assert await database.journal.done(a_key("k", "another")) == pipeline.id


async def test_a_handoff_stands_in_a_row(database: Opened) -> None:
    pipeline = await commit(database.journal, succeeded(await begun(database.journal), markdown="## Done"))

    assert database.rows("SELECT step_id, markdown FROM handoffs") == [(pipeline.steps[0].id, "## Done")]


Ask: TypeAlias = Callable[[Reads, list[PipelineId]], Awaitable[object]]

QUESTIONS: dict[str, Ask] = {
    "pipelines": lambda reads, _: reads.pipelines(100, None, PipelineFilter(text="e")),
    "pipelines_by_id": lambda reads, ids: reads.pipelines_by_id(ids),
    "failures": lambda reads, _: reads.failures(100, None, FailureFilter()),
    "failures_by_id": lambda reads, ids: reads.failures_by_id(ids),
    "failure_groups": lambda reads, _: reads.failure_groups(100, None, None),
    "failure_groups_by_id": lambda reads, ids: reads.failure_groups_by_id(ids),
    "events": lambda reads, _: reads.events(EventQuery(first=1000)),
    "events of one type": lambda reads, _: reads.events(EventQuery(last=1000, types=["step_failed"])),
    "events of pipelines": lambda reads, ids: reads.events_of_pipelines(ids, EventQuery(last=3)),
    "failures of groups": lambda reads, ids: reads.failures_of_groups([f"grp_{key}" for key in ids], 3),
    "approvals": lambda reads, _: reads.approvals([ApprovalStatus.PENDING]),
    "conflicts": lambda reads, _: reads.conflicts("/srv"),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
async def test_the_number_of_statements_does_not_grow_with_the_rows(database: Opened, ask: Ask) -> None:
    statements: list[str] = []
    event.listen(database.reader.engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: statements.append(sql))
    counts = []
    ids: list[PipelineId] = []

    for size in (1, 10):
        for _ in range(size):
            ids.append((await broken(database.journal, a_pipeline(AGENT, AGENT, directory="/srv/app"))).id)
            ids.append((await begun(database.journal, a_pipeline(APPROVAL, directory="/srv/app"))).id)
        statements.clear()
        await ask(database.reads, ids)
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 11
