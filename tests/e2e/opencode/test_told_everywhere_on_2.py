"""Every row of OpenCode 2's failure tables, as people meet it: subscriber, query and plain SQL say the same.

All of them run at once on one stepwire and one scripted OpenCode 2; nothing is left running, and the score is printed.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.opencode.v2.scripted import ScriptedOpenCode2, scripted_opencode2
from tests.e2e.opencode.corpus import Case
from tests.e2e.opencode.corpus2 import CASES, PACE, SCRIPTS
from tests.e2e.opencode.everywhere import DEVELOPER, Told
from tests.e2e.opencode.played_cases import fault, played, say_score
from tests.support.serving import served
from tests.support.stepwire_server import stepwire_server

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

OPTIONS = ("--max-pipelines", "16", "--stall-timeout", "20", "--ask-timeout", "30", "--max-turns", "40")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[ScriptedOpenCode2]:
    async with scripted_opencode2(pace=PACE) as scripted:
        for name, script in SCRIPTS.items():
            scripted.play(name, *script)
        yield scripted


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(
    engine: ScriptedOpenCode2, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[dict[str, Told]]:
    root = tmp_path_factory.mktemp("corpus")
    async with (
        served(engine) as url,
        stepwire_server(root / "stepwire", opencode_url=url, options=OPTIONS, agents=DEVELOPER) as stepwire,
    ):
        found = await played(stepwire, CASES, provider="scripted", directory=root)
        say_score(request, "the scripted OpenCode 2", CASES, found)
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_it_is_told_as_what_it_is(told: dict[str, Told], case: Case) -> None:
    assert fault(case, told[case.name]) is None


async def test_nothing_is_left_running(told: dict[str, Told], engine: ScriptedOpenCode2) -> None:
    assert {one.stored[0] for one in told.values()} == {"SUCCEEDED", "FAILED"}
    assert [session.title for session in engine.stage.sessions.values() if session.active] == []
