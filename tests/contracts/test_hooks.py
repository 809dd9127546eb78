"""Hooks are told of every event, whatever had it stored: once each, in order, and never of what was not stored."""

import asyncio

import pytest

from runner.events import DefinitionChanged, FailureGroupChanged, LogPruned
from runner.groups import FailureGroupStatus
from runner.journal import Conflict
from tests.contracts.pipelines import ANA, NOON, a_pipeline, begun, broken, later, started, succeeded
from tests.contracts.stores import Store, all_events

pytestmark = pytest.mark.asyncio


async def test_hooks_are_told_all_that_stands_in_the_log(store: Store) -> None:
    beginning = await store.journal.newest()

    await broken(store.journal)
    await store.journal.record(DefinitionChanged(at=NOON, definition="template t", change="saved"))

    assert store.told.recorded == await all_events(store.journal, beginning)


async def test_hooks_are_told_what_a_person_did_to_a_group(store: Store) -> None:
    await broken(store.journal)
    [group] = (await store.reads.failure_groups(1, None, None)).items
    before = len(store.told.recorded)

    for _ in range(2):
        await store.journal.set_group_status(group.id, FailureGroupStatus.RESOLVED, ANA, NOON)

    [changed] = store.told.recorded[before:]
    assert isinstance(changed.event, FailureGroupChanged)
    assert (changed.event.actor, changed.event.group.status) == (ANA, FailureGroupStatus.RESOLVED)
    assert changed.cursor == await store.journal.newest()


async def test_hooks_are_told_of_a_group_that_a_failure_opened_again(store: Store) -> None:
    await broken(store.journal)
    [group] = (await store.reads.failure_groups(1, None, None)).items
    await store.journal.set_group_status(group.id, FailureGroupStatus.RESOLVED, ANA, NOON)

    await broken(store.journal)

    last = store.told.recorded[-1].event
    assert isinstance(last, FailureGroupChanged)
    assert last.group.status is FailureGroupStatus.OPEN


async def test_hooks_are_told_what_was_pruned(store: Store) -> None:
    await broken(store.journal)
    before = len(store.told.recorded)

    went = await store.journal.prune(later(3600), later(7200))

    assert [recorded.event for recorded in store.told.recorded[before:]] == [
        LogPruned(at=later(7200), before=later(3600), events=went.events, pipelines=1)
    ]


async def test_hooks_are_not_told_what_was_not_stored(store: Store) -> None:
    pipeline = await begun(store.journal, a_pipeline())
    change = succeeded(pipeline)
    await store.journal.commit(change)
    before = list(store.told.recorded)

    with pytest.raises(Conflict):
        await store.journal.commit(change)

    assert store.told.recorded == before


async def test_changes_that_come_together_are_told_in_the_order_of_the_log(store: Store) -> None:
    await asyncio.gather(*(store.journal.commit(started(a_pipeline())) for _ in range(20)))

    assert [recorded.cursor.position for recorded in store.told.recorded] == list(range(1, 21))
