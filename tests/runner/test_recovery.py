"""After a stop or a crash every pipeline gets its verdict at once: nothing runs twice, what waits for people waits."""

import asyncio

import pytest

from runner.events import StepFailed, StepRetrying, StepStarted
from runner.failure_kinds import FailureKind
from runner.model import ApprovalStatus, PipelineId, PipelineStatus
from runner.transitions import begin_step, fail_step, raise_attention
from tests.runner.bench import Bench, kinds
from tests.runner.journals import FaultyJournal, OvertakenJournal
from tests.support.builders import NOW, POLICY, a_failure, a_permission, a_plan, after, an_approval_plan
from tests.support.fakes import FakeClock, answers, fails

pytestmark = pytest.mark.asyncio


async def crashed(bench: Bench, *, attempts: int = 1, number: int = 1, max_attempts: int = 2) -> PipelineId:
    """A pipeline whose step was in its so-manieth attempt when the process died."""
    pipeline_id = await bench.start([a_plan(max_attempts=max_attempts)], number=number, launch=False)
    for tried in range(1, attempts + 1):
        await bench.stored.commit(begin_step(await bench.pipeline(pipeline_id), NOW))
        pipeline = await bench.pipeline(pipeline_id)
        if tried < attempts:
            lost = a_failure(FailureKind.ENGINE_LOST)
            await bench.stored.commit(fail_step(pipeline, pipeline.steps[0].id, tried, lost, POLICY, NOW))
    return pipeline_id


async def test_a_step_that_was_running_is_interrupted_and_tried_again() -> None:
    bench = Bench()
    pipeline_id = await crashed(bench)

    await bench.supervisor.recover()
    async with bench.running():
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert kinds(pipeline) == [FailureKind.INTERRUPTED]
    assert pipeline.steps[0].attempts[0].failure is not None
    assert pipeline.steps[0].attempts[0].failure.failure.message == "stepwire stopped while the step was running"


async def test_a_step_in_its_last_attempt_is_interrupted_for_good() -> None:
    bench = Bench()
    pipeline_id = await crashed(bench, attempts=2)

    await bench.supervisor.recover()

    pipeline = await bench.pipeline(pipeline_id)
    assert pipeline.status is PipelineStatus.FAILED
    assert pipeline.error_message == "stepwire stopped while the step was running"
    assert bench.agents.works == []


async def test_an_agent_that_asked_a_person_is_interrupted_like_any_other() -> None:
    bench = Bench()
    pipeline_id = await crashed(bench)
    step = (await bench.pipeline(pipeline_id)).steps[0]
    await bench.stored.commit(raise_attention(await bench.pipeline(pipeline_id), step.id, 1, a_permission(step)))

    await bench.supervisor.recover()

    pipeline = await bench.pipeline(pipeline_id)
    assert kinds(pipeline) == [FailureKind.INTERRUPTED]
    assert pipeline.attention == ()


async def test_an_approval_waits_on_and_can_then_be_given() -> None:
    bench = Bench()
    async with bench.running():
        pipeline_id = await bench.start([an_approval_plan(), a_plan()])
        await bench.reaches(pipeline_id, PipelineStatus.WAITING)
    before = await bench.pipeline(pipeline_id)

    bench.restart()
    await bench.supervisor.recover()
    after_recovery = await bench.pipeline(pipeline_id)
    async with bench.running():
        await bench.decide(pipeline_id)
        pipeline = await bench.ends(pipeline_id)

    assert after_recovery == before
    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_an_approval_that_expired_while_stepwire_was_down_ends_at_the_next_start() -> None:
    bench = Bench()
    async with bench.running():
        pipeline_id = await bench.start([an_approval_plan(expires_after_seconds=60)])
        await bench.reaches(pipeline_id, PipelineStatus.WAITING)

    bench.clock.advance(3600)
    bench.restart()
    await bench.supervisor.recover()

    pipeline = await bench.pipeline(pipeline_id)
    assert pipeline.error_message == "Nobody decided within 1 min"


async def test_an_approval_expires_on_the_second() -> None:
    bench = Bench()

    async with bench.running():
        pipeline_id = await bench.start([an_approval_plan(expires_after_seconds=3)])
        await bench.reaches(pipeline_id, PipelineStatus.WAITING)
        await bench.clock.sleeper(after(3))
        bench.clock.advance(3)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.finished_at == after(3)
    assert pipeline.steps[0].approval is not None
    assert pipeline.steps[0].approval.status is ApprovalStatus.EXPIRED


async def test_somebody_is_reminded_on_the_second_and_once() -> None:
    bench = Bench()

    async with bench.running():
        pipeline_id = await bench.start([an_approval_plan(remind_after_seconds=2, expires_after_seconds=4)])
        await bench.reaches(pipeline_id, PipelineStatus.WAITING)
        for moment in (2, 4):
            await bench.clock.sleeper(after(moment))
            bench.clock.advance(2)
        await bench.ends(pipeline_id)

    assert (await bench.names(pipeline_id)).count("AttentionRaised") == 2


async def test_a_decision_at_the_moment_of_expiry_has_one_outcome() -> None:
    bench = Bench()

    async with bench.running():
        pipeline_id = await bench.start([an_approval_plan(expires_after_seconds=3)])
        await bench.reaches(pipeline_id, PipelineStatus.WAITING)
        await bench.clock.sleeper(after(3))
        bench.clock.advance(3)
        await bench.decide(pipeline_id)
        pipeline = await bench.ends(pipeline_id)

    assert (await bench.names(pipeline_id)).count("ApprovalDecided") == 1
    assert pipeline.status.ended


async def test_what_waited_for_its_turn_or_its_next_attempt_goes_on() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST), answers())
    async with bench.running():
        between = await bench.start(number=1)
        await bench.clock.sleeper(after(7))
    pending = await bench.start([a_plan("other")], number=2, launch=False)

    bench.restart()
    await bench.supervisor.recover()
    async with bench.running():
        first = await bench.ends(pending)
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        second = await bench.ends(between)

    assert (first.status, second.status) == (PipelineStatus.SUCCEEDED, PipelineStatus.SUCCEEDED)
    assert kinds(second) == [FailureKind.ENGINE_LOST]


@pytest.mark.parametrize("back", [3, 600, 3600, 400 * 86400])
async def test_a_clock_put_back_while_stepwire_was_down_does_not_lengthen_the_wait(back: int) -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST), answers())
    async with bench.running():
        between = await bench.start()
        await bench.clock.sleeper(after(7))

    bench.clock = FakeClock(after(-back))
    bench.restart()
    await bench.supervisor.recover()
    async with bench.running():
        await bench.clock.sleeper(after(7 - back))
        bench.clock.advance(7)
        pipeline = await bench.ends(between)

    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_an_attempt_that_somebody_else_began_is_not_run_a_second_time() -> None:
    bench = Bench()
    pipeline_id = await crashed(bench, max_attempts=1)

    async with asyncio.timeout(60):
        pipeline = await bench.executor.run(pipeline_id, asyncio.Event())

    assert pipeline is not None
    assert pipeline.status is PipelineStatus.FAILED
    assert kinds(pipeline) == [FailureKind.INTERRUPTED]
    assert bench.agents.works == []


async def test_recovery_emits_one_verdict_for_each_pipeline() -> None:
    bench = Bench()
    ids = [await crashed(bench, number=number) for number in range(1, 6)]
    bench.hooks.recorded.clear()

    await bench.supervisor.recover()
    async with bench.running():
        for pipeline_id in ids:
            await bench.ends(pipeline_id)

    assert len(bench.hooks.events(StepRetrying)) == 5
    assert len(bench.hooks.events(StepStarted)) == 5
    assert bench.hooks.events(StepFailed) == []


async def test_a_list_that_is_old_by_the_time_it_is_walked_blames_nobody(caplog: pytest.LogCaptureFixture) -> None:
    journal = OvertakenJournal()
    bench = Bench(stored=journal)
    pipeline_id = await crashed(bench)
    journal.meanwhile = lambda: bench.cancel(pipeline_id)

    async with bench.running():
        await bench.clock.sleeper(after(5))
        bench.clock.advance(5)
        pipeline = await bench.ends(pipeline_id)
        await bench.clock.sleeper(after(10))

    assert pipeline.status is PipelineStatus.CANCELLED
    assert "internal_failure" not in caplog.messages


async def test_a_sweep_that_cannot_read_is_made_up_for_by_the_next() -> None:
    journal = FaultyJournal()
    bench = Bench(stored=journal)
    pipeline_id = await crashed(bench)
    journal.failing["unfinished"] = lambda number: number < 2
    journal.arm()

    async with bench.running(), bench.passing_time():
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.finished_at == after(15)
