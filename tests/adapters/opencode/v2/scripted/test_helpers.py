"""Sub-agents have sessions of their own: what becomes of them is told to the run, or wakes it again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as shared
from adapters.opencode.v2.scripted.scripts import Background
from tests.adapters.opencode.v2.scripted.caller import Caller, Frame, scripted_caller

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with scripted_caller() as running:
        yield running


async def child_of(caller: Caller, session: str) -> Frame:
    (child,) = (await caller.ask("GET", f"/api/session?parentID={session}"))["data"]
    assert isinstance(child, dict)
    return child


async def tool_of(caller: Caller, session: str) -> Any:
    answer = next(message for message in await caller.messages(session) if message["type"] == "assistant")
    return answer["content"][0]


async def test_a_helper_s_answer_is_the_result_of_the_tool(caller: Caller) -> None:
    session = await caller.run("sub-agent")

    child, tool = await child_of(caller, session), await tool_of(caller, session)
    assert child["outcome"] == "succeeded"
    assert tool["state"]["metadata"] == {"sessionID": child["id"], "status": "completed", "output": "Found it."}


async def test_a_helper_is_named_while_it_works(caller: Caller) -> None:
    session = await caller.run("sub-agent")

    progress = await caller.heard("session.tool.progress")
    created = [frame["data"] for frame in caller.bus if frame["type"] == "session.created"][-1]
    assert progress["data"]["metadata"]["sessionID"] == created["sessionID"]
    assert created["parentID"] == session


async def test_a_failed_helper_fails_the_tool_and_the_run_goes_on(caller: Caller) -> None:
    session = await caller.run("sub-agent-fails")

    tool = await tool_of(caller, session)
    assert tool["state"]["error"]["type"] == "tool.execution"
    assert "HTTP 401" in tool["state"]["error"]["message"]
    assert await caller.end(session) == ("succeeded", None)


async def test_a_helper_that_is_refused_is_cancelled_and_the_run_goes_on(caller: Caller) -> None:
    session = await caller.open("sub-agent-asks")
    await caller.prompt(session)
    asked = (await caller.heard("permission.asked"))["data"]
    child = await child_of(caller, session)
    await caller.ask("POST", f"/api/session/{child['id']}/permission/{asked['id']}/reply", {"decision": "reject"})
    await caller.idle(session)

    tool = await tool_of(caller, session)
    assert asked["sessionID"] == child["id"]
    assert await caller.end(child["id"]) == ("interrupted", "shutdown")
    assert tool["state"]["error"] == {"type": "tool.execution", "message": "Subagent cancelled"}
    assert await caller.end(session) == ("succeeded", None)


async def test_an_interrupt_ends_the_helper_too(caller: Caller) -> None:
    caller.server.play("sub-agent", shared.Delegate(agent="explore", script=(shared.Wait(),)))
    session = await caller.open("sub-agent")
    await caller.prompt(session)
    await caller.heard("session.tool.progress")

    await caller.ask("POST", f"/api/session/{session}/interrupt")

    child = await child_of(caller, session)
    assert await caller.end(child["id"]) == ("interrupted", "user")
    assert await caller.end(session) == ("interrupted", "user")
    assert await caller.ask("GET", "/api/session/active") == {"data": {}}


async def test_a_helper_in_the_background_wakes_the_session_after_its_end(caller: Caller) -> None:
    gate = asyncio.Event()
    work = (shared.Wait(gate=gate), shared.Say(text="Found it.", pause=0))
    caller.server.play("away", Background(agent="explore", script=work), shared.Say(text="Begun.", pause=0))
    session = await caller.run("away")
    active = (await caller.ask("GET", "/api/session/active"))["data"]
    child = await child_of(caller, session)

    gate.set()
    await caller.idle(child["id"])
    await caller.idle(session)

    told = await caller.told(session)
    reported = next(message for message in await caller.messages(session) if message["type"] == "synthetic")
    assert set(active) == {child["id"]}
    assert (told.count("execution.started"), told.count("execution.succeeded")) == (2, 2)
    assert f'<subagent id="{child["id"]}" state="completed"' in reported["text"]
    assert "Found it." in reported["text"]


async def test_a_deleted_session_takes_its_helpers_with_it(caller: Caller) -> None:
    caller.server.play("sub-agent", shared.Delegate(agent="explore", script=(shared.Wait(),)))
    session = await caller.open("sub-agent")
    await caller.prompt(session)
    await caller.heard("session.tool.progress")
    child = await child_of(caller, session)

    await caller.ask("DELETE", f"/api/session/{session}")

    for gone in (session, child["id"]):
        assert (await caller.send("GET", f"/api/session/{gone}")).status_code == 404
