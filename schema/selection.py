"""What a document selects at one place, for whoever has to know before anything is read or resolved."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import strawberry
from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)


def fragments_in(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    """By their names."""
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


def counts(info: strawberry.Info[Any, Any]) -> bool:
    """Whether the list that is asked for shows how many there are on all pages."""
    return "totalCount" in selected(info)


def selected(info: strawberry.Info[Any, Any]) -> frozenset[str]:
    """The names of the fields that the answer will have right inside this field, which is of an object type.

    By way of fragments, too, and without what `@skip` and `@include` leave out.
    """
    fields = SelectedFields(info._raw_info.fragments, partial(_leaves_out, info.variable_values))
    return frozenset(each.name.value for node in info._raw_info.field_nodes for each in fields.of(node.selection_set))


class SelectedFields:
    """The fields at one place, also by way of fragments; not what has a directive that `leaves_out` says yes to.

    Each fragment is walked once: nested ones that spread each other twice would take 2^n.
    """

    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        leaves_out: Callable[[DirectiveNode], bool] = lambda _: False,
    ) -> None:
        self._fragments = fragments
        self._leaves_out = leaves_out
        self._spread: set[str] = set()

    def of(self, selections: SelectionSetNode | None) -> Iterator[FieldNode]:
        for node in selections.selections if selections else ():
            if any(map(self._leaves_out, node.directives or ())):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    yield from self.of(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in self._spread:
                    self._spread.add(node.name.value)
                    yield from self.of(self._fragments[node.name.value].selection_set)


def _leaves_out(variables: Mapping[str, Any], directive: DirectiveNode) -> bool:
    """There are only these two, and each has one argument."""
    condition = directive.arguments[0].value if directive.arguments else None
    match condition:
        case BooleanValueNode(value=value):
            holds = value
        case VariableNode():
            holds = variables[condition.name.value]
        case _:
            return False
    return holds is (directive.name.value == "skip")
