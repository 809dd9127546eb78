"""What is told of a pipeline on each surface: the subscription, the query, the tables. Many are played at once.

told = await played(stepwire, {"name": {"prompt": …, "steps": […]}}, act)
assert fault_of(told["name"], Expected(kind=…, words=("…",))) is None
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest

from runner.failure_kinds import KINDS, FailureKind, Retry
from tests.support.stepwire_server import StepwireServer, Subscriber

DEVELOPER = "agents: [{name: developer, description: Codes, opencode_agent: build}]\n"
START = """
mutation ($input: StartPipelineInput!) {
  startPipeline(input: $input, force: true) { __typename ... on Pipeline { id } ... on UserError { message } }
}
"""
EVENTS = """
subscription { events { __typename
  ... on PipelineEvent { pipeline { id title } }
  ... on PipelineFinished { status }
  ... on AttentionRaised { attention { id kind message } }
  ... on StepFailed { errorMessage failure {
      kind origin message hint statusCode retryable retryDecision { outcome } causes { message }
      evidence { sessionId } } }
} }
"""
PIPELINE = """
query ($id: ID!) { pipeline(id: $id) { status errorMessage attention { id }
  steps { status errorMessage handoff { markdown } failure { kind message hint } } } }
"""

Act: TypeAlias = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of one pipeline on each surface; `failed` is what the subscriber was told, if it was."""

    status: str
    failed: dict[str, Any] | None
    attentions: tuple[str, ...]
    queried: dict[str, Any]
    stored: tuple[Any, ...]
    recorded: tuple[Any, ...] | None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A failure of that kind. `words` are in the message, `hint` is in the hint, `never` is in neither."""

    kind: FailureKind
    words: tuple[str, ...]
    retry: Retry
    hint: str = ""
    never: tuple[str, ...] = ()


@dataclass
class _Seen:
    finished: dict[str, str] = field(default_factory=dict)
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    attentions: dict[str, list[str]] = field(default_factory=dict)


async def played(stepwire: StepwireServer, starts: Mapping[str, Mapping[str, Any]], act: Act) -> dict[str, Told]:
    """Starts a pipeline for each name, which is its title. `act` gets the name and the id of an ask for a person.

    They are followed from the first start on: what is asked meanwhile must not wait until the last one has begun.
    """
    async with (
        stepwire.subscription(EVENTS) as events,
        asyncio.timeout(240),
        asyncio.TaskGroup() as tasks,
    ):
        following = tasks.create_task(_followed(events, len(starts), act))
        keys = {name: await _started(stepwire, name, start) for name, start in starts.items()}
        seen = await following
    return {name: await _told(stepwire, key, name, seen) for name, key in keys.items()}


def fault_of(told: Told, expected: Expected) -> str | None:
    """What is not as it should be, on any surface."""
    if told.failed is None:
        return f"no StepFailed: {told.queried}"
    failure, message = told.failed["failure"], told.failed["errorMessage"]
    said = f"{message} {failure['hint']}"
    facts = {
        "status": told.status == "FAILED",
        "kind": failure["kind"] == expected.kind.value,
        "origin": failure["origin"] == KINDS[expected.kind].origin.value,
        "words": all(words in message for words in expected.words) and failure["message"] == message,
        "hint": bool(failure["hint"]) and expected.hint in failure["hint"],
        "never": not any(words in said for words in expected.never),
        "retryable": failure["retryable"] is (expected.retry is not Retry.NO),
        "decision": failure["retryDecision"]["outcome"] == _decision(expected.retry),
        "evidence": bool((failure["evidence"] or {}).get("sessionId")),
        "query": [told.queried["errorMessage"], told.queried["steps"][0]["errorMessage"]] == [message, message],
        "attention": told.queried["attention"] == [],
        "steps": told.stored == ("FAILED", "FAILED", message),
        "failures": told.recorded == (expected.kind.value, message, failure["statusCode"]),
    }
    wrong = [name for name, right in facts.items() if not right]
    return f"wrong: {', '.join(wrong)} in {told}" if wrong else None


def say_score(request: pytest.FixtureRequest, of: str, faults: Sequence[str | None]) -> None:
    """Prints, captured or not, how many of them are none."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{of}: {faults.count(None)} of {len(faults)} situations told as what they are", flush=True)


def _decision(retry: Retry) -> str:
    return "NOT_RETRYABLE" if retry is Retry.NO else "EXHAUSTED"


async def _started(stepwire: StepwireServer, title: str, start: Mapping[str, Any]) -> str:
    answer = (await stepwire.query(START, input={"title": title, **start}))["startPipeline"]
    assert answer["__typename"] == "Pipeline", answer
    return str(answer["id"])


async def _followed(events: Subscriber, count: int, act: Act) -> _Seen:
    seen = _Seen()
    async for event in events:
        key = event.get("pipeline", {}).get("title")
        match event["__typename"]:
            case "AttentionRaised":
                attention = event["attention"]
                seen.attentions.setdefault(key, []).append(attention["message"])
                if attention["kind"] in ("PERMISSION", "QUESTION"):
                    await act(key, attention["id"])
            case "StepFailed":
                seen.failed[key] = event
            case "PipelineFinished":
                seen.finished[key] = event["status"]
        if len(seen.finished) == count:
            break
    return seen


async def _told(stepwire: StepwireServer, key: str, name: str, seen: _Seen) -> Told:
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
        status=seen.finished[name],
        failed=seen.failed.get(name),
        attentions=tuple(seen.attentions.get(name, ())),
        queried=queried,
        stored=tuple(stored),
        recorded=recorded[0] if recorded else None,
    )
