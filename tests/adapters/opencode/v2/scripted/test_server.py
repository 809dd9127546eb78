"""The scripted OpenCode 2 lets nobody in without the password, wakes up slowly, and says what it is."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import AsgiTransport
from adapters.opencode.v2.scripted import ScriptedOpenCode2
from tests.adapters.opencode.v2.scripted.caller import scripted_caller

pytestmark = pytest.mark.asyncio

# base64 of opencode:open-sesame
TOKEN = "b3BlbmNvZGU6b3Blbi1zZXNhbWU="


@pytest_asyncio.fixture
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    async with scripted_caller(password="open-sesame") as caller:
        transport = AsgiTransport(caller.server)
        async with httpx.AsyncClient(transport=transport, base_url="http://scripted") as http:
            yield http


async def test_it_says_that_it_is_2_1_2() -> None:
    async with scripted_caller() as caller:
        info = await caller.ask("GET", "/api/info")

    assert info["version"] == "2.1.2"
    assert info["pid"] > 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": "Basic b3BlbmNvZGU6d3Jvbmc="},
        {"authorization": "Basic cm9vdDpvcGVuLXNlc2FtZQ=="},
    ],
    ids=["none", "bearer", "wrong password", "wrong user"],
)
async def test_without_the_password_nothing_is_answered(guarded: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for path in ("/api/info", "/api/event", "/api/experimental/session/ses_1/log"):
        response = await guarded.get(path, headers=headers)
        assert (response.status_code, response.json()["_tag"]) == (401, "UnauthorizedError")
    unknown = await guarded.get("/global/health", headers=headers)
    assert (unknown.status_code, unknown.content) == (401, b"")


async def test_the_password_is_taken_from_the_header_or_the_address(guarded: httpx.AsyncClient) -> None:
    by_header = await guarded.get("/api/info", headers={"authorization": f"Basic {TOKEN}"})
    by_address = await guarded.get("/api/info", params={"auth_token": TOKEN})

    assert (by_header.status_code, by_address.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/session"),
        ("GET", "/global/health"),
        ("GET", "/api/health"),
        ("PUT", "/api/session"),
        ("POST", "/api/session/ses_1/wait"),
        ("GET", "/api/form/request"),
        ("POST", "/api/event"),
    ],
)
async def test_what_2_1_2_has_not_is_an_empty_404(method: str, path: str) -> None:
    async with scripted_caller() as caller:
        response = await caller.send(method, path)

    assert (response.status_code, response.content) == (404, b"")
    assert "content-type" not in response.headers


async def test_a_cold_directory_has_no_agents_and_no_models_and_yet_plays() -> None:
    async with scripted_caller() as caller:
        caller.server.cold_seconds = 60
        agents = await caller.ask("GET", "/api/agent?location[directory]=/")
        models = await caller.ask("GET", "/api/model?location[directory]=/")
        session = await caller.run("quick")

        assert (agents["data"], models["data"]) == ([], [])
        assert await caller.end(session) == ("succeeded", None)


async def test_a_directory_warms_up_once_it_was_asked_about() -> None:
    async with scripted_caller() as caller:
        caller.server.cold_seconds = 0.05
        assert (await caller.ask("GET", "/api/agent?location[directory]=/"))["data"] == []

        agents: list[object] = []
        while not agents:
            agents = (await caller.ask("GET", "/api/agent?location[directory]=/"))["data"]

    assert agents


async def test_the_bus_begins_with_connected_and_ends_with_the_server() -> None:
    async with scripted_caller() as caller, caller.following("/api/event") as frames:
        first = await anext(frames)
        await caller.server.stop()

        assert first["type"] == "server.connected"
        assert [frame async for frame in frames] == []


async def test_a_dropped_stream_can_be_opened_again() -> None:
    async with scripted_caller() as caller:
        async with caller.following("/api/event") as frames:
            await anext(frames)
            caller.server.drop_streams()
            assert [frame async for frame in frames] == []
        async with caller.following("/api/event") as frames:
            assert (await anext(frames))["type"] == "server.connected"


async def test_while_it_is_down_every_connection_breaks() -> None:
    async with scripted_caller() as caller:
        caller.server.kill()
        with pytest.raises(httpx.TransportError):
            await caller.send("GET", "/api/info")

        caller.server.is_up = True

        assert (await caller.send("GET", "/api/info")).status_code == 200


async def test_another_version_can_be_told() -> None:
    server = ScriptedOpenCode2(version="2.0.0-preview")
    async with httpx.AsyncClient(transport=AsgiTransport(server), base_url="http://scripted") as http:
        assert (await http.get("/api/info")).json()["version"] == "2.0.0-preview"


async def test_events_are_placed_except_those_of_the_execution() -> None:
    async with scripted_caller() as caller:
        await caller.run("quick")
        await caller.heard("session.execution.succeeded")

    placed = {frame["type"]: "location" in frame for frame in caller.bus}
    assert placed["session.step.started"]
    assert placed["session.text.delta"]
    assert not placed["session.execution.started"]
