"""The audit trail is told in order, filtered and paged, each event with its pipeline as of then."""

import pytest

from runner import transitions
from runner.events import StepFailed
from runner.journal import CursorLost
from runner.model import Cursor, Pipeline, PipelineStatus
from runner.reads import EventQuery
from tests.contracts.pipelines import AGENT, NOON, a_pipeline, begun, broken, commit, failed, later, succeeded
from tests.contracts.stores import Opening, Store

pytestmark = pytest.mark.asyncio


async def _a_trail(store: Store) -> Pipeline:
    """Eleven events."""
    pipeline = await begun(store.journal, a_pipeline(AGENT, AGENT))
    opened = transitions.open_session(pipeline, pipeline.steps[0].id, 1, "ses_1", None, later(1))
    pipeline = await commit(store.journal, opened)
    pipeline = await commit(store.journal, succeeded(pipeline, later(2)))
    pipeline = await commit(store.journal, failed(pipeline, at=later(3)))
    await broken(store.journal, at=later(4))
    return pipeline


def _positions(items: object) -> list[int]:
    return [recorded.cursor.position for recorded in items]  # type: ignore[attr-defined]


async def test_the_trail_is_told_oldest_first(store: Store) -> None:
    await _a_trail(store)

    page = await store.reads.events(EventQuery())

    assert _positions(page.items) == [*range(1, 12)]
    assert (page.has_next, page.has_previous) == (False, False)


async def test_each_event_of_the_trail_has_its_pipeline_as_of_then(store: Store) -> None:
    pipeline = await _a_trail(store)

    page = await store.reads.events(EventQuery(pipeline_id=pipeline.id, types=["session_opened", "step_failed"]))

    assert [recorded.pipeline.seq for recorded in page.items if recorded.pipeline] == [3, 6]
    assert [recorded.pipeline.status for recorded in page.items if recorded.pipeline] == [PipelineStatus.RUNNING] * 2


@pytest.mark.parametrize(
    ("query", "found", "has_previous", "has_next"),
    [
        ({"first": 3}, [1, 2, 3], False, True),
        ({"first": 3, "after": 4}, [5, 6, 7], True, True),
        ({"first": 3, "after": 9}, [10, 11], True, False),
        ({"first": 0}, [], False, True),
        ({"last": 2}, [10, 11], True, False),
        ({"last": 2, "before": 5}, [3, 4], True, True),
        ({"last": 9, "before": 4}, [1, 2, 3], False, True),
        ({"after": 4, "before": 8}, [5, 6, 7], True, False),
    ],
    ids=repr,
)
async def test_the_trail_is_paged(
    store: Store, query: dict[str, int], found: list[int], has_previous: bool, has_next: bool
) -> None:
    await _a_trail(store)
    epoch = (await store.journal.newest()).epoch
    places = {name: Cursor(position=query[name], epoch=epoch) for name in ("after", "before") if name in query}

    page = await store.reads.events(
        EventQuery(
            first=query.get("first"), last=query.get("last"), after=places.get("after"), before=places.get("before")
        )
    )

    assert _positions(page.items) == found
    assert (page.has_previous, page.has_next) == (has_previous, has_next)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(EventQuery(types=["step_failed"]), [6, 10], id="type"),
        pytest.param(EventQuery(types=[]), [], id="no type"),
        pytest.param(EventQuery(since=later(3)), [6, 7, 9, 10, 11], id="since"),
        pytest.param(EventQuery(until=later(3)), [1, 2, 3, 4, 5, 8], id="until"),
        pytest.param(EventQuery(since=later(2), until=later(3)), [4, 5], id="between"),
        pytest.param(EventQuery(last=1, types=["step_failed"], until=later(4)), [6], id="last of a type until"),
    ],
)
async def test_the_trail_is_filtered(store: Store, query: EventQuery, found: list[int]) -> None:
    await _a_trail(store)

    page = await store.reads.events(query)

    assert _positions(page.items) == found


async def test_a_failure_in_the_trail_knows_its_place(store: Store) -> None:
    await broken(store.journal, at=NOON)

    [recorded] = (await store.reads.events(EventQuery(types=["step_failed"]))).items

    assert isinstance(recorded.event, StepFailed)
    assert recorded.event.failure.cursor == recorded.cursor


async def test_a_cursor_of_another_log_is_lost(opening: Opening) -> None:
    async with opening() as one, opening() as other:
        await broken(one.journal)
        await broken(other.journal)
        theirs = await other.journal.newest()

        for query in (EventQuery(after=theirs), EventQuery(last=5, before=theirs)):
            with pytest.raises(CursorLost, match="foreign"):
                await one.reads.events(query)


async def test_the_trail_goes_on_from_the_beginning(store: Store) -> None:
    beginning = await store.journal.newest()
    await broken(store.journal)

    assert len((await store.reads.events(EventQuery(after=beginning))).items) == 4
