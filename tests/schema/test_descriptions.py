"""Whoever explores the API is told of everything in it what it means, in which unit, and what it means by null."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    is_nullable_type,
    is_specified_scalar_type,
)
from graphql.type import is_introspection_type
from graphql.utilities.get_default_value_ast import get_default_value_ast

from resolvers import printer
from runner.failure_kinds import KINDS, FailureKind

PRINTED = build_schema(printer.print_schema())
NAMES = sorted(
    name
    for name, named in PRINTED.type_map.items()
    if not (is_introspection_type(named) or is_specified_scalar_type(named))
)


class Described(NamedTuple):
    """`may_be_null` is for what has no default: a default says by itself what null stands for."""

    place: str
    description: str | None
    may_be_null: bool = False


@pytest.mark.parametrize("name", NAMES)
def test_nothing_lacks_a_description(name: str) -> None:
    assert [each.place for each in _everything(PRINTED.type_map[name]) if not each.description] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_description_is_a_sentence(name: str) -> None:
    said = [each for each in _everything(PRINTED.type_map[name]) if each.description]

    assert [each.place for each in said if not re.fullmatch(r"\S.*\.", each.description or "", re.DOTALL)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_may_be_null_says_when(name: str) -> None:
    said = [each for each in _everything(PRINTED.type_map[name]) if each.may_be_null]

    assert [each.place for each in said if "null" not in (each.description or "").lower()] == []


@pytest.mark.parametrize("name", NAMES)
def test_seconds_are_called_seconds(name: str) -> None:
    said = [each for each in _everything(PRINTED.type_map[name]) if each.place.endswith("Seconds")]

    assert [each.place for each in said if "seconds" not in (each.description or "").lower()] == []


@pytest.mark.parametrize("kind", FailureKind, ids=lambda kind: kind.value)
def test_a_kind_of_failure_says_what_the_catalogue_says(kind: FailureKind) -> None:
    said = _enum("FailureKind").values[kind.value].description or ""

    assert KINDS[kind].hint in said
    assert f"Origin {KINDS[kind].origin.value};" in said


def _enum(name: str) -> GraphQLEnumType:
    named = PRINTED.type_map[name]
    assert isinstance(named, GraphQLEnumType)
    return named


def _everything(named: GraphQLNamedType) -> Iterator[Described]:
    """The type itself, and all that it is made of."""
    yield Described(named.name, named.description)
    match named:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in named.fields.items():
                place = f"{named.name}.{name}"
                yield Described(place, field.description, is_nullable_type(field.type))
                for argument, each in field.args.items():
                    yield Described(f"{place}({argument})", each.description, _may_be_null(each))
        case GraphQLInputObjectType():
            for name, given in named.fields.items():
                yield Described(f"{named.name}.{name}", given.description, _may_be_null(given))
        case GraphQLEnumType():
            for name, value in named.values.items():
                yield Described(f"{named.name}.{name}", value.description)


def _may_be_null(given: GraphQLArgument | GraphQLInputField) -> bool:
    return is_nullable_type(given.type) and get_default_value_ast(given) is None
