"""The list at a glance is of all that is stored: each pipeline in one section, each cause once, exact counts."""

import pytest

from runner import approvals, repairs, transitions
from runner.failure_kinds import FailureKind
from runner.failures import failure
from runner.groups import FailureGroupStatus
from runner.model import Pipeline, StepKind
from runner.overview import OpenCause, PipelineCounts, PipelineNames, PipelineSection
from runner.reads import BadPageKey, PipelineFilter
from tests.contracts.pipelines import (
    AGENT,
    ANA,
    APPROVAL,
    REFUSED,
    a_pipeline,
    begun,
    broken,
    commit,
    failed,
    later,
    started,
    succeeded,
)
from tests.contracts.stores import Store

pytestmark = pytest.mark.asyncio

NEEDS_YOU, RUNNING, DONE = PipelineSection
UNKNOWN = failure(FailureKind.UNKNOWN_MODEL, "OpenCode has no model acme/x")


async def of_each_kind(store: Store) -> None:
    """Two refused, one of them long ago; one empty and settled; one asking, one cancelled, one done, two at work."""
    await broken(store.journal, a_pipeline(title="old", template="review", at=later(-9000)), at=later(1))
    await broken(store.journal, a_pipeline(title="refused"), at=later(2))
    settled = await broken(store.journal, a_pipeline(title="settled"), reason=UNKNOWN, at=later(3))
    await settle(store, settled)
    await begun(store.journal, a_pipeline(APPROVAL, title="asking"))
    cancelled = await begun(store.journal, a_pipeline(title="cancelled"))
    await commit(store.journal, transitions.cancel(cancelled, ANA, None, later(4)))
    await commit(store.journal, succeeded(await begun(store.journal, a_pipeline(AGENT, title="done")), later(5)))
    await begun(store.journal, a_pipeline(title="running"))
    await commit(store.journal, started(a_pipeline(title="pending")))


async def settle(store: Store, pipeline: Pipeline, status: FailureGroupStatus = FailureGroupStatus.RESOLVED) -> None:
    assert pipeline.failure is not None
    await store.journal.set_group_status(pipeline.failure.group_id, status, ANA, later(3))


async def causes(store: Store, wanted: PipelineFilter | None = None, first: int = 10) -> list[OpenCause]:
    page = await store.reads.open_causes(first, None, wanted or PipelineFilter())
    return list(page.items)


@pytest.mark.parametrize(
    ("section", "titles"),
    [
        (NEEDS_YOU, {"old", "refused", "asking"}),
        (RUNNING, {"running", "pending"}),
        (DONE, {"settled", "cancelled", "done"}),
    ],
)
async def test_a_section_holds_those_that_stand_in_it(store: Store, section: PipelineSection, titles: set[str]) -> None:
    await of_each_kind(store)

    page = await store.reads.pipelines(10, None, PipelineFilter(section=section))

    assert {pipeline.title for pipeline in page.items} == titles
    assert page.total == len(titles)


@pytest.mark.parametrize(
    ("wanted", "counts"),
    [
        (PipelineFilter(), PipelineCounts(asking=1, failed=2, running=2, done=3)),
        (PipelineFilter(template="review"), PipelineCounts(failed=1)),
        (PipelineFilter(text="refused"), PipelineCounts(failed=1)),
        (PipelineFilter(since=later(-1)), PipelineCounts(asking=1, failed=1, running=2, done=3)),
        (PipelineFilter(until=later(-1)), PipelineCounts(failed=1)),
        (PipelineFilter(section=RUNNING), PipelineCounts(running=2)),
        (PipelineFilter(template="nobody's"), PipelineCounts()),
    ],
    ids=repr,
)
async def test_counts_are_of_all_that_fit(store: Store, wanted: PipelineFilter, counts: PipelineCounts) -> None:
    await of_each_kind(store)

    assert await store.reads.pipeline_counts(wanted) == counts


async def test_nothing_is_counted_where_nothing_is(store: Store) -> None:
    assert await store.reads.pipeline_counts(PipelineFilter()) == PipelineCounts()
    assert await causes(store) == []
    assert await store.reads.pipeline_names() == PipelineNames(templates=[], agents=[], kinds=[])


async def test_failures_of_one_cause_are_one(store: Store) -> None:
    made = [await broken(store.journal, a_pipeline(title=str(place)), at=later(place)) for place in range(5)]
    empty = await broken(store.journal, reason=UNKNOWN, at=later(9))

    newest, refused = await causes(store)

    assert (newest.group.kind, newest.count, newest.pipelines) == (FailureKind.UNKNOWN_MODEL, 1, [empty])
    assert (refused.group.kind, refused.count, refused.since) == (FailureKind.PROVIDER_AUTH, 5, later(0))
    assert list(refused.pipelines) == [made[4], made[3], made[2]]


async def test_a_cause_is_open_for_as_long_as_a_pipeline_stands_failed_for_it(store: Store) -> None:
    one, other = await broken(store.journal, at=later(1)), await broken(store.journal, at=later(2))
    step = one.steps[0]
    await commit(store.journal, repairs.retry_step(one, step.id, ANA, later(3)))

    [left] = await causes(store)

    assert (left.count, left.group.count, [pipeline.id for pipeline in left.pipelines]) == (1, 2, [other.id])


async def test_what_was_settled_is_open_again_with_the_next_failure_alone(store: Store) -> None:
    await settle(store, await broken(store.journal), FailureGroupStatus.ACKNOWLEDGED)
    assert await causes(store) == []

    again = await broken(store.journal, at=later(5))

    [left] = await causes(store)
    assert (left.count, left.since, list(left.pipelines)) == (1, later(5), [again])


async def test_causes_are_of_the_pipelines_that_fit(store: Store) -> None:
    await of_each_kind(store)

    [review] = await causes(store, PipelineFilter(template="review"))

    assert [pipeline.title for pipeline in review.pipelines] == ["old"]
    assert await causes(store, PipelineFilter(section=DONE)) == []


async def test_causes_come_in_pages(store: Store) -> None:
    for place in range(3):
        reason = failure(FailureKind.UNKNOWN_MODEL, f"Something {'abc'[place] * 9} broke")
        await broken(store.journal, reason=reason, at=later(place))

    first = await store.reads.open_causes(2, None, PipelineFilter())
    second = await store.reads.open_causes(2, first.keys[-1], PipelineFilter())

    titles = [cause.group.title for page in (first, second) for cause in page.items]
    assert [title.split()[1][0] for title in titles] == ["c", "b", "a"]
    assert (first.total, first.has_next, second.has_next) == (3, True, False)
    with pytest.raises(BadPageKey):
        await store.reads.open_causes(2, "nonsense", PipelineFilter())


async def test_pipelines_are_found_by_the_cause_that_they_stand_at(store: Store) -> None:
    await of_each_kind(store)
    [refused] = await causes(store)

    page = await store.reads.pipelines(10, None, PipelineFilter(cause=refused.group.id))

    assert {pipeline.title for pipeline in page.items} == {"old", "refused"}


async def test_a_step_that_failed_more_than_once_stands_at_its_last_failure(store: Store) -> None:
    pipeline = await broken(store.journal, reason=UNKNOWN, at=later(1))
    again = await commit(store.journal, repairs.retry_step(pipeline, pipeline.steps[0].id, ANA, later(2)))
    await commit(
        store.journal, failed(await commit(store.journal, transitions.begin_step(again, later(3))), at=later(4))
    )

    [only] = await causes(store)

    assert (only.group.kind, only.count) == (FailureKind.PROVIDER_AUTH, 1)
    assert (await store.reads.pipeline_counts(PipelineFilter())).failed == 1


async def test_a_rejected_approval_stands_at_its_rejection(store: Store) -> None:
    pipeline = await begun(store.journal, a_pipeline(APPROVAL))
    await commit(store.journal, approvals.decide_approval(pipeline, pipeline.steps[0].id, ANA, False, "No", later(2)))

    [only] = await causes(store)

    assert only.group.kind is FailureKind.APPROVAL_REJECTED


@pytest.mark.parametrize(
    ("kinds", "agent", "found"),
    [((AGENT,), "build", 1), ((AGENT, APPROVAL), "build", 1), ((APPROVAL,), "build", 0), ((AGENT,), "buil", 0)],
)
async def test_pipelines_are_found_by_an_agent(store: Store, kinds: tuple[StepKind], agent: str, found: int) -> None:
    await begun(store.journal, a_pipeline(*kinds))

    assert (await store.reads.pipelines(10, None, PipelineFilter(agent=agent))).total == found


async def test_every_stored_name_is_known(store: Store) -> None:
    await of_each_kind(store)

    names = await store.reads.pipeline_names()

    kinds = [FailureKind.CANCELLED, REFUSED.kind, UNKNOWN.kind]
    assert (names.templates, names.agents) == (["quick_fix", "review"], ["build"])
    assert list(names.kinds) == sorted(kinds, key=lambda kind: kind.value)
