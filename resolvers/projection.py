"""What one document selects, compiled into closures: plain fields are shown without a round through graphql-core.

graphql-core spends about 15 µs on a field, whatever it is: an info, a path, arguments, Strawberry's wrappers, a look
for something to await. For an attribute of an object in memory all of that comes to nothing, and lists are made of
those. So an object's selection is compiled once, when the first object of its type comes, and shown from then on by
reading attributes and calling methods (see `resolvers.selection`).

    selection ─▶ plain fields (see `resolvers.plain`) ──────────▶ read, write
                 their objects and lists, of one type ──────────▶ selection …
                 interfaces and unions, by the object's class ──▶ selection …
                 arguments, what is awaited, anything else ─────▶ left over (see `resolvers.left_over`)

The answer is the one that graphql-core gives, always. What is unusual in a value (null where none may be, another
Python type, an exception) is never judged here: the whole object that graphql-core had handed over is given back to it,
and it tries its parts here again. The same goes for an answer that grows too large.

An object with a version (see `schema.common.Versioned`) is remembered as it was shown, except for those of its fields
that went beyond it. Whether they do is seen and not guessed: it is noted when an `info` is looked into, when a field is
left over, and by fields of the moment. So a list of pipelines that are known makes only what is new.
"""

from collections.abc import Hashable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.pyutils import Path

from resolvers import selection as compiled
from resolvers.left_over import FieldDetails, Holder, Part, Place, Run
from resolvers.plain import Plain, Unusual, Write, class_of, is_told_by_class, many, optional, plain, write
from resolvers.remembered import Budget, Memory
from resolvers.selection import Field, Selection

# In bytes: of a compiled field, its closures and what they hold; of all those of a document.
_FIELD = 800
_MOST = 4_000_000
_KEY = "projection"

Switches: TypeAlias = tuple[Any, ...]


class Projection:
    """Of one document: its selections, compiled as they come up. The document is not held, only looked at."""

    def __init__(self, document: DocumentNode, budget: Budget) -> None:
        self._memory = Memory[Selection, Field](budget)
        self._switches = _switches(document)

    def switches(self, executor: Executor[Any]) -> Switches:
        """The values of the variables on which it depends what is selected at all."""
        given = executor.variable_values.coerced
        return tuple(given.get(name) for name in self._switches)

    def selection(
        self, executor: Executor[Any], switches: Switches, type_: GraphQLObjectType, details: FieldDetails
    ) -> Selection | None:
        """What these nodes select of objects of that type; None where that is left to graphql-core."""
        key = (type_.name, switches, *[id(each.node) for each in details])
        known = self._memory.selections.get(key)
        if known is None and (known := self._compiled(key, executor, switches, type_, details)) is not None:
            self._memory.learn(key, known, _FIELD * len(known.blank))
        return known

    def _compiled(
        self,
        key: Hashable,
        executor: Executor[Any],
        switches: Switches,
        type_: GraphQLObjectType,
        details: FieldDetails,
    ) -> Selection | None:
        origin = class_of(executor.schema, type_)
        if origin is None or self._memory.compiled > _MOST or executor.middleware_manager or executor.abort_signal:
            return None
        if any(each.defer_usage or each.fragment_variable_values for each in details):
            return None
        try:
            grouped, deferred, _ = executor.collect_subfields(type_, details)
        except (GraphQLError, RecursionError):
            # It will be said when graphql-core comes to it.
            return None
        if deferred:
            return None
        compiler = _Compiler(self, executor.schema, switches, type_)
        return compiler.selection(key, origin, grouped, self._memory)


def projection(document: DocumentNode, budget: Budget | None = None) -> Projection:
    """The document's own, made when it is first asked for; of a budget of its own unless one is given."""
    # It stands in the document itself: no table of them could forget one at the right time.
    kept = vars(document)
    if _KEY not in kept:
        kept[_KEY] = Projection(document, budget or Budget())
    found: Projection = kept[_KEY]
    return found


class _Compiler:
    """Of the selections of one type, under the same switches."""

    def __init__(
        self, projection: Projection, schema: GraphQLSchema, switches: Switches, type_: GraphQLObjectType
    ) -> None:
        self._projection = projection
        self._schema = schema
        self._switches = switches
        self._type = type_

    def selection(
        self, key: Hashable, origin: type, grouped: Mapping[str, FieldDetails], memory: Memory[Selection, Field]
    ) -> Selection | None:
        """None where a field is not there: graphql-core passes over it."""
        blank: dict[str, Any] = {}
        attributes: list[str] = []
        leaves: list[tuple[str, Write]] = []
        fields: list[Field] = []
        for name, details in grouped.items():
            asked = details[0].node.name.value
            blank[name] = self._type.name if asked == "__typename" else None
            if asked == "__typename":
                continue
            definition = self._schema.get_field(self._type, asked)
            if definition is None:
                return None
            part, how = Part(key=name, definition=definition, parent=self._type, details=details), plain(definition)
            if how and how.attribute and how.of_version and _is_leaf(part.type):
                attributes.append(how.attribute)
                leaves.append((name, _write(part.type)))
            else:
                fields.append(self._field(how, part) if how else compiled.left_over(part))
        return Selection(
            key=key,
            origin=origin,
            blank=blank,
            attributes=tuple(attributes),
            leaves=tuple(leaves),
            fields=tuple(fields),
            memory=memory,
        )

    def _field(self, how: Plain, part: Part) -> Field:
        field = self._read(how, part, self._place(part, part.type))
        return field if how.of_version else compiled.momentary(field)

    @staticmethod
    def _read(how: Plain, part: Part, place: Place) -> Field:
        if how.method is None:
            assert how.attribute is not None
            return compiled.read(attrgetter(how.attribute), part, place)
        if how.is_async:
            return compiled.awaited(how, part, place)
        return (compiled.asking if how.wants_info else compiled.read)(how.method, part, place)

    def _place(self, part: Part, type_: GraphQLOutputType) -> Place:
        if _is_leaf(type_):
            return compiled.leaf(_write(type_))
        if isinstance(type_, GraphQLNonNull):
            return self._present(part, type_.of_type)
        return compiled.nullable(self._present(part, type_), type_, part.details)

    def _present(self, part: Part, type_: GraphQLOutputType) -> Place:
        """Where null does not come."""
        if isinstance(type_, GraphQLList):
            return compiled.listed(self._place(part, type_.of_type))
        if isinstance(type_, GraphQLObjectType):
            return self._object(part, type_)
        assert is_abstract_type(type_)
        return self._abstract(part, type_)

    def _object(self, part: Part, type_: GraphQLObjectType) -> Place:
        known: Selection | None = None

        def place(holder: Holder, key: Any, value: Any, run: Run, path: Path) -> None:
            nonlocal known
            if known is None:
                known = self._projection.selection(run.executor, self._switches, type_, part.details)
                if known is None:
                    raise Unusual
            holder[key] = known.show(value, run, path)

        return place

    def _abstract(self, part: Part, type_: GraphQLAbstractType) -> Place:
        known: dict[type, Place] = {}

        def place(holder: Holder, key: Any, value: Any, run: Run, path: Path) -> None:
            inner = known.get(type(value))
            if inner is None:
                inner = known[type(value)] = self._object(part, _type_of(value, type_, part, run, path))
            inner(holder, key, value, run, path)

        return place


def _type_of(value: Any, abstract: GraphQLAbstractType, part: Part, run: Run, path: Path) -> GraphQLObjectType:
    """What Strawberry takes such an object for: asked once for each class.

    Raises:
        Unusual: for something that is not told by its class alone.
    """
    if abstract.resolve_type is None or not is_told_by_class(abstract):
        raise Unusual
    schema = run.executor.schema
    nodes = [each.node for each in part.details]
    info = run.executor.build_resolve_info(part.definition, nodes, part.parent, path)
    name = abstract.resolve_type(value, info, abstract)
    named = schema.get_type(name) if isinstance(name, str) else None
    if not isinstance(named, GraphQLObjectType) or not schema.is_sub_type(abstract, named):
        raise Unusual
    if class_of(schema, named) is not type(value):
        raise Unusual
    return named


def _is_leaf(type_: GraphQLOutputType) -> bool:
    return is_leaf_type(get_named_type(type_))


def _write(type_: GraphQLOutputType) -> Write:
    """For leaves, and lists of them."""
    if not isinstance(type_, GraphQLNonNull):
        return optional(_write_present(type_))
    return _write_present(type_.of_type)


def _write_present(type_: GraphQLOutputType) -> Write:
    if isinstance(type_, GraphQLList):
        return many(_write(type_.of_type))
    assert is_leaf_type(type_)
    return write(type_)


def _switches(document: DocumentNode) -> tuple[str, ...]:
    """The variables that directives may use: all that are true or false. To find which of them do is a walk."""
    declared = (
        variable
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        for variable in operation.variable_definitions or ()
    )
    return tuple(sorted({each.variable.name.value for each in declared if _is_boolean(each.type)}))


def _is_boolean(type_: TypeNode) -> bool:
    named = type_.type if isinstance(type_, NonNullTypeNode) else type_
    return isinstance(named, NamedTypeNode) and named.name.value == GraphQLBoolean.name
