"""Whatever is held in memory, a query is answered as the database has it.

Never older than what was stored before it was asked, never of two times at once, and word for word as without memory.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from adapters.database import Database, Versions, migrate, open_database
from adapters.database.readers import Readers
from adapters.database.reads import DatabaseReads
from resolvers import Context, build_schema, document_rules, mask
from runner.changes import Change, IllegalTransition
from runner.groups import FailureGroupStatus
from runner.journal import Journal
from runner.model import Pipeline
from runner.principals import Approvals, owner
from runner.reads import Reads
from schema.scalars import decode_cursor
from tests.contracts.pipelines import AGENT, ANA, APPROVAL, a_pipeline, commit, later, started
from tests.contracts.test_state import ACTS
from web.answers import Answers
from web.delivery import Live
from web.hub import Hub
from web.operations import Asked, Operations

pytestmark = pytest.mark.asyncio

OWNER = owner("Ana", Approvals.ANY)
SCHEMA = build_schema()._schema
ATTEMPT = "number status sessionId usage { cost knownInputTokens } workedSeconds failure { id hint causes { source } }"
FAILURE = "id kind message retryable settled known { count } group { count status } report cursor"
CLOCKED = "{ pipelines { nodes { id waitedSeconds } } }"
SHOWN = {
    "pipelines": [
        *("id", "title", "status", "errorMessage", "startedAt", "finishedAt", "cursor", "startedBy { name }"),
        *("workedSeconds", "waitedSeconds", "usage { cost inputTokens }", f"failure {{ {FAILURE} }}"),
        "attention { id kind message permission { patterns } question { fields { key } } step { status } }",
        f"steps {{ id status prompt model attempts {{ {ATTEMPT} }} attention {{ kind since }} }}",
        "steps { handoff { markdown data suppliedBy { name } } approval { status comment decidedBy { name } } }",
        "events(last: 3) { nodes { __typename sentence cursor } }",
    ],
    "failures": [FAILURE, "pipeline { status cursor }", "step { status errorMessage }", "evidence { lastText }"],
    "events": ["__typename", "sentence", "cursor at", "actor { name }", "... on StepEvent { step { status } }"],
    "approvals": ["id status comment", "step { status pipeline { status cursor } }", "decidedBy { name }"],
    "failureGroups": ["id status count lastSuccessAt", "failures(first: 2) { totalCount nodes { id settled } }"],
}


class Clock:
    """Never tells the same time twice, unless it is held."""

    def __init__(self) -> None:
        self.at = later(100)

    def now(self) -> datetime:
        return self.at


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Database, Path]]:
    file = tmp_path / "stepwire.db"
    migrate(f"sqlite+aiosqlite:///{file}")
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        yield database, file


def operations(reads: Reads, journal: Journal, answers: Answers, now: Callable[[], datetime]) -> Operations:
    def context(*_: object) -> Context:
        unasked = cast(Any, None)
        ports = dict.fromkeys(("commands", "catalog", "agents", "activities", "tokens", "binding"), unasked)
        return Context(principal=OWNER, reads=reads, journal=journal, now=now, **ports)

    live = Live(SCHEMA, hub=Hub(), mask=mask)
    return Operations(SCHEMA, live=live, mask=mask, rules=document_rules, context=context, answers=answers)


async def told(asked: Operations, query: str) -> bytes:
    return (await asked.answer(Asked(query=query), OWNER)).body


def a_document(random: Random, ids: Sequence[str]) -> str:
    """Some lists, or single things, each with some of what can be shown of them."""
    fields = []
    for place in range(random.randint(1, 3)):
        name = random.choice([*SHOWN, "pipelines", "pipeline", "node"])
        shown = SHOWN.get(name, SHOWN["pipelines"])
        parts = " ".join(random.sample(shown, random.randint(1, min(4, len(shown)))))
        arguments = f"first: {random.randint(1, 4)}"
        match name:
            case "pipeline":
                selected = f'pipeline(id: "{random.choice(ids)}") {{ {parts} }}'
            case "node":
                selected = f'node(id: "{random.choice(ids)}") {{ ... on Pipeline {{ {parts} }} }}'
            case "approvals":
                selected = f"approvals(status: [PENDING, APPROVED]) {{ {parts} }}"
            case "events":
                selected = f"events({arguments.replace('first', 'last')}) {{ nodes {{ {parts} }} }}"
            case _:
                total = random.choice(["totalCount", "pageInfo { hasNextPage }"])
                selected = f"{name}({arguments}) {{ nodes {{ {parts} }} {total} }}"
        fields.append(f"f{place}: {selected}")
    return f"{{ {' '.join(fields)} }}"


async def something_happens(journal: Journal, pipelines: list[Pipeline], random: Random, at: datetime) -> None:
    match random.random():
        case chance if chance < 0.1:
            await journal.prune(at - timedelta(seconds=30), at)
        case chance if chance < 0.2:
            group = random.choice([pipeline.failure for pipeline in pipelines if pipeline.failure] or [None])
            if group:
                await journal.set_group_status(group.group_id, FailureGroupStatus.ACKNOWLEDGED, ANA, at)
        case chance if chance < 0.4 or not pipelines:
            kinds = random.choices([AGENT, APPROVAL], k=3)
            pipelines.append(await commit(journal, started(a_pipeline(*kinds, at=at, title=f"No {at.second}"))))
        case _:
            place = random.randrange(len(pipelines))
            if changes := allowed(pipelines[place], at):
                pipelines[place] = await commit(journal, random.choice(changes))


def allowed(pipeline: Pipeline, at: datetime) -> list[Change]:
    changes = []
    for _, act in ACTS:
        with suppress(IllegalTransition):
            changes.append(act(pipeline, pipeline.current or pipeline.steps[-1], at))
    return changes


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_answers_are_those_that_would_be_given_without_memory(tmp_path: Path, seed: int) -> None:
    random, clock, pipelines = Random(seed), Clock(), list[Pipeline]()
    rounds = 8 if seed == 1 else 100
    async with opened(tmp_path) as (database, file):
        reader = Readers(file)
        held = operations(database.reads, database.journal, Answers(database.standing), clock.now)
        for number in range(rounds):
            clock.at = later(100 + number)
            with suppress(LookupError):
                await something_happens(database.journal, living(pipelines, clock.at), random, clock.at)
            ids = [str(pipeline.id) for pipeline in pipelines] or ["pip_0"]
            for query in (*(a_document(random, ids) for _ in range(3)), CLOCKED):
                clock.at += timedelta(milliseconds=1)
                before = await told(held, query)  # kept from now on, perhaps
                clock.at += timedelta(milliseconds=1)
                fresh = DatabaseReads(reader, Versions())
                bare = operations(fresh, database.journal, Answers(lambda: None), clock.now)
                assert await told(held, query) == await told(bare, query), query
                assert before
        await reader.close()


def living(pipelines: list[Pipeline], at: datetime) -> list[Pipeline]:
    """The same list without those that may have been pruned."""
    gone = [one for one in pipelines if one.finished_at and one.finished_at < at - timedelta(seconds=25)]
    for one in gone:
        pipelines.remove(one)
    return pipelines


RACE = "{ pipelines(first: 5) { totalCount nodes { id cursor steps { status attempts { number sessionId } } } } }"


@pytest.mark.parametrize("seconds", [0.5, pytest.param(10.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize("room", [64_000_000, 6_000], ids=["with room", "without"])
async def test_a_list_is_never_stale_while_others_write(tmp_path: Path, seconds: float, room: int) -> None:
    """At each place of the log there is one list; it is that of a place no older than what had been stored by then."""
    async with opened(tmp_path) as (database, _):
        database.versions.most_bytes = room
        held = operations(database.reads, database.journal, Answers(database.standing), Clock().now)
        stored, lists = Stored(database), list[tuple[int, bytes]]()
        until = asyncio.get_running_loop().time() + seconds

        async def read() -> None:
            # However slow the machine is.
            while asyncio.get_running_loop().time() < until or len(lists) <= 10:
                before = stored.position
                lists.append((before, await told(held, RACE)))

        await stored.write_one()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stored.write(until))
            for _ in range(3):
                tasks.create_task(read())

    assert len(lists) > 10
    for before, answer in lists:
        page = json.loads(answer)["data"]["pipelines"]
        places = {decode_cursor(node.pop("cursor")).position for node in page["nodes"]}
        assert len(places) == 1
        assert before <= min(places)
        assert page == stored.page_at(places.pop())


class Stored:
    """Writes, one commit after the other, and knows what a list has to show at each place of the log."""

    def __init__(self, database: Database) -> None:
        self._journal = database.journal
        self._random = Random(7)
        self._newest: dict[str, Pipeline] = {}
        self._moves: list[tuple[int, Pipeline]] = []
        self.position = 0

    async def write(self, until: float) -> None:
        while asyncio.get_running_loop().time() < until or len(self._moves) < 20:
            await self.write_one()

    async def write_one(self) -> None:
        """A new pipeline, or something that happens to one of the newest."""
        at = later(len(self._moves))
        changes = [change for one in list(self._newest.values())[-5:] for change in allowed(one, at)]
        if not changes or self._random.random() < 0.1:
            changes = [started(a_pipeline(AGENT, APPROVAL, AGENT, at=at))]
        recorded = await self._journal.commit(self._random.choice(changes))
        for one in recorded:
            if one.pipeline:
                self._moves.append((one.cursor.position, one.pipeline))
                self._newest[one.pipeline.id] = one.pipeline
        self.position = recorded[-1].cursor.position

    def page_at(self, position: int) -> dict[str, Any]:
        known = {pipeline.id: pipeline for place, pipeline in self._moves if place <= position}
        newest = sorted(known.values(), key=lambda one: (one.created_at, one.id), reverse=True)
        return {"totalCount": len(known), "nodes": [shown(one) for one in newest[:5]]}


def shown(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "id": pipeline.id,
        "steps": [
            {
                "status": step.status.value,
                "attempts": [{"number": one.number, "sessionId": one.session_id} for one in step.attempts],
            }
            for step in pipeline.steps
        ],
    }
