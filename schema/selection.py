"""What a document selects inside a field, for a resolver that has to know before it reads anything."""

from collections.abc import Iterator, Mapping
from typing import Any

import strawberry
from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)


def counts(info: strawberry.Info[Any, Any]) -> bool:
    """Whether the list that is asked for shows how many there are on all pages."""
    return "totalCount" in selected(info)


def selected(info: strawberry.Info[Any, Any]) -> frozenset[str]:
    """The names of the fields that the answer will have right inside this field, which is of an object type.

    By way of fragments, too, and without what `@skip` and `@include` leave out.
    """
    names = _Names(info._raw_info.fragments, info.variable_values)
    return frozenset(name for node in info._raw_info.field_nodes for name in names.of(node.selection_set))


class _Names:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self._fragments = fragments
        self._variables = variables
        # Each is walked once: nested ones that spread each other twice would take 2^n.
        self._spread: set[str] = set()

    def of(self, selections: SelectionSetNode | None) -> Iterator[str]:
        for node in selections.selections if selections else ():
            if any(self._leaves_out(directive) for directive in node.directives or ()):
                continue
            match node:
                case FieldNode():
                    yield node.name.value
                case InlineFragmentNode():
                    yield from self.of(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in self._spread:
                    self._spread.add(node.name.value)
                    yield from self.of(self._fragments[node.name.value].selection_set)

    def _leaves_out(self, directive: DirectiveNode) -> bool:
        """There are only these two, and each has one argument."""
        condition = directive.arguments[0].value if directive.arguments else None
        match condition:
            case BooleanValueNode(value=value):
                holds = value
            case VariableNode():
                holds = self._variables[condition.name.value]
            case _:
                return False
        return holds is (directive.name.value == "skip")
