"""What tells subscriptions apart: equal for those who see the same of an event, whichever events they want.

That is the document, the operation, the variables and the rights, without what stands in the arguments of the root
field: these say after which place, and which events. Literals there are left out like variables that nothing else of
the document uses. Were they part of it, everybody would be alone after a reconnection, or with a filter of their own.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    Node,
    VariableNode,
    Visitor,
    VisitorAction,
    get_operation_ast,
    parse,
    visit,
)

from schema.selection import SelectedFields, fragments_in


def likeness(
    source: str, operation_name: str | None, variables: Mapping[str, Any] | None, rights: Hashable
) -> Hashable:
    """Of a valid document that follows a feed."""
    shape, own = _shape(source, operation_name)
    asked = sorted((name, value) for name, value in (variables or {}).items() if name not in own)
    # A digest, as variables may be large, and are kept as long as anybody follows.
    told = json.dumps(asked, sort_keys=True, default=str)
    return shape, hashlib.sha256(told.encode()).digest(), rights


@lru_cache(maxsize=64)
def _shape(source: str, operation_name: str | None) -> tuple[bytes, frozenset[str]]:
    """The document without the arguments of its root field, as a digest; and the variables that only these use."""
    document = parse(source)
    arguments = list(_root_arguments(document, operation_name))
    elsewhere = _uses(document) - sum((_uses(argument) for argument in arguments), Counter[str]())
    own = frozenset(name for argument in arguments for name in _uses(argument) if name not in elsewhere)
    told = json.dumps([_without(source, arguments), operation_name])
    return hashlib.sha256(told.encode()).digest(), own


def _root_arguments(document: DocumentNode, operation_name: str | None) -> Iterator[ArgumentNode]:
    operation = get_operation_ast(document, operation_name)
    assert operation is not None, "it runs already"
    for field in SelectedFields(fragments_in(document)).of(operation.selection_set):
        yield from field.arguments or ()


def _without(source: str, nodes: Sequence[Node]) -> str:
    """The text between them."""
    kept, end = [], 0
    for location in sorted((node.loc for node in nodes if node.loc), key=lambda location: location.start):
        kept.append(source[end : location.start])
        end = location.end
    return "".join([*kept, source[end:]])


def _uses(node: Node) -> Counter[str]:
    """How often each variable is used; declarations are no uses."""
    uses = _Uses()
    visit(node, uses)
    return uses.count


class _Uses(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.count = Counter[str]()

    def enter_variable_definition(self, *_: Any) -> VisitorAction:
        return self.SKIP

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.count[node.name.value] += 1
