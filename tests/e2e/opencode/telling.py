"""What people are told of a case: the subscriber, the query and plain SQL, and whether all say what it is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runner.failures import KINDS, Retry
from tests.e2e.opencode.corpus import Case
from tests.support.stepwire_server import StepwireServer, Subscriber

AGENTS = "agents: [{name: developer, description: Codes, opencode_agent: build}]\n"
# All at once they would spend their own limits on waiting for an OpenCode that has only just come up.
_AT_ONCE = 4
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
ALWAYS = "mutation ($id: ID!) { answerPermission(attentionId: $id, allow: true, always: true) { __typename } }"
ANSWER = """
mutation ($id: ID!, $answers: [String!]!) { answerQuestion(attentionId: $id, answers: $answers) { __typename } }
"""
DISMISS = "mutation ($id: ID!) { dismissQuestion(attentionId: $id) { __typename } }"
ACTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "once": (ALLOW, {}),
    "reject": (REFUSE, {}),
    "advise": (REFUSE, {"message": "Look into the project only"}),
    "always": (ALWAYS, {}),
    "answer": (ANSWER, {"answers": ["pg"]}),
    "fill": (ANSWER, {"answers": ["Blue", "S"]}),
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


async def played(stepwire: StepwireServer, cases: Sequence[Case], *, provider: str, directory: Path) -> dict[str, Told]:
    """What came of each case by its name; its model is the provider's of that name."""
    async with stepwire.subscription(EVENTS) as events:
        few = asyncio.Semaphore(_AT_ONCE)

        async def begun(case: Case) -> str:
            async with few:
                return await _started(stepwire, case, f"{provider}/{case.name}", directory)

        keys = await asyncio.gather(*(begun(case) for case in cases))
        started = dict(zip(keys, cases, strict=True))
        async with asyncio.timeout(240):
            finished, failed = await _followed(stepwire, events, started)
    return {case.name: await _told(stepwire, key, finished[key], failed.get(key)) for key, case in started.items()}


async def _started(stepwire: StepwireServer, case: Case, model: str, directory: Path) -> str:
    timeout = int(case.limits.get("timeout_seconds", 120))
    step = {"agent": "developer", "model": model, "timeoutSeconds": timeout, "maxAttempts": 1}
    start = {"prompt": "Fix the login", "title": case.name, "directory": str(directory), "steps": [step]}
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


def fault(case: Case, told: Told) -> str | None:
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


def say_score(request: pytest.FixtureRequest, engine: str, cases: Sequence[Case], found: Mapping[str, Told]) -> None:
    right = sum(fault(case, found[case.name]) is None for case in cases)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\ncorpus on {engine}: {right} of {len(cases)} situations told as what they are", flush=True)
