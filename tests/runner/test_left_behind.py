"""What a killed stepwire left running is followed on by the next one, as far as places allow, and never run twice."""

from dataclasses import replace
from datetime import datetime

import pytest

from runner.agents import Observer, Work
from runner.failure_kinds import FailureKind
from runner.failures import Json
from runner.model import PipelineStatus, StepId, StepStatus
from runner.working_time import TimeTaken, of_attempt
from tests.runner.bench import Bench
from tests.support.builders import a_permission, a_pipeline, after
from tests.support.fakes import Held, answers, fails, opens, tells
from tests.support.memory import MemoryJournal

pytestmark = pytest.mark.asyncio


async def killed_at_work(bench: Bench, count: int = 1) -> None:
    """Pipelines whose only step is at work, in a session, when the process goes: nobody stores anything."""
    held = [Held() for _ in range(count)]
    bench.agents.script("agent0", *(opens(f"ses_{number}", then=each) for number, each in enumerate(held)))
    async with bench.running():
        for number in range(1, count + 1):
            await bench.start(number=number)
        for each in held:
            await each.begun.wait()
    bench.restart()


async def test_an_attempt_with_a_session_is_followed_on() -> None:
    bench = Bench()
    await killed_at_work(bench)
    bench.agents.script("agent0", answers("Done meanwhile."))

    await bench.supervisor.recover()
    [pipeline_id] = [pipeline.id for pipeline in await bench.stored.unfinished()]
    async with bench.running():
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED
    [attempt] = pipeline.steps[0].attempts
    assert attempt.status is StepStatus.SUCCEEDED
    left = bench.agents.works[-1].left_behind
    assert left is not None
    assert left.session_id == "ses_0"
    assert bench.agents.told("stop") == []


async def test_an_attempt_is_followed_on_from_where_it_was_last_seen() -> None:
    bench = Bench()
    held = Held()

    async def news(_: Work, observer: Observer) -> None:
        await observer.session_opened("ses_1", None, {"seq": 0})
        await observer.progressed({"seq": 7})

    bench.agents.script("agent0", tells(news, held))
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
    bench.restart()
    bench.agents.script("agent0", answers("Done meanwhile."))

    await bench.supervisor.recover()
    async with bench.running():
        await bench.ends(pipeline_id)

    left = bench.agents.works[-1].left_behind
    assert left is not None
    assert left.resume == {"seq": 7}
    assert (await bench.names(pipeline_id)).count("SessionOpened") == 1


async def test_a_journal_that_cannot_note_it_costs_the_attempt_nothing() -> None:
    class Forgetful(MemoryJournal):
        async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
            raise OSError("disk full")

    bench = Bench(stored=Forgetful())
    bench.agents.script("agent0", tells(lambda _, observer: observer.progressed({"seq": 7})))
    async with bench.running():
        pipeline = await bench.ends(await bench.start())

    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_what_no_place_is_left_for_is_interrupted_and_waits_for_its_turn() -> None:
    bench = Bench(max_pipelines=2)
    await killed_at_work(bench, 2)
    bench.max_pipelines = 1
    bench.restart()

    await bench.supervisor.recover()

    first, second = [pipeline.steps[0].attempts[0] for pipeline in await bench.stored.unfinished()]
    assert first.failure is None
    assert second.failure is not None
    assert second.failure.failure.kind is FailureKind.INTERRUPTED


@pytest.mark.parametrize(
    ("alive", "worked", "waited"), [(after(40), 40.0, 560.0), (None, 600.0, 0.0)], ids=["known", "not known"]
)
async def test_what_a_lost_attempt_worked_is_what_was_seen_of_it(
    alive: datetime | None, worked: float, waited: float
) -> None:
    bench = Bench(max_pipelines=1)
    held = Held()
    bench.agents.script("agent0", held)
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
    bench.restart()
    bench.stored.alive_before = alive
    bench.clock.advance(600)

    await bench.supervisor.recover()

    [attempt] = (await bench.pipeline(pipeline_id)).steps[0].attempts
    assert of_attempt(attempt, bench.clock.now()) == TimeTaken(worked=worked, waited=waited)


async def test_an_attempt_whose_session_is_gone_worked_as_long_as_it_was_seen() -> None:
    bench = Bench()
    await killed_at_work(bench)
    bench.stored.alive_before = after(40)
    bench.clock.advance(600)
    bench.agents.script("agent0", fails(FailureKind.INTERRUPTED), answers())

    await bench.supervisor.recover()
    async with bench.running():
        [pipeline_id] = [pipeline.id for pipeline in await bench.stored.unfinished()]
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.steps[0].attempts[0].waited_seconds == 560.0


async def test_time_in_which_a_person_was_asked_is_not_counted_as_running() -> None:
    bench = Bench()
    held = Held()

    async def asks(work: Work, observer: Observer) -> None:
        await observer.session_opened("ses_1", None)
        ask = a_permission(replace(a_pipeline().steps[0], id=work.step_id))
        await observer.attention_raised(ask)
        bench.clock.advance(500)
        await observer.attention_cleared(ask.id, "allowed")
        bench.clock.advance(60)

    bench.agents.script("agent0", tells(asks, held))
    async with bench.running():
        await bench.start()
        await held.begun.wait()
    bench.restart()
    bench.agents.script("agent0", answers())

    await bench.supervisor.recover()
    async with bench.running():
        [pipeline_id] = [pipeline.id for pipeline in await bench.stored.unfinished()]
        await bench.ends(pipeline_id)

    left = bench.agents.works[-1].left_behind
    assert left is not None
    assert left.running_seconds == 60.0


async def test_stepwire_notes_that_it_is_at_work_while_it_is() -> None:
    bench = Bench()
    held = Held()
    bench.agents.script("agent0", opens("ses_1", then=held))
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        bench.clock.advance(5)
        await bench.stored.noted_alive.wait()
        await bench.cancel(pipeline_id)

    assert bench.stored.alive == after(5)
