"""What ended long ago goes with all that belongs to it; whoever may have missed something is told so."""

from contextlib import suppress

import pytest

from runner import repairs, transitions
from runner.events import LogPruned, Recorded
from runner.journal import Conflict, CursorLost, Pruned
from runner.model import Cursor
from runner.reads import EventQuery, FailureFilter, PipelineFilter
from tests.contracts.pipelines import ANA, NOON, a_pipeline, begun, broken, commit, later, started
from tests.contracts.stores import Store, all_events, following, taken
from tests.support.builders import a_key

pytestmark = pytest.mark.asyncio


async def test_old_pipelines_go_with_their_rows_and_events(store: Store) -> None:
    old = await broken(store.journal, at=later(0))
    kept = await broken(store.journal, at=later(100))

    assert await store.journal.prune(later(50), later(200)) == Pruned(pipelines=1, events=4)

    events = await store.reads.events(EventQuery())
    assert await store.journal.load(old.id) is None
    assert await store.journal.load(kept.id) == kept
    assert [record.pipeline_id for record in (await store.reads.failures(10, None, FailureFilter())).items] == [kept.id]
    assert {recorded.pipeline.id for recorded in events.items if recorded.pipeline} == {kept.id}


async def test_living_pipelines_stay_whatever_their_age(store: Store) -> None:
    living = await begun(store.journal)

    assert await store.journal.prune(later(1000), later(1000)) == Pruned()

    assert await store.journal.load(living.id) == living
    assert (await store.journal.newest()).position == 2


async def test_pruning_is_an_event(store: Store) -> None:
    await broken(store.journal)
    newest = await store.journal.newest()

    await store.journal.prune(later(50), later(200), ANA)

    [recorded] = await all_events(store.journal, newest)
    assert recorded.event == LogPruned(at=later(200), actor=ANA, before=later(50), events=4, pipelines=1)


async def test_a_cursor_from_before_is_expired(store: Store) -> None:
    beginning = await store.journal.newest()
    old = (await store.journal.commit(started(a_pipeline())))[0].cursor
    await broken(store.journal)

    await store.journal.prune(later(50), later(200))

    for cursor in (beginning, old):
        with pytest.raises(CursorLost, match="expired"):
            await anext(store.journal.follow(cursor))


async def test_the_last_place_that_went_is_complete(store: Store) -> None:
    await broken(store.journal)
    last = await store.journal.newest()
    kept = (await store.journal.commit(started(a_pipeline())))[0]

    await store.journal.prune(later(50), later(200))

    assert (await all_events(store.journal, last))[0] == kept


async def test_a_foreign_cursor_at_the_last_place_that_went_is_lost(store: Store) -> None:
    await broken(store.journal)
    last = await store.journal.newest()
    await store.journal.prune(later(50), later(200))

    with pytest.raises(CursorLost, match="foreign"):
        await anext(store.journal.follow(Cursor(position=last.position, epoch="elsewhere")))


async def test_a_follower_that_lags_behind_what_went_has_all_of_it_or_is_told(store: Store) -> None:
    beginning = await store.journal.newest()
    for number in range(70):
        await broken(store.journal, at=later(number))
    received: list[Recorded] = []

    async with following(store.journal, beginning) as follower:
        received += await taken(follower, 1)
        await store.journal.prune(later(1000), later(2000))
        with suppress(CursorLost):
            received += await taken(follower, 280)

    assert [recorded.cursor.position for recorded in received] == list(range(1, len(received) + 1))


async def test_positions_go_on_after_everything_went(store: Store) -> None:
    await broken(store.journal)
    newest = await store.journal.newest()
    await store.journal.prune(later(50), later(200))

    recorded = await store.journal.commit(started(a_pipeline()))

    assert recorded[0].cursor.position == newest.position + 2


async def test_a_pruned_pipeline_cannot_be_changed(store: Store) -> None:
    pipeline = await broken(store.journal)
    retry = repairs.retry_step(pipeline, pipeline.steps[0].id, ANA, later(300))
    await store.journal.prune(later(50), later(200))

    with pytest.raises(Conflict):
        await store.journal.commit(retry)


async def test_the_key_of_a_pruned_pipeline_is_free(store: Store) -> None:
    recorded = await store.journal.commit(started(a_pipeline()), idempotency_key=a_key("k"))
    assert recorded[0].pipeline is not None
    await commit(store.journal, transitions.cancel(recorded[0].pipeline, ANA, None, NOON))
    await store.journal.prune(later(50), later(200))

    assert await store.journal.done(a_key("k")) is None


async def test_many_pipelines_go(store: Store) -> None:
    for number in range(120):
        pipeline = await commit(store.journal, started(a_pipeline()))
        await commit(store.journal, transitions.cancel(pipeline, ANA, None, later(number)))

    assert await store.journal.prune(later(1000), later(2000)) == Pruned(pipelines=120, events=240)

    assert (await store.reads.pipelines(10, None, PipelineFilter())).total == 0


async def test_groups_outlive_their_failures(store: Store) -> None:
    await broken(store.journal)
    await store.journal.prune(later(50), later(200))

    groups = (await store.reads.failure_groups(10, None, None)).items

    assert [group.count for group in groups] == [1]
