"""Plain fields and leaves: those that need nothing of GraphQL's machinery, told by what they are, not by their names.

A field is plain when Strawberry would do no more than read an attribute or call a method of the object: no arguments,
no permissions, no extensions, no wrapper of ours. A leaf is written here only for values of exactly the Python type
that it is made for; whatever else stands there is `Unusual`, and is graphql-core's to judge and to word. Looked at is
the schema as it was built, so a field that is changed tomorrow stops being plain by itself.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from inspect import iscoroutinefunction
from types import FunctionType
from typing import Any, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
)
from strawberry.schema import schema_converter
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.common import OF_THE_MOMENT

Write: TypeAlias = Callable[[Any], Any]

_LARGEST_INT = 2**31 - 1
_SMALLEST_INT = -(2**31)
# What a scalar of our own is ever given; whatever else comes (something to await, an exception) is not for it.
_OF_SCALARS = frozenset((str, int, float, bool, list, dict, datetime))


class Unusual(Exception):
    """A value, or a field, that only graphql-core knows what to do with."""


@dataclass(frozen=True, kw_only=True)
class Plain:
    """How the value of a field is had: an attribute of that name, or a method, which may want to be told `info`.

    What a method that `is_async` returns has to be awaited. `of_version` unless an object of the same version may show
    something else.
    """

    attribute: str | None = None
    method: Callable[..., Any] | None = None
    wants_info: bool = False
    is_async: bool = False
    of_version: bool = True


def plain(field: GraphQLField) -> Plain | None:
    """None where Strawberry, or a wrapper of ours, does anything else."""
    definition = definition_of(field)
    if type(definition) is not StrawberryField or definition.extensions or definition.is_subscription:
        return None
    if field.args or getattr(field.resolve, "__module__", None) != schema_converter.__name__:
        return None
    of_version = not definition.metadata.get(OF_THE_MOMENT, False)
    resolver = definition.base_resolver
    if resolver is None:
        is_read = definition.default_resolver is getattr
        return Plain(attribute=definition.python_name, of_version=of_version) if is_read else None
    function, info = resolver.wrapped_func, resolver.info_parameter
    asks_for_more = resolver.arguments or resolver.root_parameter or resolver.parent_parameter
    if asks_for_more or not resolver.self_parameter or not isinstance(function, FunctionType):
        return None
    if resolver.is_async is not iscoroutinefunction(function) or (info is not None and info.name != "info"):
        return None
    return Plain(method=function, wants_info=info is not None, is_async=resolver.is_async, of_version=of_version)


def class_of(schema: GraphQLSchema, type_: GraphQLObjectType) -> type | None:
    """The class whose instances the type shows, and no other type; None where anything else decides."""
    return _classes(schema).get(type_)


@lru_cache(maxsize=2)
def _classes(schema: GraphQLSchema) -> Mapping[GraphQLObjectType, type]:
    found: dict[GraphQLObjectType, type] = {}
    for named in schema.type_map.values():
        definition = definition_of(named)
        if not isinstance(named, GraphQLObjectType) or not isinstance(definition, StrawberryObjectDefinition):
            continue
        if definition.is_type_of is None and definition.concrete_of is None and not definition.is_graphql_generic:
            found[named] = definition.origin
    times = Counter(found.values())
    return {named: origin for named, origin in found.items() if times[origin] == 1}


def is_told_by_class(abstract: GraphQLAbstractType) -> bool:
    """Whether Strawberry tells by the class alone which type an object has."""
    return getattr(definition_of(abstract), "resolve_type", None) is None


def write(leaf: GraphQLLeafType) -> Write:
    """What becomes of a value in the answer. It raises Unusual, or what the leaf itself raises."""
    if isinstance(leaf, CustomGraphQLEnumType):
        return _member(leaf)
    for known, write_known in _WRITERS:
        if leaf is known:
            return write_known
    return _coerced(leaf)


def optional(inner: Write) -> Write:
    return lambda value: None if value is None else inner(value)


def many(inner: Write) -> Write:
    def write_many(value: Any) -> list[Any]:
        if type(value) is list or type(value) is tuple:
            return [inner(each) for each in value]
        raise Unusual

    return write_many


def definition_of(part: Any) -> Any:
    """What Strawberry made a field or a type from."""
    return part.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise Unusual


def _whole(value: Any) -> int:
    if type(value) is int and _SMALLEST_INT <= value <= _LARGEST_INT:
        return value
    raise Unusual


def _number(value: Any) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is int:
        return float(value)
    raise Unusual


def _truth(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise Unusual


_WRITERS: tuple[tuple[GraphQLLeafType, Write], ...] = (
    (GraphQLString, _text),
    (GraphQLID, _text),
    (GraphQLInt, _whole),
    (GraphQLFloat, _number),
    (GraphQLBoolean, _truth),
)


def _member(enum: CustomGraphQLEnumType) -> Write:
    """By a table: Strawberry's own goes through the values one by one, each time."""
    kind: Any = enum.wrapped_cls
    names = {each: enum.coerce_output_value(each) for each in kind}

    def write_member(value: Any) -> Any:
        if type(value) is kind:
            return names[value]
        raise Unusual

    return write_member


def _coerced(leaf: GraphQLLeafType) -> Write:
    coerce = leaf.coerce_output_value

    def write_coerced(value: Any) -> Any:
        written = coerce(value) if type(value) in _OF_SCALARS else None
        if written is None or written is Undefined:
            raise Unusual
        return written

    return write_coerced
