"""A subscriber has each event it wants once, in order, hears that the line lives, and is told when it missed some."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from runner.attention import Attention, AttentionKind
from runner.events import DefinitionChanged
from runner.failure_kinds import FailureKind
from runner.model import Cursor, StepPlan
from schema.scalars import encode_cursor
from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio

EVENTS = """
subscription ($after: Cursor, $pipelineId: ID, $types: [EventType!]) {
  events(after: $after, pipelineId: $pipelineId, types: $types) {
    __typename
    ... on Event { cursor }
    ... on PipelineEvent { pipeline { id status cursor } }
    ... on Heartbeat { cursor at }
    ... on Resync { reason cursor }
  }
}
"""
FAILURES = """
subscription ($after: Cursor, $filter: FailureFilter) {
  failures(after: $after, filter: $filter) {
    __typename
    ... on StepFailed { errorMessage failure { message group { count } } step { position } }
    ... on StepRetrying { errorMessage nextAttemptAt attempt }
    ... on AttentionRaised { attention { id message } }
    ... on AttentionCleared { attentionId kind answer }
    ... on Resync { reason }
  }
}
"""


@pytest.fixture
def world() -> World:
    return World()


async def told(items: Any, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        return [await anext(items) for _ in range(count)]


async def beginning(world: World) -> str:
    return encode_cursor(await world.journal.newest())


async def told_after(items: Any, world: World, happens: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    """What comes next when something happens once the subscriber has taken its place in the log."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        coming = group.create_task(told(items, 1))
        await world.journal.followed.wait()
        await happens()
    return coming.result()[0]


async def test_stored_events_come_first_then_live_ones_each_once(world: World) -> None:
    after = await beginning(world)
    running = await world.running()

    async with world.follow(EVENTS, after=after) as items:
        stored = await told(items, 2)
        await world.fail(running, FailureKind.NO_OUTPUT, "Nothing came")
        live = await told(items, 2)

    names = [item["__typename"] for item in stored + live]
    assert names == ["PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished"]
    assert [item["cursor"] for item in stored + live] == [item["pipeline"]["cursor"] for item in stored + live]
    assert [item["pipeline"]["status"] for item in live] == ["RUNNING", "FAILED"]


async def test_without_a_cursor_it_begins_now(world: World) -> None:
    await world.failed()

    async with world.follow(EVENTS) as items:
        item = await told_after(items, world, world.started)

    (later,) = await world.journal.unfinished()
    assert (item["__typename"], item["pipeline"]["id"]) == ("PipelineStarted", later.id)


async def test_it_resumes_after_the_last_cursor(world: World) -> None:
    after = await beginning(world)
    await world.failed()
    async with world.follow(EVENTS, after=after) as items:
        seen = await told(items, 2)

    async with world.follow(EVENTS, after=seen[-1]["cursor"]) as items:
        rest = await told(items, 2)

    assert [item["__typename"] for item in rest] == ["StepFailed", "PipelineFinished"]


async def test_only_what_is_wanted_comes(world: World) -> None:
    after = await beginning(world)
    await world.failed()
    failed = await world.failed()

    async with world.follow(EVENTS, after=after, pipelineId=failed.id, types=["STEP_FAILED"]) as items:
        (item,) = await told(items, 1)

    assert (item["__typename"], item["pipeline"]["id"]) == ("StepFailed", failed.id)


async def test_an_event_of_the_whole_log_is_of_no_pipeline(world: World) -> None:
    after = await beginning(world)
    changed = DefinitionChanged(at=world.clock.now(), definition="template quick_fix", change="saved")
    await world.journal.record(changed)
    started = await world.started()

    async with world.follow(EVENTS, after=after) as items:
        assert (await told(items, 1))[0]["__typename"] == "DefinitionChanged"
    async with world.follow(EVENTS, after=after, pipelineId=started.id) as items:
        assert (await told(items, 1))[0]["__typename"] == "PipelineStarted"


async def test_silence_is_broken_by_a_heartbeat_with_the_newest_place(world: World) -> None:
    world.journal.quiet_seconds = 0.001
    await world.started()

    async with world.follow(EVENTS) as items:
        (item,) = await told(items, 1)

    assert item == {"__typename": "Heartbeat", "cursor": await beginning(world), "at": "2026-11-23T21:37:01.123Z"}


async def test_events_that_nobody_wants_are_no_silence_for_long(world: World) -> None:
    after = await beginning(world)
    await world.started()

    async def started_late() -> None:
        world.clock.later(11)
        await world.started()

    async with world.follow(EVENTS, after=after, types=["STEP_FAILED"]) as items:
        item = await told_after(items, world, started_late)

    assert (item["__typename"], item["cursor"]) == ("Heartbeat", await beginning(world))


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("nonsense", "malformed"),
        ("", "malformed"),
        (encode_cursor(Cursor(position=1, epoch="elsewhere")), "foreign"),
        (encode_cursor(Cursor(position=10**15, epoch="elsewhere")), "foreign"),
    ],
)
async def test_a_lost_place_is_told_once_then_it_goes_on_from_the_newest(world: World, after: str, reason: str) -> None:
    await world.failed()
    newest = await beginning(world)

    async with world.follow(EVENTS, after=after) as items:
        (resync,) = await told(items, 1)
        later = await world.started()
        (item,) = await told(items, 1)

    assert (resync["__typename"], resync["cursor"]) == ("Resync", newest)
    assert resync["reason"].startswith(reason)
    assert (item["__typename"], item["pipeline"]["id"]) == ("PipelineStarted", later.id)


async def test_a_place_that_is_not_kept_any_more_is_lost(world: World) -> None:
    after = await beginning(world)
    await world.failed()
    await world.journal.prune(world.clock.later(60), world.clock.now())

    async with world.follow(EVENTS, after=after) as items:
        (resync,) = await told(items, 1)
        await world.started()
        (item,) = await told(items, 1)

    assert resync["reason"].startswith("expired")
    assert item["__typename"] == "PipelineStarted"


async def test_what_went_wrong_or_does_not_move_is_a_feed_of_its_own(world: World) -> None:
    after = await beginning(world)
    running = await world.running()
    stalled = Attention(id="att_1", kind=AttentionKind.STALLED, message="No sign of life", since=world.clock.now())
    running = await world.attend(running, stalled)
    running = await world.fail(running, FailureKind.STEP_TIMEOUT, "Step timed out after 600s", attempts=2)
    await world.failed(message="The key is wrong")

    async with world.follow(FAILURES, after=after) as items:
        raised, cleared, retrying, failed = await told(items, 4)

    assert raised == {"__typename": "AttentionRaised", "attention": {"id": "att_1", "message": "No sign of life"}}
    assert cleared == {"__typename": "AttentionCleared", "attentionId": "att_1", "kind": "STALLED", "answer": None}
    assert (retrying["errorMessage"], retrying["attempt"]) == ("Step timed out after 600s", 1)
    assert retrying["nextAttemptAt"] is not None
    assert failed == {
        "__typename": "StepFailed",
        "errorMessage": "The key is wrong",
        "failure": {"message": "The key is wrong", "group": {"count": 1}},
        "step": {"position": 0},
    }


@pytest.mark.parametrize(
    "wanted",
    [{"kind": ["PROVIDER_AUTH"]}, {"origin": ["PROVIDER"]}, {"template": "quick_fix"}, {"pipelineId": "%s"}],
    ids=lambda wanted: next(iter(wanted)),
)
async def test_failures_are_narrowed(world: World, wanted: dict[str, Any]) -> None:
    after = await beginning(world)
    running = await world.running(StepPlan(agent="builder"))
    stalled = Attention(id="att_1", kind=AttentionKind.STALLED, message="No sign of life", since=world.clock.now())
    await world.fail(await world.attend(running, stalled), FailureKind.RUNAWAY, "The agent looped")
    meant = await world.failed(message="The key is wrong", template="quick_fix")
    wanted = {"pipelineId": meant.id} if "pipelineId" in wanted else wanted

    async with world.follow(FAILURES, after=after, filter=wanted) as items:
        (item,) = await told(items, 1)

    assert item["errorMessage"] == "The key is wrong"


async def test_numbers_of_a_group_are_those_of_now_for_every_event(world: World) -> None:
    counts = []
    async with world.follow(FAILURES, after=await beginning(world)) as items:
        for _ in range(2):
            await world.failed()
            (item,) = await told(items, 1)
            counts.append(item["failure"]["group"]["count"])

    assert counts == [1, 2]


async def test_a_subscriber_that_leaves_leaves_nothing_behind(world: World) -> None:
    async with world.follow(EVENTS, after=await beginning(world)) as items:
        await world.started()
        await told(items, 1)
        assert world.journal.followers == 1

    assert world.journal.followers == 0
