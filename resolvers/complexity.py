"""How much one document may ask for, judged in one pass before any other rule looks at it.

Every field and every fragment is weighed once: what a fragment weighs is remembered by its name, so that fragments
nested in fragments cost no more than their text. (Strawberry's own limiters walk a fragment anew wherever it is spread:
2^n for n nested fragments.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.validation import ASTValidationRule, ValidationRule
from graphql.validation.validate import ValidationAbortedError

from resolvers.arguments import LARGEST_PAGE, LARGEST_STRETCH, PAGE, STRETCH

DEPTH = 16
NESTING = 60
ALIASES = 100
COST = 500_000
TOKENS = 20_000

_LIST = 10
# One step is worked on at a time, and what its agent asks at once is little. Counted as other lists are, these, which
# stand within each other, would outweigh the pipelines that they stand in.
_FEW = 3
_OF_FEW = frozenset({"Attention", "PermissionOption", "QuestionField", "FieldOption", "FieldCondition"})
# A page inside a list is read from the database for each element anew, and each of its rows as well.
_LOADED = 20
_ROW = 3
_ROOTS = {"query": "query_type", "mutation": "mutation_type", "subscription": "subscription_type"}


@dataclass(frozen=True, kw_only=True)
class Weight:
    """How deep fields are nested, how many have an alias, and about how many values must be found."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(
            depth=max(self.depth, other.depth), aliases=self.aliases + other.aliases, cost=self.cost + other.cost
        )


class TooMuch(Exception):
    """The document asks for more than is allowed; the text says of what, and what to do."""


def check(schema: GraphQLSchema, document: DocumentNode) -> None:
    """Passes a document that may be run; it need not be valid otherwise.

    Raises:
        TooMuch: it asks for too much.
    """
    scales = _Scales(schema, document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            root = getattr(schema, _ROOTS[definition.operation.value])
            _judge(scales.weigh(root, definition.selection_set, 1))
        elif isinstance(definition, FragmentDefinitionNode):
            scales.weigh_fragment(definition.name.value, 1)


def _judge(weight: Weight) -> None:
    if weight.depth > DEPTH:
        raise TooMuch(f"The query is {weight.depth} levels deep; {DEPTH} are the most. Ask for less at once.")
    if weight.aliases > ALIASES:
        raise TooMuch(f"The query has {_counted(weight.aliases)} aliases; {ALIASES} are the most.")
    if weight.cost > COST:
        raise TooMuch(
            f"The query may ask for {_counted(weight.cost)} values; {COST:,} are the most. "
            "Ask for smaller pages or fewer fields."
        )


class _Scales:
    """Weighs the parts of one document, each fragment once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._weights: dict[str, Weight] = {}

    def weigh(self, parent: GraphQLNamedType | None, selections: SelectionSetNode, nesting: int) -> Weight:
        if nesting > NESTING:
            raise TooMuch(f"The query is nested more than {NESTING} levels deep, fragments included.")
        weights = (self._weigh_one(parent, selection, nesting) for selection in selections.selections)
        return sum(weights, start=Weight())

    def weigh_fragment(self, name: str, nesting: int) -> Weight:
        weight = self._weights.get(name)
        fragment = self._fragments.get(name)
        if weight is not None or fragment is None:
            return weight or Weight()
        # A fragment that comes back to itself is refused by another rule: here the second time weighs nothing.
        self._weights[name] = Weight()
        parent = self._schema.get_type(fragment.type_condition.name.value)
        self._weights[name] = weight = self.weigh(parent, fragment.selection_set, nesting + 1)
        return weight

    def _weigh_one(self, parent: GraphQLNamedType | None, selection: SelectionNode, nesting: int) -> Weight:
        if isinstance(selection, FragmentSpreadNode):
            return self.weigh_fragment(selection.name.value, nesting)
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inside = self._schema.get_type(condition.name.value) if condition else parent
            return self.weigh(inside, selection.selection_set, nesting + 1)
        assert isinstance(selection, FieldNode)
        return self._weigh_field(parent, selection, nesting)

    def _weigh_field(self, parent: GraphQLNamedType | None, node: FieldNode, nesting: int) -> Weight:
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        field = fields.get(node.name.value)
        inside = get_named_type(field.type) if field else None
        below = self.weigh(inside, node.selection_set, nesting + 1) if node.selection_set else Weight()
        size = 1 if field is None else _size(parent, field, node)
        nested = field is not None and _is_paged(field) and parent is not self._schema.query_type
        own = _LOADED + size * _ROW if nested else 1
        aliases = below.aliases + (node.alias is not None)
        return Weight(depth=below.depth + 1, aliases=aliases, cost=own + size * below.cost)


def _size(parent: GraphQLNamedType | None, field: GraphQLField, node: FieldNode) -> int:
    """How many elements are to be expected: what a page is asked to hold, a handful in the lists of one thing."""
    if _is_paged(field):
        return _page(field, node)
    if parent is not None and parent.name.endswith("Connection"):
        return 1
    inside = get_named_type(field.type)
    if not (is_list_type(get_nullable_type(field.type)) and is_composite_type(inside)):
        return 1
    return _FEW if inside.name in _OF_FEW else _LIST


def _is_paged(field: GraphQLField) -> bool:
    return "first" in field.args


def _page(field: GraphQLField, node: FieldNode) -> int:
    """What `first` or `last` says; the most that is allowed where a variable says it."""
    usual, largest = (STRETCH, LARGEST_STRETCH) if "last" in field.args else (PAGE, LARGEST_PAGE)
    given = [argument.value for argument in node.arguments or () if argument.name.value in ("first", "last")]
    if not given:
        return usual
    value = given[0]
    return max(1, min(int(value.value), largest)) if isinstance(value, IntValueNode) else largest


def _counted(number: int) -> str:
    return f"{number:,}" if number < 10**9 else "more than a billion"


class WithinLimits(ValidationRule):
    """Refuses a document that asks for too much before other rules look at it."""

    def enter_document(self, node: DocumentNode, *_: Any) -> None:
        try:
            check(self.context.schema, node)
        except TooMuch as too_much:
            raise ValidationAbortedError(str(too_much)) from None


document_rules: tuple[type[ASTValidationRule], ...] = (WithinLimits,)
