"""Whatever the journal raises, and whenever, no pipeline stays running: the outcome is stored, or a verdict is."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from runner.agents import Observer, Work
from runner.events import Recorded, StepFailed, StepStarted
from runner.failure_kinds import FailureKind
from runner.model import Pipeline, PipelineStatus, StepStatus
from runner.transitions import start
from tests.runner.bench import Bench
from tests.runner.journals import Fault, FaultyJournal, broken, overtaken, unavailable
from tests.support.builders import ANA, a_pipeline, an_approval_plan
from tests.support.fakes import RecordingHooks, answers, fails, tells
from tests.support.memory import MemoryJournal

pytestmark = pytest.mark.asyncio

# Begin, session, success and the next begin, session, failure.
COMMITS = 5


async def _opens(work: Work, observer: Observer) -> None:
    await observer.session_opened(f"ses_{work.step_id}_{work.attempt}", None)
    await observer.progressed({"after": 1})


async def run_on(journal: FaultyJournal) -> tuple[Bench, Pipeline]:
    """Runs a pipeline whose second step fails, letting time pass whenever nothing else happens."""
    bench = Bench(stored=journal)
    bench.agents.script("agent0", tells(_opens, answers("First part.")))
    bench.agents.script("agent1", tells(_opens, fails(FailureKind.PROVIDER_AUTH)))

    async with bench.running(), bench.passing_time():
        pipeline_id = await bench.start(2, launch=False)
        journal.arm()
        bench.supervisor.launch(pipeline_id)
        pipeline = await bench.ends(pipeline_id)
    return bench, pipeline


def nothing_runs(pipeline: Pipeline) -> bool:
    attempts = [attempt for step in pipeline.steps for attempt in step.attempts]
    return all(attempt.status.ended for attempt in attempts) and pipeline.status.ended


@pytest.mark.parametrize("fault", [broken, overtaken, unavailable])
@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("first", range(COMMITS))
async def test_a_journal_that_fails_for_a_while_loses_nothing(first: int, times: int, fault: Fault) -> None:
    journal = FaultyJournal(fault=fault)
    journal.failing["commit"] = lambda number: first <= number < first + times

    bench, pipeline = await run_on(journal)

    assert nothing_runs(pipeline)
    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.PROVIDER_AUTH
    assert pipeline.steps[0].handoff is not None
    assert [len(step.attempts) for step in pipeline.steps] == [1, 1]
    assert len(bench.agents.works) == 2


@pytest.mark.parametrize("first", range(COMMITS))
async def test_while_storage_is_unavailable_what_agents_answered_is_kept(first: int) -> None:
    journal = FaultyJournal(fault=unavailable)
    journal.failing["commit"] = lambda number: first <= number < first + 40
    journal.failing["note_resume"] = lambda _: True

    bench, pipeline = await run_on(journal)

    assert nothing_runs(pipeline)
    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.PROVIDER_AUTH
    assert pipeline.steps[0].handoff is not None
    assert pipeline.steps[0].handoff.markdown == "First part."
    assert [len(step.attempts) for step in pipeline.steps] == [1, 1]
    assert len(bench.agents.works) == 2


async def test_when_storage_is_back_it_goes_on_within_a_second() -> None:
    bench = Bench(stored=FaultyJournal(fault=unavailable))
    journal = bench.stored
    assert isinstance(journal, FaultyJournal)
    faulty = [True]
    journal.failing["commit"] = lambda _: faulty[0]
    pipeline_id = await bench.start(launch=False)
    journal.arm()

    async with bench.running():
        bench.supervisor.launch(pipeline_id)
        for _ in range(60):
            await bench.clock.sleeper(bench.clock.now() + timedelta(seconds=1))
            bench.clock.advance(1)
        await bench.clock.sleeper(bench.clock.now() + timedelta(seconds=1))
        faulty[0] = False
        bench.clock.advance(1)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED


@pytest.mark.parametrize("call", ["commit", "unfinished"])
async def test_a_verdict_that_could_not_be_stored_is_looked_at_again_soon(call: str) -> None:
    journal = FaultyJournal(fault=unavailable)
    bench = Bench(stored=journal)
    asked = await bench.start([an_approval_plan(expires_after_seconds=60)], number=1)
    async with bench.running():
        await bench.reaches(asked, PipelineStatus.WAITING)
    faulty = [True]
    journal.failing[call] = lambda _: faulty[0]
    journal.arm()

    async with bench.running():
        bench.clock.advance(120)
        for _ in range(3):
            await bench.clock.sleeper(bench.clock.now() + timedelta(seconds=1))
            bench.clock.advance(1)
        await bench.clock.sleeper(bench.clock.now() + timedelta(seconds=1))
        faulty[0] = False
        bench.clock.advance(1)
        pipeline = await bench.ends(asked)

    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.APPROVAL_EXPIRED


@pytest.mark.parametrize("times", [5, 6, 7, 12, 40])
@pytest.mark.parametrize("first", range(COMMITS))
async def test_a_journal_that_fails_for_long_leaves_nothing_running(first: int, times: int) -> None:
    journal = FaultyJournal()
    journal.failing["commit"] = lambda number: first <= number < first + times

    _, pipeline = await run_on(journal)

    assert nothing_runs(pipeline)
    assert pipeline.error_message


@pytest.mark.parametrize("first", range(COMMITS))
async def test_what_was_stored_although_the_commit_failed_is_not_done_twice(first: int) -> None:
    journal = FaultyJournal()
    journal.stored_all_the_same = True
    journal.failing["commit"] = lambda number: number == first

    bench, pipeline = await run_on(journal)

    assert nothing_runs(pipeline)
    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.PROVIDER_AUTH
    assert len(bench.agents.works) == 2
    assert (await bench.names(pipeline.id)).count("SessionOpened") == 2


@pytest.mark.parametrize("times", [1, 5, 20])
@pytest.mark.parametrize("call", ["load", "unfinished"])
async def test_a_journal_that_cannot_be_read_for_a_while_delays_but_ends_nothing(call: str, times: int) -> None:
    journal = FaultyJournal()
    journal.failing[call] = lambda number: number < times

    _, pipeline = await run_on(journal)

    assert nothing_runs(pipeline)


async def test_a_storm_of_conflicts_is_outlasted() -> None:
    journal = FaultyJournal(fault=overtaken)
    journal.failing["commit"] = lambda number: number % 40 != 39

    _, pipeline = await run_on(journal)

    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.PROVIDER_AUTH


@pytest.mark.parametrize("every", [2, 3])
async def test_a_journal_that_fails_now_and_then_loses_nothing(every: int) -> None:
    journal = FaultyJournal()
    journal.failing["commit"] = lambda number: number % every == 0

    bench, pipeline = await run_on(journal)

    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.PROVIDER_AUTH
    assert [type(event) for event in bench.hooks.events(StepStarted, StepFailed)] == [
        StepStarted,
        StepStarted,
        StepFailed,
    ]


@pytest.mark.parametrize("first", range(COMMITS))
async def test_a_hook_that_breaks_its_promise_and_raises_loses_nothing(first: int) -> None:
    class RaisingHooks(RecordingHooks):
        def committed(self, recorded: Sequence[Recorded]) -> None:
            super().committed(recorded)
            if len(self.recorded) > first:
                raise RuntimeError("a bug in a hook")

    stored, pipeline = MemoryJournal(), a_pipeline(2)
    await stored.commit(start(pipeline, ANA))
    bench = Bench(stored=stored, hooks=RaisingHooks())
    bench.agents.script("agent0", tells(_opens, answers("First part.")))
    bench.agents.script("agent1", tells(_opens, fails(FailureKind.PROVIDER_AUTH)))
    bench.restart()

    async with bench.running(), bench.passing_time():
        bench.supervisor.launch(pipeline.id)
        ended = await bench.ends(pipeline.id)

    assert nothing_runs(ended)
    assert ended.failure is not None
    assert ended.failure.failure.kind is FailureKind.PROVIDER_AUTH


async def test_one_pipeline_that_cannot_be_judged_does_not_keep_the_others_waiting() -> None:
    journal = FaultyJournal()
    bench = Bench(stored=journal)
    asked = await bench.start([an_approval_plan(expires_after_seconds=60)], number=1)
    waiting = await bench.start(number=2, launch=False)

    async with bench.running():
        await bench.reaches(asked, PipelineStatus.WAITING)
    bench.clock.advance(120)
    journal.failing["commit"] = lambda number: number == 0
    journal.arm()
    bench.restart()
    await bench.supervisor.recover()
    async with bench.running():
        pipeline = await bench.ends(waiting)

    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert (await bench.pipeline(asked)).steps[0].status is StepStatus.WAITING
