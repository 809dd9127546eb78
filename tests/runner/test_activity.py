"""Who looks sees what an agent does now, then every change, to the end of the step; nobody is waited for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import pytest

from runner.activity import Activities
from runner.agents import Activity, ActivitySnapshot, TextDelta, TodosChanged, ToolProgress
from runner.failures import Todo, ToolCall
from runner.model import StepId

pytestmark = pytest.mark.asyncio

STEP = StepId("stp_1_0")
LS = ToolCall(tool="bash", status="running", input={"command": "ls"})
TODO = Todo(content="look", status="pending")


def begun() -> Activities:
    activities = Activities()
    activities.begin(STEP)
    return activities


def followed(activities: Activities, step_id: StepId = STEP) -> aclosing[AsyncGenerator[Activity]]:
    return aclosing(activities.follow(step_id))


async def next_of(told: AsyncIterator[Activity]) -> Activity:
    async with asyncio.timeout(60):
        return await anext(told)


async def rest_of(told: AsyncIterator[Activity]) -> list[Activity]:
    async with asyncio.timeout(60):
        return [activity async for activity in told]


async def snapshot_of(activities: Activities) -> ActivitySnapshot:
    async with followed(activities) as told:
        return cast(ActivitySnapshot, await next_of(told))


async def test_a_new_follower_begins_with_what_is_shown_now() -> None:
    activities = begun()
    changes: list[Activity] = [
        TextDelta(delta="I will "),
        TextDelta(delta="look"),
        ToolProgress(call_id="c1", call=LS),
        TodosChanged(todos=(TODO,)),
    ]
    for change in changes:
        activities.tell(STEP, change)

    assert await snapshot_of(activities) == ActivitySnapshot(text="I will look", tools=(LS,), todos=(TODO,))


async def test_every_change_after_that_arrives_once_and_in_order() -> None:
    activities = begun()
    changes: list[Activity] = [TextDelta(delta="a"), ToolProgress(call_id="c1", call=LS), TextDelta(delta="b")]

    async with followed(activities) as told:
        await next_of(told)
        for change in changes:
            activities.tell(STEP, change)
        activities.end(STEP)
        rest = await rest_of(told)

    assert rest == changes


async def test_a_follower_waits_for_the_next_change() -> None:
    activities = begun()

    async with followed(activities) as told:
        await next_of(told)
        waiting = asyncio.create_task(next_of(told))
        await asyncio.sleep(0)
        activities.tell(STEP, TextDelta(delta="a"))
        change = await waiting

    assert change == TextDelta(delta="a")


async def test_a_call_that_goes_on_is_one_call() -> None:
    activities = begun()
    done = ToolCall(tool="bash", status="completed", output="a.py")
    activities.tell(STEP, ToolProgress(call_id="c1", call=LS))
    activities.tell(STEP, ToolProgress(call_id="c1", call=done))

    assert (await snapshot_of(activities)).tools == (done,)


async def test_a_follower_that_cannot_keep_up_gets_the_view_instead_of_the_backlog() -> None:
    activities = begun()

    async with followed(activities) as told:
        await next_of(told)
        for number in range(10_000):
            activities.tell(STEP, TextDelta(delta=f"{number} "))
        activities.end(STEP)
        rest = await rest_of(told)

    assert len(rest) == 1
    assert isinstance(rest[0], ActivitySnapshot)
    assert rest[0].text.endswith("9998 9999 ")


async def test_a_stalled_follower_holds_up_nobody_else() -> None:
    activities = begun()

    async with followed(activities) as stalled, followed(activities) as brisk:
        await next_of(stalled)
        await next_of(brisk)
        seen = []
        for number in range(2000):
            activities.tell(STEP, TextDelta(delta=f"{number} "))
            seen.append(await next_of(brisk))

    assert seen == [TextDelta(delta=f"{number} ") for number in range(2000)]


async def test_only_so_much_is_kept() -> None:
    activities = begun()
    activities.tell(STEP, TextDelta(delta="x" * 50_000))
    for number in range(80):
        activities.tell(STEP, ToolProgress(call_id=f"c{number}", call=ToolCall(tool=f"t{number}", status="running")))

    shown = await snapshot_of(activities)

    assert len(shown.text) == 20_000
    assert [call.tool for call in shown.tools] == [f"t{number}" for number in range(30, 80)]


async def test_a_snapshot_starts_the_view_anew() -> None:
    activities = begun()
    activities.tell(STEP, TextDelta(delta="old"))
    activities.tell(STEP, ActivitySnapshot(text="new", tools=(LS,), todos=(TODO,)))
    activities.tell(STEP, TextDelta(delta="er"))

    assert await snapshot_of(activities) == ActivitySnapshot(text="newer", tools=(LS,), todos=(TODO,))


async def test_a_step_is_followed_from_before_it_begins_through_all_its_attempts() -> None:
    activities = Activities()

    async with followed(activities) as told:
        first = await next_of(told)
        activities.begin(STEP)
        activities.tell(STEP, TextDelta(delta="first try"))
        activities.begin(STEP)
        activities.tell(STEP, TextDelta(delta="second try"))
        activities.end(STEP)
        rest = await rest_of(told)

    assert first == ActivitySnapshot()
    assert rest == [
        ActivitySnapshot(),
        TextDelta(delta="first try"),
        ActivitySnapshot(),
        TextDelta(delta="second try"),
    ]


async def test_what_comes_before_the_beginning_or_after_the_end_is_unheard() -> None:
    activities = Activities()
    activities.tell(STEP, TextDelta(delta="early"))

    async with followed(activities) as told:
        await next_of(told)
        activities.tell(STEP, TextDelta(delta="early"))
        activities.begin(STEP)
        activities.end(STEP)
        activities.tell(STEP, TextDelta(delta="late"))
        rest = await rest_of(told)

    assert rest == [ActivitySnapshot()]


async def test_the_end_of_one_step_is_not_that_of_another() -> None:
    activities = begun()
    other = StepId("stp_1_1")
    activities.begin(other)

    async with followed(activities, other) as told:
        await next_of(told)
        activities.end(STEP)
        activities.tell(other, TextDelta(delta="going on"))
        change = await next_of(told)

    assert change == TextDelta(delta="going on")


async def test_nothing_is_kept_for_those_who_only_looked() -> None:
    activities = Activities()

    async with followed(activities) as first, followed(activities) as second:
        await next_of(first)
        await next_of(second)
    activities.end(STEP)

    assert activities._shown == {}


async def test_a_follower_that_is_cancelled_leaves_no_trace() -> None:
    activities = Activities()
    told = activities.follow(STEP)
    await next_of(told)
    waiting = asyncio.create_task(rest_of(told))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait([waiting])

    assert activities._shown == {}
