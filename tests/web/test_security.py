"""Only our own pages get through, by whatever name the server is called."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.serving import served
from web.security import HostCheck, SiteCheck

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    async def page(_: Request) -> Response:
        return PlainTextResponse("inside")

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(1000)

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/state", page, middleware=[Middleware(SiteCheck)]),
            WebSocketRoute("/socket", socket, middleware=[Middleware(SiteCheck)]),
        ],
        middleware=[Middleware(HostCheck, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
    )
    async with served(app) as address:
        yield address


async def fetched(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(url, headers=headers)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "localhost:8400", "[::1]:8400"])
async def test_an_allowed_host_gets_through(url: str, host: str) -> None:
    assert (await fetched(url, host=host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8400", "localhost.evil.example", "127.0.0.1.evil", "[::2]"]
)
async def test_a_foreign_host_is_refused_and_told_what_to_do(url: str, host: str) -> None:
    answer = await fetched(url, host=host)

    assert answer.status_code == 403
    assert "--allowed-host" in answer.text


async def test_a_page_of_the_same_origin_gets_through(url: str) -> None:
    assert (await fetched(url, origin=url)).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"])
async def test_a_page_of_another_origin_is_refused(url: str, origin: str) -> None:
    assert (await fetched(url, origin=origin)).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"host": "127.0.0.1"}, {"origin": "http://evil.example"}], ids=["two hosts", "origin"]
)
async def test_a_socket_from_elsewhere_is_refused_before_it_opens(url: str, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url.replace("http", "ws", 1) + "/socket", additional_headers=headers):
            pass

    assert refused.value.response.status_code == 403


async def test_a_socket_by_a_foreign_name_is_refused_before_it_opens(url: str) -> None:
    port = int(url.rsplit(":", 1)[1])
    with pytest.raises(InvalidStatus) as refused:
        async with connect("ws://evil.example/socket", host="127.0.0.1", port=port):
            pass

    assert refused.value.response.status_code == 403


async def test_every_answer_keeps_the_page_to_itself(url: str) -> None:
    headers = (await fetched(url)).headers

    assert "script-src 'self'" in headers["content-security-policy"]
    assert "connect-src 'self';" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site", "tomorrow's word", "none, cross-site"])
async def test_what_another_site_makes_a_browser_send_is_refused_without_an_origin(url: str, site: str) -> None:
    state, page = [await fetched(url + path, **{"sec-fetch-site": site}) for path in ("/state", "/")]

    assert (state.status_code, page.status_code) == (403, 200)
    assert "Another site" in state.text


@pytest.mark.parametrize("site", ["same-origin", "none", "None", None])
async def test_our_own_page_a_person_and_a_program_get_through(url: str, site: str | None) -> None:
    assert (await fetched(url + "/state", **({"sec-fetch-site": site} if site else {}))).status_code == 200


async def test_a_socket_that_another_site_opens_is_refused_before_it_opens(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            url.replace("http", "ws", 1) + "/socket", additional_headers={"sec-fetch-site": "same-site"}
        ):
            pass

    assert refused.value.response.status_code == 403
