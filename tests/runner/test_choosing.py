"""What a person may choose from is shown by the same rules by which a start is checked."""

from pathlib import Path

import pytest

from runner.composition import InvalidInput, StepRequest, problem_of_definition
from runner.directories import Listing
from runner.model import StepKind
from tests.runner.composing import a_composer
from tests.runner.desk import Desk

pytestmark = pytest.mark.asyncio


async def test_directories_are_listed_below_the_roots(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    composer = a_composer(roots=(str(tmp_path),))

    listing = await composer.listing(str(tmp_path))
    outside = await composer.listing("/")

    assert isinstance(listing, Listing)
    assert [entry.name for entry in listing.entries] == ["app"]
    assert isinstance(outside, InvalidInput)
    assert outside.field == ("path",)


async def test_an_issue_is_shown_as_it_would_go_before_the_prompt() -> None:
    composer = a_composer()

    assert await composer.issue("acme/app#7") == "# Crash at start"
    assert await composer.issue("acme/app#8") == InvalidInput(
        message="acme/app#8 cannot be fetched.", field=("reference",)
    )


async def test_commands_know_who_checks_a_start() -> None:
    desk = Desk()

    assert isinstance(await desk.commands.composer.issue("acme/app#7"), InvalidInput)


@pytest.mark.parametrize(
    ("steps", "model", "field"),
    [
        ((), None, None),
        ((StepRequest(agent="coder"), StepRequest(kind=StepKind.APPROVAL)), "acme/large", None),
        ((StepRequest(agent="coder"), StepRequest()), None, ("steps", "1", "agent")),
        ((), "large", ("model",)),
    ],
)
async def test_a_definition_is_checked_before_it_is_kept(
    steps: tuple[StepRequest, ...], model: str | None, field: tuple[str, ...] | None
) -> None:
    problem = problem_of_definition(steps=steps, model=model)

    assert (problem.field if problem else None) == field
