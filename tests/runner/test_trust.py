"""OpenCode is asked about a folder only when somebody trusts it: by an answer, or by starting a pipeline there."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.composition import Composer
from runner.definitions import Known
from runner.directories import Listing
from runner.events import TrustChanged
from runner.outcomes import InvalidInput, NotFound
from runner.trust import REVOKED, STARTED, Trust, TrustedDirectory
from tests.runner.composing import KNOWN, a_composer, a_request, composed
from tests.runner.desk import Desk
from tests.support.builders import ANA
from tests.support.fakes import FakeClock, ScriptedAgents
from tests.support.memory import MemoryJournal
from tests.support.memory_trust import MemoryTrust

pytestmark = pytest.mark.asyncio


@dataclass
class Asked:
    """A composer whose agents count who asked about which directory."""

    composer: Composer
    trust: Trust
    journal: MemoryJournal
    looks: list[str | None]


class CountingAgents(ScriptedAgents):
    def __init__(self) -> None:
        super().__init__(KNOWN)
        self.looks: list[str | None] = []

    async def known(self, directory: str | None) -> Known:
        self.looks.append(directory)
        return await super().known(directory)


def asked(*, everything: bool = False, roots: tuple[str, ...] = ("/",)) -> Asked:
    journal, agents = MemoryJournal(), CountingAgents()
    trust = Trust(MemoryTrust(journal), FakeClock(), everything=everything)
    return Asked(a_composer(agents, roots=roots, trust=trust), trust, journal, agents.looks)


def refusal(folder: Path) -> str:
    return f"{folder} is not trusted yet: trust it, and OpenCode looks into it, which runs what it brings along."


async def test_a_folder_that_nobody_trusts_is_not_looked_into(tmp_path: Path) -> None:
    here = asked()

    agents = await here.composer.agents(str(tmp_path))
    templates = await here.composer.templates(str(tmp_path))
    listing = await here.composer.listing(str(tmp_path))

    assert here.looks == []
    problems = [*(agent.problems for agent in agents), *(template.problems for template in templates)]
    assert {first for first, *_ in problems} == {refusal(tmp_path)}
    assert [agent.name for agent in agents] == ["coder", "ghost"], "those of the files are listed all the same"
    assert isinstance(listing, Listing)
    assert not listing.is_trusted


@pytest.mark.parametrize("way", ["itself", "around-it", "by-a-link", "everything"])
async def test_a_folder_that_is_trusted_is_looked_into(way: str, tmp_path: Path) -> None:
    here = asked(everything=way == "everything")
    folder = tmp_path / "app"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    if way != "everything":
        await here.trust.give(str(tmp_path if way == "around-it" else folder), ANA)

    agents = await here.composer.agents(str(tmp_path / "link" if way == "by-a-link" else folder))
    listing = await here.composer.listing(str(folder))

    assert here.looks == [str(folder)]
    assert agents[0].problems == ()
    assert isinstance(listing, Listing)
    assert listing.is_trusted


async def test_a_neighbour_with_a_longer_name_is_not_covered(tmp_path: Path) -> None:
    here = asked()
    (tmp_path / "app2").mkdir()
    await here.trust.give(str(tmp_path / "app"), ANA)

    await here.composer.agents(str(tmp_path / "app2"))

    assert here.looks == []


@pytest.mark.parametrize("directory", [None, "", "  "])
async def test_where_no_directory_is_named_its_owner_chose_it(directory: str | None) -> None:
    here = asked()

    await here.composer.templates(directory)

    assert here.looks == [None]


@pytest.mark.parametrize("where", ["outside", "missing", "relative"])
async def test_a_directory_that_may_not_be_used_is_not_looked_into(where: str, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    here = asked(everything=True, roots=(str(tmp_path / "root"),))
    directory = {"outside": str(tmp_path), "missing": str(tmp_path / "root/no"), "relative": "root"}[where]

    (agent, *_) = await here.composer.agents(directory)

    assert here.looks == []
    said = {"outside": "is outside of where", "missing": "does not exist", "relative": "is not an absolute path"}[where]
    assert said in agent.problems[0]


async def test_a_start_is_an_answer_and_recorded_as_one(tmp_path: Path) -> None:
    here = asked()

    await composed(a_request(directory=str(tmp_path)), here.composer)
    await composed(a_request(directory=str(tmp_path)), here.composer)

    assert here.looks == [str(tmp_path)] * 2
    (event,) = [each.event for each in here.journal._stored.log]
    assert isinstance(event, TrustChanged)
    assert (event.directory, event.change, event.actor) == (str(tmp_path), STARTED, ANA)


async def test_a_person_trusts_and_takes_it_back(tmp_path: Path) -> None:
    desk = Desk()

    given = await desk.commands.trust_directory(str(tmp_path), ANA)
    listed = await desk.commands.trusted_directories()
    gone = await desk.commands.revoke_trust(str(tmp_path), ANA)
    again = await desk.commands.revoke_trust(str(tmp_path), ANA)

    assert isinstance(given, TrustedDirectory)
    assert (given.path, given.by) == (str(tmp_path), ANA)
    assert listed == [given]
    assert gone == str(tmp_path)
    assert isinstance(again, NotFound)
    assert [each.event.change for each in desk.journal._stored.log if isinstance(each.event, TrustChanged)] == [
        "trusted",
        REVOKED,
    ]


async def test_what_is_no_directory_cannot_be_trusted(tmp_path: Path) -> None:
    refused = await Desk().commands.trust_directory(str(tmp_path / "no"), ANA)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("path",)


@pytest.mark.parametrize("path", ["", " ", "\t\n", "\u3000"])
async def test_no_path_is_no_directory_that_could_be_trusted(path: str) -> None:
    desk = Desk()

    refused = await desk.commands.trust_directory(path, ANA)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("path",)
    assert not await desk.commands.trusted_directories()
