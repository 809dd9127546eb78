"""A follower has each event once, in order, whatever became of it in between; or is told that it cannot be so."""

import asyncio
import random

import pytest

from runner.events import DefinitionChanged, Recorded, StepFailed
from runner.fold import fold
from runner.journal import CursorLost, Journal, Quiet
from runner.model import Cursor, Pipeline
from tests.contracts.pipelines import (
    AGENT,
    NOON,
    a_pipeline,
    begun,
    commit,
    failed,
    succeeded,
)
from tests.contracts.stores import Opening, all_events, following, taken

pytestmark = pytest.mark.asyncio


async def _say(journal: Journal, count: int) -> list[Recorded]:
    events = (DefinitionChanged(at=NOON, definition=f"agent {number}", change="saved") for number in range(count))
    return await asyncio.gather(*(journal.record(event) for event in events))


async def test_stored_events_come_first_then_live_ones(journal: Journal) -> None:
    beginning = await journal.newest()
    stored = await _say(journal, 3)

    async with following(journal, beginning) as follower:
        replayed = await taken(follower, 3)
        live = asyncio.ensure_future(taken(follower, 2))
        await asyncio.sleep(0)
        said = await _say(journal, 2)
        received = await live

    assert replayed == stored
    assert received == said


async def test_without_a_cursor_a_follower_begins_now(journal: Journal) -> None:
    said = await _say(journal, 3)
    async with following(journal) as follower:
        first = asyncio.ensure_future(taken(follower, 1))
        while not first.done():
            said += await _say(journal, 1)
        received = await first

    assert received[0] in said[3:]


async def test_a_cursor_excludes_its_own_event(journal: Journal) -> None:
    said = await _say(journal, 3)

    async with following(journal, said[0].cursor) as follower:
        assert await taken(follower, 2) == said[1:]


async def test_each_event_comes_with_its_pipeline_as_of_then(journal: Journal) -> None:
    beginning = await journal.newest()
    pipeline = await begun(journal)
    pipeline = await commit(journal, succeeded(pipeline))
    pipeline = await commit(journal, failed(pipeline))

    recorded = await all_events(journal, beginning)

    events = [after.event for after in recorded]
    assert [after.pipeline for after in recorded] == [fold(events[: n + 1]) for n in range(len(events))]  # type: ignore[arg-type]  # all are of one pipeline
    assert recorded[-1].pipeline == pipeline


async def test_a_follower_from_the_middle_knows_what_came_before(journal: Journal) -> None:
    pipeline = await begun(journal)
    middle = await journal.newest()
    pipeline = await commit(journal, failed(pipeline))

    recorded = await all_events(journal, middle)

    assert recorded[-1].pipeline == pipeline


async def test_a_followed_failure_knows_its_place(journal: Journal) -> None:
    beginning = await journal.newest()
    await commit(journal, failed(await begun(journal)))

    recorded = (await all_events(journal, beginning))[2]

    assert isinstance(recorded.event, StepFailed)
    assert recorded.event.failure.cursor == recorded.cursor


async def test_many_followers_have_the_same(journal: Journal) -> None:
    beginning = await journal.newest()

    async def follow() -> list[Recorded]:
        async with following(journal, beginning) as follower:
            return await taken(follower, 60)

    followers = [asyncio.ensure_future(follow()) for _ in range(20)]
    said = await _say(journal, 60)

    assert all(received == said for received in await asyncio.gather(*followers))


@pytest.mark.parametrize("seed", range(3))
async def test_a_follower_that_drops_and_resumes_misses_nothing(journal: Journal, seed: int) -> None:
    chance = random.Random(seed)
    place = await journal.newest()
    writing = asyncio.ensure_future(_say(journal, 200))
    received: list[Recorded] = []

    while len(received) < 200:
        async with following(journal, place) as follower:
            received += await taken(follower, min(chance.randint(1, 30), 200 - len(received)))
        place = received[-1].cursor

    assert received == await writing


async def test_a_slow_follower_misses_nothing(journal: Journal) -> None:
    said = await _say(journal, 1)
    async with following(journal, said[0].cursor) as follower:
        said = await _say(journal, 1)
        received = await taken(follower, 1)

        said += await _say(journal, 700)
        received += await taken(follower, 700)

    assert received == said


async def test_quiet_comes_without_events_and_names_the_newest_place(journal: Journal) -> None:
    newest = (await _say(journal, 1))[0].cursor

    items = []
    async with asyncio.timeout(60):
        async for item in journal.follow(newest, 0.01):
            items.append(item)
            if len(items) == 2:
                break

    assert items == [Quiet(cursor=newest), Quiet(cursor=newest)]


async def test_after_quiet_come_events_again(journal: Journal) -> None:
    newest = await journal.newest()
    follower = journal.follow(newest, 0.01)
    async with asyncio.timeout(60):
        quiet = await anext(follower)
        said = await _say(journal, 1)
        while isinstance(item := await anext(follower), Quiet):
            pass

    assert quiet == Quiet(cursor=newest)
    assert item == said[0]


async def test_a_cursor_of_another_log_is_foreign(opening: Opening) -> None:
    async with opening() as one, opening() as other:
        await _say(one.journal, 5)
        await _say(other.journal, 5)
        theirs = await other.journal.newest()

        with pytest.raises(CursorLost, match="foreign") as raised:
            await anext(one.journal.follow(theirs))

        assert raised.value.newest == await one.journal.newest()


async def test_a_cursor_ahead_of_the_log_is_foreign(journal: Journal) -> None:
    newest = (await _say(journal, 1))[0].cursor

    with pytest.raises(CursorLost, match="foreign"):
        await anext(journal.follow(Cursor(position=newest.position + 1, epoch=newest.epoch)))


async def test_concurrent_commits_are_followed_in_order(journal: Journal) -> None:
    beginning = await journal.newest()

    async def run(pipeline: Pipeline) -> None:
        pipeline = await begun(journal, pipeline)
        while not pipeline.status.ended:
            pipeline = await commit(journal, succeeded(pipeline))

    async with following(journal, beginning) as follower:
        receiving = asyncio.ensure_future(taken(follower, 80))
        await asyncio.gather(*(run(a_pipeline(AGENT, AGENT, AGENT)) for _ in range(10)))
        received = await receiving

    assert [after.cursor.position for after in received] == list(range(1, 81))


async def test_a_follower_that_is_cancelled_leaves_the_others_alone(journal: Journal) -> None:
    beginning = await journal.newest()
    async with following(journal, beginning) as cancelled, following(journal, beginning) as other:
        waiting = asyncio.ensure_future(taken(cancelled, 1))
        remaining = asyncio.ensure_future(taken(other, 1))
        await asyncio.sleep(0)

        waiting.cancel()
        said = await _say(journal, 1)

        assert await remaining == said
        with pytest.raises(asyncio.CancelledError):
            await waiting
