"""Whoever has an ended pipeline go on where others are at work by now is asked first, as at a start."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runner.commands import ResumedOutcome, RetryRequest
from runner.failure_kinds import FailureKind
from runner.model import Pipeline, PipelineId, PipelineStatus
from runner.outcomes import DirectoryBusy
from runner.reads import AsOf
from runner.transitions import begin_step, cancel, fail_step, start
from tests.runner.desk import Desk, done
from tests.support.builders import ANA, NOW, POLICY, a_failure, a_pipeline

pytestmark = pytest.mark.asyncio

WAYS: dict[str, Callable[[Desk, Pipeline, bool], Awaitable[ResumedOutcome]]] = {
    "tried again": lambda desk, failed, force: desk.commands.retry_step(
        RetryRequest(step_id=failed.steps[0].id), ANA, force=force
    ),
    "skipped": lambda desk, failed, force: desk.commands.skip_step(failed.steps[0].id, ANA, "later", force=force),
    "replaced by hand": lambda desk, failed, force: desk.commands.supply_handoff(
        failed.steps[0].id, ANA, "Done.", force=force
    ),
}


async def failed_in(desk: Desk, directory: str | None, steps: int = 2) -> Pipeline:
    pipeline = await desk.commit(start(a_pipeline(steps, directory=directory), ANA))
    begun = await desk.commit(begin_step(pipeline, NOW))
    return await desk.commit(fail_step(begun, begun.steps[0].id, 1, a_failure(), POLICY, NOW))


async def other_in(desk: Desk, directory: str | None) -> Pipeline:
    other = a_pipeline(pipeline_id=PipelineId("pip_1"), directory=directory, title="Paint it")
    return await desk.commit(start(other, ANA))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("inside", ["", "inside"], ids=["the same", "one inside it"])
async def test_a_step_is_not_mended_where_others_work_unless_that_is_meant(
    tmp_path: Path, inside: str, way: Callable[[Desk, Pipeline, bool], Awaitable[ResumedOutcome]]
) -> None:
    desk = Desk()
    failed, other = await failed_in(desk, str(tmp_path)), await other_in(desk, str(tmp_path / inside))

    busy = await way(desk, failed, False)
    unchanged = await desk.journal.load(failed.id)
    done(await way(desk, failed, True))

    assert busy == DirectoryBusy(
        message="Already at work in this directory: “Paint it”. Wait, or go on all the same.", conflicts=(other,)
    )
    assert unchanged == failed
    assert desk.dispatcher.launched == [failed.id]


async def test_others_elsewhere_or_at_their_end_are_no_reason_to_ask(tmp_path: Path) -> None:
    for directory, ended in ((f"{tmp_path}-other", False), (None, False), (str(tmp_path), True)):
        desk = Desk()
        failed, other = await failed_in(desk, str(tmp_path)), await other_in(desk, directory)
        if ended:
            await desk.commit(cancel(other, ANA, None, NOW))

        done(await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA))


async def test_one_that_waits_for_its_next_attempt_is_at_work_there_itself(tmp_path: Path) -> None:
    desk = Desk()
    begun = await desk.commit(begin_step(await desk.commit(start(a_pipeline(directory=str(tmp_path)), ANA)), NOW))
    reason = a_failure(FailureKind.PROVIDER_UNAVAILABLE)
    waiting = await desk.commit(fail_step(begun, begun.steps[0].id, 1, reason, POLICY, NOW))
    await other_in(desk, str(tmp_path))

    now = done(await desk.commands.retry_step(RetryRequest(step_id=waiting.steps[0].id), ANA))

    assert now.seq > waiting.seq


async def test_where_nothing_is_left_to_do_nobody_is_asked(tmp_path: Path) -> None:
    desk = Desk()
    failed = await failed_in(desk, str(tmp_path), steps=1)
    await other_in(desk, str(tmp_path))

    assert done(await desk.commands.skip_step(failed.steps[0].id, ANA, "not needed")).status is PipelineStatus.SUCCEEDED


async def test_a_retry_that_was_asked_back_may_be_sent_again_under_its_key(tmp_path: Path) -> None:
    desk = Desk()
    failed = await failed_in(desk, str(tmp_path))
    await other_in(desk, str(tmp_path))
    request = RetryRequest(step_id=failed.steps[0].id, idempotency_key="once")

    asked = await desk.commands.retry_step(request, ANA)
    first = await desk.commands.retry_step(request, ANA, force=True)
    second = await desk.commands.retry_step(request, ANA, force=True)

    assert isinstance(asked, DirectoryBusy)
    assert isinstance(first, AsOf)
    assert isinstance(second, AsOf)
    assert first.value == second.value
