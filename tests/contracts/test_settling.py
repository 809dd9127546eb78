"""What somebody has seen or mended is settled, and only that: every later failure is there for somebody again."""

import pytest

from runner import transitions
from runner.attention import Attention, AttentionKind
from runner.events import FailureGroupChanged
from runner.failure_kinds import FailureKind
from runner.failures import failure
from runner.groups import Acknowledgement, FailureGroup, FailureGroupStatus, known, settled
from runner.ids import part_id
from runner.model import FailureRecord, Pipeline
from runner.reads import FailureFilter
from tests.contracts.pipelines import ANA, NOON, REFUSED, a_pipeline, begun, broken, commit, later, started
from tests.contracts.stores import Store, all_events

pytestmark = pytest.mark.asyncio

ACKNOWLEDGED, RESOLVED = FailureGroupStatus.ACKNOWLEDGED, FailureGroupStatus.RESOLVED


async def group_of(store: Store) -> FailureGroup:
    [group] = (await store.reads.failure_groups(10, None, None)).items
    return group


async def say(store: Store, status: FailureGroupStatus, note: str | None = None) -> FailureGroup:
    group = await group_of(store)
    said = await store.journal.set_group_status(group.id, status, ANA, later(5), note)
    assert said is not None
    return said


async def open_failures(store: Store, wanted: bool = True) -> list[FailureRecord]:
    page = await store.reads.failures(10, None, FailureFilter(settled=not wanted))
    assert page.total == len(page.items)
    return list(page.items)


def failure_of(pipeline: Pipeline) -> FailureRecord:
    assert pipeline.failure is not None
    return pipeline.failure


async def test_a_failure_of_a_known_cause_is_open(store: Store) -> None:
    earlier = failure_of(await broken(store.journal))
    acknowledged = await say(store, ACKNOWLEDGED, "the key is ordered")

    later_one = failure_of(await broken(store.journal, at=later(9)))

    group = await group_of(store)
    assert acknowledged.acknowledgement == Acknowledgement(by=ANA, at=later(5), note="the key is ordered", count=1)
    assert (group.status, group.count, group.acknowledgement) == (ACKNOWLEDGED, 2, acknowledged.acknowledgement)
    assert [record.id for record in await open_failures(store)] == [later_one.id]
    assert [record.id for record in await open_failures(store, wanted=False)] == [earlier.id]
    assert (settled(group, earlier), settled(group, later_one)) == (True, False)
    assert known(group, later_one) == acknowledged.acknowledgement


async def test_acknowledging_again_covers_what_came_since(store: Store) -> None:
    await broken(store.journal)
    await say(store, ACKNOWLEDGED)
    await broken(store.journal)

    again = await say(store, ACKNOWLEDGED)

    assert again.acknowledgement is not None
    assert again.acknowledgement.count == 2
    assert await open_failures(store) == []


async def test_acknowledging_what_is_resolved_changes_nothing(store: Store) -> None:
    await broken(store.journal)
    resolved = await say(store, RESOLVED)
    newest = await store.journal.newest()

    assert await say(store, ACKNOWLEDGED, "seen") == resolved

    assert await store.journal.newest() == newest


async def test_resolving_what_is_acknowledged_is_an_event(store: Store) -> None:
    await broken(store.journal)
    await say(store, ACKNOWLEDGED)
    newest = await store.journal.newest()

    resolved = await say(store, RESOLVED)

    [recorded] = await all_events(store.journal, newest)
    assert recorded.event == FailureGroupChanged(at=later(5), actor=ANA, group=resolved)
    assert (resolved.status, resolved.acknowledgement) == (RESOLVED, None)
    assert await group_of(store) == resolved


async def test_a_group_that_opens_again_is_open_for_the_new_failure_alone(store: Store) -> None:
    await broken(store.journal)
    await say(store, RESOLVED)

    news = failure_of(await broken(store.journal, at=later(9)))

    assert (await group_of(store)).status is FailureGroupStatus.OPEN
    assert [record.id for record in await open_failures(store)] == [news.id]


async def test_a_failure_in_the_same_moment_is_judged_by_its_place(store: Store) -> None:
    """A clock may stand still, or be set back."""
    await broken(store.journal, at=later(5))
    await say(store, ACKNOWLEDGED)

    await broken(store.journal, at=later(-3600))

    assert len(await open_failures(store)) == 1


async def test_a_cancel_is_settled(store: Store) -> None:
    pipeline = await begun(store.journal)

    await commit(store.journal, transitions.cancel(pipeline, ANA, None, NOON))

    assert await open_failures(store) == []
    assert len(await open_failures(store, wanted=False)) == 1


async def test_what_is_open_is_narrowed_with_the_rest(store: Store) -> None:
    await broken(store.journal, a_pipeline(template="review"))
    await broken(store.journal, a_pipeline(template="quick_fix"), failure(FailureKind.EMPTY_BODY, "Empty"))

    page = await store.reads.failures(10, None, FailureFilter(settled=False, template="review"))

    assert [record.failure.message for record in page.items] == [REFUSED.message]


async def test_what_goes_is_counted_before(store: Store) -> None:
    await broken(store.journal)
    await broken(store.journal)
    await commit(store.journal, started(a_pipeline()))

    counted = await store.journal.prunable(later(50))

    assert (counted.pipelines, counted.events) == (2, 8)
    assert counted == await store.journal.prune(later(50), later(60), ANA)
    assert (await store.journal.prunable(later(50))).pipelines == 0


async def test_how_an_ask_ended_is_told(store: Store) -> None:
    pipeline = await begun(store.journal)
    step_id = pipeline.steps[0].id
    ask = Attention(
        id=part_id("att", step_id, 1, "per_1"),
        kind=AttentionKind.PERMISSION,
        message="May I?",
        since=NOON,
    )
    pipeline = await commit(store.journal, transitions.raise_attention(pipeline, step_id, 1, ask))
    assert await store.journal.cleared(ask.id) is None

    change = transitions.clear_attention(pipeline, step_id, ask.id, later(7), actor=ANA, answer="allowed")
    await commit(store.journal, change)

    assert await store.journal.cleared(ask.id) == change.events[0]
    assert await store.journal.cleared("att_00000000_0_1_per_1") is None


async def test_nobody_was_there_before_the_first(store: Store) -> None:
    await store.journal.note_alive(later(1))

    assert await store.journal.last_alive() is None
