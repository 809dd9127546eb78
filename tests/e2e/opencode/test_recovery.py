"""A real OpenCode that hangs, freezes or keeps an old key holds no limit up, and is worked with again after it."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode import OpenCodeAgents, open_agents
from runner.attention import AttentionKind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.support.opencode_server import OpenCodeServer, opencode_binary, opencode_config, opencode_server
from tests.support.patience import eventually
from tests.support.provider import Provider, provider
from tests.support.provider_replies import refusal, text, tool
from tests.support.provider_wire import Received, Wire
from tests.support.stepwire_server import stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

HANGS = "await new Promise((resolve) => setTimeout(resolve, 600000))\nexport const Hangs = async () => ({})\n"
KEY = "key-that-is-right"
START = """
mutation ($input: StartPipelineInput!) {
  startPipeline(input: $input) { __typename ... on Pipeline { id steps { id } } ... on UserError { message } }
}
"""
RETRY = "mutation ($input: RetryStepInput!) { retryStep(input: $input) { __typename ... on UserError { message } } }"
EVENTS = """
subscription { events { __typename ... on PipelineFinished { status }
  ... on StepFailed { failure { kind message hint } } } }
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    llm: Provider
    server: OpenCodeServer
    agents: OpenCodeAgents

    async def failed(self, listener: Listener, **work: Any) -> AgentError:
        told = {"directory": str(self.server.project), **work}
        with pytest.raises(AgentError) as caught:
            await self.agents.run(a_work(**told), listener)
        return caught.value


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("opencode")
    async with provider() as llm:
        config = opencode_config(llm.url, models=("edits", "keyed"), permission={})
        async with opencode_server(root, llm.url, config=config) as server, open_agents(server.url) as agents:
            edit = tool("write", {"filePath": str(server.project / "a.txt"), "content": "done"})
            llm.script("edits", edit, tool("bash", {"command": "sleep 60", "description": "Sleeps"}), text("Done."))
            yield Stage(llm=llm, server=server, agents=agents)


async def test_a_plugin_that_hangs_is_told_and_named(stage: Stage) -> None:
    folder = stage.server.root / "hangs"
    (folder / ".opencode" / "plugin").mkdir(parents=True)
    (folder / ".opencode" / "plugin" / "p.js").write_text(HANGS)
    listener = Listener()

    failure = (await stage.failed(listener, directory=str(folder), timeout_seconds=8.0)).failure

    assert [attention.kind for attention in listener.raised] == [AttentionKind.ENGINE_SILENT]
    assert f"OpenCode is up, but does not open the folder {folder}" in listener.raised[0].message
    assert failure.kind is FailureKind.STEP_TIMEOUT
    assert f"OpenCode is up, but did not open the folder {folder}" in failure.message
    assert "plugin or MCP server" in failure.hint
    assert (await stage.agents.health()).reachable


async def test_an_mcp_server_that_hangs_is_told_and_named(stage: Stage) -> None:
    folder = stage.server.root / "mcp"
    folder.mkdir()
    server = {"type": "local", "command": ["sleep", "600"], "enabled": True}
    (folder / "opencode.json").write_text(json.dumps({"mcp": {"sleeper": server}}))
    listener = Listener()

    failure = (await stage.failed(listener, directory=str(folder), timeout_seconds=20.0)).failure

    silent = [attention.message for attention in listener.raised if attention.kind is AttentionKind.ENGINE_SILENT]
    # On a busy machine OpenCode may be silent, or seem stalled, for other reasons besides.
    assert any("an MCP server there does not answer" in message for message in silent)
    assert failure.message.endswith(f"did not open the folder {folder}: an MCP server there does not answer")


async def test_a_limit_holds_on_a_frozen_opencode_which_goes_on_after_it(stage: Stage) -> None:
    listener, loop = Listener(), asyncio.get_running_loop()
    attempt = asyncio.create_task(stage.failed(listener, model="stub/edits", stall_seconds=6.0))
    await eventually(lambda: listener.has_seen("bash", "running"), within=30)
    process = stage.server.process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        frozen_at = loop.time()
        error = await attempt
        took = loop.time() - frozen_at
    finally:
        os.kill(process.pid, signal.SIGCONT)

    # Six seconds of silence, one and a half for all that is asked after them. It was more than twenty.
    assert took < 18
    assert error.failure.kind is FailureKind.STALLED
    evidence = error.failure.evidence
    assert evidence is not None
    assert evidence.last_tool is not None
    assert (evidence.last_tool.tool, evidence.last_tool.status) == ("bash", "running")
    assert any("did not answer" in cause.message for cause in error.failure.causes)
    await stage.server.until_idle()
    assert (await stage.agents.run(a_work(directory=str(stage.server.project)), Listener())).markdown == "All done."


async def test_a_cancelled_attempt_has_left_what_it_did_and_used(stage: Stage) -> None:
    listener = Listener()
    attempt = asyncio.create_task(stage.failed(listener, model="stub/edits"))
    await eventually(lambda: listener.has_seen("bash", "running"), within=30)
    assert listener.session_id is not None

    traces = await stage.agents.traces(listener.session_id, str(stage.server.project))
    attempt.cancel()
    await asyncio.wait([attempt])

    assert traces.evidence is not None
    assert traces.evidence.last_tool is not None
    assert traces.evidence.last_tool.status == "running"
    assert any(effect.startswith("wrote ") for effect in traces.evidence.side_effects)
    assert "ran: sleep 60" in traces.evidence.side_effects
    assert (traces.usage.input_tokens, traces.usage.output_tokens) == (100, 20)
    assert (traces.usage.cost or 0) > 0


async def keyed(wire: Wire, received: Received) -> None:
    right = received.headers.get("authorization") == f"Bearer {KEY}"
    await (text("All done.") if right else refusal(401))(wire, received)


def without_key(llm: Provider) -> dict[str, Any]:
    config: Any = opencode_config(llm.url, models=("keyed",), permission={})
    del config["provider"]["stub"]["options"]["apiKey"]
    return dict(config)


def give_key(server: OpenCodeServer, key: str) -> None:
    path = server.root / "home" / "data" / "opencode" / "auth.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"stub": {"type": "api", "key": key}}))


async def test_a_key_that_was_mended_counts_for_the_retry(tmp_path: Path) -> None:
    async with provider() as llm:
        llm.script("keyed", keyed)
        server = OpenCodeServer(binary=opencode_binary(), root=tmp_path, port=0)
        give_key(server, "key-that-is-wrong")
        async with opencode_server(tmp_path, llm.url, config=without_key(llm)) as running:
            opencode = await tried_again(running, llm, running.url, {})
    assert opencode == ("PROVIDER_AUTH", "SUCCEEDED")


async def test_a_key_that_was_mended_counts_for_the_retry_on_an_opencode_of_our_own(tmp_path: Path) -> None:
    async with provider() as llm:
        llm.script("keyed", keyed)
        server = OpenCodeServer(binary=opencode_binary(), root=tmp_path, port=0)
        server.configure(without_key(llm))
        give_key(server, "key-that-is-wrong")
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "opencode").symlink_to(opencode_binary())
        own = {**server.environment, "PATH": f"{programs}:{os.defpath}"}
        spawned = await tried_again(server, llm, "spawn", own)
    assert spawned == ("PROVIDER_AUTH", "SUCCEEDED")


async def tried_again(server: OpenCodeServer, llm: Provider, url: str, own: dict[str, str]) -> tuple[str, str]:
    """The first failure, and what came of a retry after the key was mended."""
    root = server.root / "stepwire"
    root.mkdir()
    agents = "agents: [{name: worker, description: Works, opencode_agent: build, default_model: stub/keyed}]\n"
    async with stepwire_server(root, opencode_url=url, environment=own, agents=agents) as stepwire:
        async with stepwire.subscription(EVENTS) as events:
            steps = [{"agent": "worker"}]
            start = {"prompt": "Work", "directory": str(server.project), "steps": steps}
            started = (await stepwire.query(START, input=start))["startPipeline"]
            failed = await events.until("StepFailed", within=200)
            await events.until("PipelineFinished")
            give_key(server, KEY)
            await stepwire.query(RETRY, input={"stepId": started["steps"][0]["id"]})
            finished = await events.until("PipelineFinished", within=200)
        return failed["failure"]["kind"], finished["status"]
