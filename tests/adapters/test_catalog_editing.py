"""What cannot be changed without loss is not changed at all, and what is not meant stays as it is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.catalog.files import DefinitionFile
from adapters.catalog.parser import parse_agents
from adapters.catalog.revisions import Files, agent_saved
from adapters.clock import SystemClock
from runner.definitions import Agent
from runner.model import StepPlan
from runner.outcomes import NotAllowed, NotFound
from runner.versions import EditConflict, revision
from tests.adapters.editing import AGENTS, SAM, TEMPLATES, Folder, a_template


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "agents.yaml").write_text(AGENTS)
    (tmp_path / "pipelines.yaml").write_text(TEMPLATES)
    return Folder(tmp_path)


@pytest.mark.asyncio
async def test_what_is_not_there_is_said(folder: Folder) -> None:
    await folder.load()

    assert await folder.editor.delete_agent("nobody", SAM) == NotFound(
        message='There is no agent "nobody".', id="nobody"
    )
    assert await folder.editor.save_template("none", a_template("n", [StepPlan(agent="a")]), SAM) == NotAllowed(
        message='There is no template "none" any more.'
    )


@pytest.mark.asyncio
async def test_a_broken_file_is_mended_first(folder: Folder) -> None:
    await folder.load()
    (folder.path / "agents.yaml").write_text("agents: [\n")

    refused = await folder.editor.save_agent(None, Agent(name="a", engine_agent="a"), SAM)

    assert isinstance(refused, NotAllowed)
    assert "agents.yaml, line 2 must be mended first: Not valid YAML" in refused.message
    assert folder.told == [("agents.yaml", "broken", None)]


@pytest.mark.asyncio
async def test_what_somebody_wrote_meanwhile_is_kept_and_told(folder: Folder) -> None:
    await folder.load()
    (folder.path / "agents.yaml").write_text(AGENTS.replace("Plans the change", "Plans with care"))

    await folder.editor.save_agent("developer", replace(folder.agent("developer"), model="a/b"), SAM)

    assert folder.agent("architect").description == "Plans with care"
    assert folder.told == [("agent architect", "reloaded", None), ("agent developer", "saved", "sam")]


@pytest.mark.asyncio
async def test_a_form_that_was_opened_before_somebody_elses_edit_is_refused_with_both(folder: Folder) -> None:
    await folder.load()
    seen, mine = folder.agent("architect"), replace(folder.agent("architect"), model="acme/mine")
    (folder.path / "agents.yaml").write_text(AGENTS.replace("Plans the change", "Plans with care"))

    refused = await folder.editor.save_agent("architect", mine, SAM, revision(seen))
    kept = folder.agent("architect")
    assert refused == EditConflict(
        message='Somebody has changed the agent "architect" meanwhile: look at both, and choose.',
        stored=replace(seen, description="Plans with care"),
        yours=mine,
    )
    assert kept == refused.stored

    assert await folder.editor.save_agent("architect", mine, SAM, revision(kept)) == mine


@pytest.mark.asyncio
async def test_a_template_in_another_version_is_neither_saved_nor_deleted(folder: Folder) -> None:
    await folder.load()
    seen = folder.template("quick_fix")
    (folder.path / "pipelines.yaml").write_text(TEMPLATES.replace("timeout_seconds: 60", "timeout_seconds: 90"))
    mine = a_template("quick_fix", folder.steps("quick_fix"), "Mine")

    saved = await folder.editor.save_template("quick_fix", mine, SAM, revision(seen))
    gone = await folder.editor.delete_template("quick_fix", SAM, revision(seen))

    stored = folder.template("quick_fix")
    assert stored.steps[1].timeout_seconds == 90
    assert isinstance(saved, EditConflict)
    assert isinstance(gone, EditConflict)
    assert (saved.stored, saved.yours, gone.stored, gone.yours) == (stored, mine, stored, None)
    assert await folder.editor.delete_template("quick_fix", SAM, revision(stored)) == "quick_fix"


@pytest.mark.asyncio
async def test_what_is_gone_meanwhile_is_a_conflict_with_nothing(folder: Folder) -> None:
    await folder.load()
    seen = folder.agent("reviewer")
    await folder.editor.delete_agent("reviewer", SAM, revision(seen))

    refused = await folder.editor.save_agent("reviewer", replace(seen, model="acme/x"), SAM, revision(seen))

    assert isinstance(refused, EditConflict)
    assert (refused.stored, refused.message) == (None, 'The agent "reviewer" was deleted or renamed meanwhile.')


@pytest.mark.asyncio
async def test_a_comment_or_another_definition_is_no_other_version(folder: Folder) -> None:
    await folder.load()
    seen = folder.agent("architect")
    (folder.path / "agents.yaml").write_text(AGENTS.replace("The planner", "Our planner").replace("build", "plan"))

    saved = await folder.editor.save_agent("architect", replace(seen, model="a/b"), SAM, revision(seen))

    assert isinstance(saved, Agent)
    assert folder.agent("architect").model == "a/b"


@pytest.mark.asyncio
async def test_the_same_saved_twice_is_no_conflict(folder: Folder) -> None:
    await folder.load()
    seen = folder.agent("architect")
    mine = replace(seen, description="Mine ")

    for _ in range(2):
        assert isinstance(await folder.editor.save_agent("architect", mine, SAM, revision(seen)), Agent)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "text",
    [
        "agents:\n  - &a {name: one, opencode_agent: x}\n  - {<<: *a, name: two}\n",
        "{agents: [{name: one, opencode_agent: x}]}\n",
    ],
    ids=["anchor", "root-in-braces"],
)
async def test_what_cannot_be_changed_without_loss_is_not_changed(folder: Folder, text: str) -> None:
    (folder.path / "agents.yaml").write_text(text)
    await folder.load()

    refused = await folder.editor.save_agent("one", Agent(name="one", engine_agent="y"), SAM)

    assert isinstance(refused, NotAllowed)
    assert refused.message.endswith("cannot be changed from here without loss: edit the file itself.")
    assert folder.text("agents.yaml") == text


@pytest.mark.asyncio
async def test_an_alias_is_replaced_where_it_stands(folder: Folder) -> None:
    text = (
        "x-model: &m a/b\nagents:\n  - name: one\n    default_model: *m  # shared\n  - {name: two, default_model: *m}\n"
    )
    (folder.path / "agents.yaml").write_text(text)
    await folder.load()

    await folder.editor.save_agent("one", replace(folder.agent("one"), model="c/d"), SAM)

    assert folder.text("agents.yaml") == text.replace("*m  # shared", "c/d  # shared")


@pytest.mark.asyncio
async def test_line_ends_links_and_permissions_stay(folder: Folder) -> None:
    real = folder.path / "real.yaml"
    real.write_bytes(AGENTS.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    (folder.path / "agents.yaml").unlink()
    (folder.path / "agents.yaml").symlink_to("real.yaml")
    await folder.load()

    await folder.editor.save_agent(None, Agent(name="writer", engine_agent="build"), SAM)

    assert (folder.path / "agents.yaml").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert folder.text("agents.yaml").count("\n") == folder.text("agents.yaml").count("\r\n") > AGENTS.count("\n")
    assert sorted(path.name for path in folder.path.iterdir()) == ["agents.yaml", "pipelines.yaml", "real.yaml"]


@pytest.mark.asyncio
async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = Folder(tmp_path / "file" / "stepwire")

    refused = await folder.editor.save_agent(None, Agent(name="a", engine_agent="a"), SAM)

    assert isinstance(refused, NotAllowed)
    assert "file/stepwire" in refused.message


COMMENTS = st.sampled_from(["", "  # why", "   # 'quoted' [x]"])
BETWEEN = st.sampled_from(["", "\n", "  # about the next\n", "\n  # about\n  # the next\n", "# to the left\n\n"])
WORDS = st.text(st.sampled_from("abZ 09-_:#'\"[]{}&*!|>%@`,.?~é\\"), min_size=1, max_size=20)


@st.composite
def written_agents(draw: st.DrawFn) -> str:
    """A file of agents as people write them, with comments, blank lines, both styles and keys of their own."""
    entries = []
    for number in range(draw(st.integers(1, 4))):
        description = draw(WORDS).replace("'", "''")
        if draw(st.booleans()):
            entry = f"  - {{name: agent{number}, description: '{description}', mine: [1, {{a: b}}]}}{draw(COMMENTS)}\n"
        else:
            keys = [f"description: '{description}'{draw(COMMENTS)}\n", "mine:\n      - kept # too\n"]
            keys = draw(st.permutations([*keys, "system_prompt_additions: |\n      One\n\n      Two\n"]))
            entry = f"  - name: agent{number}{draw(COMMENTS)}\n" + "".join(f"    {key}" for key in keys)
        entries.append(draw(BETWEEN) + entry)
    return "agents:\n" + "".join(entries) + draw(st.sampled_from(["", "# end", "x-more: 1\n"]))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=written_agents(), words=WORDS, field=st.sampled_from(["description", "engine_agent"]), data=st.data())
def test_one_field_changes_one_line(text: str, words: str, field: str, data: st.DataObject) -> None:
    file = DefinitionFile(path=Path("agents.yaml"), word="agent", parse=parse_agents).after(text, SystemClock().now())
    templates = DefinitionFile(path=Path("pipelines.yaml"), word="template", parse=parse_agents)
    agent = data.draw(st.sampled_from(sorted(file.values.values(), key=lambda agent: agent.name)))
    words = words.strip() or "x"
    changes: dict[str, Any] = {field: words}
    wanted = replace(agent, **changes)

    saved = agent_saved(Files(agents=file, templates=templates), agent.name, wanted).agents  # type: ignore[arg-type]

    assert saved is not None
    assert getattr(parse_agents(saved).values[agent.name], field) == words
    before, after = text.split("\n"), saved.split("\n")
    assert len(before) - len(after) in (0, 1, -1)
    kept = sum(line in after for line in before)
    assert kept >= len(before) - 1
