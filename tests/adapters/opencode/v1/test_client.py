"""Every call has its path, its body and its time limit, and lets nothing of httpx out."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from adapters.opencode.connection import LARGEST_BODY, new_http_client
from adapters.opencode.credentials import Credentials
from adapters.opencode.v1.client import Client
from runner.failure_kinds import FailureKind
from runner.failures import AgentError

pytestmark = pytest.mark.asyncio

URL = "http://127.0.0.1:4096"
SESSION = {"id": "ses_1"}
CALLS = [
    ("agents", lambda c: c.agents("/p q"), "GET", "/agent?directory=%2Fp+q", None, []),
    ("providers", lambda c: c.models(None), "GET", "/config/providers", None, {"providers": []}),
    ("create", lambda c: c.create_session("T", "/p"), "POST", "/session?directory=%2Fp", {"title": "T"}, SESSION),
    ("session", lambda c: c.session("ses/1"), "GET", "/session/ses%2F1", None, SESSION),
    ("children", lambda c: c.children("ses_1"), "GET", "/session/ses_1/children", None, [SESSION]),
    ("messages", lambda c: c.messages("ses_1"), "GET", "/session/ses_1/message", None, []),
    ("abort", lambda c: c.abort("ses_1"), "POST", "/session/ses_1/abort", None, True),
    (
        "statuses",
        lambda c: c.statuses("/p"),
        "GET",
        "/session/status?directory=%2Fp",
        None,
        {"ses_1": {"type": "busy"}},
    ),
    ("permissions", lambda c: c.permissions(None), "GET", "/permission", None, []),
    ("questions", lambda c: c.questions(None), "GET", "/question", None, []),
    (
        "allow",
        lambda c: c.reply_permission("per_1", None, "once", None),
        "POST",
        "/permission/per_1/reply",
        {"reply": "once"},
        True,
    ),
    (
        "refuse",
        lambda c: c.reply_permission("per_1", None, "reject", "No"),
        "POST",
        "/permission/per_1/reply",
        {"reply": "reject", "message": "No"},
        True,
    ),
    (
        "answer",
        lambda c: c.reply_question("que_1", None, [["a"]]),
        "POST",
        "/question/que_1/reply",
        {"answers": [["a"]]},
        True,
    ),
    ("dismiss", lambda c: c.reject_question("que_1", None), "POST", "/question/que_1/reject", None, True),
]


def a_client(handler: Callable[[httpx.Request], httpx.Response], *, quick_seconds: float = 5.0) -> Client:
    http = new_http_client(URL, transport=httpx.MockTransport(handler))
    return Client(http, quick_seconds=quick_seconds)


@pytest.mark.parametrize(
    ("call", "method", "target", "body", "answer"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS]
)
async def test_a_call_asks_for_what_it_says(
    call: Callable[[Client], Awaitable[object]], method: str, target: str, body: object, answer: object
) -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=answer)

    await call(a_client(handler))

    (request,) = requests
    assert (request.method, request.url.raw_path.decode()) == (method, target)
    assert (json.loads(request.content) if request.content else None) == body
    assert None not in [request.extensions["timeout"][name] for name in ("connect", "read", "write", "pool")]


async def test_only_the_prompt_waits_without_a_limit_of_its_own() -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(500, content=b"")

    reply = await a_client(handler).prompt("ses_1", {"parts": []}, "/p")

    assert reply.status == 500
    assert requests[0].extensions["timeout"] == {"connect": 5.0, "write": 60.0, "pool": 5.0, "read": None}


async def test_credentials_go_with_every_request() -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=[])

    http = new_http_client(URL, auth=Credentials("me", "pass"), transport=httpx.MockTransport(handler))
    await Client(http).agents(None)

    assert requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"me:pass").decode()


async def test_a_body_that_drips_for_ever_ends_with_the_call() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    with pytest.raises(AgentError) as caught:
        await a_client(lambda _: httpx.Response(200, content=drip()), quick_seconds=0.1).agents(None)

    assert caught.value.failure.kind is FailureKind.ENGINE_UNREACHABLE
    assert caught.value.failure.message == f"OpenCode at {URL} did not answer within 0.1s"


async def test_a_body_without_an_end_is_cut_off() -> None:
    async def flood() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1024 * 1024

    with pytest.raises(AgentError) as caught:
        await a_client(lambda _: httpx.Response(200, content=flood())).prompt("ses_1", {}, None)

    assert caught.value.failure.kind is FailureKind.INVALID_BODY
    assert caught.value.failure.message == f"OpenCode at {URL} returned more than {LARGEST_BODY >> 20} MiB"


async def test_an_exception_of_httpx_is_translated() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("connection reset by peer")

    with pytest.raises(AgentError) as caught:
        await a_client(handler).prompt("ses_1", {}, None)

    assert caught.value.failure.kind is FailureKind.ENGINE_LOST


async def test_the_stream_says_why_it_was_refused() -> None:
    with pytest.raises(AgentError, match="refused stepwire's credentials"):
        async with a_client(lambda _: httpx.Response(401)).events():
            pass


async def test_a_stream_of_another_type_is_none() -> None:
    client = a_client(lambda _: httpx.Response(200, html="<html>"))

    with pytest.raises(AgentError):
        async with client.events() as frames:
            await anext(frames)


@pytest.mark.parametrize(
    ("url", "local"),
    [(URL, True), ("http://localhost:1", True), ("http://[::1]:1", True), ("http://10.0.0.5:1", False)],
)
async def test_it_knows_whether_opencode_sees_our_files(url: str, local: bool) -> None:
    assert Client(new_http_client(url)).is_local is local
