"""Every situation of the corpus, as people meet it: what the subscriber is told, the query and plain SQL say as well.

All of them run at once on one stepwire and one real OpenCode; no pipeline is left running, and the score is printed.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.opencode.corpus import AGENTS, CASES, DONE, READ_OUTSIDE, SCRIPTED, Case
from tests.e2e.opencode.everywhere import Expected, Told, fault_of, played
from tests.support.opencode_server import OpenCodeServer, opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

OPTIONS = ("--max-pipelines", "16", "--stall-timeout", "20", "--ask-timeout", "15", "--max-turns", "40")
ALLOW = "mutation ($id: ID!) { answerPermission(attentionId: $id, allow: true) { __typename } }"
REFUSE = """
mutation ($id: ID!, $message: String) {
  answerPermission(attentionId: $id, allow: false, message: $message) { __typename }
}
"""
ANSWER = 'mutation ($id: ID!) { answerQuestion(attentionId: $id, answers: ["pg"]) { __typename } }'
DISMISS = "mutation ($id: ID!) { dismissQuestion(attentionId: $id) { __typename } }"
ACTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "once": (ALLOW, {}),
    "reject": (REFUSE, {}),
    "advise": (REFUSE, {"message": "Look into the project only"}),
    "answer": (ANSWER, {}),
    "dismiss": (DISMISS, {}),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[dict[str, Told]]:
    root = tmp_path_factory.mktemp("corpus")
    (root / "opencode").mkdir()
    agents = "agents: [{name: developer, description: Codes, opencode_agent: build}]\n"
    async with provider() as llm:
        _script(llm)
        config = opencode_config(llm.url, models=SCRIPTED, permission={}, agents=AGENTS)
        async with (
            opencode_server(root / "opencode", llm.url, config=config) as opencode,
            stepwire_server(root / "stepwire", opencode_url=opencode.url, options=OPTIONS, agents=agents) as stepwire,
        ):
            found = await _played(stepwire, opencode)
            await opencode.until_idle()
            _say_score(request, found)
            yield found


def _script(llm: Provider) -> None:
    llm.script("kid-asks", READ_OUTSIDE, DONE)
    for case in CASES:
        if case.script:
            (llm.script_requests if case.per_request else llm.script)(case.name, *case.script)


async def _played(stepwire: StepwireServer, opencode: OpenCodeServer) -> dict[str, Told]:
    persons = {case.name: case.person for case in CASES}

    async def act(name: str, attention_id: str) -> None:
        person = persons[name]
        if person is not None:
            mutation, more = ACTS[person]
            await stepwire.query(mutation, id=attention_id, **more)

    return await played(stepwire, {case.name: _start_of(case, opencode) for case in CASES}, act)


def _start_of(case: Case, opencode: OpenCodeServer) -> dict[str, Any]:
    timeout = int(case.limits.get("timeout_seconds", 120))
    step = {"agent": "developer", "model": f"stub/{case.name}", "timeoutSeconds": timeout, "maxAttempts": 1}
    return {"prompt": "Fix the login", "directory": str(opencode.project), "steps": [step]}


def _fault(case: Case, told: Told) -> str | None:
    """What is not as it should be, on any surface."""
    if case.kind is None:
        succeeded = told.status == "SUCCEEDED" and told.stored == ("SUCCEEDED", "SUCCEEDED", None)
        said = succeeded and case.words in told.queried["steps"][0]["handoff"]["markdown"]
        return None if said and told.failed is None else f"not a success: {told.failed or told.queried}"
    assert case.retry is not None
    if told.failed is not None and told.failed["failure"]["statusCode"] != case.status:
        return f"wrong: statusCode in {told}"
    return fault_of(told, Expected(kind=case.kind, words=(case.words,), retry=case.retry))


def _say_score(request: pytest.FixtureRequest, found: Mapping[str, Told]) -> None:
    right = sum(_fault(case, found[case.name]) is None for case in CASES)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\ncorpus on the real OpenCode: {right} of {len(CASES)} situations told as what they are", flush=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_it_is_told_as_what_it_is(told: dict[str, Told], case: Case) -> None:
    assert _fault(case, told[case.name]) is None


async def test_nothing_is_left_running(told: dict[str, Told]) -> None:
    assert {one.stored[0] for one in told.values()} == {"SUCCEEDED", "FAILED"}
