"""A pipeline's steps run one after the other; each gets what came before, and its outcome is stored as it was."""

import asyncio

import pytest

from runner.agents import Observer, TextDelta, Work
from runner.events import SessionOpened, StepFailed, StepRetrying, StepStarted
from runner.failure_kinds import FailureKind
from runner.failures import Usage
from runner.limits import Limits
from runner.model import PipelineStatus, RetryOutcome, StepStatus
from tests.runner.bench import Bench
from tests.support.builders import USAGE, a_permission, a_plan, after, an_attention
from tests.support.fakes import Held, answers, fails, opens, raises, tells

pytestmark = pytest.mark.asyncio


async def test_three_steps_succeed_and_each_is_told_what_came_before() -> None:
    bench = Bench()
    bench.agents.script("planner", answers("Plan: two files."))
    bench.agents.script("coder", answers("Both files written."))
    plans = [a_plan("planner"), a_plan("coder", description="Write it"), a_plan("reviewer")]

    async with bench.running():
        pipeline_id = await bench.start(plans, branch="tidy")
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert [step.status for step in pipeline.steps] == [StepStatus.SUCCEEDED] * 3
    assert pipeline.error_message is None
    first, second, third = (work.prompt for work in bench.agents.works)
    assert first.startswith("Tidy up the code\n\nWork on the branch tidy.")
    assert "Your part: Write it" in second
    assert "Plan: two files." in second
    assert "Plan: two files." in third
    assert "Both files written." in third
    assert "Plan" not in first
    assert await bench.names(pipeline_id) == [
        "PipelineStarted",
        *(["StepStarted", "StepSucceeded"] * 3),
        "PipelineFinished",
    ]


async def test_an_attempt_is_given_what_plan_and_limits_say() -> None:
    bench = Bench()
    plan = a_plan(
        "coder", engine_agent="build", model="acme/large", timeout_seconds=90, instructions="Be brief.", max_attempts=1
    )

    async with bench.running():
        await bench.ends(await bench.start([plan], title="Tidy", directory="/srv/app"))

    [work] = bench.agents.works
    assert (work.engine_agent, work.model, work.directory) == ("build", "acme/large", "/srv/app")
    assert work.limits == Limits(timeout_seconds=90, stall_seconds=300, ask_seconds=1800, max_turns=100)
    assert (work.title, work.instructions, work.attempt) == ("Tidy · 1 coder", "Be brief.", 1)


async def test_a_failure_in_the_middle_ends_the_pipeline_and_keeps_the_first_handoff() -> None:
    bench = Bench()
    bench.agents.script("agent0", answers("First part."))
    bench.agents.script("agent1", fails(FailureKind.PROVIDER_AUTH, "The key was refused", usage=USAGE))

    async with bench.running():
        pipeline = await bench.ends(await bench.start(3))

    assert pipeline.status is PipelineStatus.FAILED
    assert [step.status for step in pipeline.steps] == [StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.PENDING]
    assert [step.error_message for step in pipeline.steps] == [None, "The key was refused", None]
    assert pipeline.error_message == "The key was refused"
    assert pipeline.steps[0].handoff is not None
    assert pipeline.steps[0].handoff.markdown == "First part."
    assert pipeline.usage == USAGE + USAGE
    assert len(bench.agents.works) == 2


@pytest.mark.parametrize("error", [RuntimeError("a bug"), TimeoutError(), ExceptionGroup("many", [ValueError()])])
async def test_any_other_exception_of_an_agent_becomes_an_internal_failure(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    bench.agents.script("agent0", raises(error))

    async with bench.running():
        pipeline = await bench.ends(await bench.start())

    assert pipeline.failure is not None
    assert pipeline.failure.failure.kind is FailureKind.INTERNAL
    reference = next(record.reference for record in caplog.records if hasattr(record, "reference"))
    assert pipeline.error_message == f"stepwire failed; reference {reference} in the log"


async def test_a_retry_waits_for_its_moment() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST), answers())

    async with bench.running():
        pipeline_id = await bench.start()
        await bench.clock.sleeper(after(7))
        waiting = await bench.pipeline(pipeline_id)
        bench.clock.advance(7)
        pipeline = await bench.ends(pipeline_id)

    assert waiting.status is PipelineStatus.RUNNING
    assert [attempt.status for attempt in waiting.steps[0].attempts] == [StepStatus.FAILED]
    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert pipeline.steps[0].error_message is None
    [retrying] = bench.hooks.events(StepRetrying)
    assert isinstance(retrying, StepRetrying)
    assert retrying.failure.decision.next_attempt_at == after(7)


async def test_the_last_attempt_ends_the_step_when_none_is_left() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST, usage=USAGE))

    async with bench.running():
        pipeline_id = await bench.start()
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.failure is not None
    assert pipeline.failure.attempt == 2
    assert pipeline.failure.failure.retryable
    assert pipeline.failure.decision.outcome is RetryOutcome.EXHAUSTED
    assert pipeline.usage == USAGE + USAGE


async def test_news_of_an_attempt_is_stored_while_it_runs() -> None:
    bench = Bench()

    async def news(work: Work, observer: Observer) -> None:
        step = (await bench.pipeline(pipeline_id)).steps[0]
        await observer.session_opened("ses_1", "acme/large")
        await observer.attention_raised(an_attention(step))
        await observer.attention_raised(a_permission(step))
        observer.activity(TextDelta(delta="thinking"))
        await observer.attention_cleared(a_permission(step).id, "allowed")

    bench.agents.script("agent0", tells(news))
    async with bench.running():
        pipeline_id = await bench.start()
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.steps[0].attempts[0].session_id == "ses_1"
    assert pipeline.steps[0].attempts[0].model == "acme/large"
    assert pipeline.steps[0].attention == ()
    assert bench.hooks.activities == [(pipeline.steps[0].id, TextDelta(delta="thinking"))]
    assert (await bench.names(pipeline_id))[2:-2] == [
        "SessionOpened",
        "AttentionRaised",
        "AttentionRaised",
        "AttentionCleared",
        "AttentionCleared",
    ]


async def test_attention_is_said_at_the_moment_it_is_noticed() -> None:
    bench = Bench()

    async def news(work: Work, observer: Observer) -> None:
        bench.clock.advance(60)
        step = (await bench.pipeline(pipeline_id)).steps[0]
        await observer.attention_raised(an_attention(step, since=after(1)))

    bench.agents.script("agent0", tells(news))
    async with bench.running():
        pipeline_id = await bench.start()
        await bench.ends(pipeline_id)

    times = [known.event.at for known in await bench.log_of(pipeline_id)]
    assert times == sorted(times)
    assert times[2] == after(60)


async def test_news_told_at_once_are_all_kept() -> None:
    bench = Bench()

    async def news(work: Work, observer: Observer) -> None:
        step = (await bench.pipeline(pipeline_id)).steps[0]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(observer.session_opened("ses_1", None))
            for number in range(5):
                tasks.create_task(observer.attention_raised(an_attention(step, id=f"att_{number}")))

    held = Held()
    bench.agents.script("agent0", tells(news, held))
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        attention = (await bench.pipeline(pipeline_id)).steps[0].attention
        held.released.set()
        await bench.ends(pipeline_id)

    assert sorted(known.id for known in attention) == [f"att_{number}" for number in range(5)]


async def test_a_further_attempt_first_stops_what_an_earlier_one_may_have_left() -> None:
    bench = Bench()
    bench.agents.script("agent0", opens("ses_1", then=fails(FailureKind.ENGINE_LOST)), answers())

    async with bench.running():
        pipeline_id = await bench.start(directory="/srv/app")
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        await bench.ends(pipeline_id)

    assert [(call.what, call.subject) for call in bench.agents.calls][1] == ("stop", "ses_1")
    assert bench.agents.told("stop")[0].says == "/srv/app"


async def test_no_attempt_runs_beside_an_earlier_one_that_cannot_be_stopped() -> None:
    bench = Bench()
    bench.agents.script("agent0", opens("ses_1", then=fails(FailureKind.ENGINE_LOST)), answers())
    unreachable = fails(FailureKind.ENGINE_UNREACHABLE)
    tries = iter([unreachable, unreachable, None])

    async def stop(_: str) -> None:
        if play := next(tries):
            await play(None, None)  # type: ignore[arg-type]

    bench.agents.stopping = stop
    async with bench.running():
        pipeline_id = await bench.start([a_plan("agent0", max_attempts=4)])
        for moment, seconds in ((7, 7), (21, 14), (49, 28)):
            await bench.clock.sleeper(after(moment))
            bench.clock.advance(seconds)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.status is PipelineStatus.SUCCEEDED
    assert [call.subject for call in bench.agents.told("stop")] == ["ses_1", "ses_1", "ses_1"]
    assert [call.attempt for call in bench.agents.told("run")] == [1, 4]


async def test_usage_of_every_attempt_is_kept() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.ENGINE_LOST, usage=USAGE), answers(usage=Usage(input_tokens=1)))

    async with bench.running():
        pipeline_id = await bench.start()
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        pipeline = await bench.ends(pipeline_id)

    assert pipeline.usage == USAGE + Usage(input_tokens=1)


async def test_every_step_starts_before_it_ends() -> None:
    bench = Bench()
    bench.agents.script("agent1", fails())

    async with bench.running():
        await bench.ends(await bench.start(2))

    kinds = [type(event) for event in bench.hooks.events(StepStarted, StepFailed, SessionOpened)]
    assert kinds == [StepStarted, StepStarted, StepFailed]
