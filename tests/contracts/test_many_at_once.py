"""What is asked for many at once is what each would have been told by itself."""

from dataclasses import replace

import pytest

from runner.model import PipelineId
from runner.reads import EventQuery, FailureFilter
from tests.contracts.pipelines import AGENT, EMPTY, REFUSED, a_pipeline, begun, broken, commit, later, succeeded
from tests.contracts.stores import Store

pytestmark = pytest.mark.asyncio


async def three(store: Store) -> list[PipelineId]:
    """Their events lie in between each other's."""
    first = await begun(store.journal, a_pipeline(AGENT, AGENT))
    second = await broken(store.journal, a_pipeline(AGENT, AGENT), reason=REFUSED, at=later(2))
    await commit(store.journal, succeeded(first, later(3)))
    third = await broken(store.journal, reason=REFUSED, at=later(4))
    await broken(store.journal, reason=EMPTY, at=later(5))
    return [first.id, second.id, third.id]


@pytest.mark.parametrize(
    "query",
    [
        EventQuery(),
        EventQuery(first=2),
        EventQuery(last=2),
        EventQuery(last=50),
        EventQuery(first=1, types=("step_failed",)),
        EventQuery(last=1, since=later(2)),
    ],
    ids=repr,
)
async def test_events_of_many_pipelines(store: Store, query: EventQuery) -> None:
    ids = await three(store)

    found = await store.reads.events_of_pipelines(ids, query)

    assert dict(found) == {key: await store.reads.events(replace(query, pipeline_id=key)) for key in ids}


@pytest.mark.parametrize("first", [1, 2, 20])
async def test_failures_of_many_groups(store: Store, first: int) -> None:
    await three(store)
    groups = [group.id for group in (await store.reads.failure_groups(10, None, None)).items]

    found = await store.reads.failures_of_groups(groups, first)

    alone = {key: await store.reads.failures(first, None, FailureFilter(group_id=key)) for key in groups}
    assert dict(found) == alone


async def test_nobody_has_nothing(store: Store) -> None:
    nobody = PipelineId("pip_nobody")

    assert list((await store.reads.events_of_pipelines([nobody], EventQuery(first=5)))[nobody].items) == []
