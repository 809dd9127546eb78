"""What happens to the real OpenCode itself while a step runs is told as what it is, and nothing is left running."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.opencode import OpenCodeAgents, open_agents
from adapters.opencode.connection import new_http_client
from adapters.opencode.process import program_of, spawned
from adapters.opencode.v1.client import Client
from runner.attention import AttentionKind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.support.opencode_server import OpenCodeServer, opencode_binary, opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.provider_replies import stalled, text, tool

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass(frozen=True, kw_only=True)
class Stage:
    llm: Provider
    server: OpenCodeServer
    agents: OpenCodeAgents

    def work(self, model: str = "text", **more: Any) -> Any:
        told = {"model": f"stub/{model}", "directory": str(self.server.project), **more}
        return a_work(**told)

    async def failed(self, listener: Listener | None = None, **work: Any) -> Failure:
        with pytest.raises(AgentError) as caught:
            await self.agents.run(self.work(**work), listener or Listener())
        return caught.value.failure

    async def begun(self, model: str) -> "tuple[asyncio.Task[Failure], Listener]":
        """An attempt that has reached the provider."""
        before = len(self.llm.received_for(model))
        listener = Listener()
        attempt = asyncio.create_task(self.failed(listener, model=model))
        await self.llm.wait_for(model, before + 1)
        return attempt, listener

    async def post(self, path: str, **query: str) -> httpx.Response:
        async with new_http_client(self.server.url) as http:
            return await http.post(path, params=query)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("opencode")
    async with provider() as llm:
        config = opencode_config(llm.url, models=("hangs", "asks"), permission={})
        async with opencode_server(root, llm.url, config=config) as server, open_agents(server.url) as agents:
            llm.script("hangs", stalled)
            llm.script("asks", tool("read", {"filePath": "/etc/hostname"}), text("All done."))
            yield Stage(llm=llm, server=server, agents=agents)


async def is_idle(stage: Stage) -> bool:
    async with new_http_client(stage.server.url) as http:
        return await Client(http).statuses(str(stage.server.project)) == {}


async def test_a_name_that_looks_percent_encoded_is_not_worked_in_somewhere_else(stage: Stage) -> None:
    asked, other = stage.server.project / "a%20b", stage.server.project / "a b"
    for directory in (asked, other):
        directory.mkdir()
    sent = len(stage.llm.received_for("text"))

    failure = await stage.failed(directory=str(asked))

    assert failure.kind is FailureKind.DIRECTORY_MISSING
    assert failure.message == f"OpenCode took another directory: {other} instead of {asked}"
    assert len(stage.llm.received_for("text")) == sent


@pytest.mark.parametrize("name", ["100%", "a+b", "a#b", "a&b=c", 'it\'s "q"', "ünï日本", "link"])
async def test_a_name_with_signs_is_worked_in(stage: Stage, name: str) -> None:
    directory = stage.server.project / name
    if name == "link":
        directory.symlink_to(stage.server.root)
    else:
        directory.mkdir()

    assert (await stage.agents.run(stage.work(directory=str(directory)), Listener())).markdown == "All done."


async def test_an_agent_that_was_added_to_the_directory_is_there_after_a_reload(stage: Stage) -> None:
    directory = stage.server.project / "mended"
    directory.mkdir()
    missing = await stage.failed(directory=str(directory), engine_agent="helper")
    added = directory / ".opencode" / "agent" / "helper.md"
    added.parent.mkdir(parents=True)
    added.write_text("---\ndescription: Helps\nmode: primary\n---\nBe brief.\n")

    unread = await stage.failed(directory=str(directory), engine_agent="helper")
    await stage.agents.reload(str(directory))
    answer = await stage.agents.run(stage.work(directory=str(directory), engine_agent="helper"), Listener())

    assert (missing.kind, unread.kind) == (FailureKind.UNKNOWN_AGENT, FailureKind.UNKNOWN_AGENT)
    assert answer.markdown == "All done."


async def test_a_directory_where_an_agent_is_at_work_is_not_reloaded(stage: Stage) -> None:
    attempt, _ = await stage.begun("hangs")

    await stage.agents.reload(str(stage.server.project))

    assert not await is_idle(stage)
    attempt.cancel()
    await asyncio.wait([attempt])


async def test_the_agent_is_really_sent_what_was_asked(stage: Stage) -> None:
    answer = await stage.agents.run(stage.work(prompt="Mend it", instructions="Speak like a pirate."), Listener())

    sent = stage.llm.received_for("text")[-1]
    assert answer.markdown == "All done."
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (100, 20)
    assert (answer.usage.cost or 0) > 0
    assert sent.prompt == "Mend it"
    assert "Speak like a pirate." in sent.system
    assert "You are" in sent.system


async def test_a_directory_with_blanks_and_marks_is_worked_in(stage: Stage) -> None:
    place = stage.server.root / "my project & more+1"
    place.mkdir()
    stage.llm.script("asks", tool("bash", {"command": "pwd > here", "description": "Where"}), text("Done."))

    await stage.agents.run(stage.work("asks", directory=str(place)), Listener())
    stage.llm.script("asks", tool("read", {"filePath": "/etc/hostname"}), text("All done."))

    assert (place / "here").read_text().strip() == str(place)


async def test_an_abort_by_somebody_else_is_no_cancel_of_ours(stage: Stage) -> None:
    attempt, listener = await stage.begun("hangs")

    await stage.post(f"/session/{await listener.session()}/abort")

    failure = await attempt
    assert (failure.kind, failure.message) == (FailureKind.ENGINE_ABORTED, "The session was aborted outside stepwire")


async def test_an_abort_in_a_retry_wait_says_what_was_waited_for(stage: Stage) -> None:
    listener = Listener()
    attempt = asyncio.create_task(stage.failed(listener, model="http-429-later", timeout_seconds=3600.0))

    attention = await listener.attention()
    await stage.post(f"/session/{await listener.session()}/abort")

    failure = await attempt
    assert attention.kind is AttentionKind.RATE_LIMITED
    assert failure.kind is FailureKind.ENGINE_ABORTED
    assert failure.message.endswith("(last: Rate limit reached for requests, 2nd try)")


async def test_a_reload_of_opencode_is_a_loss(stage: Stage) -> None:
    attempt, _ = await stage.begun("hangs")

    await stage.post("/instance/dispose", directory=str(stage.server.project))

    failure = await attempt
    assert failure.kind is FailureKind.ENGINE_LOST
    assert failure.message == "OpenCode was reloaded while the step was running"


async def test_a_session_that_is_deleted_ends_the_attempt_at_once(stage: Stage) -> None:
    attempt, listener = await stage.begun("hangs")

    async with new_http_client(stage.server.url) as http:
        await http.delete(f"/session/{await listener.session()}")
    async with asyncio.timeout(60):
        failure = await attempt

    assert failure.message == "The session was deleted in OpenCode while the step was running"
    assert await is_idle(stage)


async def test_a_cancel_leaves_opencode_idle(stage: Stage) -> None:
    listener = Listener()
    attempt = asyncio.create_task(stage.agents.run(stage.work("asks"), listener))
    await listener.attention()

    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)

    assert attempt.cancelled()
    assert await is_idle(stage)
    async with new_http_client(stage.server.url) as http:
        assert await Client(http).permissions(str(stage.server.project)) == []


async def test_attention_is_raised_as_soon_as_opencode_asks(stage: Stage) -> None:
    listener = Listener()
    attempt = asyncio.create_task(stage.agents.run(stage.work("asks"), listener))

    attention = await listener.attention()
    assert attention.permission is not None
    await stage.agents.answer_permission(attention.permission.id, str(stage.server.project), "once", None)

    assert (await attempt).markdown == "All done."
    assert listener.told[-1] == ("cleared", attention.id, "allowed")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{ "model": ', "opencode.json is not valid: ValueExpected at line 1"),
        ('{ "model": 4 }', "is not valid: model: "),
    ],
    ids=["broken", "wrong"],
)
async def test_a_broken_project_configuration_is_named(
    stage: Stage, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "opencode.json").write_text(content)

    failure = await stage.failed(directory=str(tmp_path))

    assert failure.kind is FailureKind.CONFIG_INVALID
    assert message in failure.message


async def test_names_that_opencode_does_not_know_are_found_before_anything_is_spent(stage: Stage) -> None:
    before = len(stage.llm.received)

    agent = await stage.failed(engine_agent="reviewr")
    model = await stage.failed(model="nope")

    assert agent.kind is FailureKind.UNKNOWN_AGENT
    assert agent.message.endswith("there are: build, explore, general, plan")
    assert model.kind is FailureKind.UNKNOWN_MODEL
    assert len(stage.llm.received) == before


async def test_a_wrong_address_is_a_web_page(stage: Stage) -> None:
    async with open_agents(f"{stage.server.url}/nowhere") as agents:
        health = await agents.health()

    assert not health.reachable
    assert health.message is not None
    assert health.message.startswith(
        f"What answers at {stage.server.url}/nowhere is no OpenCode (status 200, a web page)"
    )
    assert "--opencode-url" in health.message


async def test_wrong_credentials_are_refused_and_right_ones_are_not(tmp_path: Path) -> None:
    async with provider() as llm, opencode_server(tmp_path, llm.url, password="right") as server:
        work = a_work(directory=str(server.project))
        for given, words in ((None, "asks for a password"), ("wrong", "refused the password")):
            async with open_agents(server.url, password=given) as agents:
                with pytest.raises(AgentError, match=words) as caught:
                    await agents.run(work, Listener())
                assert caught.value.failure.kind is FailureKind.ENGINE_UNAUTHORIZED
                assert "--opencode-password" in caught.value.failure.hint
        async with open_agents(server.url, password="right") as agents:
            answer = await agents.run(work, Listener())

    assert answer.markdown == "All done."


async def test_a_server_that_dies_is_lost_and_after_its_return_all_goes_on(tmp_path: Path) -> None:
    async with provider() as llm:
        config = opencode_config(llm.url, models=("asks",), permission={})
        llm.script("asks", tool("read", {"filePath": "/etc/hostname"}), text("All done."))
        async with opencode_server(tmp_path, llm.url, config=config) as server, open_agents(server.url) as agents:
            own = Stage(llm=llm, server=server, agents=agents)
            attempt, listener = await own.begun("stalled")

            await server.kill()
            lost, unreachable = await attempt, await own.failed()
            await server.start()

            await agents.stop(await listener.session(), str(server.project))
            assert await is_idle(own)
            await _is_asked_again(own)
            attempt, _ = await own.begun("stalled")
            await server.stop()
            lost_again = await attempt

    assert [failure.kind for failure in (lost, lost_again)] == [FailureKind.ENGINE_LOST] * 2
    assert lost.message.startswith("OpenCode went away while the step was running")
    assert unreachable.kind is FailureKind.ENGINE_UNREACHABLE


async def _is_asked_again(stage: Stage) -> None:
    """The stream has come back: only it tells that somebody is asked."""
    listener = Listener()
    attempt = asyncio.create_task(stage.failed(listener, model="asks", ask_seconds=0.5))

    assert (await listener.attention()).kind is AttentionKind.PERMISSION
    assert (await attempt).kind is FailureKind.PERMISSION_EXPIRED


async def test_a_server_of_our_own_is_started_and_ended(tmp_path: Path) -> None:
    async with provider() as llm:
        server = OpenCodeServer(binary=opencode_binary(), root=tmp_path, port=0)
        server.configure(opencode_config(llm.url))
        program = program_of({**os.environ, **server.environment}, path=str(opencode_binary()))
        async with spawned(program) as child, open_agents(child.url, password=program.password) as agents:
            health = await agents.health()
            answer = await agents.run(a_work(directory=str(server.project)), Listener())
        async with new_http_client(child.url) as http:
            with pytest.raises(httpx.ConnectError):
                await http.get("/global/health")

    assert health.reachable
    assert answer.markdown == "All done."
