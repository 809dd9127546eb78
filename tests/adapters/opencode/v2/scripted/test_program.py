"""As a process the scripted OpenCode 2 can be killed and stopped from outside, and goes with whoever started it."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pytest

from tests.adapters.opencode.v2.scripted.caller import frames_in
from tests.support.opencode2_server import OpenCode2Server, opencode2_on_path, opencode2_server

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


async def log_of(http: httpx.AsyncClient, session: str) -> list[str]:
    response = await http.get(f"/api/experimental/session/{session}/log?after=0")
    return [frame["type"] for frame in frames_in(response.text)]


async def begun(server: OpenCode2Server, http: httpx.AsyncClient) -> None:
    """Session ses_1 plays a script that lasts."""
    model = {"id": "slow", "providerID": "scripted"}
    told = {"id": "ses_1", "model": model, "location": {"directory": str(server.root)}}
    (await http.post("/api/session", json=told)).raise_for_status()
    (await http.post("/api/session/ses_1/prompt", json={"id": "msg_1", "text": "Fix it"})).raise_for_status()
    while "session.inbox.delivered" not in await log_of(http, "ses_1"):
        pass


async def test_a_kill_leaves_the_run_begun_and_a_stop_ends_it(tmp_path: Path) -> None:
    async with opencode2_server(tmp_path) as server, server.client() as http:
        await begun(server, http)
        await server.kill()
        await server.start()

        assert "session.execution.started" in await log_of(http, "ses_1")
        assert "session.execution.interrupted" not in await log_of(http, "ses_1")
        assert (await http.get("/api/session/active")).json() == {"data": {}}

        (await http.post("/api/session/ses_1/prompt", json={"text": "Go on"})).raise_for_status()
        while (await log_of(http, "ses_1")).count("session.inbox.delivered") < 2:
            pass
        await server.stop()
        await server.start()

        assert (await log_of(http, "ses_1"))[-2:] == ["session.execution.interrupted", "log.synced"]
        enqueued = [event for event in server.events if event["type"] == "session.inbox.enqueued"]
        assert len(enqueued) == 2


async def test_a_lost_receipt_cuts_the_connection_on_a_socket_too(tmp_path: Path) -> None:
    async with opencode2_server(tmp_path, pace=0) as server, server.client() as http:
        model = {"id": "loses-receipt", "providerID": "scripted"}
        await http.post("/api/session", json={"id": "ses_1", "model": model})
        with pytest.raises(httpx.TransportError):
            await http.post("/api/session/ses_1/prompt", json={"id": "msg_1", "text": "Fix it"})

        again = await http.post("/api/session/ses_1/prompt", json={"id": "msg_1", "text": "Fix it"})

        assert again.json()["data"]["id"] == "msg_1"


async def test_it_ends_with_the_input_of_whoever_started_it(tmp_path: Path) -> None:
    program = opencode2_on_path(tmp_path)
    own = {"PATH": os.defpath, "OPENCODE_PASSWORD": "open-sesame"}
    serve = ("serve", "--stdio", "--hostname", "127.0.0.1", "--port", "0")
    process = await asyncio.create_subprocess_exec(program, *serve, env=own, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(60):
        url = json.loads(await process.stdout.readline())["url"]
        async with httpx.AsyncClient(auth=("opencode", "open-sesame"), trust_env=False) as http:
            assert (await http.get(f"{url}/api/info")).json()["version"] == "2.1.2"

        process.stdin.close()

        await process.wait()


async def test_it_tells_its_version(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(opencode2_on_path(tmp_path), "--version", stdout=PIPE)

    told, _ = await process.communicate()
    assert (told.decode().strip(), process.returncode) == ("2.1.2", 0)
