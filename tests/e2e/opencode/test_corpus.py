"""Every situation that can be staged on the real OpenCode ends in time, as what it is, and leaves OpenCode idle.

Those that take OpenCode's own 70 seconds are played by `test_told_everywhere` only, side by side.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode import OpenCodeAgents, open_agents
from adapters.opencode.connection import new_http_client
from adapters.opencode.evidence import Nobody
from adapters.opencode.observations import nothing_seen, real_now
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.shower import Shower
from adapters.opencode.v1.witness import Witness
from runner.attention import Attention
from runner.failures import AgentError, Failure, Usage
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.e2e.opencode.corpus import AGENTS, CASES, DONE, READ_OUTSIDE, SCRIPTED, Case
from tests.support.opencode_server import OpenCodeServer, opencode_config, opencode_server
from tests.support.provider import Provider, provider

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass(frozen=True, kw_only=True)
class Stage:
    llm: Provider
    server: OpenCodeServer
    agents: OpenCodeAgents

    @property
    def project(self) -> str:
        return str(self.server.project)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("opencode")
    async with provider() as llm:
        config = opencode_config(llm.url, models=SCRIPTED, permission={}, agents=AGENTS)
        async with opencode_server(root, llm.url, config=config) as server, open_agents(server.url) as agents:
            llm.script("kid-asks", READ_OUTSIDE, DONE)
            yield Stage(llm=llm, server=server, agents=agents)


async def answer(stage: Stage, case: Case, attention: Attention) -> None:
    agents, where = stage.agents, stage.project
    request = attention.permission or attention.question
    assert request is not None
    match case.person:
        case "once":
            await agents.answer_permission(request.id, where, "once", None)
        case "reject":
            await agents.answer_permission(request.id, where, "reject", None)
        case "advise":
            await agents.answer_permission(request.id, where, "reject", "Look into the project only")
        case "answer":
            await agents.answer_question(request.id, where, ["pg"])
        case "dismiss":
            await agents.dismiss_question(request.id, where)


async def outcome(stage: Stage, case: Case) -> Failure | str:
    """Plays the case; what came of it, in a form that tells both apart."""
    if case.script:
        (stage.llm.script_requests if case.per_request else stage.llm.script)(case.name, *case.script)
    limits: dict[str, Any] = {"timeout_seconds": 120.0, "stall_seconds": 100.0, **case.limits}
    work = a_work(title=case.name, model=f"stub/{case.name}", directory=stage.project, **limits)
    listener = Listener()
    attempt = asyncio.create_task(stage.agents.run(work, listener))
    found: Failure | str
    if case.person:
        await answer(stage, case, await listener.attention())
    try:
        ended = await attempt
        found, usage = ended.markdown, ended.usage
    except AgentError as error:
        found, usage = error.failure, error.usage
    await assert_used(stage, listener, usage)
    return found


def assert_as_expected(case: Case, found: Failure | str) -> None:
    if case.kind is None:
        assert isinstance(found, str), f"{found.kind}: {found.message}"
        assert case.words in found
        return
    assert isinstance(found, Failure), f"success: {found[:200]}"
    assert found.kind is case.kind, found.message
    assert case.words in found.message
    assert (found.status_code, found.retry) == (case.status, case.retry)
    assert found.evidence is not None
    assert found.evidence.session_id


async def assert_used(stage: Stage, listener: Listener, usage: Usage) -> None:
    """What was told of it, mostly without asking, is what OpenCode says when it is asked."""
    assert listener.session_id is not None
    async with new_http_client(stage.server.url) as http:
        witness = Witness(nothing_seen(listener.session_id, real_now()), Shower(Nobody()), real_now)
        await witness.catch_up(Client(http))
        await witness.read_totals(Client(http))
    assert usage == witness.seen.usage


async def assert_idle(stage: Stage) -> None:
    async with new_http_client(stage.server.url) as http:
        client = Client(http)
        assert await client.statuses(stage.project) == {}
        assert await client.permissions(stage.project) == []
        assert await client.questions(stage.project) == []


@pytest.mark.parametrize("case", [case for case in CASES if not case.slow], ids=lambda case: case.name)
async def test_it_ends_as_what_it_is(stage: Stage, case: Case) -> None:
    async with asyncio.timeout(60):
        found = await outcome(stage, case)

    assert_as_expected(case, found)
    await assert_idle(stage)


@pytest.mark.parametrize(
    ("name", "limit"), [("stalled", 1.0), ("trickle", 3.0), ("permission-expires", 0.5), ("sub-agent-asks", 0.5)]
)
async def test_a_long_wait_ends_when_it_should(stage: Stage, name: str, limit: float) -> None:
    case = next(case for case in CASES if case.name == name)
    loop = asyncio.get_running_loop()
    begun = loop.time()

    await outcome(stage, case)

    # Alone it is a tenth of a second more; without its limit it would take a minute and a half, or have no end.
    assert limit <= loop.time() - begun < limit + 30
    await assert_idle(stage)
