"""`stepwire explain` tells all of a failure as Markdown that nothing in it can break."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from runner.agents import Answer, Observer, Work
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Evidence, FailureCause, ToolCall, failure
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from web.terminal.api_client import ApiClient
from web.terminal.explain_command import explain
from web.terminal.troubles import CannotDo

pytestmark = pytest.mark.asyncio


class BrokenAgents(PromptedAgents):
    async def run(self, work: Work, observer: Observer) -> Answer:
        tool = ToolCall(tool="bash", status="error", input={"command": "make"}, error="no\n```\n# Not a heading\n```")
        raise AgentError(
            failure(
                FailureKind.PROVIDER_AUTH,
                "The provider rejected the API key (status 401): sk-live-4f9a8b7c6d5e4f3a2b1c0d9e",
                status_code=401,
                causes=(FailureCause(source="provider", message="Incorrect\x1b[31m API key"),),
                evidence=Evidence(session_id="ses_1", last_tool=tool, side_effects=("edited: a.py",)),
            )
        )


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, BrokenAgents()) as served:
        yield served


async def test_a_failure_is_told_whole(running: Running) -> None:
    async with running.subscription(
        "subscription { failures { __typename ... on StepFailed { failure { id } } } }"
    ) as failures:
        await running.start("Build it")
        failed = await failures.until("StepFailed")

    told = await explain(ApiClient(running.url, None), failed["failure"]["id"])

    assert told.startswith("## The provider rejected the API key (status 401): [redacted:key]\n")
    for words in (
        "- kind: PROVIDER_AUTH (origin PROVIDER, status 401)",
        "- provider: Incorrect API key",
        "- edited: a.py",
    ):
        assert words in told
    assert "````\nno\n```\n# Not a heading\n```\n````" in told


async def test_what_is_no_failure_is_refused(running: Running) -> None:
    with pytest.raises(CannotDo, match="no failure"):
        await explain(ApiClient(running.url, None), "fai_nothing")
