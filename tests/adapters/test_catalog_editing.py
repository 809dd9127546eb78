"""An edit changes what it is about and nothing else; what cannot be changed without loss is not changed at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import ndiff
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.catalog import YamlCatalog, YamlEditor
from adapters.catalog.definitions import parse_agents
from adapters.catalog.files import DefinitionFile
from adapters.catalog.saving import Files, agent_saved
from adapters.clock import SystemClock
from runner.commands import NotAllowed, NotFound
from runner.composition import InvalidInput, StepRequest
from runner.model import Actor, Agent, StepKind, StepPlan

SAM = Actor(name="sam")
AGENTS = """\
# Who works here.
agents:
  # The planner.
  - name: architect   # of all
    description: Plans the change
    colour: red

  - {name: developer, opencode_agent: build}  # short

  - name: 'reviewer'
    opencode_agent: explore
    system_prompt_additions: |
      Read it twice.
      Say what is missing.
# That is all.
"""
TEMPLATES = """\
pipelines:
  - name: quick_fix   # the usual
    description: One change
    steps:
      # First think.
      - agent: architect
        model: acme/large     # the good one
        handoff: required
        mine: kept
      - {agent: developer, timeout_seconds: 60}
      # Then decide.
      - type: approval
        remind_after_hours: 1.5

  - name: small
    steps: [{agent: developer}, {type: approval}]
other: stays
"""


@dataclass(frozen=True, kw_only=True)
class Draft:
    name: str
    steps: Sequence[StepRequest]
    description: str = ""


class Folder:
    """A folder of definitions, its editor, and what was told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[tuple[str, str, str | None]] = []
        self.catalog = YamlCatalog(path, clock=SystemClock(), changed=self._changed)
        self.editor = YamlEditor(self.catalog, edited=self._edited)

    async def _changed(self, definition: str, change: str) -> None:
        self.told.append((definition, change, None))

    async def _edited(self, definition: str, change: str, actor: Actor) -> None:
        self.told.append((definition, change, actor.name))

    async def load(self) -> "Folder":
        await self.catalog.reload()
        self.told.clear()
        return self

    def agent(self, name: str) -> Agent:
        return self.catalog.definitions().agents[name]

    def steps(self, name: str) -> list[StepRequest]:
        return [_asked(plan) for plan in self.catalog.definitions().templates[name].steps]

    def text(self, name: str) -> str:
        return (self.path / name).read_bytes().decode()

    def diff(self, name: str, before: str) -> list[str]:
        """Lines that went and lines that came."""
        lines = ndiff(before.splitlines(), self.text(name).splitlines())
        return [line for line in lines if line[0] in "-+"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "agents.yaml").write_text(AGENTS)
    (tmp_path / "pipelines.yaml").write_text(TEMPLATES)
    return Folder(tmp_path)


def _asked(plan: StepPlan) -> StepRequest:
    return StepRequest(
        kind=plan.kind,
        agent=plan.agent,
        description=plan.description,
        model=plan.model,
        timeout_seconds=plan.timeout_seconds,
        max_attempts=plan.max_attempts,
        remind_after_seconds=plan.remind_after_seconds,
        expires_after_seconds=plan.expires_after_seconds,
        handoff_schema=plan.handoff_schema,
    )


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
    folder: Folder, name: str, changes: dict[str, str], lines: list[str]
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

    await folder.editor.save_agent(None, Agent(name=" writer ", engine_agent="build", instructions="A\nB"), SAM)

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
async def test_fields_of_steps_change_where_they_stand(folder: Folder) -> None:
    await folder.load()
    think, code, decide = folder.steps("quick_fix")
    steps = [
        replace(think, model=None, max_attempts=3),
        replace(code, timeout_seconds=90, description="Do it"),
        replace(decide, expires_after_seconds=72 * 3600 + 1800),
    ]

    await folder.editor.save_template("quick_fix", Draft(name="quick_fix", description="One change", steps=steps), SAM)

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

    await folder.editor.save_template("quick_fix", Draft(name="quick_fix", description="One change", steps=steps), SAM)

    assert folder.steps("quick_fix") == steps
    assert folder.diff("pipelines.yaml", commented)[:2] == [
        "-         description: Think   # hard",
        "+         description: |-   # hard",
    ]


@pytest.mark.asyncio
async def test_steps_move_with_their_comments(folder: Folder) -> None:
    await folder.load()
    think, code, decide = folder.steps("quick_fix")

    await folder.editor.save_template("quick_fix", Draft(name="quick", steps=[decide, think, code]), SAM)

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
    new = StepRequest(agent="reviewer", handoff_schema=schema)  # type: ignore[arg-type]  # it is JSON
    steps = [think, decide, new]

    await folder.editor.save_template("quick_fix", Draft(name="quick_fix", description="One change", steps=steps), SAM)

    assert folder.steps("quick_fix") == steps
    assert "mine: kept" in folder.text("pipelines.yaml")
    assert "# Then decide.\n      - type: approval\n" in folder.text("pipelines.yaml")


@pytest.mark.asyncio
async def test_steps_in_brackets_stay_in_brackets(folder: Folder) -> None:
    await folder.load()
    code, decide = folder.steps("small")

    await folder.editor.save_template("small", Draft(name="small", steps=[decide, StepRequest(agent="x y"), code]), SAM)

    assert folder.diff("pipelines.yaml", TEMPLATES) == [
        "-     steps: [{agent: developer}, {type: approval}]",
        "+     steps: [{type: approval}, {agent: x y}, {agent: developer}]",
    ]


@pytest.mark.asyncio
async def test_a_new_template_can_be_deleted_again(folder: Folder) -> None:
    await folder.load()
    steps = [StepRequest(agent="a"), StepRequest(kind=StepKind.APPROVAL, remind_after_seconds=100)]

    await folder.editor.save_template(None, Draft(name="new", description="D", steps=steps), SAM)
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

    await folder.editor.save_template(None, Draft(name="new", steps=[StepRequest(agent="a")]), SAM)

    assert folder.text("pipelines.yaml") == "pipelines:\n  - name: new\n    steps:\n      - agent: a\nother: stays\n"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "agent", "field"),
    [
        (None, Agent(name="architect", engine_agent="a"), "name"),
        ("architect", Agent(name="developer", engine_agent="a"), "name"),
        (None, Agent(name=" ", engine_agent="a"), "name"),
        (None, Agent(name="a\nb", engine_agent="a"), "name"),
        (None, Agent(name="x" * 201, engine_agent="a"), "name"),
        (None, Agent(name="a", engine_agent=" "), "engineAgent"),
        (None, Agent(name="a", engine_agent="a", model="large"), "model"),
    ],
)
async def test_an_agent_that_is_none_is_refused(folder: Folder, name: str | None, agent: Agent, field: str) -> None:
    await folder.load()

    refused = await folder.editor.save_agent(name, agent, SAM)

    assert isinstance(refused, InvalidInput)
    assert refused.field == (field,)
    assert folder.text("agents.yaml") == AGENTS


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], ("steps",)),
        ([StepRequest(agent=" ")], ("steps", "0", "agent")),
        ([StepRequest(agent="a"), StepRequest(agent="a", model="b")], ("steps", "1", "model")),
        ([StepRequest(agent="a", handoff_schema={"type": "thing"})], ("steps", "0", "handoffSchema")),
    ],
)
async def test_a_template_that_is_none_is_refused(
    folder: Folder, steps: list[StepRequest], field: tuple[str, ...]
) -> None:
    await folder.load()

    refused = await folder.editor.save_template(None, Draft(name="new", steps=steps), SAM)

    assert isinstance(refused, InvalidInput)
    assert refused.field == field


@pytest.mark.asyncio
async def test_what_is_not_there_is_said(folder: Folder) -> None:
    await folder.load()

    assert await folder.editor.delete_agent("nobody", SAM) == NotFound(
        message='There is no agent "nobody".', id="nobody"
    )
    assert await folder.editor.save_template(
        "none", Draft(name="n", steps=[StepRequest(agent="a")]), SAM
    ) == NotAllowed(message='There is no template "none" any more.')


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
    wanted = replace(agent, **{field: words})

    saved = agent_saved(Files(agents=file, templates=templates), agent.name, wanted).agents  # type: ignore[arg-type]

    assert saved is not None
    assert getattr(parse_agents(saved).values[agent.name], field) == words
    before, after = text.split("\n"), saved.split("\n")
    assert len(before) - len(after) in (0, 1, -1)
    kept = sum(line in after for line in before)
    assert kept >= len(before) - 1
