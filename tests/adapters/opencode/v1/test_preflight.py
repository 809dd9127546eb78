"""A look before the attempt finds wrong names; an answer that cannot be used holds nothing up."""

import json

import httpx
import pytest

from adapters.opencode.v1 import agents_over
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener

pytestmark = pytest.mark.asyncio

ANSWER = {
    "info": {"id": "msg_1", "sessionID": "ses_1", "role": "assistant", "finish": "stop", "time": {"completed": 1}},
    "parts": [{"type": "text", "text": "All done."}],
}


def engine(unusable: httpx.Response) -> httpx.AsyncClient:
    """Answers the attempt's own requests as OpenCode does, and every look before with `unusable`."""

    async def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/session":
            return httpx.Response(200, json={"id": "ses_1"})
        if request.method == "POST" and path.endswith("/message"):
            return httpx.Response(200, json=ANSWER)
        if path in ("/agent", "/config/providers"):
            return httpx.Response(unusable.status_code, content=unusable.content, headers=unusable.headers)
        return httpx.Response(200, json={} if path == "/session/status" else [])

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
