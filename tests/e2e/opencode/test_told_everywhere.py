"""Every situation of the corpus, as people meet it: what the subscriber is told, the query and plain SQL say as well.

All of them run at once on one stepwire and one real OpenCode; no pipeline is left running, and the score is printed.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.opencode.connection import new_http_client
from tests.e2e.opencode.corpus import AGENTS, CASES, DONE, READ_OUTSIDE, SCRIPTED, Case
from tests.e2e.opencode.everywhere import DEVELOPER, Told
from tests.e2e.opencode.played_cases import fault, played, say_score
from tests.support.opencode_server import opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.stepwire_server import stepwire_server

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

OPTIONS = ("--max-pipelines", "16", "--stall-timeout", "20", "--ask-timeout", "15", "--max-turns", "40")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[dict[str, Told]]:
    root = tmp_path_factory.mktemp("corpus")
    (root / "opencode").mkdir()
    async with provider() as llm:
        _script(llm)
        config = opencode_config(llm.url, models=SCRIPTED, permission={}, agents=AGENTS)
        async with (
            opencode_server(root / "opencode", llm.url, config=config) as opencode,
            stepwire_server(
                root / "stepwire", opencode_url=opencode.url, options=OPTIONS, agents=DEVELOPER
            ) as stepwire,
        ):
            # Opened before: for sixteen at once on a busy machine that may take longer than the limits of some cases.
            async with new_http_client(opencode.url) as http:
                await http.get("/agent", params={"directory": str(opencode.project)}, timeout=60)
            found = await played(stepwire, CASES, provider="stub", directory=opencode.project)
            await opencode.until_idle()
            say_score(request, "the real OpenCode 1", CASES, found)
            yield found


def _script(llm: Provider) -> None:
    llm.script("kid-asks", READ_OUTSIDE, DONE)
    for case in CASES:
        if case.script:
            (llm.script_requests if case.per_request else llm.script)(case.name, *case.script)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_it_is_told_as_what_it_is(told: dict[str, Told], case: Case) -> None:
    assert fault(case, told[case.name]) is None


async def test_nothing_is_left_running(told: dict[str, Told]) -> None:
    assert {one.stored[0] for one in told.values()} == {"SUCCEEDED", "FAILED"}
