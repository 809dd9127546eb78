"""What is shown by a projection is what graphql-core says, over the whole schema, whatever is asked and whatever comes.

`STEPWIRE_TEST_DOCUMENTS=100000` compares so many documents instead of 2,000; a failure names the seed that repeats it.
"""

import dataclasses
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
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
from graphql.execution import Executor, execute_subscription_event

from resolvers import Context
from resolvers.left_over import Counted
from resolvers.metered import Metered
from runner.journal import StorageError
from schema.event_interface import shown
from schema.feeds import Heartbeat, Resync
from tests.resolvers.test_everything import a_world_where_everything_happened
from tests.resolvers.world import APPROVAL, SCHEMA, World
from tests.support.documents import Writer, Written

pytestmark = pytest.mark.asyncio

GRAPHQL = SCHEMA._schema
FEW, MANY = 300, int(os.environ.get("STEPWIRE_TEST_DOCUMENTS", "2000"))


class FieldByField(Metered):
    """The same, but graphql-core completes every object."""

    complete_object_value = Executor.complete_object_value  # type: ignore[assignment]


# Mutations that answer the same each time, about somebody who is not there.
REPEATABLE = ("approve", "reject", "skipStep", "cancelPipeline", "dismissQuestion", "acknowledgeFailureGroup")


class Loud(str):
    """A text that is not exactly one."""


class Later:
    """Something to await where nobody thinks of it."""

    def __await__(self) -> Iterator[Any]:
        return iter(())

    def __repr__(self) -> str:
        return "Later"


BAD: Sequence[Any] = (
    None, 7, True, float("nan"), 2**40, "", "x", "RUNNING", Loud("x"), Later(), ValueError("not to be had"), [], [None],
    {"a": 1}, datetime(2026, 11, 23, tzinfo=UTC), object, (), ("a", 1),
)  # fmt: skip
# Without these there is no telling things apart, nor versions of one.
_KEPT = (
    "id",
    "seq",
    "pipeline_id",
    "step_id",
    "finished_at",
    "cursor",
    "group_id",
    "position",
    "epoch",
    "actor",
    "event",
)


class Spoiler:
    """Puts one bad value into one field of some values of one class: into the same ones each time."""

    def __init__(self, random: Random, classes: Sequence[type]) -> None:
        self._random = random
        self._class: Any = random.choice(classes)
        self._name = random.choice([each.name for each in dataclasses.fields(self._class) if each.name not in _KEPT])
        self._bad = random.choice(BAD)
        self._done: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        if id(value) not in self._done:
            # Held, so that no other value gets its id.
            self._done[id(value)] = (value, self._spoiled(value))
        return self._done[id(value)][1]

    def _spoiled(self, value: Any) -> Any:
        match value:
            case tuple() | list():
                return type(value)(map(self, value))
            case dict():
                return {key: self(each) for key, each in value.items()}
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        inside = {each.name: self(getattr(value, each.name)) for each in dataclasses.fields(value)}
        if type(value) is self._class and self._random.random() < 0.6:
            inside[self._name] = self._bad
        spoiled = copy(value)
        for name, each in inside.items():
            # Not by way of the class, which would refuse it.
            object.__setattr__(spoiled, name, each)
        return spoiled


class Unreliable:
    """Reads that answer spoiled values, or raise where they are asked one of the questions."""

    def __init__(self, reads: Any, spoil: Callable[[Any], Any], refused: str, error: Exception) -> None:
        self._reads, self._spoil, self._refused, self._error = reads, spoil, refused, error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def asked(*arguments: object) -> Any:
            if name == self._refused:
                raise self._error
            return self._spoil(await getattr(self._reads, name)(*arguments))

        return asked


@dataclasses.dataclass(frozen=True, kw_only=True)
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
        self.classes = sorted(_classes(stored.log), key=lambda each: each.__name__)

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
        spoil: Callable[[Any], Any] = Spoiler(random, self.classes) if random.random() < 0.3 else lambda value: value
        item = self._item(random, spoil) if operation == "subscription" else None
        refused = random.choice(("failure_groups_by_id", "pipelines_by_id", "failures")) if seed % 10 == 0 else ""
        error = random.choice((StorageError("The disk is full", "Make room."), LookupError("gone"), GraphQLError("no")))

        async def answer(kind: type[Counted]) -> Answer:
            context = self.world.context()
            context.reads = Unreliable(self.world.reads, spoil, refused, error)
            return await answered(kind, document, written.variables, context.renew(), item)

        expected, first, again = await answer(FieldByField), await answer(Metered), await answer(Metered)
        told = f"seed {seed}\n{written.text}\n{written.variables}\n{expected}\n"
        assert first == expected, f"{told}{first}"
        assert again == expected, f"again: {told}{again}"
        return True

    def _item(self, random: Random, spoil: Callable[[Any], Any]) -> Any:
        recorded = random.choice(self.world.journal._stored.log)
        others = (Heartbeat.of(recorded.cursor, self.world.clock.now()), Resync.of("foreign", recorded.cursor))
        return random.choice(others) if random.random() < 0.1 else shown(spoil(recorded))


def _classes(value: Any) -> set[type]:
    """Of the domain values in it."""
    found: set[type] = set()
    waiting, known = [value], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in known:
            continue
        known.add(id(each))
        if isinstance(each, tuple | list):
            waiting += each
        elif dataclasses.is_dataclass(each) and not isinstance(each, type):
            names = [one.name for one in dataclasses.fields(each)]
            if set(names) - set(_KEPT):
                found.add(type(each))
            waiting += [getattr(each, name) for name in names]
    return found


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
