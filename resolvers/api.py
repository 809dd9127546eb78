"""The whole API put together."""

from collections.abc import Iterator
from functools import cache

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from resolvers.complexity import TOKENS, document_rules
from resolvers.given import guard
from resolvers.mask import Masked
from resolvers.mutations import Mutation
from resolvers.queries import Query
from resolvers.subscriptions import Subscription
from schema.events import EVERY_TYPE
from schema.scalars import SCALARS


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Does nothing: what is worth a line in the log is written there when it is masked, with its reference."""


@cache
def build_schema() -> strawberry.Schema:
    """A schema that keeps nothing between operations, so one does for all: each brings its ports in its context."""
    schema = _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=EVERY_TYPE,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[Masked, _limited_text, _limited_asking],
    )
    for each in _inputs(schema._schema):
        # An absent argument and null mean the same here: saying `= null` everywhere would tell clients nothing.
        if each.default_value is None:
            each.default_value = Undefined
    guard(schema._schema)
    return schema


def _limited_text() -> SchemaExtension:
    return MaxTokensLimiter(TOKENS)


def _limited_asking() -> SchemaExtension:
    return AddValidationRules(list(document_rules))


def _inputs(schema: GraphQLSchema) -> Iterator[GraphQLArgument | GraphQLInputField]:
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            yield from named.fields.values()
        elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for field in named.fields.values():
                yield from field.args.values()
