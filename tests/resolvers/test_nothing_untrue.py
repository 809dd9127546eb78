"""The API tells what is known and still open, who was faster, what is cancelled, and how long it really took."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from runner.approvals import decide_approval
from runner.attention import Attention, AttentionKind, PermissionRequest
from runner.ids import part_id
from runner.model import Actor, Pipeline
from runner.transitions import cancel
from tests.resolvers.world import APPROVAL, PERSON, World

pytestmark = pytest.mark.asyncio

BEN = Actor(name="Ben")
_FAILURE = "settled known { by { name } note count at } group { status count acknowledgement { by { name } count } }"


@pytest.fixture
def world() -> World:
    return World()


async def acknowledge(world: World, pipeline: Pipeline, note: str | None = None) -> dict[str, Any]:
    assert pipeline.failure is not None
    asked = "mutation ($id: ID!, $note: String) { acknowledgeFailureGroup(id: $id, note: $note) "
    asked += "{ ... on FailureGroup { status acknowledgement { by { name } note count } } } }"
    answer = await world.ask(asked, id=pipeline.failure.group_id, note=note)
    return dict(answer["acknowledgeFailureGroup"])


async def test_a_later_failure_of_a_known_cause_is_told_as_known(world: World) -> None:
    await acknowledge(world, await world.failed(), "the key is ordered")

    async with world.follow(
        f"subscription {{ failures {{ ... on StepFailed {{ failure {{ {_FAILURE} }} }} }} }}"
    ) as told:
        later = await _started_then(world, told)
    failures = (await world.ask(f"{{ failures {{ nodes {{ {_FAILURE} }} }} }}"))["failures"]["nodes"]
    still_open = (await world.ask("{ failures(open: true) { totalCount nodes { id } } }"))["failures"]

    assert [node["settled"] for node in failures] == [False, True]
    assert failures[0]["known"]["by"] == {"name": PERSON.name}
    assert (failures[0]["known"]["note"], failures[0]["known"]["count"]) == ("the key is ordered", 1)
    assert failures[1]["known"] is None
    assert failures[0]["group"] == {
        "status": "ACKNOWLEDGED",
        "count": 2,
        "acknowledgement": {"by": {"name": PERSON.name}, "count": 1},
    }
    assert later == failures[0]
    assert still_open["totalCount"] == 1


async def _started_then(world: World, told: Any) -> dict[str, Any]:
    """What a subscriber is told of the next failure."""
    waiting = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0)
    await world.failed()
    while "failure" not in (item := await waiting):
        waiting = asyncio.ensure_future(anext(told))
    return dict(item["failure"])


async def test_a_resolved_group_stays_resolved_when_it_is_acknowledged(world: World) -> None:
    failed = await world.failed()
    assert failed.failure is not None
    await world.ask("mutation ($id: ID!) { resolveFailureGroup(id: $id) { __typename } }", id=failed.failure.group_id)

    assert await acknowledge(world, failed) == {"status": "RESOLVED", "acknowledgement": None}


DECISION = "__typename ... on NotAllowed { message decision { by { name } at what note } }"


@pytest.mark.parametrize("mutation", ["approve", "reject"])
async def test_who_decides_too_late_is_told_who_was_faster(world: World, mutation: str) -> None:
    asked = await world.running(APPROVAL)
    at = world.clock.later(5)
    await world.commit(decide_approval(asked, asked.steps[0].id, BEN, False, "too big", at))
    approval = asked.steps[0].approval
    assert approval is not None

    answer = await world.ask(
        f"mutation ($id: ID!) {{ late: {mutation}(approvalId: $id) {{ {DECISION} }} }}", id=approval.id
    )

    assert answer["late"]["message"] == "It is already decided: rejected by Ben."
    decision = {"by": {"name": "Ben"}, "at": _instant(at), "what": "rejected", "note": "too big"}
    assert answer["late"]["decision"] == decision


async def test_an_approval_of_a_cancelled_pipeline_is_cancelled(world: World) -> None:
    asked = await world.running(APPROVAL)
    await world.commit(cancel(asked, BEN, "not needed", world.clock.later(5)))
    approval = asked.steps[0].approval
    assert approval is not None

    shown = await world.ask("{ approvals(status: [CANCELLED]) { id status decidedBy { name } } }")
    late = await world.ask(f"mutation ($id: ID!) {{ late: approve(approvalId: $id) {{ {DECISION} }} }}", id=approval.id)

    assert shown["approvals"] == [{"id": approval.id, "status": "CANCELLED", "decidedBy": {"name": "Ben"}}]
    assert late["late"]["decision"]["what"] == "cancelled"


async def test_who_answers_a_permission_too_late_is_told_who_was_faster(world: World) -> None:
    running = await world.running()
    ask = Attention(
        id=part_id("att", running.steps[0].id, 1, "per_1"),
        kind=AttentionKind.PERMISSION,
        message="May I?",
        since=world.clock.now(),
        permission=PermissionRequest(id="per_1", permission="bash"),
    )
    await world.attend(running, ask)
    answer = f"answerPermission(attentionId: $id, allow: $allow) {{ {DECISION} }}"
    mutation = f"mutation ($id: ID!, $allow: Boolean!) {{ done: {answer} }}"

    await world.ask(mutation, id=ask.id, allow=False)
    late = await world.ask(mutation, id=ask.id, allow=True)

    assert late["done"]["message"] == f"That question is no longer open: refused by {PERSON.name}."
    assert (late["done"]["decision"]["what"], late["done"]["decision"]["by"]) == ("refused", {"name": PERSON.name})


async def test_pruning_can_be_tried_before(world: World) -> None:
    await world.failed()
    await world.failed()
    world.clock.later(60)
    mutation = """mutation ($at: DateTime!, $dry: Boolean) { prune(olderThan: $at, dryRun: $dry) {
        ... on Pruned { pipelines events dryRun } ... on InvalidInput { message field } } }"""

    counted = await world.ask(mutation, at=world.clock.now().isoformat(), dry=True)
    left = await world.ask("{ pipelines { totalCount } }")
    went = await world.ask(mutation, at=world.clock.now().isoformat())
    ahead = await world.ask(mutation, at=(world.clock.now() + timedelta(hours=1)).isoformat())

    assert counted["prune"] == {"pipelines": 2, "events": 8, "dryRun": True}
    assert left["pipelines"]["totalCount"] == 2
    assert went["prune"] == {"pipelines": 2, "events": 8, "dryRun": False}
    assert (await world.ask("{ pipelines { totalCount } }"))["pipelines"]["totalCount"] == 0
    assert ahead["prune"]["field"] == ["olderThan"]


async def test_the_audit_trail_is_narrowed_to_a_step(world: World) -> None:
    running = await world.running(APPROVAL, APPROVAL)
    first, second = running.steps
    await world.commit(decide_approval(running, first.id, BEN, True, None, world.clock.later(1)))

    query = "query ($id: ID!) { events(stepId: $id) { nodes { __typename ... on StepEvent { step { id } } } } }"
    of_first = (await world.ask(query, id=first.id))["events"]["nodes"]
    of_second = (await world.ask(query, id=second.id))["events"]["nodes"]

    assert {node["step"]["id"] for node in of_first} == {first.id}
    assert "PipelineStarted" not in [node["__typename"] for node in of_first]
    assert [node["__typename"] for node in of_second] == ["PipelineResumed"]


_TAKEN = "workedSeconds waitedSeconds"


async def test_how_long_it_took_is_told_of_every_part(world: World) -> None:
    """Each look at the world's clock is a known while after the one before."""
    running = await world.running()
    begun = running.steps[0].attempts[0].started_at
    world.clock.later((begun + timedelta(seconds=90) - world.clock.now()).total_seconds())

    shown = await world.ask(
        f"query ($id: ID!) {{ pipeline(id: $id) {{ {_TAKEN} steps {{ {_TAKEN} attempts {{ {_TAKEN} }} }} }} }}",
        id=running.id,
    )
    told = await world.ask(
        f"{{ events(types: [STEP_STARTED]) {{ nodes {{ ... on StepStarted {{ step {{ {_TAKEN} }} }} }} }} }}"
    )

    turn = (begun - running.created_at).total_seconds()
    [step] = shown["pipeline"]["steps"]
    assert step["attempts"] == [{"workedSeconds": 90.0, "waitedSeconds": 0.0}]
    assert (step["workedSeconds"], step["waitedSeconds"]) == (90.0, 0.0)
    assert (shown["pipeline"]["workedSeconds"], shown["pipeline"]["waitedSeconds"]) == (90.0, turn)
    assert told["events"]["nodes"] == [{"step": {"workedSeconds": 0.0, "waitedSeconds": 0.0}}]


def _instant(at: Any) -> str:
    return str(at.isoformat(timespec="milliseconds")).replace("+00:00", "Z")
