"""A decision is made on the newest version, however often others are faster, and stored once."""

import pytest

from runner.changes import Change, IllegalTransition
from runner.journal import Conflict
from runner.model import Pipeline, PipelineId, PipelineStatus
from runner.settler import Decider, Settler, Unknown
from runner.transitions import begin_step, cancel
from tests.runner.bench import Bench
from tests.runner.journals import FaultyJournal, overtaken
from tests.support.builders import ANA, NOW

pytestmark = pytest.mark.asyncio


def begun(pipeline: Pipeline) -> Change:
    return begin_step(pipeline, NOW)


async def test_a_decision_on_an_old_version_is_made_anew() -> None:
    bench = Bench()
    old = await bench.pipeline(await bench.start(launch=False))
    await bench.stored.commit(begun(old))
    decider = Decider(bench.stored)

    changed = await decider.change(old.id, lambda known: cancel(known, ANA, None, NOW), known=old)

    assert changed.value.status is PipelineStatus.CANCELLED
    assert await bench.names(old.id) == ["PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished"]


async def test_nothing_is_refused_because_an_old_version_did_not_allow_it() -> None:
    bench = Bench()
    running = await bench.stored.commit(begun(await bench.pipeline(await bench.start(launch=False))))
    old = running[-1].pipeline
    assert old is not None
    await bench.cancel(old.id)
    await bench.retry(old.id)

    changed = await Decider(bench.stored).change(old.id, begun, known=old)

    assert len(changed.value.steps[0].attempts) == 2


async def test_what_the_newest_version_does_not_allow_is_refused() -> None:
    bench = Bench()
    pipeline_id = await bench.start(launch=False)
    await bench.cancel(pipeline_id)
    ended = await bench.pipeline(pipeline_id)
    decider = Decider(bench.stored)

    for known in (None, ended):
        with pytest.raises(IllegalTransition):
            await decider.change(pipeline_id, begun, known=known)


async def test_a_pipeline_that_is_not_there_is_unknown() -> None:
    bench = Bench()

    with pytest.raises(Unknown):
        await Decider(bench.stored).change(PipelineId("pip_0"), begun)


async def test_whoever_is_never_fast_enough_gives_up() -> None:
    journal = FaultyJournal(fault=overtaken)
    bench = Bench(stored=journal)
    pipeline_id = await bench.start(launch=False)
    journal.failing["commit"] = lambda _: True
    journal.arm()

    with pytest.raises(Conflict, match="changed 50 times"):
        await Decider(journal).change(pipeline_id, begun)


async def test_what_must_not_be_lost_is_given_up_only_after_a_while() -> None:
    journal = FaultyJournal()
    bench = Bench(stored=journal)
    pipeline = await bench.pipeline(await bench.start(launch=False))
    journal.failing["commit"] = lambda _: True
    journal.arm()

    async with bench.passing_time():
        with pytest.raises(OSError, match="disk full"):
            await Settler(journal, bench.clock).settle(pipeline, begun)

    assert (bench.clock.now() - NOW).total_seconds() == pytest.approx(3.6)


async def test_a_pipeline_that_was_removed_meanwhile_settles_nothing() -> None:
    bench = Bench()
    pipeline = await bench.pipeline(await bench.start(launch=False))
    bench.stored._stored.remove([pipeline.id])

    assert await Settler(bench.stored, bench.clock).settle(pipeline, begun) is None
