"""`stepwire init` writes what runs at once, leaves alone what is there, and ends with the command to go on with."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from runner.definitions import Known
from web.settings import Settings, read_settings
from web.terminal.doctor import Finding, findings
from web.terminal.init_command import First, Looked, init, next_command
from web.terminal.troubles import CannotDo

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def read(file: str) -> Any:
    return YAML(typ="safe").load(Path(file))


@pytest.mark.parametrize("config", ["stepwire", "deep/er"])
@pytest.mark.parametrize("engine", ["scripted", "scripted2"])
def test_the_doctor_has_nothing_against_what_is_written(config: str, engine: str) -> None:
    settings = read_settings({"config": config, "opencode_url": engine})
    init(settings)

    found = asyncio.run(_found(settings))

    assert [finding.said for finding in found if finding.wrong] == []
    assert [finding.about for finding in found][-2:] == ["template quick_fix", "template careful_fix"]


def test_it_ends_with_the_command_to_go_on_with() -> None:
    said = init(read_settings({"config": "my agents", "opencode_url": "scripted"}))

    assert said[0] == "wrote  my agents/agents.yaml"
    assert said[-2:] == ["Next:", "  stepwire serve --config 'my agents' --opencode-url scripted"]


@pytest.mark.parametrize("there", ["agents.yaml", "pipelines.yaml"])
def test_what_is_there_is_left_alone(there: str) -> None:
    Path("stepwire").mkdir()
    Path("stepwire", there).write_text("# mine")
    settings = read_settings({"opencode_url": "scripted"})

    first, again = init(settings), init(settings)

    assert Path("stepwire", there).read_text() == "# mine"
    assert f"kept   stepwire/{there}: it was there already." in first
    assert [line.split()[0] for line in again[:2]] == ["kept", "kept"]


def test_beside_somebodys_agents_the_templates_name_those_of_opencode() -> None:
    Path("stepwire").mkdir()
    Path("stepwire/agents.yaml").write_text("agents: [{name: other, opencode_agent: build}]\n")
    settings = read_settings({"opencode_url": "scripted"})
    init(settings)

    assert [finding.said for finding in asyncio.run(_found(settings)) if finding.wrong] == []
    assert [step.get("agent") for step in read("stepwire/pipelines.yaml")["pipelines"][0]["steps"]] == ["plan", "build"]


def test_without_opencode_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    said = init(read_settings({"opencode_url": NOWHERE}))

    assert "There is no opencode on the PATH; install it: npm install -g opencode-ai@1.18.34" in said
    assert [agent["opencode_agent"] for agent in read("stepwire/agents.yaml")["agents"]] == ["plan", "build"]


@pytest.mark.parametrize(
    ("reachable", "command"), [(True, "stepwire serve"), (False, "stepwire serve --opencode-url spawn")]
)
def test_an_opencode_that_does_not_run_is_started_with_stepwire(reachable: bool, command: str) -> None:
    looked = Looked(known=Known(agents={}, models=frozenset()), said=[], reachable=reachable)

    assert next_command(read_settings(), looked) == command


def test_an_address_that_was_given_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "opencode").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    said = init(read_settings({"opencode_url": NOWHERE}))

    assert "not reachable at http://127.0.0.1:1" in said[2]
    assert not any("install it" in line for line in said)
    assert said[-1] == f"  stepwire serve --opencode-url {NOWHERE}"


@pytest.mark.parametrize(
    ("known", "agents", "said"),
    [
        (["plan", "build", "explore"], ["plan", "build"], 'so: "explore"'),
        (["writer"], ["writer", "writer"], ""),
        (["a: b", "c#d"], ["a: b", "c#d"], ""),
        ([], ["plan", "build"], ""),
    ],
    ids=["usual", "one of his own", "awkward names", "none"],
)
def test_agents_are_those_that_opencode_has(known: list[str], agents: list[str], said: str) -> None:
    text = First.of(Known(agents=dict.fromkeys(known, ""), models=frozenset({"here/one"}))).agents()

    written = YAML(typ="safe").load(text)["agents"]
    assert [agent["opencode_agent"] for agent in written] == agents
    assert {agent["default_model"] for agent in written} == {"here/one"}
    assert said in text


def test_of_several_models_opencode_chooses() -> None:
    text = First.of(Known(agents={}, models=frozenset({"here/one", "here/two", "here/three"}))).agents()

    assert '# default_model: "here/one", or one of 2 others' in text
    assert "default_model" not in YAML(typ="safe").load(text)["agents"][0]


def test_a_folder_that_cannot_be_made_is_said() -> None:
    Path("file").touch()

    with pytest.raises(CannotDo, match=r"^file/below: nothing can be written there \(Not a directory\)\.$"):
        init(read_settings({"config": "file/below", "opencode_url": "scripted"}))


async def _found(settings: Settings) -> list[Finding]:
    return [finding async for finding in findings(settings, None)]
