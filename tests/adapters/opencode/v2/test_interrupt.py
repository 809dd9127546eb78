"""A session is stopped when OpenCode works on it no more; where that cannot be had, it is said why."""

import json

import httpx
import pytest

from adapters.opencode.connection import Connection, new_http_client
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.interrupt import stop_sessions, stopped_or_why

pytestmark = pytest.mark.asyncio


def a_client(active: list[set[str]], *, interrupted: bool | None = True, status: int = 200) -> tuple[Client, list[str]]:
    """`active` is what is listed at each look, the last again and again; the paths of all interrupts are noted."""
    interrupts: list[str] = []
    looks = iter(active)
    now = set[str]()

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal now
        if request.method == "GET":
            now = next(looks, now)
            return httpx.Response(200, json={"data": {known: {"type": "running"} for known in now}})
        interrupts.append(request.url.path.split("/")[3])
        if status != 200:
            return httpx.Response(status, json={"_tag": "SessionNotFoundError", "message": "Session not found"})
        if interrupted is None:
            return httpx.Response(204)
        return httpx.Response(200, content=json.dumps({"interrupted": interrupted}))

    http = new_http_client("http://127.0.0.1:9", transport=httpx.MockTransport(handle))
    return Client(Connection(http)), interrupts


@pytest.mark.parametrize(
    ("active", "interrupted", "ran"),
    [
        ([{"ses_1"}, set()], True, True),
        ([set(), set()], False, False),
        ([{"ses_1"}, set()], None, True),
        ([{"ses_9"}, {"ses_9"}], None, False),
    ],
    ids=["told", "nothing told", "listed", "a stranger"],
)
async def test_whether_anything_ran_is_told(active: list[set[str]], interrupted: bool | None, ran: bool) -> None:
    client, _ = a_client(active, interrupted=interrupted)

    assert await stop_sessions(client, ["ses_1"]) is ran


async def test_all_of_a_family_are_interrupted_until_none_works_any_more() -> None:
    client, interrupts = a_client([{"ses_1", "ses_2"}, {"ses_2"}, {"ses_2"}, set()])

    await stop_sessions(client, ["ses_2", "ses_1"])

    assert interrupts == ["ses_1", "ses_2"]


async def test_a_session_that_is_gone_does_not_run() -> None:
    client, _ = a_client([set()], status=404)

    assert await stopped_or_why(client, ["ses_1"]) is None


async def test_one_that_does_not_stop_is_told() -> None:
    client, _ = a_client([{"ses_1"}])

    why = await stopped_or_why(client, ["ses_1"], within=0.2)

    assert why == "OpenCode still worked on it 0.2s after the interrupt"


async def test_an_interrupt_that_is_refused_is_told() -> None:
    client, _ = a_client([set()], status=500)

    why = await stopped_or_why(client, ["ses_1"])

    assert why == "The interrupt failed: OpenCode answered 500: Session not found"
