"""An agent that is saved changes its own lines and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.definitions import Agent
from runner.outcomes import InvalidInput, NotAllowed
from tests.adapters.editing import AGENTS, SAM, TEMPLATES, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "agents.yaml").write_text(AGENTS)
    (tmp_path / "pipelines.yaml").write_text(TEMPLATES)
    return Folder(tmp_path)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "changes", "lines"),
    [
        ("architect", {"description": "Plans"}, ["-     description: Plans the change", "+     description: Plans"]),
        (
            "architect",
            {"description": "Plans: all #1"},
            ["-     description: Plans the change", '+     description: "Plans: all #1"'],
        ),
        ("architect", {"description": ""}, ["-     description: Plans the change"]),
        ("architect", {"model": "a/b"}, ["+     default_model: a/b"]),
        ("architect", {"engine_agent": "plan"}, ["+     opencode_agent: plan"]),
        (
            "developer",
            {"description": "It's [x]", "model": "a/b"},
            [
                "-   - {name: developer, opencode_agent: build}  # short",
                '+   - {name: developer, description: "It\'s [x]", opencode_agent: build, default_model: a/b}  # short',
            ],
        ),
        (
            "reviewer",
            {"instructions": "One\n\n  Two"},
            [
                "-     system_prompt_additions: |",
                "+     system_prompt_additions: |-",
                "-       Read it twice.",
                "-       Say what is missing.",
                "+       One",
                "+ ",
                "+         Two",
            ],
        ),
        (
            "reviewer",
            {"instructions": ""},
            [
                "-     system_prompt_additions: |",
                "-       Read it twice.",
                "-       Say what is missing.",
            ],
        ),
        (
            "architect",
            {"name": "architect", "description": "One\nTwo"},
            [
                "-     description: Plans the change",
                "+     description: |-",
                "+       One",
                "+       Two",
            ],
        ),
        ("reviewer", {}, []),
    ],
)
async def test_a_saved_agent_changes_its_own_lines(
    folder: Folder, name: str, changes: dict[str, Any], lines: list[str]
) -> None:
    await folder.load()
    wanted = replace(folder.agent(name), **changes)

    saved = await folder.editor.save_agent(name, wanted, SAM)

    assert saved == folder.agent(name) == wanted
    assert folder.diff("agents.yaml", AGENTS) == lines
    assert folder.text("pipelines.yaml") == TEMPLATES
    assert folder.told == [(f"agent {name}", "saved", "sam")]


@pytest.mark.asyncio
async def test_another_name_is_carried_into_the_templates(folder: Folder) -> None:
    await folder.load()

    saved = await folder.editor.save_agent("architect", replace(folder.agent("architect"), name="planner"), SAM)

    assert isinstance(saved, Agent)
    assert saved.engine_agent == "architect", "the name in OpenCode is what it was"
    assert folder.diff("agents.yaml", AGENTS) == [
        "-   - name: architect   # of all",
        "+   - name: planner   # of all",
        "+     opencode_agent: architect",
    ]
    assert folder.diff("pipelines.yaml", TEMPLATES) == ["-       - agent: architect", "+       - agent: planner"]
    assert folder.told == [("agent architect → planner", "renamed", "sam")]


@pytest.mark.asyncio
async def test_a_new_agent_comes_last(folder: Folder) -> None:
    await folder.load()

    await folder.editor.save_agent(None, Agent(name="writer", engine_agent="build", instructions="A\nB"), SAM)

    assert folder.agent("writer").instructions == "A\nB"
    assert folder.diff("agents.yaml", AGENTS) == [
        "+ ",
        "+   - name: writer",
        "+     opencode_agent: build",
        "+     system_prompt_additions: |-",
        "+       A",
        "+       B",
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "text",
    [None, "", "# mine\n", "agents:\n", "agents:", "agents: []\n", "agents: []  # none\n", "x: 1", "agents: ~\n"],
)
async def test_a_first_agent_needs_no_file(tmp_path: Path, text: str | None) -> None:
    folder = Folder(tmp_path / "not" / "there")
    if text is not None:
        folder.path.mkdir(parents=True)
        (folder.path / "agents.yaml").write_text(text)
    await folder.load()

    saved = await folder.editor.save_agent(None, Agent(name="writer", engine_agent="build"), SAM)

    assert saved == Agent(name="writer", engine_agent="build")
    assert "# mine" in folder.text("agents.yaml") or text != "# mine\n"


@pytest.mark.asyncio
async def test_a_deleted_agent_takes_its_lines_along(folder: Folder) -> None:
    await folder.load()

    assert await folder.editor.delete_agent("reviewer", SAM) == "reviewer"
    assert folder.text("agents.yaml") == AGENTS.partition("  - name: 'reviewer'")[0] + "# That is all.\n"
    assert folder.told == [("agent reviewer", "deleted", "sam")]


@pytest.mark.asyncio
async def test_an_agent_in_use_is_not_deleted(folder: Folder) -> None:
    await folder.load()

    refused = await folder.editor.delete_agent("developer", SAM)

    message = 'Agent "developer" is used by quick_fix, small: give those steps to another agent first.'
    assert refused == NotAllowed(message=message)
    assert folder.text("agents.yaml") == AGENTS
    assert folder.told == []


@pytest.mark.asyncio
@pytest.mark.parametrize(("old", "new"), [(None, "architect"), ("architect", "developer")])
async def test_a_name_that_is_taken_is_refused(folder: Folder, old: str | None, new: str) -> None:
    await folder.load()

    refused = await folder.editor.save_agent(old, Agent(name=new, engine_agent="a"), SAM)

    assert refused == InvalidInput(message=f'Another agent is called "{new}" already.', field=("name",))
    assert folder.text("agents.yaml") == AGENTS
