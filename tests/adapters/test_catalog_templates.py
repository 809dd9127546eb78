"""A template that is saved keeps the comments of its steps, and what only the file knows."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.definitions import asked_for
from runner.model import StepKind, StepPlan
from runner.outcomes import InvalidInput
from tests.adapters.editing import AGENTS, SAM, TEMPLATES, Folder, a_template


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "agents.yaml").write_text(AGENTS)
    (tmp_path / "pipelines.yaml").write_text(TEMPLATES)
    return Folder(tmp_path)


@pytest.mark.asyncio
async def test_fields_of_steps_change_where_they_stand(folder: Folder) -> None:
    await folder.load()
    think, code, decide = folder.steps("quick_fix")
    steps = [
        replace(think, model=None, max_attempts=3),
        replace(code, timeout_seconds=90, description="Do it"),
        replace(decide, expires_after_seconds=72 * 3600 + 1800),
    ]

    await folder.editor.save_template("quick_fix", a_template("quick_fix", steps, "One change"), SAM)

    assert folder.steps("quick_fix") == steps
    assert folder.diff("pipelines.yaml", TEMPLATES) == [
        "-         model: acme/large     # the good one",
        "+         max_attempts: 3",
        "-       - {agent: developer, timeout_seconds: 60}",
        "+       - {agent: developer, description: Do it, timeout_seconds: 90}",
        "+         expires_after_hours: 72.5",
    ]
    assert folder.catalog.definitions().templates["quick_fix"].steps[0].handoff_required


@pytest.mark.asyncio
async def test_a_comment_behind_a_value_does_not_become_part_of_it(folder: Folder) -> None:
    await folder.load()
    think, *rest = folder.steps("quick_fix")
    commented = TEMPLATES.replace("model: acme/large     # the good one", "description: Think   # hard")
    (folder.path / "pipelines.yaml").write_text(commented)
    steps = [replace(think, model=None, description="Think\nagain"), *rest]

    await folder.editor.save_template("quick_fix", a_template("quick_fix", steps, "One change"), SAM)

    assert folder.steps("quick_fix") == steps
    assert folder.diff("pipelines.yaml", commented)[:2] == [
        "-         description: Think   # hard",
        "+         description: |-   # hard",
    ]


@pytest.mark.asyncio
async def test_steps_move_with_their_comments(folder: Folder) -> None:
    await folder.load()
    think, code, decide = folder.steps("quick_fix")

    await folder.editor.save_template("quick_fix", a_template("quick", [decide, think, code]), SAM)

    assert folder.text("pipelines.yaml") == (
        "pipelines:\n"
        "  - name: quick   # the usual\n"
        "    steps:\n"
        "      # Then decide.\n"
        "      - type: approval\n"
        "        remind_after_hours: 1.5\n"
        "      # First think.\n"
        "      - agent: architect\n"
        "        model: acme/large     # the good one\n"
        "        handoff: required\n"
        "        mine: kept\n"
        "      - {agent: developer, timeout_seconds: 60}\n"
        "\n"
        "  - name: small\n"
        "    steps: [{agent: developer}, {type: approval}]\n"
        "other: stays\n"
    )
    assert folder.told == [("template quick_fix → quick", "renamed", "sam")]


@pytest.mark.asyncio
async def test_steps_come_and_go(folder: Folder) -> None:
    await folder.load()
    think, _, decide = folder.steps("quick_fix")
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x: y", "yes", 1, None]}}}
    new = asked_for(StepPlan(agent="reviewer", handoff_schema=schema))  # type: ignore[arg-type]  # it is JSON
    steps = [think, decide, new]

    await folder.editor.save_template("quick_fix", a_template("quick_fix", steps, "One change"), SAM)

    assert folder.steps("quick_fix") == steps
    assert "mine: kept" in folder.text("pipelines.yaml")
    assert "# Then decide.\n      - type: approval\n" in folder.text("pipelines.yaml")


@pytest.mark.asyncio
async def test_steps_in_brackets_stay_in_brackets(folder: Folder) -> None:
    await folder.load()
    code, decide = folder.steps("small")

    await folder.editor.save_template("small", a_template("small", [decide, StepPlan(agent="x y"), code]), SAM)

    assert folder.diff("pipelines.yaml", TEMPLATES) == [
        "-     steps: [{agent: developer}, {type: approval}]",
        "+     steps: [{type: approval}, {agent: x y}, {agent: developer}]",
    ]


@pytest.mark.asyncio
async def test_a_new_template_can_be_deleted_again(folder: Folder) -> None:
    await folder.load()
    steps = [StepPlan(agent="a"), StepPlan(kind=StepKind.APPROVAL, remind_after_seconds=100)]

    await folder.editor.save_template(None, a_template("new", steps, "D"), SAM)
    saved = folder.steps("new")
    await folder.editor.delete_template("new", SAM)

    assert saved == steps
    assert folder.text("pipelines.yaml").replace("\n\n", "\n") == TEMPLATES.replace("\n\n", "\n")
    assert [change for _, change, _ in folder.told] == ["saved", "deleted"]


@pytest.mark.asyncio
async def test_the_last_template_can_go_and_another_come(folder: Folder) -> None:
    await folder.load()
    for name in ("quick_fix", "small"):
        await folder.editor.delete_template(name, SAM)

    await folder.editor.save_template(None, a_template("new", [StepPlan(agent="a")]), SAM)

    assert folder.text("pipelines.yaml") == "pipelines:\n  - name: new\n    steps:\n      - agent: a\nother: stays\n"


@pytest.mark.asyncio
async def test_a_schema_that_is_none_is_refused(folder: Folder) -> None:
    await folder.load()
    steps = [StepPlan(agent="a"), StepPlan(agent="a", handoff_schema={"type": "thing"})]

    refused = await folder.editor.save_template(None, a_template("new", steps), SAM)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("steps", "1", "handoffSchema")
    assert folder.text("pipelines.yaml") == TEMPLATES
