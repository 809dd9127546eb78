"""Whatever a person has done is in the audit trail: who did it, and what changed."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from resolvers import build_schema
from runner.attention import Attention, AttentionKind, PermissionRequest, Question
from runner.ids import part_id
from runner.model import Pipeline
from tests.resolvers.world import APPROVAL, PERSON, World
from tests.support.application import application
from tests.support.fakes import ScriptedAgents

Prepare = Callable[[World], Awaitable[dict[str, Any]]]

_TRAIL = """query ($after: Cursor) { events(first: 100, after: $after) { nodes {
    __typename actor { name } sentence
    ... on PipelineResumed { model instruction timeoutSeconds prompt today }
    ... on AttentionCleared { answer }
    ... on DefinitionChanged { definition change }
} } }"""
_RETRY = '{ stepId: $id, model: "acme/x", instruction: "Use pytest", timeoutSeconds: 60, prompt: "Mend the tests" }'
_NEW_STEP = 'steps: [{ agent: "builder" }]'


async def _nothing(world: World) -> dict[str, Any]:
    return {}


async def _failed_step(world: World) -> dict[str, Any]:
    return {"id": (await world.failed()).steps[0].id}


async def _running(world: World) -> dict[str, Any]:
    return {"id": (await world.running()).id}


async def _token(world: World) -> dict[str, Any]:
    await world.ask('mutation { createToken(name: "ci", role: OPERATOR) { __typename } }')
    return {}


async def _trusted(world: World) -> dict[str, Any]:
    await world.ask('mutation { trustDirectory(path: "/") { __typename } }')
    return {}


async def _ended(world: World) -> dict[str, Any]:
    await world.failed()
    return {"at": world.clock.later(3600).isoformat()}


async def _group(world: World) -> dict[str, Any]:
    failed = await world.failed()
    assert failed.failure is not None
    return {"id": failed.failure.group_id}


async def _approval(world: World) -> dict[str, Any]:
    approval = (await world.running(APPROVAL)).steps[0].approval
    assert approval is not None
    return {"id": approval.id}


async def _ask(world: World, kind: AttentionKind, **asked: Any) -> dict[str, Any]:
    running: Pipeline = await world.running()
    ask = Attention(
        id=part_id("att", running.steps[0].id, 1, "ask"), kind=kind, message="May I?", since=world.clock.now(), **asked
    )
    await world.attend(running, ask)
    return {"id": ask.id}


async def _permission(world: World) -> dict[str, Any]:
    return await _ask(world, AttentionKind.PERMISSION, permission=PermissionRequest(id="per_1", permission="bash"))


async def _question(world: World) -> dict[str, Any]:
    return await _ask(world, AttentionKind.QUESTION, question=Question(id="que_1", text="Which?", options=("A", "B")))


MUTATIONS: list[tuple[Prepare, str, str, dict[str, Any], str]] = [
    (_nothing, f'startPipeline(input: {{ prompt: "Mend it", {_NEW_STEP} }})', "PipelineStarted", {}, "started"),
    (
        _failed_step,
        f"retryStep(input: {_RETRY})",
        "PipelineResumed",
        {
            "model": "acme/x",
            "instruction": "Use pytest",
            "timeoutSeconds": 60,
            "prompt": "Mend the tests",
            "today": False,
        },
        "with the model acme/x, another prompt, a further instruction, a limit of 60s",
    ),
    (_failed_step, 'supplyHandoff(stepId: $id, markdown: "By hand")', "StepSucceeded", {}, "succeeded"),
    (_failed_step, 'skipStep(stepId: $id, reason: "not needed")', "StepSkipped", {}, "not needed"),
    (_running, 'cancelPipeline(id: $id, reason: "wrong branch")', "PipelineFinished", {}, "wrong branch"),
    (_approval, 'approve(approvalId: $id, comment: "fine")', "ApprovalDecided", {}, "approved: fine"),
    (_approval, 'reject(approvalId: $id, comment: "too big")', "ApprovalDecided", {}, "rejected: too big"),
    (_permission, "answerPermission(attentionId: $id, allow: true)", "AttentionCleared", {"answer": "allowed"}, ""),
    (
        _question,
        'answerQuestion(attentionId: $id, answers: [], fields: [{ key: "q0", values: ["A"] }])',
        "AttentionCleared",
        {},
        "A",
    ),
    (_question, "dismissQuestion(attentionId: $id)", "AttentionCleared", {"answer": "dismissed"}, ""),
    (_group, 'acknowledgeFailureGroup(id: $id, note: "ordered")', "FailureGroupChanged", {}, "acknowledged: ordered"),
    (_group, "resolveFailureGroup(id: $id)", "FailureGroupChanged", {}, "is resolved"),
    (_nothing, "startEngine", "EngineStarted", {}, "answers at http://127.0.0.1:4096, version 1.0"),
    (_nothing, 'trustDirectory(path: "/")', "TrustChanged", {}, "/ is trusted"),
    (_trusted, 'revokeTrust(path: "/")', "TrustChanged", {}, "/ is not trusted any more"),
    (_nothing, 'createToken(name: "ci", role: OPERATOR)', "TokenChanged", {}, "token ci, operator, added"),
    (_token, 'revokeToken(name: "ci")', "TokenChanged", {}, "token ci, operator, revoked"),
    (_ended, "prune(olderThan: $at)", "LogPruned", {}, "4 events are gone, with the 1 pipelines"),
]
DEFINITIONS: list[tuple[str, str, str]] = [
    ('saveAgent(input: { name: "tester", engineAgent: "build" })', "agent tester", "saved"),
    (
        'saveAgent(name: "tester", input: { name: "checker", engineAgent: "build" })',
        "agent tester → checker",
        "renamed",
    ),
    ('saveTemplate(input: { name: "check", steps: [{ agent: "checker" }] })', "template check", "saved"),
    ('deleteTemplate(name: "check")', "template check", "deleted"),
    ('deleteAgent(name: "checker")', "agent checker", "deleted"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("prepare", "mutation", "event", "fields", "words"), MUTATIONS, ids=[row[1].partition("(")[0] for row in MUTATIONS]
)
async def test_a_mutation_is_in_the_audit_trail(
    prepare: Prepare, mutation: str, event: str, fields: dict[str, Any], words: str
) -> None:
    world = World()
    variables = await prepare(world)
    before = (await world.ask("{ events(last: 1) { pageInfo { endCursor } } }"))["events"]["pageInfo"]["endCursor"]
    declared = {"id": "($id: ID!)", "at": "($at: DateTime!)"}.get(next(iter(variables), ""), "")

    await world.ask(f"mutation {declared} {{ {mutation} {{ __typename }} }}", **variables)

    trail = (await world.ask(_TRAIL, after=before))["events"]["nodes"]
    [told] = [node for node in trail if node["__typename"] == event]
    assert told["actor"] == {"name": PERSON.name}
    assert words in told["sentence"]
    assert {name: told[name] for name in fields} == fields


@pytest.mark.asyncio
async def test_what_is_done_to_definitions_is_in_the_audit_trail(tmp_path: Path) -> None:
    async with application(tmp_path, ScriptedAgents()) as running:
        for mutation, _, _ in DEFINITIONS:
            answer = await running.query(f"mutation {{ done: {mutation} {{ __typename }} }}")
            assert answer["data"]["done"]["__typename"] in ("Agent", "Template", "Deleted"), answer
        told = (await running.query(_TRAIL))["data"]["events"]["nodes"]

    by_people = [node for node in told if node["actor"]]
    assert [(node["definition"], node["change"]) for node in by_people] == [row[1:] for row in DEFINITIONS]


def test_no_mutation_is_missing() -> None:
    api = build_schema()._schema.mutation_type
    assert api is not None
    tried = {row[1].partition("(")[0] for row in MUTATIONS} | {row[0].partition("(")[0] for row in DEFINITIONS}

    assert tried == set(api.fields)
