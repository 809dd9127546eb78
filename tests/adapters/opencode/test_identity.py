"""One look at an address says which OpenCode is there, or what else; every answer that is no use says what to do."""

import asyncio
import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from adapters.opencode.credentials import Credentials
from adapters.opencode.identity import INSTALL, identify, unusable
from runner.engine_health import EngineSupport
from runner.failure_kinds import FailureKind
from runner.failures import AgentError

pytestmark = pytest.mark.asyncio

PAGE = (200, "text/html; charset=utf-8", "<!doctype html><title>OpenCode</title>")
NOTHING = (404, "", "")
Answers = Mapping[str, tuple[int, str, str]]


def told(**fields: object) -> tuple[int, str, str]:
    return 200, "application/json", json.dumps(fields)


def first(version: str) -> Answers:
    """OpenCode 1: its web page wherever it knows nothing better."""
    return {"/global/health": told(healthy=True, version=version), "/api/health": told(healthy=True), "*": PAGE}


def second(version: str) -> Answers:
    return {"/api/info": told(version=version, pid=7, urls=[], paths={}), "*": NOTHING}


PREVIEW: Answers = {"/api/health": told(healthy=True), "*": NOTHING}
BRANCH: Answers = {"/api/health": told(healthy=True, version="2.0.0-next.4", pid=3), "*": NOTHING}
PASSED_ON: Answers = {"*": (500, "application/json", '{"error":"Was there a typo in the url or port?"}')}


def serving(answers: Answers) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        status, media_type, body = answers.get(request.url.path, answers["*"])
        headers = {"content-type": media_type} if media_type else {}
        return httpx.Response(status, content=body, headers=headers)

    return answer


def client(answer: Callable[[httpx.Request], httpx.Response], password: str | None = None) -> httpx.AsyncClient:
    auth = Credentials("opencode", password)
    return httpx.AsyncClient(base_url="http://engine:4096", transport=httpx.MockTransport(answer), auth=auth)


@pytest.mark.parametrize(
    ("answers", "generation", "version", "support"),
    [
        (first("1.18.34"), 1, "1.18.34", EngineSupport.TESTED),
        (first("1.18.18"), 1, "1.18.18", EngineSupport.TESTED),
        (first("1.19.2"), 1, "1.19.2", EngineSupport.EXPECTED),
        (first("1.18.16"), 1, "1.18.16", EngineSupport.REDUCED),
        (first("1.1.11"), 1, "1.1.11", EngineSupport.REDUCED),
        (first("1.0.185"), 1, "1.0.185", EngineSupport.TOO_OLD),
        (first("local"), 1, "local", EngineSupport.EXPECTED),
        (second("2.1.2"), 2, "2.1.2", EngineSupport.EXPECTED),
        (second("2.0.0-rc.1"), 2, "2.0.0-rc.1", EngineSupport.EXPECTED),
        (second("3.0.0"), 2, "3.0.0", EngineSupport.EXPECTED),
        (second("local"), 2, "local", EngineSupport.EXPECTED),
        (PREVIEW, 2, None, EngineSupport.PREVIEW),
        (
            {"/api/health": told(healthy=True, version="2.0.0-next.4", pid=3), "*": NOTHING},
            2,
            "2.0.0-next.4",
            EngineSupport.PREVIEW,
        ),
        (
            {"*": (500, "application/json", '{"error":"Was there a typo in the url or port?"}')},
            1,
            "1.0 or older",
            EngineSupport.TOO_OLD,
        ),
        ({"*": PAGE}, None, None, EngineSupport.FOREIGN),
        ({"*": (200, "application/json", '{"ok": true}')}, None, None, EngineSupport.FOREIGN),
        ({"*": (403, "text/html", "<h1>Forbidden</h1>")}, None, None, EngineSupport.FOREIGN),
        ({"*": (502, "text/html", "<h1>Bad Gateway</h1>")}, None, None, None),
        ({"*": (500, "", "")}, None, None, None),
        ({"*": NOTHING}, None, None, EngineSupport.FOREIGN),
        ({"*": (302, "", "")}, None, None, EngineSupport.FOREIGN),
        ({"*": (200, "application/json", "")}, None, None, None),
        ({"/global/health": told(healthy=True), "*": PAGE}, 1, None, EngineSupport.EXPECTED),
        ({"*": (200, "text/plain", "x" * 1_000_000)}, None, None, EngineSupport.FOREIGN),
    ],
)
async def test_an_answer_says_what_is_there(
    answers: Answers, generation: int | None, version: str | None, support: EngineSupport | None
) -> None:
    async with client(serving(answers)) as http:
        found = await identify(http)

    assert (found.generation, found.version, found.support) == (generation, version, support)


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        (first("1.0.61"), FailureKind.UNEXPECTED_SHAPE, "OpenCode 1.0.61 is too old"),
        (
            {"/api/health": told(healthy=True), "*": NOTHING},
            FailureKind.UNEXPECTED_SHAPE,
            "A preview of OpenCode 2 answers there",
        ),
        ({"*": PAGE}, FailureKind.INVALID_BODY, "is no OpenCode (status 200, a web page)"),
        ({"*": (407, "text/html", "<h1>")}, FailureKind.INVALID_BODY, "is no OpenCode (status 407, a web page)"),
    ],
)
async def test_what_cannot_be_used_says_what_to_install(answers: Answers, kind: FailureKind, words: str) -> None:
    async with client(serving(answers)) as http:
        reason = unusable(await identify(http), "http://engine:4096")

    assert (reason.kind, reason.retryable) == (kind, False)
    assert words in reason.message
    assert INSTALL in reason.hint


async def test_a_release_that_works_with_less_says_what_is_missing() -> None:
    async with client(serving(first("1.14.41"))) as http:
        found = await identify(http)

    assert found.message is not None
    assert "until the step's own time limit" in found.message
    assert "too long" not in found.message
    assert INSTALL in found.message


@pytest.mark.parametrize(
    ("password", "body", "words"),
    [
        (None, (401, "application/json", '{"_tag":"UnauthorizedError"}'), "asks for a password"),
        ("wrong", (401, "", ""), "refused the password"),
        ("right", (401, "text/html", "<h1>Sign in</h1>"), "A gateway before OpenCode"),
    ],
)
async def test_a_wrong_password_is_told_from_none(password: str | None, body: tuple[int, str, str], words: str) -> None:
    async with client(serving({"*": body}), password) as http:
        with pytest.raises(AgentError, match=words) as raised:
            await identify(http)

    assert raised.value.failure.kind is FailureKind.ENGINE_UNAUTHORIZED
    assert "--opencode-" in raised.value.failure.hint


async def test_whoever_does_not_answer_is_not_waited_for() -> None:
    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(base_url="http://engine:4096", transport=httpx.MockTransport(silent)) as http:
        with pytest.raises(AgentError, match=r"did not answer within 0\.05s") as raised:
            await identify(http, within=0.05)

    assert raised.value.failure.kind is FailureKind.ENGINE_UNREACHABLE


async def test_nobody_at_the_address_is_unreachable() -> None:
    def refused(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("All connection attempts failed")

    async with client(refused) as http:
        with pytest.raises(AgentError) as raised:
            await identify(http)

    assert raised.value.failure.kind is FailureKind.ENGINE_UNREACHABLE
