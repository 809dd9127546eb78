"""An attempt that an earlier stepwire left behind is followed on, its answer taken, or given up with what was found."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.opencode.connection import new_http_client
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.scripted import AsgiTransport
from adapters.opencode.v1.scripted import scripts as s
from runner.agents import LeftBehind
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.v1.engines import ScriptedEngine, a_work, scripted_engine
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio

PROMPT: Any = {"agent": "build", "parts": [{"type": "text", "text": "Fix the login"}]}


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with scripted_engine() as running:
        yield running


@pytest_asyncio.fixture
async def client(engine: ScriptedEngine) -> AsyncIterator[Client]:
    """What the stepwire before used: a client of its own."""
    async with new_http_client("http://scripted", transport=AsgiTransport(engine.server)) as http:
        yield Client(http)


def left(session_id: str, **more: Any) -> LeftBehind:
    return LeftBehind(**{"session_id": session_id, "running_seconds": 1.0, **more})


async def test_a_run_that_has_ended_meanwhile_gives_its_answer(engine: ScriptedEngine, client: Client) -> None:
    engine.play(s.Say(text="All done."))
    session = await client.create_session("Fix login", "/")
    await client.prompt(session.id, PROMPT, "/")

    answer = await engine.agents.run(a_work(left_behind=left(session.id)), Listener())

    assert answer.markdown == "All done."
    assert len(engine.server.prompts) == 1


async def test_a_run_that_goes_on_is_followed_to_its_end(engine: ScriptedEngine, client: Client) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
    session = await client.create_session("Fix login", "/")
    listener = Listener()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(client.prompt(session.id, PROMPT, "/"))
        following = tasks.create_task(engine.agents.run(a_work(left_behind=left(session.id)), listener))
        asked = await listener.attention()
        assert asked.permission is not None
        await engine.agents.answer_permission(asked.permission.id, "/", "once", None)

    assert following.result().markdown == "Removed."
    assert listener.session_id is None
    assert listener.told[-1][0] == "cleared"


async def test_what_was_asked_already_is_not_asked_again(engine: ScriptedEngine, client: Client) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
    session = await client.create_session("Fix login", "/")
    first, second = Listener(), Listener()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(client.prompt(session.id, PROMPT, "/"))
        lost = tasks.create_task(engine.agents.run(a_work(left_behind=left(session.id)), first))
        asked = await first.attention()
        known = left(session.id, attention=(asked,))
        tasks.create_task(engine.agents.run(a_work(left_behind=known), second))
        assert asked.permission is not None
        await engine.agents.answer_permission(asked.permission.id, "/", "once", None)
        await lost

    assert [told[:2] for told in second.told] == [("cleared", asked.id)]


@pytest.mark.parametrize("prompted", [False, True], ids=["never prompted", "cut off"])
async def test_a_session_without_an_end_is_interrupted(engine: ScriptedEngine, client: Client, prompted: bool) -> None:
    session = await client.create_session("Fix login", "/")
    session_id = session.id if prompted else "ses_nowhere"

    with pytest.raises(AgentError) as caught:
        await engine.agents.run(a_work(left_behind=left(session_id)), Listener())

    assert caught.value.failure.kind is FailureKind.INTERRUPTED
    assert caught.value.failure.message == "stepwire stopped while the step was running"
    assert caught.value.failure.causes


async def test_time_that_has_passed_counts(engine: ScriptedEngine, client: Client) -> None:
    engine.play(s.Wait(seconds=60), s.Say(text="Too late."))
    session = await client.create_session("Fix login", "/")
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(client.prompt(session.id, PROMPT, "/"))
        with pytest.raises(AgentError) as caught:
            await engine.agents.run(
                a_work(timeout_seconds=600, left_behind=left(session.id, running_seconds=600.0)), Listener()
            )

    assert caught.value.failure.message == "Step timed out after 600s"


async def test_an_ask_expires_when_it_was_said_to(engine: ScriptedEngine, client: Client) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
    session = await client.create_session("Fix login", "/")
    first, second = Listener(), Listener()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        prompted = tasks.create_task(client.prompt(session.id, PROMPT, "/"))
        lost = tasks.create_task(engine.agents.run(a_work(left_behind=left(session.id), is_left=lambda: True), first))
        asked = await first.attention()
        lost.cancel()
        old = replace(asked, since=asked.since - timedelta(hours=1))
        with pytest.raises(AgentError) as caught:
            await engine.agents.run(a_work(ask_seconds=1800, left_behind=left(session.id, attention=(old,))), second)
        await prompted

    assert caught.value.failure.kind is FailureKind.PERMISSION_EXPIRED
    assert second.raised == []


async def test_a_session_that_is_left_is_not_aborted(engine: ScriptedEngine, client: Client) -> None:
    engine.play(s.AskPermission(patterns=("rm -rf build",)), s.Say(text="Removed."))
    listener, again = Listener(), Listener()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(engine.agents.run(a_work(is_left=lambda: True), listener))
        asked = await listener.attention()
        running.cancel()
        await asyncio.wait([running])
        assert listener.session_id is not None
        known = left(listener.session_id, attention=(asked,))
        following = tasks.create_task(engine.agents.run(a_work(left_behind=known), again))
        assert asked.permission is not None
        await engine.agents.answer_permission(asked.permission.id, "/", "once", None)

    assert following.result().markdown == "Removed."
    assert [told[:2] for told in again.told] == [("cleared", asked.id)]
