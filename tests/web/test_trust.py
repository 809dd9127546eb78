"""From outside: nobody's folder is looked into, and a folder that was swapped is not worked in."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from runner.agents import Answer, Observer, Work
from runner.definitions import Known
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure
from tests.support.agents import PromptedAgents
from tests.support.application import application
from tests.support.commands import STEPWIRE
from tests.support.stepwire_server import TOKEN, stepwire_server

LOOK = """query ($path: String!) {
  agents(directory: $path) { name problems }
  templates(directory: $path) { name problems }
  models(directory: $path) { name }
  directory(path: $path) { __typename ... on Directory { trusted } }
}"""
TRUST = """mutation ($path: String!) {
  trustDirectory(path: $path) { __typename ... on TrustedDirectory { path by { name } } ... on UserError { message } }
}"""
TRUSTED = "{ trustedDirectories { path by { name } } events(types: [TRUST_CHANGED]) { nodes { sentence } } }"
REVOKE = """mutation ($path: String!) {
  revokeTrust(path: $path) { __typename ... on Deleted { name } ... on UserError { message } }
}"""
REASON = """query ($id: ID!) {
  pipeline(id: $id) { steps { errorMessage attempts { failure { kind hint } } } }
}"""
ENDED = "subscription { events { __typename ... on PipelineFinished { status } } }"


def swap(folder: Path, elsewhere: Path) -> None:
    folder.rename(f"{folder}.before")
    folder.symlink_to(elsewhere)


class WatchedAgents(PromptedAgents):
    """Notes which folders it is asked about, and has its first attempt's folder swapped by somebody."""

    def __init__(self, elsewhere: Path | None = None) -> None:
        self.looks: list[str | None] = []
        self.ran: list[str | None] = []
        self.elsewhere = elsewhere

    async def known(self, directory: str | None) -> Known:
        self.looks.append(directory)
        return await super().known(directory)

    async def run(self, work: Work, observer: Observer) -> Answer:
        self.ran.append(work.directory)
        if self.elsewhere is None or work.directory is None:
            return await super().run(work, observer)
        swap(Path(work.directory), self.elsewhere)
        raise AgentError(failure(FailureKind.PROVIDER_UNAVAILABLE, "The provider is not available"))


@pytest.mark.asyncio
async def test_a_look_waits_for_an_answer_which_is_kept_and_taken_back(tmp_path: Path) -> None:
    agents, clone = WatchedAgents(), tmp_path / "clone"
    clone.mkdir()
    async with application(tmp_path, agents) as running:
        path = {"path": str(clone)}
        before = (await running.query(LOOK, path))["data"]
        looked = list(agents.looks)
        given = (await running.query(TRUST, path))["data"]["trustDirectory"]
        after = (await running.query(LOOK, path))["data"]
        kept = (await running.query(TRUSTED))["data"]
        gone = (await running.query(REVOKE, path))["data"]["revokeTrust"]
        again = (await running.query(REVOKE, path))["data"]["revokeTrust"]
        last = (await running.query(TRUSTED))["data"]

    assert looked == []
    assert before == {
        "agents": [],
        "templates": [],
        "models": None,
        "directory": {"__typename": "Directory", "trusted": False},
    }
    assert given["path"] == str(clone)
    assert [agent["name"] for agent in after["agents"]] == ["build"]
    assert after["directory"]["trusted"]
    assert agents.looks == [str(clone)] * 3, "agents, templates and models"
    assert kept["trustedDirectories"] == [{"path": str(clone), "by": given["by"]}]
    assert gone == {"__typename": "Deleted", "name": str(clone)}
    assert again["__typename"] == "NotFound"
    assert last["trustedDirectories"] == []
    assert [event["sentence"] for event in last["events"]["nodes"]] == [
        f"{clone} is trusted",
        f"{clone} is not trusted any more",
    ]


@pytest.mark.asyncio
async def test_a_start_trusts_what_it_names(tmp_path: Path) -> None:
    agents, clone = WatchedAgents(), tmp_path / "clone"
    clone.mkdir()
    async with application(tmp_path, agents) as running:
        await running.start("do it", directory=str(clone))
        kept = (await running.query(TRUSTED))["data"]

    assert agents.looks == [str(clone)]
    assert kept["trustedDirectories"] == [{"path": str(clone), "by": {"name": "tester"}}]
    assert kept["events"]["nodes"] == [{"sentence": f"{clone} is trusted, as a pipeline was started there"}]


@pytest.mark.asyncio
async def test_outside_of_the_roots_nothing_is_looked_into_even_where_nobody_is_asked(tmp_path: Path) -> None:
    agents, root = WatchedAgents(), tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    async with application(tmp_path, agents, directory_root=(str(root),), trust_all=True) as running:
        for path in (str(tmp_path), f"{root}/..", f"{root}/link"):
            await running.query(LOOK, {"path": path})
        await running.query(LOOK, {"path": str(root)})

    assert set(agents.looks) == {str(root)}


@pytest.mark.asyncio
async def test_a_folder_that_becomes_a_link_between_two_attempts_is_not_worked_in(tmp_path: Path) -> None:
    elsewhere, clone = tmp_path / "elsewhere", tmp_path / "clone"
    elsewhere.mkdir()
    clone.mkdir()
    agents = WatchedAgents(elsewhere)
    async with application(tmp_path, agents, max_attempts=3) as running, running.subscription(ENDED) as events:
        pipeline = await running.start("do it", directory=str(clone))
        await events.until("PipelineFinished")
        told = (await running.query(REASON, {"id": pipeline.id}))["data"]["pipeline"]

    (step,) = told["steps"]
    assert agents.ran == [str(clone)]
    assert step["errorMessage"] == (f"Directory {clone} leads to {elsewhere} now: it is not the folder that was meant")
    assert [attempt["failure"]["kind"] for attempt in step["attempts"]] == ["PROVIDER_UNAVAILABLE", "DIRECTORY_MISSING"]
    assert "Find out who changed the folder" in step["attempts"][1]["failure"]["hint"]


PIPELINES = "pipelines:\n  - name: fine\n    steps:\n      - agent: build\n        model: scripted/quick\n"


@pytest.mark.asyncio
async def test_run_asks_in_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    for name in ("served", "one", "two", "three"):
        (tmp_path / name).mkdir()
    async with stepwire_server(tmp_path / "served", opencode_url="scripted", pipelines=PIPELINES) as server:
        refused = ran(server.url, tmp_path / "one", answer="\n")
        accepted = ran(server.url, tmp_path / "one", answer="y\n")
        not_asked_again = ran(server.url, tmp_path / "one", answer="\n")
        told = ran(server.url, tmp_path / "two", "--trust", answer="\n")
        elsewhere = ran(server.url, tmp_path / "three", answer=None)
        kept = await server.query("{ trustedDirectories { path } }")

    assert refused.returncode == 2
    assert f"Nobody has trusted {tmp_path}/one yet." in refused.stdout
    assert "Not started: the directory is not trusted. With --trust, nobody is asked." in refused.stderr
    assert [done.returncode for done in (accepted, not_asked_again, told, elsewhere)] == [0, 0, 0, 0]
    assert [("Nobody has trusted" in done.stdout) for done in (not_asked_again, told, elsewhere)] == [False] * 3
    assert [each["path"] for each in kept["trustedDirectories"]] == [
        str(tmp_path / name) for name in ("one", "three", "two")
    ]


def ran(url: str, directory: Path, *more: str, answer: str | None) -> "subprocess.CompletedProcess[str]":
    """`stepwire run` there; with an answer its standard input is a terminal in which that is typed."""
    ours, theirs = pty.openpty()
    try:
        if answer is not None:
            os.write(ours, answer.encode())
        return subprocess.run(
            [
                *STEPWIRE,
                *("run", "fine", "do it", "--url", url, "--token", TOKEN, "--directory", str(directory), *more),
            ],
            cwd=directory,
            stdin=subprocess.DEVNULL if answer is None else theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
