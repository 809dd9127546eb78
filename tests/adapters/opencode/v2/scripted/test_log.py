"""The durable log loses and doubles nothing: whoever follows it goes on from a number, also after a kill."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.opencode.v2.scripted import ScriptedOpenCode2
from tests.adapters.opencode.v2.scripted.caller import Caller, Frame, calling, scripted_caller

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with scripted_caller() as running:
        yield running


def seqs(frames: list[Frame]) -> list[int]:
    return [frame["durable"]["seq"] for frame in frames if "durable" in frame]


async def test_it_begins_at_one_has_no_gap_and_says_when_one_is_up_to_date(caller: Caller) -> None:
    session = await caller.run("text")

    frames = await caller.log(session)
    assert seqs(frames) == list(range(1, len(frames)))
    assert frames[-1] == {"type": "log.synced", "aggregateID": session, "seq": len(frames) - 1}


async def test_what_only_the_bus_tells_is_not_in_it(caller: Caller) -> None:
    session = await caller.run("asks-permission", permissions=[{"action": "*", "resource": "*", "effect": "allow"}])

    kinds = {frame["type"] for frame in await caller.log(session)}
    on_bus = {frame["type"] for frame in caller.bus}
    assert {"session.text.delta", "session.usage.updated", "session.idle"} <= on_bus - kinds
    assert not {kind for kind in kinds if kind.endswith(".delta") or kind.startswith("permission.")}


async def test_it_is_read_from_any_number_and_beyond_its_end(caller: Caller) -> None:
    session = await caller.run("text")
    everything = await caller.log(session)

    for after in (1, 7, len(everything) - 1):
        assert await caller.log(session, after=after) == everything[after:]
    assert await caller.log(session, after=1000) == everything[-1:]


async def test_a_follower_gets_what_was_and_what_comes(caller: Caller) -> None:
    session = await caller.open("quick")
    async with caller.following(f"/api/experimental/session/{session}/log?after=0&follow=true") as frames:
        first = await anext(frames)
        await caller.prompt(session)
        followed: list[Frame] = []
        async with asyncio.timeout(60):
            while not followed or followed[-1]["type"] != "session.execution.succeeded":
                followed.append(await anext(frames))

    assert first == {"type": "log.synced", "aggregateID": session, "seq": 0}
    assert followed == (await caller.log(session))[:-1]


async def test_a_log_of_no_session_is_not_found(caller: Caller) -> None:
    response = await caller.send("GET", "/api/experimental/session/ses_none/log?after=0")

    assert (response.status_code, response.json()["_tag"]) == (404, "SessionNotFoundError")


async def test_a_stopped_server_writes_the_end_where_nobody_reads_it_before_the_start(caller: Caller) -> None:
    session = await caller.open("stalls")
    async with caller.following(f"/api/experimental/session/{session}/log?after=0&follow=true") as frames:
        await caller.prompt(session)
        await caller.heard("session.text.ended")
        await caller.server.stop()
        seen = [frame["type"] async for frame in frames]
    caller.server.is_up = True

    assert "session.execution.interrupted" not in seen
    assert await caller.end(session) == ("interrupted", "shutdown")


async def test_a_killed_server_writes_nothing(caller: Caller) -> None:
    session = await caller.open("stalls")
    await caller.prompt(session)
    await caller.heard("session.text.ended")
    pid = (await caller.ask("GET", "/api/info"))["pid"]
    before = await caller.log(session)

    caller.server.kill()
    caller.server.is_up = True
    await caller.idle(session)

    assert await caller.log(session) == before
    assert await caller.ask("GET", "/api/session/active") == {"data": {}}
    assert (await caller.ask("GET", "/api/info"))["pid"] != pid


async def test_what_waited_for_a_person_is_forgotten_in_a_kill(caller: Caller) -> None:
    session = await caller.open("asks-form")
    await caller.prompt(session)
    await caller.heard("form.created")

    caller.server.kill()
    caller.server.is_up = True

    assert (await caller.ask("GET", "/api/form?location[directory]=/"))["data"] == []
    assert (await caller.ask("GET", f"/api/session/{session}/form"))["data"] == []


async def test_a_follow_up_works_after_a_kill_and_first_ends_the_tool_that_hung(caller: Caller) -> None:
    caller.server.stage.pace = 1
    session = await caller.open("long-tool")
    await caller.prompt(session)
    await caller.heard("session.tool.called")
    caller.server.kill()
    caller.server.is_up = True
    killed_at = len(await caller.told(session))

    caller.server.play("long-tool")
    await caller.prompt(session, "Go on")
    await caller.idle(session)

    told = (await caller.told(session))[killed_at:]
    assert told[:4] == ["inbox.enqueued", "execution.started", "tool.failed", "inbox.delivered"]
    assert await caller.end(session) == ("succeeded", None)


async def test_a_service_takes_up_what_a_kill_has_left(caller: Caller) -> None:
    done, session = await caller.run("quick", title="Done"), await caller.open("stalls")
    await caller.prompt(session)
    await caller.heard("session.text.ended", session)
    caller.server.kill()
    caller.server.is_up = True
    before = len(await caller.told(session))

    caller.server.play("stalls")
    caller.server.stage.take_up()
    await caller.idle(session)

    told = (await caller.told(session))[before:]
    assert told[:3] == ["inbox.enqueued", "execution.started", "inbox.delivered"]
    assert told[-1] == "execution.succeeded"
    assert "synthetic" in [message["type"] for message in await caller.messages(session)]
    assert (await caller.told(done)).count("execution.started") == 1


async def test_a_file_brings_everything_back_in_another_server(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with scripted_caller(log_file=file) as caller:
        done = await caller.run("sub-agent")
        gone = await caller.run("quick", title="Gone")
        await caller.ask("DELETE", f"/api/session/{gone}")
        hung = await caller.open("stalls", title="Hung")
        await caller.prompt(hung, id="msg_hung")
        await caller.heard("session.text.ended", hung)
        before = await everything(caller, done, hung)
        caller.server.kill()

    async with calling(ScriptedOpenCode2(log_file=file, pace=0)) as caller:
        assert await everything(caller, done, hung) == before
        assert (await caller.send("GET", f"/api/session/{gone}")).status_code == 404
        assert await caller.ask("GET", "/api/session/active") == {"data": {}}
        assert (await caller.prompt(hung, id="msg_hung"))["id"] == "msg_hung"
        assert (await caller.send("POST", f"/api/session/{done}/prompt", {"id": "msg_hung", "text": "x"})).is_error


async def test_a_line_that_a_kill_cut_off_was_never_told(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with scripted_caller(log_file=file) as caller:
        session = await caller.run("quick")
        before = await caller.log(session)
    with file.open("a") as torn:
        torn.write('{"id": "evt_1", "crea')

    async with calling(ScriptedOpenCode2(log_file=file, pace=0)) as caller:
        assert await caller.log(session) == before


async def everything(caller: Caller, *sessions: str) -> list[Frame]:
    shown = [(await caller.ask("GET", f"/api/session/{session}"))["data"] for session in sessions]
    messages = [{"messages": await caller.messages(session), "log": await caller.log(session)} for session in sessions]
    return shown + messages
