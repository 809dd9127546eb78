"""The whole API put together."""

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig

from resolvers.mutations import Mutation
from resolvers.queries import Query
from resolvers.subscriptions import Subscription
from schema.event import TYPES
from schema.scalars import SCALARS


def build_schema() -> strawberry.Schema:
    """A schema that keeps nothing between operations: each brings its ports in its context."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=list(TYPES.values()),
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    _without_null_defaults(schema._schema)
    return schema


def _without_null_defaults(schema: GraphQLSchema) -> None:
    """An absent argument and null mean the same here, so saying `= null` everywhere would tell clients nothing."""
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            inputs = [*named.fields.values()]
            for each in inputs:
                if each.default_value is None:
                    each.default_value = Undefined
        elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for field in named.fields.values():
                for argument in field.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined
