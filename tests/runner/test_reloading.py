"""Who tries again after mending a key or a file of OpenCode's is not met by what OpenCode had read before."""

import pytest

from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from runner.model import PipelineStatus
from tests.runner.bench import Bench
from tests.support.builders import a_failure
from tests.support.fakes import answers, fails

pytestmark = pytest.mark.asyncio


async def tried_again(bench: Bench, kind: FailureKind) -> list[str]:
    """What OpenCode was asked, in order, by a pipeline that failed so and was tried again by a person."""
    bench.agents.script("agent0", fails(kind), answers())
    async with bench.running():
        pipeline_id = await bench.start(directory="/srv/app")
        await bench.ends(pipeline_id)
        await bench.retry(pipeline_id)
        assert (await bench.ends(pipeline_id)).status is PipelineStatus.SUCCEEDED
    return [f"{call.what} {call.subject}" if call.what == "reload" else call.what for call in bench.agents.calls]


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.PROVIDER_AUTH,
        FailureKind.CONFIG_INVALID,
        FailureKind.UNKNOWN_MODEL,
        FailureKind.UNKNOWN_AGENT,
    ],
    ids=lambda kind: kind.value,
)
async def test_what_was_mended_in_opencode_is_read_before_a_person_s_retry(kind: FailureKind) -> None:
    assert await tried_again(Bench(), kind) == ["run", "reload /srv/app", "run"]


async def test_after_other_failures_nothing_is_read_anew() -> None:
    assert await tried_again(Bench(), FailureKind.CONTENT_FILTERED) == ["run", "run"]


async def test_only_the_first_attempt_after_a_person_asked_has_it_read() -> None:
    bench = Bench()
    bench.agents.script("agent0", fails(FailureKind.PROVIDER_AUTH), fails(FailureKind.EMPTY_BODY), answers())
    async with bench.passing_time(), bench.running():
        pipeline_id = await bench.start()
        await bench.ends(pipeline_id)
        await bench.retry(pipeline_id)
        await bench.reaches(pipeline_id, PipelineStatus.SUCCEEDED)

    assert len(bench.agents.told("reload")) == 1


@pytest.mark.parametrize(
    "trouble", [AgentError(a_failure(FailureKind.ENGINE_UNREACHABLE)), TimeoutError()], ids=["refused", "too slow"]
)
async def test_an_opencode_that_cannot_read_anew_is_asked_all_the_same(trouble: Exception) -> None:
    bench = Bench()
    bench.agents.reloading = trouble

    assert await tried_again(bench, FailureKind.PROVIDER_AUTH) == ["run", "reload /srv/app", "run"]


async def test_what_does_not_count_yet_is_said_if_it_fails_again() -> None:
    bench = Bench()
    bench.agents.reloading = "It was not restarted, because other steps are at work on it."
    bench.agents.script("agent0", fails(FailureKind.PROVIDER_AUTH), fails(FailureKind.PROVIDER_AUTH))
    async with bench.running():
        pipeline_id = await bench.start()
        await bench.ends(pipeline_id)
        await bench.retry(pipeline_id)
        await bench.reaches(pipeline_id, PipelineStatus.PENDING, PipelineStatus.RUNNING)
        pipeline = await bench.ends(pipeline_id)

    first, second = (attempt.failure for attempt in pipeline.steps[0].attempts)
    assert first is not None
    assert second is not None
    assert second.failure.hint == f"{first.failure.hint} It was not restarted, because other steps are at work on it."
