"""Which queries are answered from the log and its state alone: their answer is the same as long as the log is.

A field at the root is declared so where it stands, by `OF_THE_LOG` in its metadata; whoever forgets it loses speed and
nothing else. It must look at nothing but `reads` and loaders: not at files, OpenCode, the definitions, or who asks
beyond their rights. It may look at the time, by `info.context.now`, which is noticed (see `TimeTold`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

OF_THE_LOG = "of the log"


def is_of_the_log(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether it asks for nothing else; the document is validated. What `@skip` leaves out counts as asked for."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return False
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    fields = schema.query_type.fields
    return all(
        name == "__typename" or (name in fields and _declared(fields[name].extensions))
        for name in _names(operation.selection_set, fragments, set())
    )


class TimeTold:
    """A clock that knows whether it was asked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.was_asked = False

    def __call__(self) -> datetime:
        self.was_asked = True
        return self._now()


def _declared(extensions: Mapping[str, object]) -> bool:
    definition = extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return isinstance(definition, StrawberryField) and OF_THE_LOG in definition.metadata


def _names(
    selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], spread: set[str]
) -> Iterator[str]:
    for node in selected.selections:
        match node:
            case FieldNode():
                yield node.name.value
            case InlineFragmentNode():
                yield from _names(node.selection_set, fragments, spread)
            case FragmentSpreadNode() if node.name.value not in spread:
                spread.add(node.name.value)
                yield from _names(fragments[node.name.value].selection_set, fragments, spread)
