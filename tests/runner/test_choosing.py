"""What a person may choose from is shown by the same rules by which a start is checked."""

from pathlib import Path

import pytest

from runner.directories import Listing
from runner.outcomes import InvalidInput
from runner.ports import Issue
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
    composer = a_composer(secrets=("hunter2hunter2",), issue="# Crash at hunter2hunter2")

    redacted = "Crash at [redacted:configured]"
    assert await composer.issue("acme/app#7") == Issue(
        reference="acme/app#7", title=redacted, labels=("bug",), markdown=f"# {redacted}"
    )
    assert await composer.issue("acme/app#8") == InvalidInput(
        message="acme/app#8 cannot be fetched.", field=("reference",)
    )


async def test_commands_know_who_checks_a_start() -> None:
    desk = Desk()

    assert isinstance(await desk.commands.composer.issue("acme/app#7"), InvalidInput)


async def test_agents_and_templates_are_listed_with_what_keeps_them_from_working(tmp_path: Path) -> None:
    composer = a_composer()

    agents = await composer.agents(str(tmp_path))
    templates = await composer.templates(None)

    missing = f'Agent "ghost" ("gone") does not exist in {tmp_path}; there are: build, plan.'
    assert [(agent.name, agent.available, agent.problems) for agent in agents] == [
        ("coder", True, ()),
        ("ghost", False, (missing,)),
        ("build", True, ()),
        ("plan", True, ()),
    ]
    assert {template.name: template.problems for template in templates} == {
        "crooked": ('Step 1: "large" is not a model; write provider/model, e.g. anthropic/claude-sonnet-4-5.',),
        "empty": ("It has no steps: give it at least one.",),
        "haunted": ('Step 2: Agent "ghost" ("gone") does not exist; there are: build, plan.',),
        "quick_fix": (),
    }
