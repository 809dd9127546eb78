"""Who cancels, retries or interrupts, at whatever moment, never makes two attempts run at once or a place get lost."""

import asyncio

import pytest

from runner.events import StepFailed
from runner.failure_kinds import FailureKind
from runner.model import PipelineStatus
from tests.runner.bench import Bench
from tests.support.builders import ANA, NOW, a_plan, after
from tests.support.fakes import Held, answers, fails, opens

pytestmark = pytest.mark.asyncio


async def test_cancelling_stops_the_agent() -> None:
    bench = Bench()
    held = Held()
    bench.agents.script("agent0", held)

    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        await bench.cancel(pipeline_id)
        await held.cancelled.wait()
        pipeline = await bench.pipeline(pipeline_id)

    assert pipeline.status is PipelineStatus.CANCELLED
    [failed] = bench.hooks.events(StepFailed)
    assert failed.actor == ANA


async def test_cancelling_between_two_attempts_ends_the_wait() -> None:
    bench = Bench(max_pipelines=1)
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST))

    async with bench.running():
        pipeline_id = await bench.start(number=1)
        await bench.clock.sleeper(after(7))
        await bench.cancel(pipeline_id)
        next_one = await bench.ends(await bench.start([a_plan("other")], number=2))

    assert next_one.status is PipelineStatus.SUCCEEDED
    assert (await bench.pipeline(pipeline_id)).status is PipelineStatus.CANCELLED


async def test_a_cancelled_pipeline_never_gets_its_turn() -> None:
    bench = Bench(max_pipelines=1)
    held = Held()
    bench.agents.script("agent0", held)

    async with bench.running():
        first, second = await bench.start(number=1), await bench.start([a_plan("other")], number=2)
        await held.begun.wait()
        await bench.cancel(second)
        held.released.set()
        await bench.ends(first)
        await bench.ends(await bench.start([a_plan("last")], number=3))

    assert [work.engine_agent for work in bench.agents.works] == ["agent0", "last"]
    assert await bench.names(second) == ["PipelineStarted", "PipelineFinished"]


@pytest.mark.parametrize("turns", range(16))
async def test_an_interrupt_at_any_moment_gives_the_place_back(turns: int) -> None:
    bench = Bench(max_pipelines=1)

    async with bench.running():
        pipeline_id = await bench.start(number=1)
        for _ in range(turns):
            await asyncio.sleep(0)
        await bench.cancel(pipeline_id)
        bench.supervisor.interrupt(pipeline_id)
        second = await bench.ends(await bench.start(number=2))

    assert second.status is PipelineStatus.SUCCEEDED
    assert (await bench.pipeline(pipeline_id)).status.ended


async def test_a_retry_right_after_a_cancel_waits_until_the_old_attempt_has_stopped() -> None:
    bench = Bench()
    old = Held(cleaned=asyncio.Event())
    bench.agents.script("agent0", opens("ses_1", then=old), answers("Second try."))

    async with bench.running():
        pipeline_id = await bench.start()
        await old.begun.wait()
        await bench.cancel(pipeline_id)
        await bench.retry(pipeline_id)
        await old.cancelled.wait()
        runs_while_cleaning = len(bench.agents.works)
        assert old.cleaned
        old.cleaned.set()
        pipeline = await bench.ends(pipeline_id)

    assert runs_while_cleaning == 1
    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert [call.subject for call in bench.agents.told("stop")] == ["ses_1"]


async def test_an_interrupt_that_comes_after_the_retry_loses_nothing() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(), answers())

    async with bench.running():
        pipeline_id = await bench.start()
        await bench.ends(pipeline_id)
        await bench.retry(pipeline_id)
        bench.supervisor.interrupt(pipeline_id)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_trying_now_ends_the_wait_between_two_attempts() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST), answers())

    async with bench.running():
        pipeline_id = await bench.start()
        await bench.clock.sleeper(after(7))
        await bench.retry(pipeline_id)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert bench.clock.now() == NOW


async def test_a_nudge_before_the_wait_begins_is_not_lost() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST), answers())
    pipeline_id = await bench.start(launch=False)
    nudge = asyncio.Event()

    async with asyncio.timeout(60):
        running = asyncio.create_task(bench.executor.run(pipeline_id, nudge))
        await bench.hooks.until(lambda: bench.hooks.events()[-1:] and _is_retrying(bench))
        await bench.retry(pipeline_id)
        nudge.set()
        pipeline = await running

    assert pipeline is not None
    assert pipeline.status is PipelineStatus.SUCCEEDED


def _is_retrying(bench: Bench) -> bool:
    return type(bench.hooks.events()[-1]).__name__ == "StepRetrying"
