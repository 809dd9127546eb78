"""What an attempt has done and used is kept when somebody else ends it: a cancel, a stop, a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, UNKNOWN_USAGE, AgentError, Evidence
from runner.model import Attempt, PipelineId
from runner.traces import Traces
from runner.transitions import begin_step, open_session
from tests.runner.bench import Bench
from tests.runner.journals import FaultyJournal
from tests.support.builders import NOW, USAGE, a_failure
from tests.support.fakes import Held, answers, opens

pytestmark = pytest.mark.asyncio

EDITED = Evidence(session_id="ses_1", last_text="I have edited it", side_effects=("edited a.py",))


def leaving(traces: Traces | AgentError) -> Callable[[str], Awaitable[Traces]]:
    async def leave(session_id: str) -> Traces:
        if isinstance(traces, AgentError):
            raise traces
        return replace(traces, session_id=session_id)

    return leave


async def never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def at_work(bench: Bench) -> PipelineId:
    held = Held()
    bench.agents.script("agent0", opens("ses_1", then=held), answers())
    pipeline_id = await bench.start()
    await held.begun.wait()
    return pipeline_id


async def first_attempt(bench: Bench, pipeline_id: PipelineId) -> Attempt:
    return (await bench.pipeline(pipeline_id)).steps[0].attempts[0]


def causes(attempt: Attempt) -> list[str]:
    assert attempt.failure is not None
    return [cause.message for cause in attempt.failure.failure.causes]


async def test_a_cancelled_attempt_keeps_what_it_has_done_and_used() -> None:
    bench = Bench()
    bench.agents.leaving = leaving(Traces(evidence=EDITED, usage=USAGE))
    async with bench.running():
        pipeline_id = await at_work(bench)
        await bench.cancel(pipeline_id)
        attempt = await first_attempt(bench, pipeline_id)

    assert attempt.failure is not None
    assert (attempt.failure.failure.kind, attempt.usage) == (FailureKind.CANCELLED, USAGE)
    assert attempt.failure.failure.evidence == EDITED


async def test_an_interrupted_attempt_keeps_it_over_a_stop() -> None:
    bench = Bench()
    bench.agents.leaving = leaving(Traces(evidence=EDITED, usage=USAGE))
    async with bench.running():
        pipeline_id = await at_work(bench)
        await bench.supervisor.stop()
        attempt = await first_attempt(bench, pipeline_id)

    assert attempt.failure is not None
    assert (attempt.failure.failure.kind, attempt.usage) == (FailureKind.INTERRUPTED, USAGE)
    assert attempt.failure.failure.evidence == EDITED


async def test_an_attempt_that_nobody_can_follow_on_keeps_it_over_a_crash() -> None:
    bench = Bench(max_pipelines=0)
    bench.agents.leaving = leaving(Traces(evidence=EDITED, usage=USAGE))
    pipeline_id = await bench.start(launch=False)
    begun = await bench.stored.commit(begin_step(await bench.pipeline(pipeline_id), NOW))
    assert begun[-1].pipeline is not None
    step = begun[-1].pipeline.steps[0]
    await bench.stored.commit(open_session(begun[-1].pipeline, step.id, 1, "ses_1", None, NOW))

    await bench.supervisor.recover()
    attempt = await first_attempt(bench, pipeline_id)

    assert attempt.failure is not None
    assert (attempt.failure.failure.kind, attempt.usage) == (FailureKind.INTERRUPTED, USAGE)
    assert attempt.failure.failure.evidence == EDITED


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        (FailureKind.ENGINE_UNREACHABLE, "What it had done and used is not known: It failed: engine_unreachable"),
        (FailureKind.ENGINE_ERROR, "What it had done and used is not known: It failed: engine_error"),
    ],
)
async def test_what_could_not_be_found_out_is_said_and_is_not_zero(kind: FailureKind, trouble: str) -> None:
    bench = Bench()
    bench.agents.leaving = leaving(AgentError(a_failure(kind)))
    async with bench.running():
        pipeline_id = await at_work(bench)
        await bench.cancel(pipeline_id)
        attempt = await first_attempt(bench, pipeline_id)

    assert attempt.failure is not None
    assert attempt.usage == UNKNOWN_USAGE
    assert attempt.failure.failure.evidence == Evidence(session_id="ses_1")
    assert causes(attempt) == [trouble]


async def test_an_engine_that_is_mute_is_waited_for_once() -> None:
    bench, looks = Bench(), list[str]()

    async def mute(session_id: str) -> Traces:
        looks.append(session_id)
        await never()

    bench.agents.leaving = mute
    async with bench.running():
        pipeline_id = await at_work(bench)
        pipeline = await bench.pipeline(pipeline_id)
        first, second = await bench.executor.traces(pipeline), await bench.executor.traces(pipeline)
        bench.clock.advance(6)
        bench.agents.leaving = leaving(Traces(usage=USAGE))
        third = await bench.executor.traces(pipeline)

    assert looks == ["ses_1"]
    assert first == second
    assert first.trouble == "What it had done and used is not known: OpenCode did not answer in time"
    assert third.usage == USAGE


async def test_an_attempt_without_a_session_has_used_nothing() -> None:
    bench, held = Bench(), Held()
    bench.agents.script("agent0", held)
    bench.agents.leaving = leaving(AgentError(a_failure()))
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        await bench.cancel(pipeline_id)
        attempt = await first_attempt(bench, pipeline_id)

    assert attempt.usage == NO_USAGE
    assert causes(attempt) == []


async def test_traces_of_another_session_are_not_taken_for_those_of_this_one() -> None:
    known = Traces(session_id="ses_1", evidence=EDITED, usage=USAGE)

    assert known.of("ses_1") == known
    assert known.of("ses_2") == Traces(session_id="ses_2", evidence=Evidence(session_id="ses_2"), usage=UNKNOWN_USAGE)
    assert known.of(None) == Traces()


async def test_a_stop_is_recorded_also_where_the_pipeline_could_not_be_read_for_its_traces() -> None:
    journal = FaultyJournal()
    bench = Bench(stored=journal)
    async with bench.running():
        pipeline_id = await at_work(bench)
        journal.failing["load"] = lambda number: number == 0
        journal.arm()
        await bench.supervisor.stop()
        attempt = await first_attempt(bench, pipeline_id)

    assert attempt.failure is not None
    assert attempt.failure.failure.kind is FailureKind.INTERRUPTED
    assert attempt.usage == UNKNOWN_USAGE
