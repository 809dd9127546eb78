"""The log of a session is followed without loss and without doubles, however often its line is cut."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.opencode.connection import Connection, new_http_client
from adapters.opencode.observations import real_now
from adapters.opencode.refusals import Refusals
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.run import nothing_known
from adapters.opencode.v2.session_log import follow
from adapters.opencode.v2.shower import Shower
from adapters.opencode.v2.witness import Witness
from runner.failure_kinds import FailureKind
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio

GONE = httpx.Response(404, json={"_tag": "SessionNotFoundError", "message": "Session not found: ses_1"})


def text(seq: int) -> bytes:
    told = {"sessionID": "ses_1", "assistantMessageID": "msg_2", "ordinal": seq, "text": f"text {seq}"}
    durable = {"aggregateID": "ses_1", "seq": seq}
    return f"data: {json.dumps({'type': 'session.text.ended', 'durable': durable, 'data': told})}\n\n".encode()


SYNCED = b'data: {"type":"log.synced","aggregateID":"ses_1","seq":3}\n\n'


class Line(httpx.AsyncByteStream):
    """What comes, and then the cut."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self._chunks = chunks
        self._error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if self._error is not None:
            raise self._error


def line(*chunks: bytes, error: Exception | None = None) -> httpx.Response:
    return httpx.Response(200, stream=Line(*chunks, error=error), headers={"content-type": "text/event-stream"})


async def followed(*replies: httpx.Response | Exception) -> tuple[Witness, list[str], Listener]:
    """Until there is no log any more: what was asked, and what was told."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("after", request.url.path))
        answer = replies[min(len(asked), len(replies)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = Client(Connection(new_http_client("http://127.0.0.1:9", transport=httpx.MockTransport(handle))))
    listener = Listener()
    run = nothing_known("ses_1", "msg_1", real_now())
    witness = Witness(run, Shower(listener), real_now, Refusals())
    async with asyncio.timeout(60):
        await follow(client, witness)
    return witness, asked, listener


@pytest.mark.parametrize(
    "cut",
    [
        line(text(1), text(2)),
        line(text(1), text(2), text(3)[:20]),
        line(text(1), text(2), error=httpx.ReadError("reset")),
        line(text(1), text(1), text(2), b"data: no json\n\n"),
    ],
    ids=["ended", "in the middle", "broken", "with rubbish"],
)
async def test_a_line_that_is_cut_is_taken_up_after_the_last_place(cut: httpx.Response) -> None:
    witness, asked, listener = await followed(cut, line(text(2), text(3), SYNCED), GONE)

    assert asked[:3] == ["0", "2", "3"]
    assert witness.run.seq == 3
    assert listener.text == "text 1\n\ntext 2\n\ntext 3"


async def test_a_server_that_is_down_is_tried_again() -> None:
    witness, asked, _ = await followed(httpx.ConnectError("refused"), line(text(1), SYNCED), GONE)

    assert asked[:3] == ["0", "0", "1"]
    assert witness.run.seq == 1


async def test_a_session_that_is_gone_was_deleted() -> None:
    witness, asked, _ = await followed(GONE)

    assert asked == ["0", "/api/session/ses_1"]
    assert witness.seen.deleted


async def test_a_server_without_logs_cannot_be_followed() -> None:
    there: Any = {"data": {"id": "ses_1"}}

    witness, _, _ = await followed(httpx.Response(404), httpx.Response(200, json=there))

    assert not witness.seen.deleted
    assert witness.severed is not None
    assert witness.severed.status_code == 404


async def test_wrong_credentials_are_not_tried_for_ever() -> None:
    witness, asked, _ = await followed(httpx.Response(401, json={"_tag": "UnauthorizedError"}))

    assert len(asked) == 1
    assert witness.severed is not None
    assert witness.severed.kind is FailureKind.ENGINE_UNAUTHORIZED
