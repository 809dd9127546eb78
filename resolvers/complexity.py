"""How much one document may ask for, judged in one pass before any other rule looks at it.

    cost of a field = what it costs by itself + size of its list x cost of what is selected in it

One unit is one value found and written, a microsecond or two of the server's time; a call, a row to be loaded and an
act weigh as many of them as they take (see `resolvers.weights`). Of what is selected for one type or another only the
dearest type counts: an object is of one. Every field and every fragment is weighed once: what a fragment weighs is
remembered by its name, so that fragments nested in fragments cost no more than their text. (Strawberry's own limiters
walk a fragment anew wherever it is spread: 2^n for n nested fragments.)
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)
from graphql.type.introspection import SchemaMetaFieldDef, TypeMetaFieldDef
from graphql.validation import ASTValidationRule, ValidationRule
from graphql.validation.validate import ValidationAbortedError

from resolvers.weights import ACT, META, is_paged, of_call, of_page, size_of
from schema.selection import fragments_in

DEPTH = 16
NESTING = 60
ALIASES = 100
COST = 70_000
TOKENS = 3_000
REPETITION = 15_000

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
    """The document asks for more than is allowed; the text says of what, and what to do.

    `cost` where it is that which is too high, with the field at the top that has the most of it.
    """

    def __init__(self, message: str, cost: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.cost = cost
        self.field = field

    @property
    def extensions(self) -> dict[str, int | str]:
        """The facts for programs; a cost without end is told as far as JSON's numbers are safe."""
        if self.cost is None:
            return {}
        told: dict[str, int | str] = {"cost": min(self.cost, 2**53 - 1), "limit": COST}
        return told if self.field is None else {**told, "field": self.field}


def check(schema: GraphQLSchema, document: DocumentNode) -> None:
    """Passes a document that may be run; it need not be valid otherwise.

    Raises:
        TooMuch: it asks for too much.
    """
    scales = _Scales(schema, document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            root = getattr(schema, _ROOTS[definition.operation.value])
            _judge(scales.weigh_operation(root, definition.selection_set), scales.tops)
        elif isinstance(definition, FragmentDefinitionNode):
            scales.weigh_fragment(definition.name.value, 1)
    if scales.repetition > REPETITION:
        raise TooMuch("The query asks for the same names again and again. Ask for each once, or in several queries.")


def _judge(weight: Weight, tops: "Counter[str]") -> None:
    if weight.depth > DEPTH:
        raise TooMuch(f"The query is {weight.depth} levels deep; {DEPTH} are the most. Ask for less at once.")
    if weight.aliases > ALIASES:
        raise TooMuch(f"The query has {_counted(weight.aliases)} aliases; {ALIASES} are the most.")
    if weight.cost > COST:
        # Of a second operation nothing is known where a fragment that was weighed before has all of it.
        dearest, cost = next(iter(tops.most_common(1)), (None, 0))
        most_of_it = f"`{dearest}` takes {_counted(cost)} of it. " if dearest else ""
        raise TooMuch(
            f"The query costs {_counted(weight.cost)}; {COST:,} is the most. {most_of_it}"
            "Ask for smaller pages or fewer fields, or in several queries.",
            weight.cost,
            dearest,
        )


class _Scales:
    """Weighs the parts of one document, each fragment once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
        self._fragments = fragments_in(document)
        self._weights: dict[str, Weight] = {}
        self._names = Counter[str]()
        self._calls = Counter[str]()
        # What each field at the top of the operation costs, all its aliases together.
        self.tops = Counter[str]()

    @property
    def repetition(self) -> int:
        """How many pairs of fields another rule may have to compare: all those of one name with each other."""
        return sum(count * count for count in self._names.values())

    def weigh_operation(self, root: GraphQLNamedType | None, selections: SelectionSetNode) -> Weight:
        self._calls.clear()
        self.tops.clear()
        return self.weigh(root, selections, 1)

    def weigh(self, parent: GraphQLNamedType | None, selections: SelectionSetNode, nesting: int) -> Weight:
        if nesting > NESTING:
            raise TooMuch(f"The query is nested more than {NESTING} levels deep, fragments included.")
        common, apart = Weight(), defaultdict[str, Weight](Weight)
        for selection in selections.selections:
            weight = self._weigh_one(parent, selection, nesting)
            if (only := self._only_for(parent, selection)) is None:
                common += weight
            else:
                apart[only] += weight
        return common + _dearest(apart.values())

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

    def _only_for(self, parent: GraphQLNamedType | None, selection: SelectionNode) -> str | None:
        """The one type of several whose objects a fragment is for; None where it may be for any."""
        match selection:
            case InlineFragmentNode(type_condition=condition) if condition is not None:
                name = condition.name.value
            case FragmentSpreadNode() if fragment := self._fragments.get(selection.name.value):
                name = fragment.type_condition.name.value
            case _:
                return None
        named = self._schema.get_type(name)
        return name if isinstance(named, GraphQLObjectType) and named is not parent else None

    def _weigh_field(self, parent: GraphQLNamedType | None, node: FieldNode, nesting: int) -> Weight:
        self._names[node.alias.value if node.alias else node.name.value] += 1
        field = self._field(parent, node.name.value)
        inside = get_named_type(field.type) if field else None
        below = self.weigh(inside, node.selection_set, nesting + 1) if node.selection_set else Weight()
        size = 1 if field is None else size_of(parent, field, node)
        aliases = below.aliases + (node.alias is not None)
        cost = self._own(parent, field, node.name.value, size) + size * below.cost
        if parent in self._roots:
            self.tops[node.name.value] += cost
        return Weight(depth=below.depth + 1, aliases=aliases, cost=cost)

    def _field(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        if name == "__schema":
            return SchemaMetaFieldDef
        if name == "__type":
            return TypeMetaFieldDef
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        return fields.get(name)

    def _own(self, parent: GraphQLNamedType | None, field: GraphQLField | None, name: str, size: int) -> int:
        """What a field costs whatever is selected in it."""
        if name in META:
            return META[name]
        if field is None or not is_composite_type(get_named_type(field.type)):
            return 1
        if parent is self._schema.mutation_type:
            return ACT
        if parent is self._schema.query_type:
            self._calls[name] += 1
            return of_call(name, size, self._calls[name])
        return of_page(size) if is_paged(field) else 1


def _dearest(weights: Iterable[Weight]) -> Weight:
    """Each of its figures the largest: of depth and cost only what one object can have, of aliases all in the text."""
    known = list(weights)
    return Weight(
        depth=max((weight.depth for weight in known), default=0),
        aliases=sum(weight.aliases for weight in known),
        cost=max((weight.cost for weight in known), default=0),
    )


def _counted(number: int) -> str:
    return f"{number:,}" if number < 10**9 else "more than a billion"


class WithinLimits(ValidationRule):
    """Refuses a document that asks for too much before other rules look at it."""

    def enter_document(self, node: DocumentNode, *_: Any) -> None:
        try:
            check(self.context.schema, node)
        except TooMuch as too_much:
            raise ValidationAbortedError(str(too_much), extensions=too_much.extensions) from None


document_rules: tuple[type[ASTValidationRule], ...] = (WithinLimits,)
