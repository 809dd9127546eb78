"""A database with any number of pipelines in it, for lists that are longer than what anybody reads.

Of each hundred 30 stand failed (for one of `CAUSES` causes), 2 wait for an approval, the rest succeeded; the first one
that was ever stored is called FIRST.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.database import Database, open_database
from runner.changes import Change
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Failure, failure
from runner.model import Handoff, Pipeline, PipelineId
from runner.transitions import begin_step, fail_step, start, succeed_step
from tests.support.builders import ANA, POLICY, a_pipeline, a_plan, an_approval_plan

FIRST = "The very first pipeline"
CAUSES = 5
_TOGETHER = 200
_REASONS = (
    (FailureKind.PROVIDER_AUTH, "The provider rejected the API key (status 401): Incorrect API key provided."),
    (FailureKind.UNKNOWN_MODEL, 'OpenCode has no model "acme/tool"; did you mean "acme/tools"?'),
    (FailureKind.PROVIDER_QUOTA, "The provider's quota is used up (status 429): insufficient_quota"),
    (FailureKind.CONTEXT_OVERFLOW, "The prompt is longer than the model's context of 32000 tokens"),
    (FailureKind.AGENT_ERROR, "The agent gave up: the tests do not pass"),
)


async def stored(database: Path, number: int) -> None:
    """Makes the database and stores that many pipelines, a minute after each other, the last one just now."""
    async with open_database(f"sqlite+aiosqlite:///{database}") as opened:
        for begun in range(0, number, _TOGETHER):
            places = range(begun, min(begun + _TOGETHER, number))
            await asyncio.gather(*(_one(opened, place, number) for place in places))


async def asking(database: Path, number: int) -> None:
    """Makes the database and stores that many pipelines, each of which waits for an approval and then for another."""
    async with open_database(f"sqlite+aiosqlite:///{database}") as opened:
        for place in range(number):
            at = datetime.now(UTC) - timedelta(minutes=number - place)
            pipeline = a_pipeline(
                [
                    an_approval_plan(description=f"May part {place} be built?"),
                    an_approval_plan(description=f"May part {place} be shipped?"),
                ],
                pipeline_id=PipelineId(f"pip_{place:021}"),
                title=f"Mend part {place} of the login",
                created_at=at,
            )
            await _done(opened, begin_step(await _done(opened, start(pipeline, ANA)), at))


async def _one(database: Database, place: int, number: int) -> None:
    at = datetime.now(UTC) - timedelta(minutes=number - place)
    kind = place % 100
    plans = [a_plan("architect"), an_approval_plan() if kind >= 98 else a_plan("developer")]
    pipeline = a_pipeline(
        plans,
        pipeline_id=PipelineId(f"pip_{place:021}"),
        title=FIRST if place == 0 else f"Mend part {place} of the login",
        template=("quick_fix", "full_feature")[place % 2],
        directory=f"/srv/app/{place}",
        created_at=at,
    )
    pipeline = await _done(database, start(pipeline, ANA))
    pipeline = await _done(database, begin_step(pipeline, at))
    handoff = Handoff(markdown="## The plan\n\n- keep the *focus*\n- test it on phones", created_at=at)
    pipeline = await _done(database, succeed_step(pipeline, pipeline.steps[0].id, 1, handoff, NO_USAGE, at))
    if kind < 98:
        last = pipeline.steps[1].id
        ended = at + timedelta(seconds=30)
        change = (
            fail_step(pipeline, last, 1, _reason(kind), POLICY, ended)
            if kind < 30
            else succeed_step(pipeline, last, 1, handoff, NO_USAGE, ended)
        )
        await _done(database, change)


async def _done(database: Database, change: Change) -> Pipeline:
    recorded = await database.journal.commit(change)
    pipeline = recorded[len(change.events) - 1].pipeline
    assert pipeline is not None
    return pipeline


def _reason(place: int) -> Failure:
    kind, message = _REASONS[place % CAUSES]
    return failure(kind, message)
