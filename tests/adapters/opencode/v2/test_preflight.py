"""Names are checked before they cost anything: OpenCode 2 takes every one, and fails later or runs something else."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.opencode.connection import Connection, new_http_client
from adapters.opencode.v1.scripted import AsgiTransport
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.preflight import check_directory, check_names, known_in, looked_into
from adapters.opencode.v2.scripted import ScriptedOpenCode2, scripted_opencode2
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ScriptedOpenCode2]:
    async with scripted_opencode2(pace=0) as running:
        yield running


def client_of(server: ScriptedOpenCode2) -> Client:
    return Client(Connection(new_http_client("http://scripted", transport=AsgiTransport(server))))


async def refused(client: Client, agent: str = "build", model: str | None = None) -> Failure:
    with pytest.raises(AgentError) as caught:
        await check_names(client, "/", agent, model, ready_within=0.05)
    return caught.value.failure


async def test_a_cold_folder_is_waited_for(server: ScriptedOpenCode2) -> None:
    server.cold_seconds = 0.3

    assert await check_names(client_of(server), "/", "build", "scripted/quick") == "scripted/quick"


async def test_a_cold_folder_is_known_as_not_ready(server: ScriptedOpenCode2) -> None:
    server.cold_seconds = 60

    known = await known_in(client_of(server), "/")

    assert (known.ready, known.agents, known.models) == (False, {}, frozenset())


async def test_what_is_known_comes_without_what_is_hidden(server: ScriptedOpenCode2) -> None:
    known = await known_in(client_of(server), "/")

    assert known.ready
    assert "build" in known.agents
    assert "title" not in known.agents
    assert "scripted/quick" in known.models


async def test_an_unknown_agent_is_told_with_those_that_there_are(server: ScriptedOpenCode2) -> None:
    reason = await refused(client_of(server), agent="nope")

    assert reason.kind is FailureKind.UNKNOWN_AGENT
    assert reason.message.startswith('Agent "nope" does not exist in /; there are: build')


async def test_an_unknown_model_is_told_with_those_that_there_are(server: ScriptedOpenCode2) -> None:
    reason = await refused(client_of(server), model="scripted/nope")

    assert reason.kind is FailureKind.UNKNOWN_MODEL
    assert "scripted/bad-key" in (reason.detail or "")


async def test_a_broken_configuration_is_told_from_a_wrong_name(server: ScriptedOpenCode2) -> None:
    server.stage.models_known = False

    reason = await refused(client_of(server), model="scripted/quick")

    assert (reason.kind, reason.message) == (
        FailureKind.CONFIG_INVALID,
        "OpenCode has no models in /: is opencode.json valid?",
    )


async def test_an_agent_without_a_model_takes_the_default(server: ScriptedOpenCode2) -> None:
    assert await check_names(client_of(server), "/", "build", None) == "scripted/text"


def answering(status: int, body: Any = None) -> Client:
    """On another machine: its folders cannot be looked at."""
    response = httpx.Response(status) if body is None else httpx.Response(status, json=body)
    http = new_http_client("http://elsewhere:4096", transport=httpx.MockTransport(lambda _: response))
    return Client(Connection(http))


async def test_an_answer_that_cannot_be_used_says_nothing_about_names() -> None:
    assert await check_names(answering(500), None, "build", "acme/large") == "acme/large"


async def test_an_engine_that_refuses_us_is_no_question_of_names() -> None:
    with pytest.raises(AgentError) as caught:
        await check_names(answering(401), None, "build", None)

    assert caught.value.failure.kind is FailureKind.ENGINE_UNAUTHORIZED


@pytest.mark.parametrize("status", [404, 500])
async def test_a_folder_elsewhere_is_missing_when_nothing_can_be_asked_of_it(status: int) -> None:
    with pytest.raises(AgentError) as caught:
        await check_directory(answering(status), "/gone")

    assert caught.value.failure.kind is FailureKind.DIRECTORY_MISSING


async def test_a_folder_elsewhere_that_answers_is_there() -> None:
    await check_directory(answering(200, {"data": []}), "/there")
    await check_directory(answering(500), None)


UNAVAILABLE = failure(
    FailureKind.UNKNOWN_MODEL,
    'Model "p/a" is not available in OpenCode',
    causes=(FailureCause(source="opencode", message="Model unavailable: p/a"),),
)


@pytest.mark.parametrize(
    ("models", "model", "kind"),
    [
        ([], "p/a", FailureKind.CONFIG_INVALID),
        ([{"id": "a", "providerID": "p"}], "p/a", FailureKind.CONFIG_INVALID),
        ([{"id": "b", "providerID": "p"}], "p/a", FailureKind.UNKNOWN_MODEL),
        ([{"id": "b", "providerID": "p"}], None, FailureKind.UNKNOWN_MODEL),
    ],
    ids=["no models", "listed", "not listed", "not named"],
)
async def test_an_unavailable_model_is_looked_into(models: list[Any], model: str | None, kind: FailureKind) -> None:
    reason = await looked_into(answering(200, {"data": models}), None, UNAVAILABLE, model)

    assert reason.kind is kind
    assert reason.causes[-1].message == "Model unavailable: p/a"


async def test_an_error_without_words_may_mean_a_folder_that_has_gone() -> None:
    wordless = failure(FailureKind.ENGINE_ERROR, "OpenCode answered 500: nothing more")

    reason = await looked_into(answering(500), "/gone", wordless, None)

    assert reason.kind is FailureKind.DIRECTORY_MISSING
    assert reason.causes[-1].message == "OpenCode answered 500: nothing more"


async def test_what_cannot_be_looked_into_stays_as_it_is() -> None:
    assert await looked_into(answering(401), None, UNAVAILABLE, "p/a") == UNAVAILABLE
