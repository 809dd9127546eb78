"""What is shown by a projection is what graphql-core says, over the whole schema, whatever is asked and whatever comes.

`STEPWIRE_TEST_DOCUMENTS=100000` compares so many documents instead of 2,000; a failure names the seed that repeats it.
"""

import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    OverlappingFieldsCanBeMergedRule,
    parse,
    validate,
)
from graphql.execution import execute_subscription_event

from resolvers import Context
from resolvers.left_over import Counted
from resolvers.metered import Metered
from runner.journal import StorageError
from schema.event_interface import shown
from schema.feeds import Heartbeat, Resync
from tests.resolvers.field_by_field import FieldByField
from tests.resolvers.spoiled import Spoiler, Unreliable
from tests.resolvers.test_everything import a_world_where_everything_happened
from tests.resolvers.world import APPROVAL, SCHEMA, World
from tests.support.documents import Writer, Written

pytestmark = [
    pytest.mark.asyncio,
    # graphql-core's own, when it breaks off what it has not begun to await.
    pytest.mark.filterwarnings("ignore:.*_async_resolver:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .*_async_resolver:RuntimeWarning"),
]

GRAPHQL = SCHEMA._schema
FEW, MANY = 200, int(os.environ.get("STEPWIRE_TEST_DOCUMENTS", "2000"))


# Mutations that answer the same each time, about somebody who is not there.
REPEATABLE = ("approve", "reject", "skipStep", "cancelPipeline", "dismissQuestion", "acknowledgeFailureGroup")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one execution, without what may differ: errors in any order, and figures where one broke it off."""

    data: str
    errors: list[str]
    values: int


class Stage:
    """A world in which everything happened, and documents about it."""

    def __init__(self, world: World) -> None:
        self.world = world
        stored = world.journal._stored
        failures = [f'"{event.event.failure.id}"' for event in stored.log if hasattr(event.event, "failure")]
        steps = [f'"{step.id}"' for pipeline in stored.pipelines.values() for step in pipeline.steps]
        ids = [f'"{each}"' for each in (*stored.pipelines, *stored.groups)] + failures + steps + ['"nobody"']
        events = [shown(recorded) for recorded in stored.log]
        self.samples: Mapping[str, Sequence[str]] = {
            "ID": ids,
            "id": ids,
            "Int": ["1", "3", "0", "20", "null"],
            "first": ["1", "2", "50"],
            "last": ["1", "7"],
            "String": ['"x"', '"/srv/app"'],
            "Boolean": ["true", "false"],
            "Cursor": [f'"{event.cursor}"' for event in events],
            "DateTime": ['"2026-11-23T21:37:00.123Z"'],
            "JSON": ["{a: 1}", "null"],
            "after": [f'"{event.cursor}"' for event in events[:9]],
            "stepId": [*steps, '"nobody"'],
        }

    def written(self, random: Random) -> tuple[str, Written]:
        operation = random.choices(("query", "subscription", "mutation"), (70, 25, 5))[0]
        root = getattr(GRAPHQL, f"{operation}_type")
        assert isinstance(root, GraphQLObjectType)
        match operation:
            case "mutation":
                nobody = {name: ['"nobody"'] for name in self.samples}
                return operation, Writer(GRAPHQL, random, nobody).write(operation, root, random.sample(REPEATABLE, 2))
            case "subscription":
                fields = [random.choice(("events", "failures"))]
            case _:
                fields = random.sample(sorted(root.fields), 2)
        return operation, Writer(GRAPHQL, random, self.samples).write(operation, root, fields)

    async def compare(self, seed: int) -> bool:
        """Whether there was something to be compared: some documents are none."""
        random = Random(seed)
        operation, written = self.written(random)
        document = parse(written.text)
        if validate(GRAPHQL, document, [OverlappingFieldsCanBeMergedRule]):
            return False
        log = self.world.journal._stored.log
        spoil: Callable[[Any], Any] = Spoiler(random, log) if random.random() < 0.4 else lambda value: value
        refused = random.choice(("failure_groups_by_id", "pipelines_by_id", "failures", *[""] * 9))
        error = random.choice((StorageError("The disk is full", "Make room."), LookupError("gone"), GraphQLError("no")))
        reads = Unreliable(reads=self.world.reads, spoil=spoil, refused=refused, error=error)
        item = self._item(random, spoil) if operation == "subscription" else None

        async def answer(kind: type[Counted], variables: dict[str, Any]) -> Answer:
            context = self.world.context()
            context.reads = reads
            return await answered(kind, document, variables, context.renew(), item)

        for variables in (written.variables, written.variables, _flipped(written.variables)):
            expected, told = await answer(FieldByField, variables), await answer(Metered, variables)
            assert told == expected, f"seed {seed}, log moved by {reads.moved}\n{written.text}\n{variables}"
            if variables is not written.variables:
                break
            # Of what was shown then, nothing that is of the moment may be left.
            again = await answer(Metered, variables)
            assert again == expected, f"seed {seed}, again\n{written.text}\n{variables}"
            reads.moved += 1
            self.world.clock.later(1.5)
        return True

    def _item(self, random: Random, spoil: Callable[[Any], Any]) -> Any:
        recorded = random.choice(self.world.journal._stored.log)
        others = (Heartbeat.of(recorded.cursor, self.world.clock.now()), Resync.of("foreign", recorded.cursor))
        return random.choice(others) if random.random() < 0.1 else shown(spoil(recorded))


def _flipped(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: not value if isinstance(value, bool) else value for name, value in variables.items()}


async def answered(
    kind: type[Counted], document: DocumentNode, variables: dict[str, Any], context: Context, item: Any
) -> Answer:
    executor = kind.build(GRAPHQL, document, None, context, variables)
    if isinstance(executor, list):
        return Answer(data="", errors=[str(error) for error in executor], values=0)
    if item is not None:
        executor = executor.build_per_event_executor(item)
    result: Any = executor.execute_operation() if item is None else execute_subscription_event(executor)
    result = await result if isinstance(result, Awaitable) else result
    assert isinstance(result, ExecutionResult)
    errors = sorted(
        f"{error.path} {error.message} {error.locations} {error.original_error!r}" for error in result.errors or ()
    )
    assert isinstance(executor, Counted)
    return Answer(data=json.dumps(result.data, default=repr), errors=errors, values=0 if errors else executor.values)


@pytest_asyncio.fixture
async def stage() -> Stage:
    world = await a_world_where_everything_happened()
    await world.running(APPROVAL)
    await world.started(template="quick_fix")
    return Stage(world)


async def test_a_projection_answers_as_graphql_core_does(stage: Stage) -> None:
    compared = sum([await stage.compare(seed) for seed in range(FEW)])

    assert compared > FEW * 0.8


@pytest.mark.slow
async def test_a_projection_answers_as_graphql_core_does_to_very_many(stage: Stage) -> None:
    compared = sum([await stage.compare(seed) for seed in range(FEW, FEW + MANY)])

    assert compared > MANY * 0.8
