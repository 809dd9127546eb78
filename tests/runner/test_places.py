"""A start says where it will work: a directory below the roots, after links, and a branch that can be switched to."""

from pathlib import Path

import pytest

from runner.model import StepPlan
from tests.runner.composing import a_composer, a_request, composed, refused
from tests.support.fakes import FakeBranches

pytestmark = pytest.mark.asyncio


async def test_a_directory_is_named_after_its_links_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    pipeline = await composed(a_request(directory=f" {tmp_path / 'link'} "))

    assert pipeline.directory == str((tmp_path / "real").resolve())


async def test_an_agent_that_is_missing_in_a_directory_is_missing_there(tmp_path: Path) -> None:
    problem = await refused(a_request(directory=str(tmp_path), steps=(StepPlan(agent="reviewr"),)))

    assert f"does not exist in {tmp_path}" in problem.message


async def test_no_directory_means_wherever_the_engine_was_started() -> None:
    assert (await composed(a_request(directory=" "))).directory is None


@pytest.mark.parametrize("directory", [None, " "])
async def test_where_roots_are_set_a_directory_has_to_be_named(tmp_path: Path, directory: str | None) -> None:
    problem = await refused(a_request(directory=directory), a_composer(roots=(str(tmp_path),)))

    assert problem.field == ("directory",)
    assert problem.message == f"Name the directory to work in; pipelines may work below {tmp_path}."


async def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    problem = await refused(a_request(directory=str(tmp_path / "file")))

    assert (problem.field, "is a file" in problem.message) == (("directory",), True)


async def test_a_link_does_not_lead_out_of_the_roots(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to("/")

    problem = await refused(
        a_request(directory=str(tmp_path / "inside" / "link")), a_composer(roots=(str(tmp_path / "inside"),))
    )

    assert "outside of where pipelines may work" in problem.message


async def test_a_directory_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)

    problem = await refused(a_request(directory=str(tmp_path)))

    assert "may not read" in problem.message


async def test_a_branch_is_checked_before_the_start_and_checked_out_after_it(tmp_path: Path) -> None:
    branches = FakeBranches()
    composer = a_composer(branches=branches)

    pipeline = await composed(a_request(directory=str(tmp_path), branch="tidy"), composer)
    before = list(branches.checked_out)
    trouble = await composer.checkout.prepare(pipeline)

    assert (before, trouble) == ([], None)
    assert branches.checked_out == [(pipeline.directory, "tidy")]


async def test_a_branch_needs_a_directory() -> None:
    problem = await refused(a_request(branch="tidy"), a_composer(branches=FakeBranches()))

    assert problem.field == ("directory",)


async def test_a_branch_that_cannot_be_switched_to_refuses_the_start(tmp_path: Path) -> None:
    composer = a_composer(branches=FakeBranches(check="2 files are not committed."))

    problem = await refused(a_request(directory=str(tmp_path), branch="tidy"), composer)

    assert (problem.field, problem.message) == (("branch",), "2 files are not committed.")


async def test_a_pipeline_without_a_branch_needs_no_preparation() -> None:
    composer = a_composer(branches=FakeBranches(switch="never asked"))

    assert await composer.checkout.prepare(await composed(a_request(), composer)) is None
