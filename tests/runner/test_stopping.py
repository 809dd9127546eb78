"""A stop is recorded, stops every agent, begins nothing new, and the next start ends what it left."""

import asyncio
import random
from dataclasses import replace

import pytest

from runner.agents import Observer, Work
from runner.failure_kinds import FailureKind
from runner.model import PipelineStatus, StepStatus
from tests.runner.bench import Bench, kinds
from tests.runner.journals import FaultyJournal, UnhurriedJournal
from tests.support.builders import a_permission, a_pipeline, a_plan
from tests.support.fakes import Held, answers, opens, tells

pytestmark = pytest.mark.asyncio


async def test_a_graceful_stop_records_interruptions_and_the_next_start_goes_on() -> None:
    bench = Bench()
    held = Held()
    bench.agents.script("agent0", opens("ses_1", then=held), answers())
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        await bench.supervisor.stop()
        stopped = await bench.pipeline(pipeline_id)
        stopped_agent = held.cancelled.is_set()

    bench.restart()
    await bench.supervisor.recover()
    async with bench.running():
        pipeline = await bench.ends(pipeline_id)

    assert stopped_agent
    assert kinds(stopped) == [FailureKind.INTERRUPTED]
    assert stopped.status is PipelineStatus.RUNNING
    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert [call.subject for call in bench.agents.told("stop")] == ["ses_1"]


async def test_the_supervisor_returns_once_it_was_stopped() -> None:
    bench = Bench()
    held = Held()
    bench.agents.script("agent0", held)
    async with asyncio.timeout(60):
        running = asyncio.create_task(bench.supervisor.run())
        await bench.start()
        await held.begun.wait()
        await bench.supervisor.stop()
        await bench.supervisor.stop()
        await running


async def test_an_agent_that_ends_during_the_stop_starts_nothing_new() -> None:
    bench = Bench()
    held = Held()

    async def shrug(work: Work, observer: Observer) -> None:
        try:
            await held(work, observer)
        except asyncio.CancelledError:
            return

    bench.agents.script("agent0", tells(shrug))
    async with bench.running():
        pipeline_id = await bench.start([a_plan("agent0", max_attempts=9)])
        await held.begun.wait()
        await bench.supervisor.stop()
        pipeline = await bench.pipeline(pipeline_id)

    assert kinds(pipeline) == [FailureKind.INTERRUPTED]
    assert len(bench.agents.works) == 1


async def test_an_agent_that_does_not_stop_holds_up_the_stop_no_longer_than_allowed() -> None:
    bench = Bench()
    held = Held(cleaned=asyncio.Event())
    bench.agents.script("agent0", held)

    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        await bench.supervisor.stop()
        pipeline = await bench.pipeline(pipeline_id)

    assert kinds(pipeline) == [FailureKind.INTERRUPTED]


async def test_a_stop_that_cannot_be_recorded_is_made_up_for_at_the_next_start() -> None:
    journal = FaultyJournal()
    bench = Bench(stored=journal)
    held = Held()
    bench.agents.script("agent0", held, answers())
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        journal.failing["commit"] = lambda number: number < 2
        journal.arm()
        await bench.supervisor.stop()
        unrecorded = await bench.pipeline(pipeline_id)

    bench.restart()
    await bench.supervisor.recover()
    async with bench.running():
        pipeline = await bench.ends(pipeline_id)

    assert unrecorded.steps[0].status is StepStatus.RUNNING
    assert pipeline.status is PipelineStatus.SUCCEEDED


@pytest.mark.parametrize("seed", range(40))
async def test_a_stop_at_any_moment_leaves_nothing_that_the_next_start_does_not_end(seed: int) -> None:
    chance = random.Random(seed)
    bench = Bench(stored=UnhurriedJournal(chance))
    async with bench.running():
        pipeline_id = await bench.start(2)
        for _ in range(chance.randrange(40)):
            await asyncio.sleep(0)
        await bench.supervisor.stop()
        stopped = await bench.pipeline(pipeline_id)

    bench.restart()
    await bench.supervisor.recover()
    async with bench.running(), bench.passing_time():
        pipeline = await bench.ends(pipeline_id)

    assert all(attempt.status.ended for step in stopped.steps for attempt in step.attempts)
    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_an_attempt_that_waits_for_a_person_is_left_as_it_is() -> None:
    bench = Bench()
    held = Held()

    async def asks(work: Work, observer: Observer) -> None:
        await observer.session_opened("ses_1", None)
        await observer.attention_raised(a_permission(replace(a_pipeline().steps[0], id=work.step_id)))

    bench.agents.script("agent0", tells(asks, held))
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        before = await bench.pipeline(pipeline_id)
        await bench.supervisor.stop()
        stopped = await bench.pipeline(pipeline_id)

    bench.restart()
    bench.agents.script("agent0", answers())
    bench.clock.advance(600)
    await bench.supervisor.recover()
    async with bench.running():
        pipeline = await bench.ends(pipeline_id)

    work = bench.agents.works[-1]
    assert before.status is PipelineStatus.WAITING
    assert stopped == before
    assert bench.agents.works[0].is_left()
    assert bench.agents.told("stop") == []
    assert work.left_behind is not None
    assert work.left_behind.attention == before.steps[0].attention
    assert len(pipeline.steps[0].attempts) == 1
