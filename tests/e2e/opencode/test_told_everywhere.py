"""Every situation of the corpus, as people meet it: what the subscriber is told, the query and plain SQL say as well.

All of them run at once on one stepwire and one real OpenCode; no pipeline is left running, and the score is printed.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from runner.failures import KINDS, Retry
from tests.e2e.opencode.corpus import AGENTS, CASES, DONE, READ_OUTSIDE, SCRIPTED, Case
from tests.support.opencode_server import OpenCodeServer, opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.stepwire_server import StepwireServer, Subscriber, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

OPTIONS = ("--max-pipelines", "16", "--stall-timeout", "20", "--ask-timeout", "15", "--max-turns", "40")
START = """
mutation ($input: StartPipelineInput!) {
  startPipeline(input: $input, force: true) { __typename ... on Pipeline { id } ... on UserError { message } }
}
"""
EVENTS = """
subscription { events { __typename
  ... on PipelineEvent { pipeline { id } }
  ... on PipelineFinished { status }
  ... on AttentionRaised { attention { id kind message } }
  ... on StepFailed { errorMessage failure {
      kind origin message hint statusCode retryable retryDecision { outcome } causes { message }
      evidence { sessionId } } }
} }
"""
PIPELINE = """
query ($id: ID!) { pipeline(id: $id) { status errorMessage attention { id }
  steps { status errorMessage handoff { markdown } failure { kind message } } } }
"""
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


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of one case on each surface; `failed` is what the subscriber was told, if it was."""

    status: str
    failed: dict[str, Any] | None
    queried: dict[str, Any]
    stored: tuple[Any, ...]
    recorded: tuple[Any, ...] | None


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
    async with stepwire.subscription(EVENTS) as events:
        cases = {await _started(stepwire, opencode, case): case for case in CASES}
        async with asyncio.timeout(240):
            finished, failed = await _followed(stepwire, events, cases)
    return {case.name: await _told(stepwire, key, finished[key], failed.get(key)) for key, case in cases.items()}


async def _started(stepwire: StepwireServer, opencode: OpenCodeServer, case: Case) -> str:
    timeout = int(case.limits.get("timeout_seconds", 120))
    step = {"agent": "developer", "model": f"stub/{case.name}", "timeoutSeconds": timeout, "maxAttempts": 1}
    start = {"prompt": "Fix the login", "title": case.name, "directory": str(opencode.project), "steps": [step]}
    answer = (await stepwire.query(START, input=start))["startPipeline"]
    assert answer["__typename"] == "Pipeline", answer
    return str(answer["id"])


async def _followed(
    stepwire: StepwireServer, events: Subscriber, cases: Mapping[str, Case]
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    finished: dict[str, str] = {}
    failed: dict[str, dict[str, Any]] = {}
    async for event in events:
        key = event.get("pipeline", {}).get("id")
        match event["__typename"]:
            case "AttentionRaised" if event["attention"]["kind"] in ("PERMISSION", "QUESTION"):
                await _act(stepwire, cases[key], event["attention"]["id"])
            case "StepFailed":
                failed[key] = event
            case "PipelineFinished":
                finished[key] = event["status"]
        if len(finished) == len(cases):
            break
    return finished, failed


async def _act(stepwire: StepwireServer, case: Case, attention_id: str) -> None:
    if case.person is not None:
        mutation, more = ACTS[case.person]
        await stepwire.query(mutation, id=attention_id, **more)


async def _told(stepwire: StepwireServer, key: str, status: str, failed: dict[str, Any] | None) -> Told:
    queried = (await stepwire.query(PIPELINE, id=key))["pipeline"]
    ((pipeline, *stored),) = stepwire.rows(
        "select p.id, p.status, s.status, s.error_message from pipelines p join steps s on s.pipeline_id = p.id"
        " where p.title = (select title from pipelines where instr(?, id))",
        key,
    )
    recorded = stepwire.rows(
        "select kind, message, status_code from failures where step_id in (select id from steps where pipeline_id = ?)",
        pipeline,
    )
    return Told(
        status=status,
        failed=failed,
        queried=queried,
        stored=tuple(stored),
        recorded=recorded[0] if recorded else None,
    )


def _fault(case: Case, told: Told) -> str | None:
    """What is not as it should be, on any surface."""
    if case.kind is None:
        succeeded = told.status == "SUCCEEDED" and told.stored == ("SUCCEEDED", "SUCCEEDED", None)
        said = succeeded and case.words in told.queried["steps"][0]["handoff"]["markdown"]
        return None if said and told.failed is None else f"not a success: {told.failed or told.queried}"
    if told.failed is None:
        return f"no StepFailed: {told.queried}"
    failure, message = told.failed["failure"], told.failed["errorMessage"]
    facts = {
        "status": told.status == "FAILED",
        "kind": failure["kind"] == case.kind.value,
        "origin": failure["origin"] == KINDS[case.kind].origin.value,
        "words": case.words in message and failure["message"] == message,
        "hint": bool(failure["hint"]),
        "statusCode": failure["statusCode"] == case.status,
        "retryable": failure["retryable"] is (case.retry is not Retry.NO),
        "decision": failure["retryDecision"]["outcome"] == _decision(case),
        "evidence": bool((failure["evidence"] or {}).get("sessionId")),
        "query": [told.queried["errorMessage"], told.queried["steps"][0]["errorMessage"]] == [message, message],
        "attention": told.queried["attention"] == [],
        "steps": told.stored == ("FAILED", "FAILED", message),
        "failures": told.recorded == (case.kind.value, message, case.status),
    }
    wrong = [name for name, right in facts.items() if not right]
    return f"wrong: {', '.join(wrong)} in {told}" if wrong else None


def _decision(case: Case) -> str:
    return "NOT_RETRYABLE" if case.retry is Retry.NO else "EXHAUSTED"


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
