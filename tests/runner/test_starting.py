"""A start is stored once, launched once, and refused where others are at work."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.composition import StartRequest
from runner.model import Pipeline, PipelineId, StepKind, StepPlan
from runner.outcomes import DirectoryBusy, InvalidInput
from runner.reads import AsOf
from runner.transitions import start
from tests.runner.desk import Desk, a_step, done
from tests.support.builders import (
    ANA,
    a_pipeline,
)
from tests.support.fakes import (
    FakeBranches,
)

pytestmark = pytest.mark.asyncio


async def test_a_start_is_stored_launched_and_returned_with_its_place() -> None:
    desk = Desk()

    outcome = await desk.commands.start_pipeline(a_step(), ANA)

    pipeline = done(outcome)
    assert isinstance(outcome, AsOf)
    assert outcome.cursor == await desk.journal.newest()
    assert desk.dispatcher.launched == [pipeline.id]
    assert [type(event).__name__ for event in desk.hooks.events()] == ["PipelineStarted"]
    assert await desk.now() == pipeline


async def test_a_refused_start_stores_and_launches_nothing() -> None:
    desk = Desk()

    outcome = await desk.commands.start_pipeline(StartRequest(prompt="", steps=(StepPlan(agent="coder"),)), ANA)

    assert isinstance(outcome, InvalidInput)
    assert (desk.journal._stored.pipelines, desk.dispatcher.launched) == ({}, [])


async def test_the_same_key_again_returns_the_pipeline_that_it_started() -> None:
    desk = Desk()
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), idempotency_key="k1")

    first = done(await desk.commands.start_pipeline(request, ANA))
    second = done(await desk.commands.start_pipeline(request, ANA))

    assert first == second
    assert desk.dispatcher.launched == [first.id]


async def test_a_key_that_is_used_while_the_start_is_checked_wins() -> None:
    desk = Desk()
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), idempotency_key="k1")
    key = await desk.commands._once("startPipeline", request, False)
    composed = desk.commands._composer

    class Slow:
        checkout = composed.checkout

        async def compose(self, request: StartRequest, actor: object) -> Pipeline | InvalidInput:
            other = a_pipeline()
            await desk.journal.commit(start(other, ANA), idempotency_key=key)
            return await composed.compose(request, ANA)

    desk.commands._composer = Slow()  # type: ignore[assignment]
    outcome = done(await desk.commands.start_pipeline(request, ANA))

    assert outcome.id == a_pipeline().id
    assert desk.dispatcher.launched == []


async def test_a_key_of_a_pipeline_that_is_gone_is_a_bug() -> None:
    desk = Desk()
    request = StartRequest(prompt="x", steps=(), idempotency_key="k1")
    key = await desk.commands._once("startPipeline", request, False)
    assert key is not None
    desk.journal._keys["k1"] = (PipelineId("pip_0"), key.request)

    with pytest.raises(LookupError, match="is gone"):
        await desk.commands.start_pipeline(request, ANA)


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": "Tidy up all"},
        {"template": "quick_fix", "steps": None},
        {"steps": (StepPlan(agent="coder", model="acme/large"),)},
        {"steps": (StepPlan(kind=StepKind.APPROVAL),)},
        {"title": "Tidying"},
        {"directory": "/"},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_the_key_of_another_start_is_refused(changed: dict[str, Any]) -> None:
    desk = Desk()
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), idempotency_key="k1")
    first = done(await desk.commands.start_pipeline(request, ANA))

    refused = await desk.commands.start_pipeline(replace(request, **changed), ANA)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("idempotencyKey",)
    assert await desk.now() == first


async def test_a_start_that_is_forced_is_another_one() -> None:
    desk = Desk()
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), idempotency_key="k1")
    await desk.commands.start_pipeline(request, ANA)

    refused = await desk.commands.start_pipeline(request, ANA, force=True)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("idempotencyKey",)


async def test_two_requests_at_once_under_one_key_are_told_apart() -> None:
    desk = Desk()
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), idempotency_key="k1")

    outcomes = await asyncio.gather(
        desk.commands.start_pipeline(request, ANA),
        desk.commands.start_pipeline(replace(request, prompt="Paint it"), ANA),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AsOf", "InvalidInput"]
    assert len(desk.dispatcher.launched) == 1


async def test_a_directory_where_others_work_is_busy_unless_forced(tmp_path: Path) -> None:
    desk = Desk()
    inside = tmp_path / "inside"
    inside.mkdir()
    outer = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), directory=str(tmp_path))
    inner = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), directory=str(inside))
    first = done(await desk.commands.start_pipeline(outer, ANA))

    busy = await desk.commands.start_pipeline(inner, ANA)
    forced = await desk.commands.start_pipeline(inner, ANA, force=True)

    assert isinstance(busy, DirectoryBusy)
    assert [known.id for known in busy.conflicts] == [first.id]
    assert busy.message.startswith("Already at work in this directory: “Tidy up”. Wait")
    assert done(forced).id != first.id


async def test_of_many_that_are_at_work_three_are_named(tmp_path: Path) -> None:
    desk = Desk()
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), directory=str(tmp_path))
    for _ in range(5):
        await desk.commands.start_pipeline(request, ANA, force=True)

    busy = await desk.commands.start_pipeline(request, ANA)

    assert isinstance(busy, DirectoryBusy)
    assert "“Tidy up”, “Tidy up”, “Tidy up” and 2 more." in busy.message


async def test_a_branch_that_cannot_be_checked_out_after_all_stores_nothing(tmp_path: Path) -> None:
    desk = Desk(FakeBranches(switch="git took too long."))
    request = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), directory=str(tmp_path), branch="tidy")

    outcome = await desk.commands.start_pipeline(request, ANA)

    assert outcome == InvalidInput(message="git took too long.", field=("branch",))
    assert desk.dispatcher.launched == []
    assert desk.journal._stored.pipelines == {}


async def test_no_branch_is_switched_under_agents_that_are_at_work(tmp_path: Path) -> None:
    branches = FakeBranches()
    desk = Desk(branches)
    first = StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),), directory=str(tmp_path), branch="tidy")
    started = done(await desk.commands.start_pipeline(first, ANA))

    busy = await desk.commands.start_pipeline(replace(first, branch="paint"), ANA)
    forced = await desk.commands.start_pipeline(replace(first, branch="paint"), ANA, force=True)
    same = done(await desk.commands.start_pipeline(first, ANA, force=True))

    assert isinstance(busy, DirectoryBusy)
    assert isinstance(forced, InvalidInput)
    assert forced.field == ("branch",)
    assert forced.message == (
        f'“Tidy up” is at work in {tmp_path}, on the branch "tidy": it cannot be switched to "paint" meanwhile. '
        "Wait until it has ended, or choose another directory."
    )
    assert desk.dispatcher.launched == [started.id, same.id]
    assert branches.on == "tidy"


async def test_agents_elsewhere_are_no_reason_to_leave_a_branch(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    desk = Desk(FakeBranches())
    one = StartRequest(prompt="Tidy", steps=(StepPlan(agent="coder"),), directory=str(tmp_path / "one"), branch="a")

    await desk.commands.start_pipeline(one, ANA)
    other = await desk.commands.start_pipeline(replace(one, directory=str(tmp_path / "other"), branch="b"), ANA)

    assert done(other).branch == "b"


async def test_where_no_branch_is_checked_out_it_is_said_so(tmp_path: Path) -> None:
    branches = FakeBranches()
    desk = Desk(branches)
    first = StartRequest(prompt="Tidy", steps=(StepPlan(agent="coder"),), directory=str(tmp_path), branch="tidy")
    await desk.commands.start_pipeline(first, ANA)
    branches.on = ""

    forced = await desk.commands.start_pipeline(first, ANA, force=True)

    assert isinstance(forced, InvalidInput)
    assert "on no branch" in forced.message


async def test_of_two_starts_at_once_on_different_branches_one_is_told_of_the_other(tmp_path: Path) -> None:
    branches = FakeBranches()
    desk = Desk(branches)
    one = StartRequest(prompt="Tidy", steps=(StepPlan(agent="coder"),), directory=str(tmp_path), branch="a")

    outcomes = await asyncio.gather(
        desk.commands.start_pipeline(one, ANA), desk.commands.start_pipeline(replace(one, branch="b"), ANA)
    )

    [started] = [outcome.value for outcome in outcomes if isinstance(outcome, AsOf)]
    [busy] = [outcome for outcome in outcomes if isinstance(outcome, DirectoryBusy)]
    assert busy.conflicts == (started,)
    assert branches.checked_out == [(str(tmp_path), started.branch)]
