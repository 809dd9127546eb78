"""Every call has its path and its body, in the stable form first, and lets nothing of httpx out."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from adapters.opencode.connection import Connection, new_http_client
from adapters.opencode.v2.client import Client, Opening
from runner.failure_kinds import FailureKind
from runner.failures import AgentError

pytestmark = pytest.mark.asyncio

URL = "http://127.0.0.1:4096"
SESSION = {"id": "ses_1", "projectID": "global", "cost": 0, "tokens": {}}
OPENING = Opening(
    session_id="ses_1",
    title="T",
    agent="build",
    model="acme/large/x",
    directory="/p q",
)
OPENED = {
    "id": "ses_1",
    "title": "T",
    "agent": "build",
    "model": {"id": "large/x", "providerID": "acme"},
    "location": {"directory": "/p q"},
}
PERMISSION = "/api/session/ses_1/permission/per_1/reply"
FORM = "/api/session/ses_1/form/frm_1"
CALLS: list[tuple[str, Callable[[Client], Awaitable[Any]], str, str, Any, Any]] = [
    ("info", lambda c: c.info(), "GET", "/api/info", None, {"version": "2.1.2", "pid": 7}),
    ("agents", lambda c: c.agents("/p q"), "GET", "/api/agent?location%5Bdirectory%5D=%2Fp+q", None, {"data": []}),
    ("models", lambda c: c.models(None), "GET", "/api/model", None, {"data": []}),
    ("default", lambda c: c.default_model(None), "GET", "/api/model/default", None, {"data": None}),
    ("open", lambda c: c.open_session(OPENING), "POST", "/api/session", OPENED, {"data": SESSION}),
    (
        "prompt",
        lambda c: c.prompt("ses_1", "msg_1", "Do"),
        "POST",
        "/api/session/ses_1/prompt",
        {"id": "msg_1", "text": "Do"},
        {"data": {"id": "msg_1"}},
    ),
    ("session", lambda c: c.session("ses/1"), "GET", "/api/session/ses%2F1", None, {"data": SESSION}),
    ("children", lambda c: c.children("ses_1"), "GET", "/api/session?parentID=ses_1", None, {"data": [SESSION]}),
    ("active", lambda c: c.active(), "GET", "/api/session/active", None, {"data": {}}),
    ("asked", lambda c: c.permissions("ses_1"), "GET", "/api/session/ses_1/permission", None, {"data": []}),
    ("forms", lambda c: c.forms("ses_1"), "GET", "/api/session/ses_1/form", None, {"data": []}),
    ("all asked", lambda c: c.all_permissions(None), "GET", "/api/permission/request", None, {"data": []}),
    ("all forms", lambda c: c.all_forms(None), "GET", "/api/form", None, {"data": []}),
    (
        "allow",
        lambda c: c.reply_permission("ses_1", "per_1", "once", None),
        "POST",
        PERMISSION,
        {"reply": "once", "decision": "once"},
        None,
    ),
    (
        "refuse",
        lambda c: c.reply_permission("ses_1", "per_1", "reject", "No"),
        "POST",
        PERMISSION,
        {"reply": "reject", "decision": "reject", "message": "No"},
        None,
    ),
    (
        "fill in",
        lambda c: c.reply_form("ses_1", "frm_1", {"q": 1}),
        "POST",
        f"{FORM}/reply",
        {"answer": {"q": 1}},
        None,
    ),
    ("dismiss", lambda c: c.dismiss_form("ses_1", "frm_1"), "DELETE", FORM, None, None),
    ("interrupt", lambda c: c.interrupt("ses_1"), "POST", "/api/session/ses_1/interrupt", None, {"interrupted": True}),
    (
        "instruct",
        lambda c: c.instruct("ses_1", "stepwire", "Be brief."),
        "PUT",
        "/api/experimental/session/ses_1/instructions/entries/stepwire",
        {"value": "Be brief."},
        None,
    ),
]


def answering(*replies: httpx.Response) -> tuple[Client, list[httpx.Request]]:
    """A client, and what it will have asked; the last reply is given again and again."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return replies[min(len(asked), len(replies)) - 1]

    http = new_http_client(URL, auth=httpx.BasicAuth("opencode", "x"), transport=httpx.MockTransport(handle))
    return Client(Connection(http)), asked


def reply(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(204) if body is None else httpx.Response(status, json=body)


@pytest.mark.parametrize(
    ("call", "method", "path", "body", "answer"), [call[1:] for call in CALLS], ids=[call[0] for call in CALLS]
)
async def test_a_call_has_its_path_and_body(
    call: Callable[[Client], Awaitable[Any]], method: str, path: str, body: Any, answer: Any
) -> None:
    client, asked = answering(reply(answer))

    await call(client)

    (request,) = asked
    assert (request.method, request.url.raw_path.decode()) == (method, path)
    assert (json.loads(request.content) if request.content else None) == body
    assert request.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("call", "method", "path", "answer"),
    [
        (lambda c: c.info(), "GET", "/api/health", {"version": "2.0.0", "pid": 7}),
        (lambda c: c.all_forms(None), "GET", "/api/form/request", {"data": []}),
        (lambda c: c.dismiss_form("ses_1", "frm_1"), "POST", f"{FORM}/cancel", None),
        (
            lambda c: c.instruct("ses_1", "stepwire", "x"),
            "PUT",
            "/api/session/ses_1/instructions/entries/stepwire",
            None,
        ),
    ],
    ids=["info", "forms", "dismiss", "instruct"],
)
async def test_a_path_that_is_not_there_is_tried_in_its_other_form(
    call: Callable[[Client], Awaitable[Any]], method: str, path: str, answer: Any
) -> None:
    client, asked = answering(httpx.Response(404), reply(answer))

    await call(client)

    assert (asked[1].method, asked[1].url.raw_path.decode()) == (method, path)


async def test_what_is_not_found_is_not_looked_for_elsewhere() -> None:
    client, asked = answering(reply({"_tag": "FormNotFoundError", "message": "Form not found: frm_1"}, 404))

    with pytest.raises(AgentError, match="Form not found"):
        await client.dismiss_form("ses_1", "frm_1")

    assert len(asked) == 1


async def test_instructions_may_have_no_place() -> None:
    client, _ = answering(httpx.Response(404))

    assert await client.instruct("ses_1", "stepwire", "x") is False


async def test_whether_anything_ran_is_not_told_by_those_before_2_1() -> None:
    client, _ = answering(httpx.Response(204))

    assert await client.interrupt("ses_1") is None


async def test_what_is_wrong_with_an_answer_is_for_whoever_gave_it() -> None:
    client, _ = answering(reply({"_tag": "FormInvalidAnswerError", "message": "Unknown form field: x"}, 400))

    assert await client.reply_form("ses_1", "frm_1", {"x": 1}) == "Unknown form field: x"


async def test_a_form_that_was_answered_before_is_a_failure() -> None:
    client, _ = answering(reply({"_tag": "FormAlreadySettledError", "message": "Form already settled: frm_1"}, 409))

    with pytest.raises(AgentError, match="Form already settled"):
        await client.reply_form("ses_1", "frm_1", {"x": 1})


async def test_models_that_are_switched_off_are_not_there() -> None:
    models = [{"id": "a", "providerID": "p"}, {"id": "b", "providerID": "p", "enabled": False}]
    client, _ = answering(reply({"data": models}))

    assert await client.models(None) == {"p/a"}


async def test_a_server_that_ignores_the_parent_shows_no_strangers_as_children() -> None:
    client, _ = answering(
        reply({"data": [{**SESSION, "id": "ses_2", "parentID": "ses_1"}, {**SESSION, "id": "ses_3"}]})
    )

    assert await client.children("ses_1") == ["ses_2"]


@pytest.mark.parametrize(
    ("raw", "frames"),
    [
        (b'data: {"a":1}\n\n', [b'{"a":1}']),
        (b": heartbeat\n\ndata: x\r\n\r\n", [b"", b"x"]),
        (b"event: message\nid: 1\ndata: a\ndata: b\n\n", [b"a\nb"]),
        ('data: "\u2028 \x85"\n\n'.encode(), ['"\u2028 \x85"'.encode()]),
        (b"data: never ended\n", []),
    ],
    ids=["one", "heartbeat", "lines", "no line ends", "cut off"],
)
async def test_frames_are_told_apart_by_their_bytes(raw: bytes, frames: list[bytes]) -> None:
    client, _ = answering(httpx.Response(200, content=raw, headers={"content-type": "text/event-stream"}))

    async with client.events() as told:
        assert [frame async for frame in told] == frames


async def test_a_stream_that_is_refused_is_a_failure() -> None:
    client, _ = answering(reply({"_tag": "UnauthorizedError", "message": "Unauthorized"}, 401))

    with pytest.raises(AgentError) as caught:
        async with client.log("ses_1", 0):
            raise AssertionError("nothing can be read")

    assert caught.value.failure.kind is FailureKind.ENGINE_UNAUTHORIZED


async def test_a_web_page_is_no_stream() -> None:
    client, _ = answering(httpx.Response(200, html="<title>OpenCode</title>"))

    with pytest.raises(AgentError, match="text/html instead of JSON") as caught:
        async with client.log("ses_1", 0):
            raise AssertionError("nothing can be read")

    assert caught.value.failure.kind is FailureKind.INVALID_BODY


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = Client(Connection(new_http_client(URL, transport=httpx.MockTransport(refuse))))

    with pytest.raises(AgentError) as caught:
        await client.info()

    assert caught.value.failure.kind is FailureKind.ENGINE_UNREACHABLE
