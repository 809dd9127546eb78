"""Lists are filtered and paged without gaps, each answer of one state that names its place in the log."""

from collections.abc import Awaitable, Callable

import pytest

from runner import approvals, repairs, transitions
from runner.failure_kinds import FailureKind, FailureOrigin
from runner.groups import FailureGroupStatus
from runner.model import ApprovalStatus, PipelineStatus
from runner.reads import BadPageKey, FailureFilter, Page, PipelineFilter
from tests.contracts.pipelines import (
    ANA,
    APPROVAL,
    EMPTY,
    REFUSED,
    a_pipeline,
    begun,
    broken,
    commit,
    failed,
    later,
    started,
)
from tests.contracts.stores import Store

pytestmark = pytest.mark.asyncio


async def _all_pages(ask: Callable[[str | None], Awaitable[Page[object]]]) -> list[Page[object]]:
    pages = [await ask(None)]
    while pages[-1].has_next:
        pages.append(await ask(pages[-1].keys[-1]))
    return pages


async def test_pipelines_come_newest_first_in_pages(store: Store) -> None:
    made = [await commit(store.journal, started(a_pipeline(at=later(number // 2)))) for number in range(5)]

    pages = await _all_pages(lambda after: store.reads.pipelines(2, after, PipelineFilter()))  # type: ignore[arg-type,return-value]  # Page is read only

    assert [item for page in pages for item in page.items] == made[::-1]
    assert [(page.has_previous, page.has_next, page.total) for page in pages] == [
        (False, True, 5),
        (True, True, 5),
        (True, False, 5),
    ]


async def test_a_page_goes_on_where_it_stopped_although_newer_ones_came(store: Store) -> None:
    made = [await commit(store.journal, started(a_pipeline(at=later(number)))) for number in range(3)]
    first = await store.reads.pipelines(1, None, PipelineFilter())
    await commit(store.journal, started(a_pipeline(at=later(10))))

    second = await store.reads.pipelines(5, first.keys[-1], PipelineFilter())

    assert list(second.items) == [made[1], made[0]]


@pytest.mark.parametrize("key", ["", "nonsense", "a|b|c"])
async def test_a_key_that_no_list_gave_is_bad(store: Store, key: str) -> None:
    await broken(store.journal)

    with pytest.raises(BadPageKey):
        await store.reads.pipelines(2, key, PipelineFilter())
    with pytest.raises(BadPageKey):
        await store.reads.failures(2, key, FailureFilter())
    with pytest.raises(BadPageKey):
        await store.reads.failure_groups(2, key, None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(PipelineFilter(status=[PipelineStatus.FAILED]), {"broken"}, id="status"),
        pytest.param(
            PipelineFilter(status=[PipelineStatus.FAILED, PipelineStatus.RUNNING]), {"broken", "running"}, id="statuses"
        ),
        pytest.param(PipelineFilter(status=[]), set(), id="no status"),
        pytest.param(PipelineFilter(template="review"), {"running"}, id="template"),
        pytest.param(PipelineFilter(directory="/srv/app"), {"running"}, id="directory"),
        pytest.param(PipelineFilter(failure_kind=[FailureKind.PROVIDER_AUTH]), {"broken"}, id="failure kind"),
        pytest.param(PipelineFilter(failure_kind=[FailureKind.EMPTY_BODY]), set(), id="another failure kind"),
        pytest.param(PipelineFilter(text="API KEY"), {"broken"}, id="text of the message"),
        pytest.param(PipelineFilter(text="BUILD"), {"broken", "running"}, id="name of an agent"),
        pytest.param(PipelineFilter(text="rejected mend"), {"broken"}, id="words here and there"),
        pytest.param(PipelineFilter(text=" "), {"broken", "running"}, id="no word"),
        pytest.param(PipelineFilter(text="run"), {"running"}, id="text of the title"),
        pytest.param(PipelineFilter(text="mend what"), {"broken", "running"}, id="text of the prompt"),
        pytest.param(PipelineFilter(text="100%"), set(), id="per cent"),
        pytest.param(PipelineFilter(text="_"), {"broken"}, id="underscore of a template"),
        pytest.param(PipelineFilter(template="review", text="API key"), set(), id="template and text"),
    ],
)
async def test_pipelines_are_filtered(store: Store, wanted: PipelineFilter, found: set[str]) -> None:
    await broken(store.journal, a_pipeline(title="broken"))
    await begun(store.journal, a_pipeline(title="running", template="review", directory="/srv/app"))

    page = await store.reads.pipelines(10, None, wanted)

    assert {pipeline.title for pipeline in page.items} == found
    assert page.total == len(found)


async def test_pipelines_are_found_by_id(store: Store) -> None:
    pipeline = await broken(store.journal)

    found = await store.reads.pipelines_by_id([pipeline.id, a_pipeline().id])

    assert found.value == {pipeline.id: pipeline}
    assert found.cursor == await store.journal.newest()


async def test_no_ids_find_nothing(store: Store) -> None:
    assert (await store.reads.pipelines_by_id([])).value == {}
    assert await store.reads.failures_by_id([]) == {}
    assert await store.reads.failure_groups_by_id([]) == {}


async def test_a_page_names_its_place_in_the_log(store: Store) -> None:
    await broken(store.journal)
    newest = await store.journal.newest()

    assert (await store.reads.pipelines(1, None, PipelineFilter())).cursor == newest
    assert (await store.reads.failures(1, None, FailureFilter())).cursor == newest
    assert (await store.reads.failure_groups(1, None, None)).cursor == newest
    assert (await store.reads.approvals([ApprovalStatus.PENDING])).cursor == newest
    assert (await store.reads.conflicts("/srv")).cursor == newest


async def test_failures_come_newest_first_in_pages(store: Store) -> None:
    for _ in range(3):
        await broken(store.journal)

    pages = await _all_pages(lambda after: store.reads.failures(2, after, FailureFilter()))  # type: ignore[arg-type,return-value]  # Page is read only

    positions = [item.cursor.position for page in pages for item in page.items]  # type: ignore[attr-defined]
    assert positions == [11, 7, 3]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(FailureFilter(), 3, id="none"),
        pytest.param(FailureFilter(kind=[FailureKind.EMPTY_BODY]), 2, id="kind"),
        pytest.param(FailureFilter(origin=[FailureOrigin.PROVIDER]), 1, id="origin"),
        pytest.param(FailureFilter(template="review"), 2, id="template"),
        pytest.param(FailureFilter(template="review", origin=[FailureOrigin.PROVIDER]), 0, id="template and origin"),
    ],
)
async def test_failures_are_filtered(store: Store, wanted: FailureFilter, found: int) -> None:
    await broken(store.journal, reason=REFUSED)
    pipeline = await broken(store.journal, a_pipeline(template="review"), reason=EMPTY)
    pipeline = await commit(store.journal, transitions.begin_step(pipeline, later(5)))
    await commit(store.journal, failed(pipeline, EMPTY))

    page = await store.reads.failures(10, None, wanted)

    assert (len(page.items), page.total) == (found, found)


async def test_failures_of_one_pipeline(store: Store) -> None:
    await broken(store.journal)
    pipeline = await broken(store.journal)

    page = await store.reads.failures(10, None, FailureFilter(pipeline_id=pipeline.id))

    assert list(page.items) == [pipeline.failure]
    assert pipeline.failure is not None
    assert await store.reads.failures_by_id([pipeline.failure.id, "fai_0"]) == {pipeline.failure.id: pipeline.failure}


async def test_groups_are_found_by_status_and_id(store: Store) -> None:
    await broken(store.journal)

    [group] = (await store.reads.failure_groups(5, None, [FailureGroupStatus.OPEN])).items

    assert (await store.reads.failure_groups(5, None, [FailureGroupStatus.RESOLVED])).total == 0
    assert await store.reads.failure_groups_by_id([group.id, "grp_0"]) == {group.id: group}


async def test_approvals_come_oldest_request_first(store: Store) -> None:
    young = await begun(store.journal, a_pipeline(APPROVAL), at=later(9))
    old = await begun(store.journal, a_pipeline(APPROVAL), at=later(1))

    found = await store.reads.approvals([ApprovalStatus.PENDING])

    assert [(place.pipeline, place.step, place.approval) for place in found.value] == [
        (pipeline, pipeline.steps[0], pipeline.steps[0].approval) for pipeline in (old, young)
    ]


async def test_an_approval_that_was_reminded_of_is_shown_so(store: Store) -> None:
    pipeline = await begun(store.journal, a_pipeline(APPROVAL))

    pipeline = await commit(store.journal, approvals.remind_of_approval(pipeline, pipeline.steps[0].id, later(6)))

    [place] = (await store.reads.approvals([ApprovalStatus.PENDING])).value
    assert place.approval.remind_at is None
    assert place.approval == pipeline.steps[0].approval
    assert await store.journal.load(pipeline.id) == pipeline


async def test_a_decided_approval_stays_beside_the_one_asked_anew(store: Store) -> None:
    pipeline = await begun(store.journal, a_pipeline(APPROVAL))
    step_id = pipeline.steps[0].id
    pipeline = await commit(
        store.journal, approvals.decide_approval(pipeline, step_id, ANA, False, "Not yet", later(1))
    )
    rejected = pipeline.steps[0].approval
    pipeline = await commit(store.journal, repairs.retry_step(pipeline, step_id, ANA, later(2)))
    pipeline = await commit(store.journal, transitions.begin_step(pipeline, later(3)))

    found = await store.reads.approvals([ApprovalStatus.PENDING, ApprovalStatus.REJECTED])

    assert await store.journal.load(pipeline.id) == pipeline
    assert [place.approval for place in found.value] == [rejected, pipeline.steps[0].approval]


async def test_conflicts_are_the_living_in_the_same_place(store: Store) -> None:
    await broken(store.journal, a_pipeline(directory="/srv/app"))
    inside = await begun(store.journal, a_pipeline(directory="/srv/app/web", at=later(1)))
    around = await begun(store.journal, a_pipeline(directory="/srv", at=later(2)))
    await begun(store.journal, a_pipeline(directory="/srv/application"))

    assert (await store.reads.conflicts("/srv/app")).value == [inside, around]
