"""Of two at the same moment one wins, the other is told, and the log says the same as the state."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from runner.changes import Change
from runner.commands import ResumedOutcome, RetryRequest
from runner.events import ApprovalDecided, PipelineFinished, PipelineResumed, StepFailed, StepSucceeded
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE
from runner.model import Pipeline, PipelineStatus
from runner.outcomes import NotAllowed
from runner.reads import AsOf
from runner.settler import Settler
from runner.transitions import begin_step, fail_step, succeed_step
from tests.runner.bench import Bench
from tests.runner.journals import UnhurriedJournal
from tests.support.builders import ANA, BEN, NOW, POLICY, USAGE, a_failure, a_handoff, a_plan, an_approval_plan
from tests.support.fakes import Held, fails

pytestmark = pytest.mark.asyncio

RACES = 200


def unhurried(seed: int) -> Bench:
    """One whose journal lets others come in between, differently for every seed."""
    return Bench(stored=UnhurriedJournal(random.Random(seed)))


async def race(*contenders: Awaitable[ResumedOutcome]) -> list[ResumedOutcome]:
    return list(await asyncio.gather(*contenders))


def won(outcomes: list[ResumedOutcome]) -> int:
    assert all(isinstance(outcome, AsOf | NotAllowed) for outcome in outcomes)
    return sum(isinstance(outcome, AsOf) for outcome in outcomes)


async def test_a_cancel_and_the_end_of_the_agent_have_one_outcome() -> None:
    seen = set()
    for seed in range(RACES):
        bench, held = unhurried(seed), Held()
        bench.agents.script("agent0", held)

        async def finish(held: Held = held) -> ResumedOutcome:
            await asyncio.sleep(0)
            held.released.set()
            return NotAllowed(message="it has just ended")

        async with bench.running():
            pipeline_id = await bench.start()
            await held.begun.wait()
            await race(bench.cancel(pipeline_id), finish())
            pipeline = await bench.ends(pipeline_id)

        ends = bench.hooks.events(StepSucceeded, StepFailed)
        assert len(ends) == 1, f"seed {seed}"
        assert len(bench.hooks.events(PipelineFinished)) == 1, f"seed {seed}"
        assert isinstance(ends[0], StepSucceeded) == (pipeline.status is PipelineStatus.SUCCEEDED), f"seed {seed}"
        seen.add(pipeline.status)
    assert seen == {PipelineStatus.SUCCEEDED, PipelineStatus.CANCELLED}


async def test_two_decisions_about_one_approval_have_one_outcome_and_the_other_is_told_whose() -> None:
    seen = set()
    for seed in range(RACES):
        bench = unhurried(seed)
        async with bench.running():
            pipeline_id = await bench.start([an_approval_plan(), a_plan()])
            await bench.reaches(pipeline_id, PipelineStatus.WAITING)
            decided = bench.decide(pipeline_id, approved=True)
            outcomes = await race(decided, bench.decide(pipeline_id, approved=seed % 2 == 0, actor=BEN))
            pipeline = await bench.ends(pipeline_id)

        assert won(outcomes) == 1, f"seed {seed}"
        assert len(bench.hooks.events(ApprovalDecided)) == 1, f"seed {seed}"
        approval = pipeline.steps[0].approval
        assert approval is not None
        assert approval.decided_by is not None
        [loser] = [outcome for outcome in outcomes if isinstance(outcome, NotAllowed)]
        assert loser.message.endswith(f"by {approval.decided_by.name}."), f"seed {seed}"
        seen.add(approval.decided_by.name)
    assert seen == {"Ana", "Ben"}


async def test_two_retries_of_one_step_make_one_attempt() -> None:
    for seed in range(RACES):
        bench, held = unhurried(seed), Held()
        bench.agents.script("agent0", fails(FailureKind.PROVIDER_AUTH), held)
        async with bench.running():
            pipeline_id = await bench.start()
            await bench.ends(pipeline_id)
            outcomes = await race(bench.retry(pipeline_id), bench.retry(pipeline_id))
            held.released.set()
            pipeline = await bench.ends(pipeline_id)

        assert won(outcomes) == 1, f"seed {seed}"
        assert len(bench.hooks.events(PipelineResumed)) == 1, f"seed {seed}"
        assert len(pipeline.steps[0].attempts) == 2, f"seed {seed}"


async def test_one_retry_sent_twice_under_one_key_succeeds_twice_and_is_done_once() -> None:
    for seed in range(RACES):
        bench, held = unhurried(seed), Held()
        bench.agents.script("agent0", fails(FailureKind.PROVIDER_AUTH), held)
        async with bench.running():
            pipeline_id = await bench.start()
            failed = await bench.ends(pipeline_id)
            request = RetryRequest(step_id=failed.steps[0].id, idempotency_key="once")
            outcomes = await race(bench.commands.retry_step(request, ANA), bench.commands.retry_step(request, ANA))
            held.released.set()
            pipeline = await bench.ends(pipeline_id)

        assert won(outcomes) == 2, f"seed {seed}"
        assert len(pipeline.steps[0].attempts) == 2, f"seed {seed}"


async def test_a_time_limit_and_an_answer_at_the_same_moment_have_one_outcome() -> None:
    seen = set()
    for seed in range(RACES):
        bench = unhurried(seed)
        pipeline_id = await bench.start(launch=False)
        await bench.stored.commit(begin_step(await bench.pipeline(pipeline_id), NOW))
        running = await bench.pipeline(pipeline_id)

        outcomes = await asyncio.gather(*(settled(bench, running, outcome) for outcome in (answered, timed_out)))

        assert sum(outcome is not None for outcome in outcomes) == 1, f"seed {seed}"
        bench.check_log()
        seen.add(outcomes[0] is not None)
    assert seen == {True, False}


async def settled(bench: Bench, running: Pipeline, outcome: Callable[[Pipeline], Change]) -> Pipeline | None:
    return await Settler(bench.stored, bench.clock).settle(running, outcome)


def answered(pipeline: Pipeline) -> Change:
    return succeed_step(pipeline, pipeline.steps[0].id, 1, a_handoff(), USAGE, NOW)


def timed_out(pipeline: Pipeline) -> Change:
    late = a_failure(FailureKind.STEP_TIMEOUT)
    return fail_step(pipeline, pipeline.steps[0].id, 1, late, POLICY, NOW, NO_USAGE)
