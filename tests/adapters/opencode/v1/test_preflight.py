"""A look before the attempt finds wrong names; an answer that cannot be used holds nothing up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest

from adapters.opencode.v1 import agents_over
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.preflight import check_taken
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio

ANSWER = {
    "info": {"id": "msg_1", "sessionID": "ses_1", "role": "assistant", "finish": "stop", "time": {"completed": 1}},
    "parts": [{"type": "text", "text": "All done."}],
}


async def _connected() -> AsyncIterator[bytes]:
    """An event stream on which nothing happens: an attempt need not wait for one."""
    yield b'data: {"payload": {"type": "server.connected", "properties": {}}}\n\n'
    await asyncio.Event().wait()


def _as_opencode(request: httpx.Request, session: dict[str, str]) -> httpx.Response:
    """An answer to a request of the attempt; whatever else it looks for there is none of."""
    path = request.url.path
    if path == "/global/event":
        return httpx.Response(200, content=_connected(), headers={"content-type": "text/event-stream"})
    if path == "/session":
        return httpx.Response(200, json=session)
    if request.method == "POST" and path.endswith("/message"):
        return httpx.Response(200, json=ANSWER)
    return httpx.Response(200, json={} if path == "/session/status" else [])


def engine(unusable: httpx.Response) -> httpx.AsyncClient:
    """Answers the attempt's own requests as OpenCode does, and every look before with `unusable`."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path in ("/agent", "/config/providers"):
            return httpx.Response(unusable.status_code, content=unusable.content, headers=unusable.headers)
        return _as_opencode(request, {"id": "ses_1"})

    return httpx.AsyncClient(base_url="http://127.0.0.1:4096", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    "unusable",
    [
        httpx.Response(200, html="<!doctype html>"),
        httpx.Response(404, json={"name": "NotFoundError", "data": {}}),
        httpx.Response(500, content=json.dumps({"name": "UnknownError", "data": {"message": "Unexpected"}})),
        httpx.Response(200, content=b""),
        httpx.Response(200, json={"agents": []}),
    ],
    ids=["web page", "not found", "broken", "empty", "another shape"],
)
async def test_what_cannot_be_used_says_nothing_about_the_names(unusable: httpx.Response) -> None:
    async with agents_over(engine(unusable)) as agents:
        answer = await agents.run(a_work(model="stub/text"), Listener())

    assert answer.markdown == "All done."


def takes(directory: str) -> tuple[httpx.AsyncClient, list[str]]:
    """An OpenCode that works in that directory, whatever it is asked for, and the paths that were asked for."""
    asked: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/agent":
            return httpx.Response(200, json=[{"name": "build"}])
        return _as_opencode(request, {"id": "ses_1", "directory": directory})

    return httpx.AsyncClient(base_url="http://127.0.0.1:4096", transport=httpx.MockTransport(answer)), asked


@pytest.mark.parametrize(
    ("name", "taken"),
    [("a%20b", "a b"), ("50%25", "50%"), ("%41", "A"), ("a%2Fb", "a/b")],
    ids=["a space", "a per cent", "a letter", "a slash, and nothing there"],
)
async def test_another_directory_than_asked_for_is_refused_before_the_prompt(
    tmp_path: Path, name: str, taken: str
) -> None:
    for directory in {name, taken.partition("/")[0]}:
        (tmp_path / directory).mkdir()
    http, asked = takes(str(tmp_path / taken))

    async with agents_over(http) as agents:
        with pytest.raises(AgentError) as raised:
            await agents.run(a_work(directory=str(tmp_path / name)), Listener())

    refused = raised.value.failure
    assert refused.kind is FailureKind.DIRECTORY_MISSING
    assert refused.message == f"OpenCode took another directory: {tmp_path / taken} instead of {tmp_path / name}"
    assert "Rename the directory" in refused.hint
    assert not [path for path in asked if path.endswith("/message")]


@pytest.mark.parametrize("name", ["100%", "a+b", "a#b", "a&b=c", 'it\'s "q"', "ünï日本", "link"])
async def test_the_directory_asked_for_is_worked_in(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").mkdir()
    if name == "link":
        (tmp_path / name).symlink_to(tmp_path / "there")
    else:
        (tmp_path / name).mkdir()
    http, _ = takes(str((tmp_path / name).resolve()))

    async with agents_over(http) as agents:
        answer = await agents.run(a_work(directory=str(tmp_path / name)), Listener())

    assert answer.markdown == "All done."


@pytest.mark.parametrize(("taken", "refused"), [("/srv/a b", True), ("/mnt/real", False), ("/srv/a%20b", False)])
async def test_far_away_a_link_is_no_other_directory(taken: str, refused: bool) -> None:
    async def nothing(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[])

    client = Client(httpx.AsyncClient(base_url="http://far.example", transport=httpx.MockTransport(nothing)))
    with pytest.raises(AgentError) if refused else nullcontext():
        await check_taken(client, "/srv/a%20b", taken)
