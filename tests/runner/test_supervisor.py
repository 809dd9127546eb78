"""Pipelines run in their turn, no more at once than allowed, and none stays running that nobody runs."""

import asyncio

import pytest

from runner.failure_kinds import FailureKind
from runner.model import PipelineId, PipelineStatus
from runner.transitions import begin_step
from tests.runner.bench import Bench
from tests.support.builders import NOW, a_plan, after, an_approval_plan
from tests.support.fakes import Held, Play, opens, raises

pytestmark = pytest.mark.asyncio


async def test_no_more_run_at_once_than_allowed_and_the_oldest_comes_first() -> None:
    bench = Bench(max_pipelines=2)
    held = {number: Held() for number in range(1, 5)}
    for number, play in held.items():
        bench.agents.script(f"agent{number}", play)
    for number in (3, 4, 1, 2):
        await bench.start([a_plan(f"agent{number}")], number=number)

    async with bench.running():
        await held[2].begun.wait()
        begun_first = [number for number, play in held.items() if play.begun.is_set()]
        held[2].released.set()
        await held[3].begun.wait()
        begun_then = [number for number, play in held.items() if play.begun.is_set()]
        for play in held.values():
            play.released.set()
        for pipeline in await bench.stored.unfinished():
            await bench.ends(pipeline.id)

    assert begun_first == [1, 2]
    assert begun_then == [1, 2, 3]


async def test_a_pipeline_that_waits_for_its_turn_is_pending() -> None:
    bench = Bench(max_pipelines=1)
    held = Held()
    bench.agents.script("agent0", held)
    first, second = await bench.start(number=1), await bench.start(number=2)

    async with bench.running():
        await held.begun.wait()
        waiting = await bench.pipeline(second)
        places = (bench.supervisor.running, bench.supervisor.waiting)
        held.released.set()
        await bench.ends(first)
        await bench.ends(second)

    assert waiting.status is PipelineStatus.PENDING
    assert places == (1, 1)
    assert bench.supervisor.waiting == 0


async def test_a_place_is_free_while_a_pipeline_waits_for_a_person() -> None:
    bench = Bench(max_pipelines=1)

    async with bench.running():
        asked = await bench.start([an_approval_plan(), a_plan()], number=1)
        await bench.reaches(asked, PipelineStatus.WAITING)
        other = await bench.ends(await bench.start(number=2))
        await bench.decide(asked)
        pipeline = await bench.ends(asked)

    assert other.status is PipelineStatus.SUCCEEDED
    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_an_approved_pipeline_does_not_run_beyond_what_is_allowed() -> None:
    bench = Bench(max_pipelines=1)
    held = Held()
    bench.agents.script("slow", held)

    async with bench.running():
        asked = await bench.start([an_approval_plan(), a_plan()], number=1)
        await bench.reaches(asked, PipelineStatus.WAITING)
        busy = await bench.start([a_plan("slow")], number=2)
        await held.begun.wait()
        await bench.decide(asked)
        approved = await bench.pipeline(asked)
        held.released.set()
        await bench.ends(busy)
        await bench.ends(asked)

    assert approved.status is PipelineStatus.PENDING


async def test_launching_what_runs_already_runs_it_once() -> None:
    bench = Bench()
    held = Held()
    bench.agents.script("agent0", held)

    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        bench.supervisor.launch(pipeline_id)
        held.released.set()
        await bench.ends(pipeline_id)

    assert len(bench.agents.works) == 1


async def test_launching_what_is_not_there_does_no_harm() -> None:
    bench = Bench(max_pipelines=1)

    async with bench.running():
        bench.supervisor.launch(PipelineId("pip_0"))
        pipeline = await bench.ends(await bench.start())

    assert pipeline.status is PipelineStatus.SUCCEEDED


@pytest.mark.parametrize(
    "play", [raises(asyncio.CancelledError()), opens("ses_1", then=raises(asyncio.CancelledError()))]
)
async def test_a_cancellation_that_nobody_asked_for_is_a_bug_and_gets_its_verdict(play: Play) -> None:
    bench = Bench()
    bench.agents.script("agent0", play)

    async with bench.running():
        pipeline = await bench.ends(await bench.start())

    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.INTERNAL
    assert len(bench.agents.works) == 1


async def test_an_attempt_that_nobody_runs_is_ended_by_the_next_sweep() -> None:
    bench = Bench()
    pipeline_id = await bench.start(launch=False)
    await bench.stored.commit(begin_step(await bench.pipeline(pipeline_id), NOW))

    async with bench.running():
        await bench.clock.sleeper(after(5))
        bench.clock.advance(5)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.INTERNAL
    assert bench.agents.works == []


async def test_a_pipeline_that_was_never_launched_is_found() -> None:
    bench = Bench()
    pipeline_id = await bench.start(launch=False)

    async with bench.running():
        await bench.clock.sleeper(after(5))
        bench.clock.advance(5)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_launches_do_not_put_off_the_sweep() -> None:
    bench = Bench()
    pipeline_id = await bench.start(launch=False)
    await bench.stored.commit(begin_step(await bench.pipeline(pipeline_id), NOW))

    async with bench.running():
        for _ in range(3):
            await bench.clock.sleeper(after(5))
            bench.clock.advance(2)
            bench.supervisor.launch(PipelineId("pip_0"))
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.FAILED
