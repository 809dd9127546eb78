"""What an earlier stepwire stored is told as well as what this one does: settled, searched, and waited for."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.database import migrate, open_database, open_reads
from runner import approvals
from runner.groups import Acknowledgement, FailureGroupStatus
from runner.model import StepKind
from runner.reads import FailureFilter, PipelineFilter
from runner.working_time import TimeTaken, of_attempt
from tests.adapters.database.opened import plain
from tests.contracts.pipelines import ANA, APPROVAL, a_pipeline, begun, broken, commit, later

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def old(file: Path) -> AsyncIterator[str]:
    """A database as 0003 had it: a failure that was acknowledged, two approvals, one of them open."""
    url = f"sqlite+aiosqlite:///{file}"
    async with open_database(url) as database:
        await broken(database.journal, a_pipeline(title="STRASSE"))
        [group] = (await database.reads.failure_groups(10, None, None)).items
        await database.journal.set_group_status(group.id, FailureGroupStatus.ACKNOWLEDGED, ANA, later(5))
        asked = await begun(database.journal, a_pipeline(APPROVAL, title="decided"))
        change = approvals.decide_approval(asked, asked.steps[0].id, ANA, True, None, later(90.25))
        await commit(database.journal, change)
        await begun(database.journal, a_pipeline(APPROVAL, title="open"))
    migrate(url, "0003")
    with plain(file) as connection:
        # The event, as it was written then.
        rows = connection.execute(
            "SELECT position, payload FROM events WHERE type = 'failure_group_changed'"
        ).fetchall()
        for position, payload in rows:
            event = json.loads(payload)
            del event["group"]["acknowledgement"], event["group"]["settled_through"]
            connection.execute("UPDATE events SET payload = ? WHERE position = ?", (json.dumps(event), position))
        connection.commit()
    migrate(url)
    yield url


async def test_what_was_acknowledged_is_settled(old: str) -> None:
    async with open_reads(old) as reads:
        [group] = (await reads.failure_groups(10, None, None)).items
        still_open = await reads.failures(10, None, FailureFilter(settled=False))

    assert group.acknowledgement == Acknowledgement(by=ANA, at=later(5), count=1)
    assert still_open.total == 0


async def test_what_was_stored_is_found(old: str) -> None:
    async with open_reads(old) as reads:
        found = await reads.pipelines(10, None, PipelineFilter(text="straße BUILD rejected"))

    assert [pipeline.title for pipeline in found.items] == ["STRASSE"]


async def test_approvals_were_waited_for(old: str) -> None:
    async with open_reads(old) as reads:
        pipelines = (await reads.pipelines(10, None, PipelineFilter())).items

    taken = {
        pipeline.title: of_attempt(step.attempts[0], later(600))
        for pipeline in pipelines
        for step in pipeline.steps
        if step.plan.kind is StepKind.APPROVAL
    }
    assert taken == {"decided": TimeTaken(waited=90.25), "open": TimeTaken(waited=600.0)}


async def test_when_stepwire_was_at_work_is_known_to_the_next(file: Path) -> None:
    url = f"sqlite+aiosqlite:///{file}"
    async with open_database(url) as database:
        assert await database.journal.last_alive() is None
        await database.journal.note_alive(later(7))

    async with open_database(url) as database:
        await database.journal.note_alive(later(9))
        assert await database.journal.last_alive() == later(7)
