"""What has to be awaited, or is left to graphql-core, fails as GraphQL says: at the next place that may be null."""

from collections.abc import Awaitable
from typing import Any

import pytest
from graphql import execute, parse

from resolvers.metered import Metered
from runner.failure_kinds import FailureKind
from runner.journal import StorageError
from tests.resolvers.field_by_field import FieldByField
from tests.resolvers.spoiled import Unreliable
from tests.resolvers.world import SCHEMA, World

pytestmark = pytest.mark.asyncio

FULL = StorageError("The disk is full", "Make room.")


async def answer(world: World, query: str, kind: type[Metered], refused: str = "failure_groups_by_id") -> Any:
    context = world.context()
    context.reads = Unreliable(reads=world.reads, spoil=lambda value: value, refused=refused, error=FULL)
    result: Any = execute(SCHEMA._schema, parse(query), context_value=context.renew(), executor_class=kind)
    return await result if isinstance(result, Awaitable) else result


@pytest.mark.parametrize(
    ("query", "places"),
    [
        pytest.param(
            "{ pipelines { nodes { title steps { failure { message settled } } } } }",
            [["pipelines", "nodes", 0, "steps", 0, "failure", "settled"]],
            id="the failure is null, not the step",
        ),
        pytest.param(
            "{ pipelines { nodes { title failure { known { note } group { id } } } } }",
            [["pipelines", "nodes", 0, "failure", "known"], ["pipelines", "nodes", 0, "failure", "group"]],
            id="one that may be null and one that may not",
        ),
        pytest.param("{ failures { nodes { id settled } } }", [["failures", "nodes", 0, "settled"]], id="everything"),
        pytest.param(
            "{ pipelines { nodes { title events(first: 0) { nodes { at } } } } }",
            [["pipelines", "nodes", 0, "events"]],
            id="arguments of a field inside",
        ),
        pytest.param(
            "{ failures { nodes { id step { failure { a: settled b: settled } } } } }",
            [["failures", "nodes", 0, "step", "failure", "a"]],
            id="two of one object are one error",
        ),
    ],
)
async def test_an_error_empties_the_next_place_that_may_be_null(query: str, places: list[list[str | int]]) -> None:
    world = World()
    await world.failed()

    told, expected = await answer(world, query, Metered), await answer(world, query, FieldByField)

    assert told.data == expected.data
    assert sorted(map(str, told.errors)) == sorted(map(str, expected.errors))
    assert sorted(str(error.path) for error in told.errors) == sorted(map(str, places))


async def test_what_failed_in_one_of_a_list_leaves_the_others() -> None:
    world = World()
    for kind in (FailureKind.PROVIDER_AUTH, FailureKind.EMPTY_BODY):
        await world.failed(kind)
    await world.running()

    told = await answer(world, "{ pipelines { nodes { title failure { settled } } } }", Metered)

    assert [node["failure"] for node in told.data["pipelines"]["nodes"]] == [None, None, None]
    assert len(told.errors) == 2


async def test_loaders_gather_what_all_objects_ask_for() -> None:
    world = World()
    for kind in (FailureKind.PROVIDER_AUTH, FailureKind.EMPTY_BODY, FailureKind.AGENT_ERROR):
        await world.failed(kind)

    query = "{ pipelines { nodes { failure { settled known { note } group { id } } steps { failure { settled } } } } }"
    told = await answer(world, query, Metered, refused="")

    assert told.errors is None
    assert world.counted.calls["failure_groups_by_id"] == 1
