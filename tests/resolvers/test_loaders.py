"""Nested fields are loaded together: the number of questions does not grow with the number of rows."""

import pytest

from runner.failure_kinds import FailureKind
from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio

KINDS = (FailureKind.NO_OUTPUT, FailureKind.RUNAWAY, FailureKind.PROVIDER_AUTH)


async def a_world(failures: int) -> World:
    world = World()
    for number in range(failures):
        await world.failed(kind=KINDS[number % len(KINDS)], message="It went wrong")
    world.counted.calls.clear()
    return world


@pytest.mark.parametrize("failures", [1, 12])
async def test_what_a_list_of_failures_refers_to_is_loaded_at_once(failures: int) -> None:
    world = await a_world(failures)

    shown = await world.ask(
        "{ failures { nodes { cursor group { count } pipeline { title } step { agent pipeline { status } } } } }"
    )

    assert len(shown["failures"]["nodes"]) == failures
    assert world.counted.calls == {"failures": 1, "pipelines_by_id": 1, "failure_groups_by_id": 1}


@pytest.mark.parametrize("failures", [1, 12])
async def test_what_a_list_of_pipelines_holds_needs_nothing_but_the_groups(failures: int) -> None:
    world = await a_world(failures)

    shown = await world.ask(
        "{ pipelines { nodes { failure { cursor group { title } } usage { cost } attention { id } "
        "steps { failure { evidence { lastText } group { status } } attempts { failure { causes { source } } } "
        "handoff { markdown } approval { status } pipeline { id } } } } }"
    )

    assert len(shown["pipelines"]["nodes"]) == failures
    assert world.counted.calls == {"pipelines": 1, "failure_groups_by_id": 1}


@pytest.mark.parametrize("failures", [1, 12])
async def test_the_audit_trail_needs_nothing_beside_itself(failures: int) -> None:
    world = await a_world(failures)

    await world.ask(
        "{ events(last: 1000) { nodes { actor { name } ... on PipelineEvent { pipeline { steps { status } } } "
        "... on StepFailed { step { agent } failure { cursor message pipeline { id } step { id } } } } } }"
    )

    assert world.counted.calls == {"events": 1}


@pytest.mark.parametrize("failures", [1, 12])
async def test_lists_inside_lists_are_read_together(failures: int) -> None:
    world = await a_world(failures)

    shown = await world.ask(
        "{ pipelines { nodes { events(last: 3) { nodes { cursor } } } } "
        "failureGroups { nodes { failures(first: 2) { nodes { message } } } } }"
    )

    assert all(len(pipeline["events"]["nodes"]) == 3 for pipeline in shown["pipelines"]["nodes"])
    assert shown["failureGroups"]["nodes"][0]["failures"]["nodes"][0]["message"] == "It went wrong"
    nested = {"events_of_pipelines": 1, "failures_of_groups": 1}
    assert world.counted.calls == {"pipelines": 1, "failure_groups": 1, **nested}


async def test_the_same_thing_by_many_names_is_loaded_once() -> None:
    world = await a_world(1)
    (pipeline,) = world.journal._stored.pipelines.values()

    await world.ask(
        "query ($id: ID!, $step: ID!) "
        "{ a: pipeline(id: $id) { id } b: node(id: $id) { id } c: node(id: $step) { id } }",
        id=pipeline.id,
        step=pipeline.steps[0].id,
    )

    assert world.counted.calls == {"pipelines_by_id": 1}
