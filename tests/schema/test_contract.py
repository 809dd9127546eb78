"""Everything that the public contract promises is in the schema: same names, nullability and defaults."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_specified_scalar_type,
)
from graphql.language import print_ast
from graphql.type import is_introspection_type
from graphql.utilities.get_default_value_ast import get_default_value_ast

from resolvers import printer

CONTRACT = build_schema((Path(__file__).parent / "contract.graphql").read_text(encoding="utf-8"))
PRINTED = build_schema(printer.print_schema())
PROMISED = sorted(
    name
    for name, named in CONTRACT.type_map.items()
    if not (is_introspection_type(named) or is_specified_scalar_type(named))
)


@pytest.mark.parametrize("name", PROMISED)
def test_a_type_keeps_its_promise(name: str) -> None:
    assert sorted(_facts(CONTRACT, name) - _facts(PRINTED, name)) == []


@pytest.mark.parametrize("root", ["query_type", "mutation_type", "subscription_type"])
def test_a_root_has_its_name(root: str) -> None:
    assert getattr(PRINTED, root).name == getattr(CONTRACT, root).name


@pytest.mark.parametrize("name", PROMISED)
def test_what_was_added_breaks_no_client(name: str) -> None:
    promised = {fact.partition(" ")[0] for fact in _facts(CONTRACT, name)}
    added = {fact for fact in _facts(PRINTED, name) - _facts(CONTRACT, name) if fact.endswith(" is required")}

    # What a field that was added itself requires breaks nobody.
    assert sorted(fact for fact in added if "(" not in fact or fact.partition("(")[0] in promised) == []


def test_the_committed_schema_is_the_printed_one() -> None:
    assert printer.difference() == "", "write it anew: stepwire schema --write"


def _facts(schema: GraphQLSchema, name: str) -> set[str]:
    """What can be relied on about a type, each as a sentence."""
    named = schema.type_map.get(name)
    return set() if named is None else {f"{name} is a {type(named).__name__}", *_parts(named)}


def _parts(named: GraphQLNamedType) -> Iterator[str]:
    match named:
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield from (f"{named.name} implements {interface.name}" for interface in named.interfaces)
            for name, field in named.fields.items():
                yield from _field(f"{named.name}.{name}", field)
        case GraphQLInputObjectType():
            for name, each in named.fields.items():
                yield from _input(f"{named.name}.{name}", each)
        case GraphQLUnionType():
            yield from (f"{named.name} may be {member.name}" for member in named.types)
        case GraphQLEnumType():
            yield from (f"{named.name} has {value}" for value in named.values)


def _field(place: str, field: GraphQLField) -> Iterator[str]:
    yield f"{place} is {field.type}"
    for name, argument in field.args.items():
        yield from _input(f"{place}({name})", argument)


def _input(place: str, each: GraphQLArgument | GraphQLInputField) -> Iterator[str]:
    default = get_default_value_ast(each)
    yield f"{place} is {each.type} = {print_ast(default) if default else None}"
    if default is None and str(each.type).endswith("!"):
        yield f"{place} is required"
