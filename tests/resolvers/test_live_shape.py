"""What live delivery builds on: items that are equal for all who follow, and are executed as an operation's root."""

from collections.abc import AsyncIterable, Awaitable
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse
from graphql.execution import Executor, create_source_event_stream

from schema.scalars import encode_cursor
from tests.resolvers.world import SCHEMA, World

pytestmark = pytest.mark.asyncio

DOCUMENT = parse(
    "subscription ($after: Cursor) { events(after: $after) { ... on Event { at } "
    "... on StepFailed { errorMessage pipeline { status } failure { group { count } } } } }"
)


async def items(world: World, after: str, count: int) -> list[Any]:
    executor = Executor.build(SCHEMA._schema, DOCUMENT, None, world.context(), {"after": after})
    assert isinstance(executor, Executor)
    stream = create_source_event_stream(executor)
    stream = await stream if isinstance(stream, Awaitable) else stream
    assert isinstance(stream, AsyncIterable)
    found = []
    async for item in stream:
        found.append(item)
        if len(found) == count:
            break
    return found


async def test_an_item_is_known_by_its_type_and_cursor() -> None:
    world = World()
    after = encode_cursor(await world.journal.newest())
    await world.failed()

    first, second = await items(world, after, 4), await items(world, after, 4)

    assert [(type(item).__name__, item.cursor) for item in first] == [
        (type(item).__name__, item.cursor) for item in second
    ]
    assert len({(type(item).__name__, item.cursor) for item in first + second}) == 4


async def test_an_item_is_executed_as_the_root_of_its_operation() -> None:
    world = World()
    after = encode_cursor(await world.journal.newest())
    await world.failed()
    failed = (await items(world, after, 3))[2]

    result = execute(SCHEMA._schema, DOCUMENT, root_value=failed, context_value=world.context())
    result = await result if isinstance(result, Awaitable) else result

    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    assert result.data == {
        "events": {
            "at": "2026-11-23T21:37:03.123Z",
            "errorMessage": "The key is wrong",
            "pipeline": {"status": "RUNNING"},
            "failure": {"group": {"count": 1}},
        }
    }
