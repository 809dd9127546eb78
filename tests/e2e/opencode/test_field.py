"""What people met with at their providers is told as what it is, by the real OpenCode and the providers' own packages.

All rows run at once on one stepwire and one OpenCode, which has a provider for each of them; the score is printed.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from runner.failure_kinds import KINDS
from tests.e2e.opencode.everywhere import DEVELOPER, Expected, Told, fault_of, played, say_score
from tests.e2e.opencode.field import CASES, Case
from tests.support.opencode_server import opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.provider_wire import Json
from tests.support.stepwire_server import stepwire_server

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

OPTIONS = ("--max-pipelines", str(len(CASES)), "--stall-timeout", "120")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[dict[str, Told]]:
    root = tmp_path_factory.mktemp("field")
    (root / "opencode").mkdir()
    async with provider() as llm:
        for case in CASES:
            llm.script_below(case.name, case.reply)
        async with (
            opencode_server(root / "opencode", llm.url, config=_config(llm)) as opencode,
            stepwire_server(
                root / "stepwire", opencode_url=opencode.url, options=OPTIONS, agents=DEVELOPER
            ) as stepwire,
        ):
            directory = str(opencode.project)
            found = await played(stepwire, {case.name: _start_of(case, directory) for case in CASES}, _nobody_acts)
            await opencode.until_idle()
            say_score(request, "field on the real OpenCode", [_fault(case, found[case.name]) for case in CASES])
            yield found


def _config(llm: Provider) -> dict[str, Json]:
    """A provider of its own for each row, of the row's package, at a path of its own."""
    config = opencode_config(llm.url)
    known = config["provider"]
    assert isinstance(known, dict)
    for case in CASES:
        package, below = case.package
        options: Json = {"baseURL": llm.address(f"/{case.name}{below}"), "apiKey": "dummy", **case.options}
        model: Json = {"name": "m", "tool_call": True, "limit": {"context": 128_000, "output": 8192}}
        known[case.name] = {"npm": package, "name": case.name, "options": options, "models": {"m": model}}
    config["enabled_providers"] = ["stub", *(case.name for case in CASES)]
    return config


def _start_of(case: Case, directory: str) -> dict[str, Any]:
    step = {"agent": "developer", "model": f"{case.name}/m", "timeoutSeconds": 220, "maxAttempts": 1}
    return {"prompt": "Fix the login", "directory": directory, "steps": [step]}


async def _nobody_acts(name: str, attention_id: str) -> None:
    raise AssertionError(f"{name}: no person is asked anything here")


def _fault(case: Case, told: Told) -> str | None:
    expected = Expected(
        kind=case.kind, words=case.words, retry=KINDS[case.kind].retry, hint=case.hint, never=case.never
    )
    return fault_of(told, expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_it_is_told_as_what_it_is(told: dict[str, Told], case: Case) -> None:
    assert _fault(case, told[case.name]) is None


@pytest.mark.parametrize("case", [case for case in CASES if case.retries], ids=lambda case: case.name)
async def test_while_opencode_asks_again_it_is_said_in_words(told: dict[str, Told], case: Case) -> None:
    said = told[case.name].attentions

    assert 1 <= len(said) <= 40
    assert [words for words in said if "{" in words] == []
