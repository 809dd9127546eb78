"""Which queries are answered from the log and its state alone: their answer is the same as long as the log is.

A field at the root is declared so where it stands, by `OF_THE_LOG` in its metadata; whoever forgets it loses speed and
nothing else. It must look at nothing but `reads` and loaders: not at files, OpenCode, the definitions, or who asks
beyond their rights. It may look at the time, by `info.context.now`, which is noticed (see `TimeTold`).
"""

from collections.abc import Callable
from datetime import datetime

from graphql import DocumentNode, GraphQLField, GraphQLSchema, OperationDefinitionNode, OperationType
from strawberry.types.field import StrawberryField

from resolvers.plain import definition_of
from schema.selection import SelectedFields, fragments_in

OF_THE_LOG = "of the log"


def is_of_the_log(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether it asks for nothing else; the document is validated. What `@skip` leaves out counts as asked for."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return False
    fields = schema.query_type.fields
    names = {each.name.value for each in SelectedFields(fragments_in(document)).of(operation.selection_set)}
    return all(name == "__typename" or (name in fields and _declared(fields[name])) for name in names)


class TimeTold:
    """A clock that knows whether it was asked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.was_asked = False

    def __call__(self) -> datetime:
        self.was_asked = True
        return self._now()


def _declared(field: GraphQLField) -> bool:
    definition = definition_of(field)
    return isinstance(definition, StrawberryField) and OF_THE_LOG in definition.metadata
