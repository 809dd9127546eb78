"""The log is read as history: from either end, from any place, narrowed to a pipeline or to kinds of events."""

import pytest

from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


async def test_the_audit_trail_is_read_from_either_end(world: World) -> None:
    await world.failed()

    shown = await world.ask(
        "{ first: events(first: 2) { nodes { __typename } pageInfo { hasNextPage hasPreviousPage } } "
        "last: events(last: 2) { nodes { __typename } pageInfo { hasNextPage hasPreviousPage } } }"
    )

    assert [node["__typename"] for node in shown["first"]["nodes"]] == ["PipelineStarted", "StepStarted"]
    assert [node["__typename"] for node in shown["last"]["nodes"]] == ["StepFailed", "PipelineFinished"]
    assert shown["first"]["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}
    assert shown["last"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}


async def test_the_audit_trail_goes_on_after_a_cursor(world: World) -> None:
    await world.failed()
    trail = "query ($after: Cursor) { events(first: 3, after: $after) { nodes { __typename } pageInfo { endCursor } } }"

    begun = (await world.ask(trail))["events"]
    rest = (await world.ask(trail, after=begun["pageInfo"]["endCursor"]))["events"]

    assert [node["__typename"] for node in rest["nodes"]] == ["PipelineFinished"]


async def test_the_audit_trail_is_narrowed(world: World) -> None:
    await world.failed(title="other")
    failed = await world.failed()

    shown = await world.ask(
        "query ($id: ID!) { events(pipelineId: $id, types: [STEP_FAILED]) { nodes { __typename ... on PipelineEvent "
        "{ pipeline { id } } } } pipeline(id: $id) { events { nodes { __typename } } } }",
        id=failed.id,
    )

    assert shown["events"]["nodes"] == [{"__typename": "StepFailed", "pipeline": {"id": failed.id}}]
    told = [node["__typename"] for node in shown["pipeline"]["events"]["nodes"]]
    assert told == ["PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished"]
