"""The catalog says what the files say now, keeps the last good version of a broken one, and notices every change."""

import asyncio
import resource
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.catalog import YamlCatalog
from adapters.clock import SystemClock

AGENTS = """\
# The people.
agents:
  - name: developer
    description: Writes code
    opencode_agent: build
    default_model: anthropic/claude-sonnet-4-5
    system_prompt_additions: |
      Keep it small.
"""
TEMPLATES = """\
pipelines:
  - name: quick_fix
    description: One change
    steps:
      - agent: developer
"""


class Watched:
    """A folder of definitions, its catalog, and what the catalog told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.catalog = YamlCatalog(folder, clock=SystemClock(), changed=self.changed)

    async def changed(self, definition: str, change: str) -> None:
        await self.told.put((definition, change))

    async def next(self) -> tuple[str, str]:
        async with asyncio.timeout(60):
            return await self.told.get()

    def write(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)


@pytest_asyncio.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    watched = Watched(tmp_path / "stepwire")
    watched.write("agents.yaml", AGENTS)
    watched.write("pipelines.yaml", TEMPLATES)
    opened = YamlCatalog.opened(watched.folder, clock=SystemClock(), changed=watched.changed)
    async with opened as watched.catalog:
        yield watched


async def loaded(folder: Path) -> YamlCatalog:
    watched = Watched(folder)
    await watched.catalog.reload()
    return watched.catalog


@pytest.mark.asyncio
async def test_what_the_files_say_is_there(watched: Watched) -> None:
    definitions = watched.catalog.definitions()

    developer = definitions.agents["developer"]
    assert (developer.engine_agent, developer.model) == ("build", "anthropic/claude-sonnet-4-5")
    assert developer.instructions == "Keep it small."
    assert [step.agent for step in definitions.templates["quick_fix"].steps] == ["developer"]
    assert definitions.problems == ()


@pytest.mark.asyncio
@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "agents:\n"], ids=["none", "empty", "comment", "null"])
async def test_where_nothing_is_defined_nothing_is_wrong(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "agents.yaml").write_text(text)

    definitions = (await loaded(tmp_path)).definitions()

    assert (definitions.agents, definitions.templates, definitions.problems) == ({}, {}, ())


@pytest.mark.asyncio
async def test_a_change_is_in_force_when_it_is_told(watched: Watched) -> None:
    watched.write("pipelines.yaml", TEMPLATES + "      - type: approval\n")

    assert await watched.next() == ("template quick_fix", "reloaded")
    assert len(watched.catalog.definitions().templates["quick_fix"].steps) == 2


@pytest.mark.asyncio
async def test_a_save_by_renaming_is_noticed_each_time(watched: Watched) -> None:
    for number in range(3):
        draft = watched.folder / "draft~"
        draft.write_text(AGENTS.replace("Writes code", f"Writes code {number}"))
        draft.replace(watched.folder / "agents.yaml")

        assert await watched.next() == ("agent developer", "reloaded")
        assert watched.catalog.definitions().agents["developer"].description == f"Writes code {number}"


@pytest.mark.asyncio
async def test_a_broken_file_leaves_its_last_good_version_in_force(watched: Watched) -> None:
    watched.write("pipelines.yaml", TEMPLATES + "      - agent: [unclosed\n")
    broken = await watched.next()
    definitions = watched.catalog.definitions()
    watched.write("pipelines.yaml", TEMPLATES)
    mended = await watched.next()

    [problem] = definitions.problems
    assert (broken, mended) == (("pipelines.yaml", "broken"), ("pipelines.yaml", "reloaded"))
    assert problem.file == str(watched.folder / "pipelines.yaml")
    assert (problem.line, problem.column) == (7, 1)
    assert "Not valid YAML" in problem.message
    assert "quick_fix" in definitions.templates
    assert watched.catalog.definitions().problems == ()


@pytest.mark.asyncio
async def test_a_warning_takes_the_edit_and_is_told(watched: Watched) -> None:
    edited = AGENTS.replace("Writes code", "Writes much code") + "    colour: red\n"
    watched.write("agents.yaml", edited)

    assert await watched.next() == ("agent developer", "reloaded")
    definitions = watched.catalog.definitions()
    assert definitions.agents["developer"].description == "Writes much code"
    [warning] = definitions.problems
    assert warning.message == 'Agent "developer" has an unknown key "colour", which is ignored.'
    assert not warning.fatal

    watched.write("agents.yaml", edited.replace("colour: red", "color: red"))
    assert await watched.next() == ("agents.yaml", "reloaded"), "though no definition has changed"

    watched.write("agents.yaml", edited + "  - name: [\n")
    assert await watched.next() == ("agents.yaml", "broken")
    assert [problem.fatal for problem in watched.catalog.definitions().problems] == [True]


@pytest.mark.asyncio
async def test_a_broken_file_does_not_touch_the_other(watched: Watched) -> None:
    watched.write("pipelines.yaml", "pipelines: 3\n")
    await watched.next()
    watched.write("agents.yaml", AGENTS.replace("developer", "writer"))

    assert {await watched.next(), await watched.next()} == {
        ("agent writer", "reloaded"),
        ("agent developer", "deleted"),
    }
    assert set(watched.catalog.definitions().agents) == {"writer"}


@pytest.mark.asyncio
async def test_a_deleted_file_defines_nothing_until_it_is_back(watched: Watched) -> None:
    (watched.folder / "pipelines.yaml").unlink()
    deleted = await watched.next()
    watched.write("pipelines.yaml", TEMPLATES)

    assert deleted == ("template quick_fix", "deleted")
    assert await watched.next() == ("template quick_fix", "reloaded")


@pytest.mark.asyncio
async def test_a_deleted_folder_is_watched_again_when_it_is_back(watched: Watched) -> None:
    shutil.rmtree(watched.folder)
    assert {await watched.next(), await watched.next()} == {
        ("agent developer", "deleted"),
        ("template quick_fix", "deleted"),
    }

    watched.write("agents.yaml", AGENTS)
    assert await watched.next() == ("agent developer", "reloaded")
    watched.write("agents.yaml", AGENTS.replace("Writes code", "Writes tests"))
    assert await watched.next() == ("agent developer", "reloaded")


@pytest.mark.asyncio
async def test_a_folder_that_comes_later_is_found(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "not" / "yet" / "there")
    async with YamlCatalog.opened(watched.folder, clock=SystemClock(), changed=watched.changed) as catalog:
        watched.write("agents.yaml", AGENTS)

        assert await watched.next() == ("agent developer", "reloaded")
        assert "developer" in catalog.definitions().agents


@pytest.mark.asyncio
async def test_a_link_is_followed_to_the_file_that_changes(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "people.yaml").write_text(AGENTS)
    watched = Watched(tmp_path / "stepwire")
    watched.folder.mkdir()
    (watched.folder / "agents.yaml").symlink_to(tmp_path / "kept" / "people.yaml")
    async with YamlCatalog.opened(watched.folder, clock=SystemClock(), changed=watched.changed):
        (tmp_path / "kept" / "people.yaml").write_text(AGENTS.replace("Writes code", "Writes tests"))

        assert await watched.next() == ("agent developer", "reloaded")


@pytest.mark.asyncio
async def test_a_link_to_itself_is_a_problem_until_it_is_a_file(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "stepwire")
    watched.folder.mkdir()
    (watched.folder / "agents.yaml").symlink_to("agents.yaml")
    async with YamlCatalog.opened(watched.folder, clock=SystemClock(), changed=watched.changed) as catalog:
        [problem] = catalog.definitions().problems
        (watched.folder / "agents.yaml").unlink()
        watched.write("agents.yaml", AGENTS)

        assert problem.message == "The file cannot be read: Too many levels of symbolic links."
        assert await watched.next() == ("agent developer", "reloaded")


@pytest.mark.asyncio
async def test_whoever_is_told_may_fail_without_ending_the_watch(watched: Watched) -> None:
    failed = asyncio.Event()

    async def changed(definition: str, change: str) -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("the database is busy")
        await watched.changed(definition, change)

    async with YamlCatalog.opened(watched.folder, clock=SystemClock(), changed=changed):
        watched.write("agents.yaml", AGENTS.replace("Writes code", "Writes tests"))
        async with asyncio.timeout(60):
            await failed.wait()
        await watched.next()
        watched.write("agents.yaml", AGENTS)

        assert await watched.next() == await watched.next() == ("agent developer", "reloaded")


@pytest.mark.asyncio
async def test_a_problem_keeps_the_time_when_it_began(tmp_path: Path) -> None:
    (tmp_path / "agents.yaml").write_text("agents:\n  - {name: a, colour: red}\n")
    catalog = await loaded(tmp_path)
    [before] = catalog.definitions().problems
    (tmp_path / "agents.yaml").write_text("agents:\n  - name: b\n  - {name: a, colour: blue}\n")
    await catalog.reload()

    [after] = catalog.definitions().problems
    assert (before.line, after.line) == (2, 3)
    assert after.since == before.since


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"agents: \xff\n", "The file is not UTF-8 text."),
        (b"#" * 1_000_001, "The file is larger than 1,000,000 bytes."),
    ],
    ids=["encoding", "size"],
)
async def test_a_file_that_cannot_be_taken_is_a_problem(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "agents.yaml").write_bytes(content)

    [problem] = (await loaded(tmp_path)).definitions().problems

    assert problem.message == message


@pytest.mark.asyncio
async def test_a_folder_in_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "agents.yaml").mkdir()

    [problem] = (await loaded(tmp_path)).definitions().problems

    assert problem.message == "The file cannot be read: Is a directory."


@pytest.mark.asyncio
async def test_with_no_descriptor_left_what_was_known_holds(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.write("agents.yaml", AGENTS)
    await watched.catalog.reload()
    before, told = watched.catalog.definitions(), watched.told.qsize()

    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, allowed[1]))
        await watched.catalog.reload()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)

    assert watched.catalog.definitions() == before
    assert watched.told.qsize() == told
