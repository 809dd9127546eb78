"""A branch that is not there is asked about before anything is stored, and made only when that is meant."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from runner.commands import RetryRequest
from runner.composition import StartRequest
from runner.model import StepPlan
from runner.outcomes import InvalidInput, NotAllowed, UnknownBranch
from tests.runner.desk import Desk, done
from tests.support.builders import ANA
from tests.support.fakes import FakeBranches

pytestmark = pytest.mark.asyncio

THERE_ARE = ("main", "fix/login", "Release-2", "tidy")


@pytest.fixture
def desk() -> Desk:
    return Desk(FakeBranches(names=THERE_ARE))


def on(branch: str, directory: Path, *, create: bool = False) -> StartRequest:
    steps = (StepPlan(agent="coder"),)
    return StartRequest(prompt="Tidy up", steps=steps, directory=str(directory), branch=branch, create_branch=create)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("fix/logni", ("fix/login",)),
        ("login", ("fix/login",)),
        ("release-2", ("Release-2",)),
        ("mian", ("main",)),
        ("something-else", ()),
    ],
)
async def test_a_mistyped_branch_is_asked_about_with_what_may_have_been_meant(
    desk: Desk, tmp_path: Path, typed: str, near: tuple[str, ...]
) -> None:
    asked = await desk.commands.start_pipeline(on(typed, tmp_path), ANA)

    assert isinstance(asked, UnknownBranch)
    assert (asked.branch, asked.near) == (typed, near)
    assert asked.message.startswith(f'There is no branch "{typed}" in {tmp_path}.')
    assert all(name in asked.message for name in near)
    assert (desk.journal._stored.pipelines, desk.branches.checked_out) == ({}, [])


async def test_a_branch_that_is_meant_to_be_new_is_made(desk: Desk, tmp_path: Path) -> None:
    started = done(await desk.commands.start_pipeline(on("fix/new", tmp_path, create=True), ANA))

    assert started.branch == "fix/new"
    assert desk.branches.checked_out == [(str(tmp_path), "fix/new")]


async def test_one_that_is_there_needs_no_word(desk: Desk, tmp_path: Path) -> None:
    for request in (on("fix/login", tmp_path), on("fix/login", tmp_path, create=True)):
        assert done(await desk.commands.start_pipeline(request, ANA, force=True)).branch == "fix/login"


async def test_where_branches_are_only_told_of_none_is_missed(tmp_path: Path) -> None:
    assert done(await Desk().commands.start_pipeline(on("whatever", tmp_path), ANA)).branch == "whatever"


async def test_branches_that_cannot_be_listed_refuse_the_start(desk: Desk, tmp_path: Path) -> None:
    desk.branches.refusing_list = "git took too long."

    refused = await desk.commands.start_pipeline(on("tidy", tmp_path), ANA)

    assert refused == InvalidInput(message="git took too long.", field=("branch",))


async def test_one_start_sent_twice_at_once_is_not_in_its_own_way(desk: Desk, tmp_path: Path) -> None:
    request = replace(on("tidy", tmp_path), idempotency_key="once")

    outcomes = await asyncio.gather(*(desk.commands.start_pipeline(request, ANA) for _ in range(2)))

    first, second = map(done, outcomes)
    assert first == second
    assert desk.dispatcher.launched == [first.id]


async def test_a_retry_asks_before_it_makes_a_branch_anew_that_is_gone(desk: Desk, tmp_path: Path) -> None:
    failed = await desk.failed_on_a_branch(tmp_path)
    desk.branches.there_are.remove("tidy")
    again = RetryRequest(step_id=failed.steps[0].id)

    asked = await desk.commands.retry_step(again, ANA)
    unchanged = await desk.now()
    retried = done(await desk.commands.retry_step(replace(again, create_branch=True), ANA))

    assert isinstance(asked, UnknownBranch)
    assert unchanged == failed
    assert retried.seq > failed.seq
    assert desk.branches.checked_out == [(str(tmp_path), "tidy")]


async def test_a_retry_says_why_branches_cannot_be_listed(desk: Desk, tmp_path: Path) -> None:
    failed = await desk.failed_on_a_branch(tmp_path)
    desk.branches.refusing_list = "git took too long."

    refused = await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA)

    assert refused == NotAllowed(message="git took too long.")
