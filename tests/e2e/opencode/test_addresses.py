"""Whatever stands at an address instead of an OpenCode that can be used: a sentence with what to do, within moments.

`doctor`, the API, the page and the reason of a step that was started all the same say it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.opencode import OpenCodeAgents, open_agents
from adapters.opencode.v2.scripted import scripted_opencode2
from tests.adapters.opencode.v1.engines import on_a_socket
from tests.support.application import application
from tests.support.browser import page_at
from tests.support.opencode_server import free_port
from tests.support.serving import served
from web.settings import Settings
from web.terminal.doctor import Finding, findings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

# Three for the look itself; twice that for the busiest of machines.
WITHIN = 6.0
FAILURES = "subscription { failures { __typename ... on StepFailed { errorMessage failure { message hint } } } }"
HEALTHY = '{"healthy":true}'


@dataclass(frozen=True, kw_only=True)
class Address:
    """`opened` yields its URL; `words` say what is there, `advice` what to do."""

    opened: Callable[[], AbstractAsyncContextManager[str]]
    words: str
    advice: str
    password: str | None = None


@asynccontextmanager
async def answering(status: int, body: str, media_type: str | None = "text/html", **paths: str) -> AsyncIterator[str]:
    """Answers all alike, but for `paths`, which get 200 and JSON; their names are written with _ for /."""
    special = {name.replace("_", "/"): told for name, told in paths.items()}

    async def answer(request: Request) -> Response:
        if (told := special.get(request.url.path)) is not None:
            return Response(told, media_type="application/json")
        return Response(body, status, media_type=media_type)

    route = Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE"])
    async with served(Starlette(routes=[route])) as url:
        yield url


@asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    yield f"http://127.0.0.1:{free_port()}"


def silent() -> AbstractAsyncContextManager[str]:
    async def never(_: str, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    return on_a_socket(never)


@asynccontextmanager
async def locked() -> AsyncIterator[str]:
    async with scripted_opencode2(password="right") as scripted, served(scripted) as url:
        yield url


# The preview that npm has is a program of its own, too large to fetch for one look: this is how it answers.
preview = partial(answering, 404, "", None, _api_health=HEALTHY)
branch = partial(answering, 404, "", None, _api_health='{"healthy":true,"version":"2.0.0-next.4","pid":7}')
too_old = partial(answering, 200, "<title>OpenCode</title>", _global_health='{"healthy":true,"version":"1.0.61"}')

INSTALL = "npm install -g opencode-ai@"
ADDRESSES: Mapping[str, Address] = {
    "a web page": Address(
        opened=partial(answering, 200, "<h1>Welcome</h1>"), words="is no OpenCode", advice="--opencode-url"
    ),
    "a proxy that forbids": Address(
        opened=partial(answering, 403, "<h1>Forbidden</h1>"),
        words="is no OpenCode (status 403",
        advice="--opencode-url",
    ),
    "another program": Address(
        opened=partial(answering, 200, '{"ok":true}', "application/json"),
        words="is no OpenCode",
        advice="--opencode-url",
    ),
    "a gateway that asks who one is": Address(
        opened=partial(answering, 401, "<h1>Sign in</h1>"), words="A gateway before OpenCode", advice="--opencode-url"
    ),
    "no password": Address(opened=locked, words="asks for a password", advice="--opencode-password"),
    "a wrong password": Address(
        opened=locked, password="wrong", words="refused the password", advice="--opencode-password"
    ),
    "a preview": Address(opened=preview, words="A preview of OpenCode 2", advice=INSTALL),
    "one from before the release": Address(opened=branch, words="2.0.0-next.4", advice=INSTALL),
    "one that is too old": Address(opened=too_old, words="1.0.61 is too old", advice=INSTALL),
    "nobody": Address(opened=nobody, words="not reachable", advice="Start OpenCode"),
    "somebody who never answers": Address(opened=silent, words="did not answer within 3s", advice="Start OpenCode"),
}


@pytest.fixture(params=ADDRESSES)
def address(request: pytest.FixtureRequest) -> Address:
    return ADDRESSES[request.param]


@asynccontextmanager
async def engine(address: Address) -> AsyncIterator[tuple[str, OpenCodeAgents]]:
    async with address.opened() as url, open_agents(url, password=address.password) as agents:
        yield url, agents


async def test_doctor_says_what_is_there_and_what_to_do(address: Address, tmp_path: Path) -> None:
    async with address.opened() as url:
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{tmp_path}/stepwire.db",
            config=tmp_path / "definitions",
            opencode_url=url,
            opencode_password=address.password,
        )
        async with asyncio.timeout(WITHIN):
            found = [finding async for finding in findings(settings, None)]

    (finding,) = [finding for finding in found if finding.about == "OpenCode"]
    assert isinstance(finding, Finding)
    assert finding.wrong
    assert address.words in finding.said
    assert address.advice in finding.said


async def test_the_API_says_what_is_there_and_what_to_do(address: Address, tmp_path: Path) -> None:
    async with engine(address) as (_, agents), application(tmp_path, agents) as running:
        async with asyncio.timeout(WITHIN):
            answer = await running.query("{ engine { reachable message } }")

    told: dict[str, Any] = answer["data"]["engine"]
    assert not told["reachable"]
    assert address.words in told["message"]
    assert address.advice in told["message"]


async def test_a_step_that_was_started_all_the_same_says_it(address: Address, tmp_path: Path) -> None:
    async with (
        engine(address) as (_, agents),
        application(tmp_path, agents, max_attempts=1) as running,
        running.subscription(FAILURES) as failures,
    ):
        await running.start("Work")
        failed = await failures.until("StepFailed", within=WITHIN)

    assert address.words in failed["errorMessage"]
    assert address.advice in failed["failure"]["hint"]


async def test_the_page_says_it(address: Address, tmp_path: Path) -> None:
    async with (
        engine(address) as (_, agents),
        application(tmp_path, agents) as running,
        page_at(running.url) as page,
    ):
        await expect(page.get_by_text(address.words).first).to_be_visible(timeout=WITHIN * 1000)
        await expect(page.get_by_text(address.advice).first).to_be_visible()
