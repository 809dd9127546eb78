"""What a field weighs by itself, and how much its list is expected to hold: the figures of `resolvers.complexity`.

Measured on a database of a thousand pipelines with twenty steps of five attempts each.
"""

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    IntValueNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_introspection_type,
    is_list_type,
)

from resolvers.arguments import LARGEST_PAGE, LARGEST_STRETCH, PAGE, STRETCH

# What a list holds as a rule. Lists that stand within each other count as short, as they mostly are: at their longest
# they would outweigh the pipelines that they stand in (see `resolvers.metered`).
_LIST = 10
_USUAL_OF = {
    "Step": 3,
    "FailureCause": 2,
    **dict.fromkeys(("Attempt", "Attention", "PermissionOption", "QuestionField", "FieldOption", "FieldCondition"), 1),
}
# A list of its own is one call of the database, of OpenCode or of somebody else, whatever little it then brings.
_CALL = 7_000
_CALLS = {
    **dict.fromkeys(("node", "pipeline"), 1_000),
    **dict.fromkeys(("engine", "storage", "viewer", "server", "definitionProblems", "tokens"), 700),
    "pipelines": 4_000,
    "failureGroups": 4_000,
    "conflicts": 4_000,
    "agents": 6_000,
    "models": 6_000,
    "templates": 6_000,
    "githubIssue": 10_000,
    "failures": 20_000,
}
# What a row of such a list costs to be loaded, whatever little is selected in it.
_ROWS = {"pipelines": 40, "conflicts": 40, "failures": 25, "approvals": 25, "events": 8, "failureGroups": 4}
# An act is decided, stored and answered by what it made: four of them are a tenth of a second.
ACT = 17_000
# Those of which each row is much work; more than a few of one in a document are nobody's need (the page has three).
_HEAVY = frozenset(("pipelines", "templates"))
_FEW = 3
_TOO_MANY = 10
# A page inside a list is read from the database for each element anew, and each of its rows as well.
_LOADED = 700
_ROW = 20
# Of the schema itself: the whole of it, as tools ask for it, once in a document.
META = {"__schema": 36_000, "__type": 1_000}
_META_LISTS = {"__Type": 5, "__Field": 5, "__InputValue": 2, "__EnumValue": 3, "__Directive": 5}


def of_call(name: str, size: int, times: int) -> int:
    """Of a field at the top of a query, asked for so often by now."""
    own = _CALLS.get(name, _CALL) * (_TOO_MANY if name in _HEAVY and times > _FEW else 1)
    return own + size * _ROWS.get(name, 0)


def of_page(size: int) -> int:
    """Of a page inside of something else."""
    return _LOADED + size * _ROW


def size_of(parent: GraphQLNamedType | None, field: GraphQLField, node: FieldNode) -> int:
    """How many elements are to be expected: what a page is asked to hold, a handful in the lists of one thing."""
    if is_paged(field):
        return _page(field, node)
    if parent is not None and parent.name.endswith("Connection"):
        return 1
    inside = get_named_type(field.type)
    if not (is_list_type(get_nullable_type(field.type)) and is_composite_type(inside)):
        return 1
    if is_introspection_type(inside):
        # The types of a schema are paid with __schema itself.
        return 1 if node.name.value == "types" else _META_LISTS[inside.name]
    return _USUAL_OF.get(inside.name, _LIST)


def is_paged(field: GraphQLField) -> bool:
    return "first" in field.args


def _page(field: GraphQLField, node: FieldNode) -> int:
    """What `first` or `last` says; the most that is allowed where a variable says it."""
    usual, largest = (STRETCH, LARGEST_STRETCH) if "last" in field.args else (PAGE, LARGEST_PAGE)
    given = [argument.value for argument in node.arguments or () if argument.name.value in ("first", "last")]
    if not given:
        return usual
    value = given[0]
    # A number of thousands of digits would not even be read.
    if not isinstance(value, IntValueNode) or len(value.value) > len(str(largest)):
        return largest
    return max(1, min(int(value.value), largest))
