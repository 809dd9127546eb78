"""Failures of one cause are counted together, and a cause that was said to be mended is open again when it returns."""

import pytest

from runner.events import FailureGroupChanged
from runner.failure_kinds import FailureKind
from runner.failures import Failure, failure
from runner.groups import FailureGroup, FailureGroupStatus
from runner.journal import Journal
from runner.model import Pipeline
from runner.reads import FailureFilter, Reads
from tests.contracts.pipelines import (
    ANA,
    EMPTY,
    NOON,
    REFUSED,
    a_pipeline,
    begun,
    broken,
    commit,
    failed,
    later,
    succeeded,
)
from tests.contracts.stores import Store, all_events

pytestmark = pytest.mark.asyncio


async def _groups(reads: Reads) -> list[FailureGroup]:
    return list((await reads.failure_groups(10, None, None)).items)


async def _resolved(store: Store) -> FailureGroup:
    [group] = await _groups(store.reads)
    resolved = await store.journal.set_group_status(group.id, FailureGroupStatus.RESOLVED, ANA, later(5))
    assert resolved is not None
    return resolved


def _timeout(seconds: int) -> Failure:
    return failure(FailureKind.STEP_TIMEOUT, f"Step timed out after {seconds}s")


async def test_failures_of_one_cause_are_one_group(store: Store) -> None:
    await broken(store.journal, reason=REFUSED, at=later(1))
    await broken(store.journal, reason=REFUSED, at=later(2))

    [group] = await _groups(store.reads)

    assert (group.kind, group.title, group.count) == (FailureKind.PROVIDER_AUTH, REFUSED.message, 2)
    assert (group.first_seen_at, group.last_seen_at) == (later(1), later(2))
    assert group.status is FailureGroupStatus.OPEN


async def test_numbers_make_no_other_cause(store: Store) -> None:
    for seconds in (600, 30):
        await broken(store.journal, reason=_timeout(seconds))

    assert [group.count for group in await _groups(store.reads)] == [2]


async def test_other_causes_are_other_groups(store: Store) -> None:
    await broken(store.journal, reason=REFUSED, at=later(1))
    await broken(store.journal, reason=EMPTY, at=later(2))

    assert [group.title for group in await _groups(store.reads)] == [EMPTY.message, REFUSED.message]


async def test_a_failure_names_its_group(store: Store) -> None:
    await broken(store.journal)

    [group] = await _groups(store.reads)

    failures = await store.reads.failures(10, None, FailureFilter(group_id=group.id))
    assert [record.group_id for record in failures.items] == [group.id]
    assert (await store.reads.failures(10, None, FailureFilter(group_id="grp_0"))).items == []


async def test_a_group_is_acknowledged_by_a_person(store: Store) -> None:
    beginning = await store.journal.newest()
    await broken(store.journal)
    [group] = await _groups(store.reads)

    changed = await store.journal.set_group_status(group.id, FailureGroupStatus.ACKNOWLEDGED, ANA, later(5))

    event = (await all_events(store.journal, beginning))[-1].event
    assert changed is not None
    assert changed.status is FailureGroupStatus.ACKNOWLEDGED
    assert event == FailureGroupChanged(at=later(5), actor=ANA, group=changed)
    assert await _groups(store.reads) == [changed]


async def test_an_unknown_group_is_none(journal: Journal) -> None:
    assert await journal.set_group_status("grp_0", FailureGroupStatus.RESOLVED, ANA, NOON) is None
    assert (await journal.newest()).position == 0


async def test_the_same_status_again_is_no_event(store: Store) -> None:
    await broken(store.journal)
    await _resolved(store)
    newest = await store.journal.newest()

    await _resolved(store)

    assert await store.journal.newest() == newest


async def test_a_resolved_group_opens_again(store: Store) -> None:
    await broken(store.journal)
    resolved = await _resolved(store)
    pipeline = await begun(store.journal, at=later(9))

    recorded = await store.journal.commit(failed(pipeline, at=later(9)))

    [group] = await _groups(store.reads)
    event = recorded[-1].event
    assert (group.id, group.status, group.count) == (resolved.id, FailureGroupStatus.OPEN, 2)
    assert event == FailureGroupChanged(at=later(9), group=group)
    assert recorded[-1].pipeline is None
    assert recorded[-1].cursor == await store.journal.newest()


async def test_an_acknowledged_group_stays_acknowledged(store: Store) -> None:
    await broken(store.journal)
    [group] = await _groups(store.reads)
    await store.journal.set_group_status(group.id, FailureGroupStatus.ACKNOWLEDGED, ANA, NOON)

    await broken(store.journal)

    assert [group.status for group in await _groups(store.reads)] == [FailureGroupStatus.ACKNOWLEDGED]


async def test_a_failed_attempt_counts_even_when_another_follows(store: Store) -> None:
    pipeline = await broken(store.journal, reason=EMPTY)

    assert not pipeline.status.ended
    assert [group.count for group in await _groups(store.reads)] == [1]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (a_pipeline(template="quick_fix"), True),
        (a_pipeline(template="review"), False),
        (a_pipeline(template=None), False),
    ],
    ids=["same template", "other template", "no template"],
)
async def test_a_group_knows_when_its_place_last_succeeded(store: Store, other: Pipeline, told: bool) -> None:
    await broken(store.journal, a_pipeline(template="quick_fix"))

    await commit(store.journal, succeeded(await begun(store.journal, other), later(9)))

    [group] = await _groups(store.reads)
    assert group.last_success_at == (later(9) if told else None)


async def test_another_step_of_the_template_tells_nothing(store: Store) -> None:
    pipeline = await commit(store.journal, succeeded(await begun(store.journal)))
    await commit(store.journal, failed(pipeline))

    await commit(store.journal, succeeded(await begun(store.journal), later(9)))

    assert [group.last_success_at for group in await _groups(store.reads)] == [None]


async def test_a_resolved_group_is_told_nothing(store: Store) -> None:
    await broken(store.journal)
    await _resolved(store)

    await commit(store.journal, succeeded(await begun(store.journal), later(9)))

    assert [group.last_success_at for group in await _groups(store.reads)] == [None]
