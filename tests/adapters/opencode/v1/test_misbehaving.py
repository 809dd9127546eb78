"""Whatever a server on a socket does instead of answering, the attempt ends in time and with the true reason."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.opencode import open_agents
from adapters.opencode.connection import new_http_client
from adapters.opencode.v1 import agents_over
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.v1.engines import a_work, http, on_a_socket
from tests.adapters.opencode.v1.listening import Listener
from tests.adapters.opencode.v1.shapes import a_message

pytestmark = pytest.mark.asyncio

GOOD = json.dumps(a_message()).encode()
AGENTS = [{"name": "build", "mode": "primary"}]
ORDINARY: dict[str, Any] = {
    "GET /api/info": "<!doctype html>",
    "GET /global/health": {"healthy": True, "version": "1.18.34"},
    "GET /config": {},
    "GET /config/providers": {"providers": []},
    "GET /agent": AGENTS,
    "POST /session": {"id": "ses_root", "directory": "/"},
    "GET /session/status": {},
    "GET /permission": [],
    "GET /question": [],
    "GET /session/ses_root": {"id": "ses_root"},
    "GET /session/ses_root/children": [],
    "GET /session/ses_root/message": [],
    "POST /session/ses_root/abort": True,
}


def answering_with(answer: Callable[[asyncio.StreamWriter], Any] | bytes) -> Any:
    """A server that does all as it should but for the prompt."""

    async def behave(line: str, writer: asyncio.StreamWriter) -> None:
        method, target, _ = line.split(" ")
        path = target.partition("?")[0]
        if path == "/session/ses_root/message" and method == "POST":
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
        elif path == "/global/event":
            await _stream(writer)
        else:
            writer.write(http(json.dumps(ORDINARY[f"{method} {path}"]).encode()))

    return behave


async def _stream(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
    writer.write(b'data: {"payload": {"type": "server.connected", "properties": {}}}\n\n')
    await writer.drain()
    await asyncio.Event().wait()


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def never(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


CASES = [
    pytest.param(http(b""), FailureKind.EMPTY_BODY, "OpenCode returned empty body (status 200)", id="empty"),
    pytest.param(
        http(b"<!doctype html>", content_type="text/html"),
        FailureKind.INVALID_BODY,
        "OpenCode returned text/html instead of JSON (status 200): is the URL right?",
        id="web page",
    ),
    pytest.param(
        http(GOOD[:40]),
        FailureKind.INVALID_BODY,
        "OpenCode returned JSON that breaks off after 40 bytes (status 200)",
        id="cut JSON",
    ),
    pytest.param(
        http(GOOD, length=len(GOOD) + 10), FailureKind.ENGINE_LOST, "OpenCode went away", id="less than announced"
    ),
    pytest.param(
        http(b'{"info": "\xff"}'),
        FailureKind.INVALID_BODY,
        "OpenCode returned a body that is not UTF-8 (byte 10) (status 200)",
        id="not UTF-8",
    ),
    pytest.param(
        http(b'{"parts": []}'),
        FailureKind.UNEXPECTED_SHAPE,
        'OpenCode\'s answer lacks "info" (status 200)',
        id="other shape",
    ),
    pytest.param(
        http(b"\x00\x01\x02", content_type="application/json"),
        FailureKind.INVALID_BODY,
        "OpenCode returned a body that is not JSON",
        id="binary",
    ),
    pytest.param(
        http(GOOD).replace(b"connection: close", b"content-encoding: gzip"),
        FailureKind.INVALID_BODY,
        "OpenCode returned a body that could not be decoded",
        id="not the compression announced",
    ),
    pytest.param(b"I am no HTTP server\r\n\r\n", FailureKind.ENGINE_LOST, "OpenCode went away", id="no HTTP"),
    pytest.param(
        http(b"", status="302 Found"), FailureKind.ENGINE_ERROR, "OpenCode answered 302: a redirect", id="redirect"
    ),
    pytest.param(http(b"", status="503 Busy"), FailureKind.ENGINE_ERROR, "OpenCode answered 503", id="503"),
    pytest.param(http(b"", status="401 No"), FailureKind.ENGINE_UNAUTHORIZED, "OpenCode refused stepwire's", id="401"),
    pytest.param(reset, FailureKind.ENGINE_LOST, "OpenCode went away while the step was running", id="reset"),
    pytest.param(drip, FailureKind.STEP_TIMEOUT, "Step timed out after 0.6s", id="slow drip"),
    pytest.param(never, FailureKind.STEP_TIMEOUT, "Step timed out after 0.6s", id="never"),
]


@pytest.mark.parametrize(("answer", "kind", "message"), CASES)
async def test_a_faulty_answer_has_its_reason(answer: Any, kind: FailureKind, message: str) -> None:
    async with on_a_socket(answering_with(answer)) as url, open_agents(url) as agents:
        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(timeout_seconds=0.6), Listener())

    assert caught.value.failure.kind is kind
    assert caught.value.failure.message.startswith(message)


async def test_ten_megabytes_are_an_answer() -> None:
    big = json.dumps(a_message("x" * 10_000_000)).encode()

    async with on_a_socket(answering_with(http(big))) as url, open_agents(url) as agents:
        answer = await agents.run(a_work(), Listener())

    assert len(answer.markdown) == 10_000_000


async def test_a_server_that_accepts_and_says_nothing_ends_with_the_steps_time() -> None:
    async def behave(line: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with on_a_socket(behave) as url, open_agents(url) as agents:
        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(timeout_seconds=0.3), Listener())

    assert caught.value.failure.message == "Step timed out after 0.3s"


async def test_nobody_there_is_unreachable_and_named() -> None:
    async with open_agents("http://127.0.0.1:9") as agents:
        health = await agents.health()
        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(), Listener())

    message = "OpenCode is not reachable at http://127.0.0.1:9 (connection refused)"
    assert not health.reachable
    assert health.message is not None
    assert health.message.startswith(f"{message}. Start OpenCode")
    assert (caught.value.failure.kind, caught.value.failure.message) == (FailureKind.ENGINE_UNREACHABLE, message)


async def test_without_an_event_stream_an_ask_is_found_by_asking() -> None:
    asked = {"id": "per_1", "sessionID": "ses_root", "permission": "bash", "patterns": ["ls"], "metadata": {}}
    answers = {**ORDINARY, "GET /permission": [asked], "POST /permission/per_1/reply": True}

    async def behave(line: str, writer: asyncio.StreamWriter) -> None:
        method, target, _ = line.split(" ")
        path = target.partition("?")[0]
        if (method, path) == ("POST", "/session/ses_root/message"):
            await never(writer)
        if path == "/global/event":
            writer.write(http(b"<html>", content_type="text/html"))
        else:
            writer.write(http(json.dumps(answers[f"{method} {path}"]).encode()))

    listener = Listener()
    async with on_a_socket(behave) as url, open_agents(url) as agents:
        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(ask_seconds=0.5), listener)

    assert caught.value.failure.message == 'Nobody answered the request for bash "ls" within 0.5s'
    assert listener.raised[0].permission is not None


async def test_an_abort_that_does_not_work_is_said_but_does_not_hide_the_reason() -> None:
    busy = {**ORDINARY, "GET /session/status": {"ses_root": {"type": "busy"}}}

    async def behave(line: str, writer: asyncio.StreamWriter) -> None:
        method, target, _ = line.split(" ")
        path = target.partition("?")[0]
        if path == "/global/event":
            await _stream(writer)
        elif (method, path) == ("POST", "/session/ses_root/message"):
            await never(writer)
        writer.write(http(json.dumps(busy[f"{method} {path}"]).encode()))

    async with (
        on_a_socket(behave) as url,
        new_http_client(url) as client,
        agents_over(client, stop_within=0.2) as agents,
    ):
        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(timeout_seconds=0.3), Listener())

    failure = caught.value.failure
    assert failure.message == "Step timed out after 0.3s"
    assert "OpenCode still worked on it 0.2s after the abort" in [cause.message for cause in failure.causes]
