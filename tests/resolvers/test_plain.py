"""Only what Strawberry would do nothing else with is plain; in this schema that is all but what takes arguments."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import strawberry
from graphql import (
    GraphQLObjectType,
    OperationDefinitionNode,
    execute,
    is_introspection_type,
    is_leaf_type,
    parse,
)
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from resolvers.metered import Metered
from resolvers.plain import Unusual, class_of, many, optional, plain, write
from runner.events import StepFailed
from tests.resolvers.test_everything import a_world_where_everything_happened
from tests.resolvers.world import SCHEMA

GRAPHQL = SCHEMA._schema
PAGE = Path(__file__).parents[2] / "web/client/src/documents"
ROOTS = (GRAPHQL.query_type, GRAPHQL.mutation_type, GRAPHQL.subscription_type)
SHOWN = [
    each
    for each in GRAPHQL.type_map.values()
    if isinstance(each, GraphQLObjectType) and each not in ROOTS and not is_introspection_type(each)
]


class Nobody(BasePermission):
    def has_permission(self, *_: Any, **__: Any) -> bool:
        return False


class Louder(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Any, **given: Any) -> Any:
        return f"{next_(source, info, **given)}!"


@strawberry.type
class Odd:
    """What is not plain, a field each."""

    forbidden: str = strawberry.field(permission_classes=[Nobody])
    extended: str = strawberry.field(extensions=[Louder()])

    @strawberry.field
    def asked(self, name: str) -> str:
        return name

    @strawberry.field
    @staticmethod
    def static() -> str:
        return "x"

    @strawberry.field
    def of_parent(parent: strawberry.Parent[Any]) -> str:  # noqa: N805
        return str(parent)

    @strawberry.field
    def wrapped(self) -> str:
        return "x"


@strawberry.type
class Query:
    odd: Odd


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_every_field_without_arguments_is_plain(shown: GraphQLObjectType) -> None:
    odd = {name for name, field in shown.fields.items() if plain(field) is None}

    assert odd == {name for name, field in shown.fields.items() if field.args}
    assert class_of(GRAPHQL, shown) is not None


@pytest.mark.parametrize("name", ["forbidden", "extended", "asked", "static", "ofParent", "wrapped"])
def test_what_strawberry_or_we_do_more_with_is_not_plain(name: str) -> None:
    odd = strawberry.Schema(query=Query)._schema.type_map["Odd"]
    assert isinstance(odd, GraphQLObjectType)
    field, resolve = odd.fields[name], odd.fields["wrapped"].resolve
    assert resolve is not None

    def wrapper(source: Any, info: Any) -> Any:
        return resolve(source, info)

    odd.fields["wrapped"].resolve = wrapper

    assert plain(field) is None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("String", [None, 1, b"x", True]),
        ("ID", [None, 1]),
        ("Int", [None, 2**31, -(2**31) - 1, 1.0, True, "1"]),
        ("Float", [None, True, float("nan"), float("inf"), "1"]),
        ("Boolean", [None, 0, 1, "true"]),
        ("PipelineStatus", [None, "RUNNING", 1]),
        ("JSON", [None, object(), (1,)]),
        ("DateTime", [None, object()]),
    ],
)
def test_a_leaf_is_written_only_of_the_type_that_it_is_made_for(name: str, values: list[Any]) -> None:
    leaf = GRAPHQL.type_map[name]
    assert is_leaf_type(leaf)
    written = write(leaf)

    for value in values:
        with pytest.raises(Unusual):
            written(value)


@pytest.mark.parametrize(("name", "wrong"), [("String", 0), ("Int", ""), ("Boolean", 0), ("Float", False)])
def test_what_is_empty_and_of_another_type_is_no_null(name: str, wrong: Any) -> None:
    leaf = GRAPHQL.type_map[name]
    assert is_leaf_type(leaf)
    written = optional(write(leaf))

    assert written(None) is None
    with pytest.raises(Unusual):
        written(wrong)


def test_a_list_is_written_of_lists_alone() -> None:
    written = many(str)

    assert [written([1]), written((1, 2))] == [["1"], ["1", "2"]]
    for odd in ("ab", {"a": 1}, iter([1]), None):
        with pytest.raises(Unusual):
            written(odd)


class Watching(Metered):
    """Knows which fields graphql-core resolved."""

    resolved: ClassVar[list[str]] = []

    def execute_field(self, parent_type: Any, source: Any, details: Any, path: Any, position: Any) -> Any:
        self.resolved.append(f"{parent_type.name}.{details[0].node.name.value}")
        return super().execute_field(parent_type, source, details, path, position)


def of_the_page() -> str:
    return "\n".join(path.read_text() for path in sorted(PAGE.glob("*.graphql")))


QUERIES = [
    each.name.value
    for each in parse(of_the_page()).definitions
    if isinstance(each, OperationDefinitionNode) and each.name and each.operation.value == "query"
]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", QUERIES)
async def test_of_what_the_page_asks_graphql_core_resolves_nothing_but_roots_and_pages(name: str) -> None:
    world = await a_world_where_everything_happened()
    stored = world.journal._stored
    failed = next(each.event.failure.id for each in stored.log if isinstance(each.event, StepFailed))
    some_id = next(iter(stored.pipelines)) if name == "PipelineStory" else failed
    given = {"id": some_id, "active": {}, "failed": {}, "ended": {}, "reference": "a/b#1", "path": "/srv", "filter": {}}
    Watching.resolved.clear()

    result: Any = execute(
        GRAPHQL,
        parse(of_the_page()),
        context_value=world.context(),
        variable_values=given | {"directory": "/srv"},
        operation_name=name,
        executor_class=Watching,
    )
    result = await result if isinstance(result, Awaitable) else result

    assert result.errors is None
    others = {each for each in Watching.resolved if not each.startswith("Query.")}
    assert others <= {"FailureGroup.failures"}
