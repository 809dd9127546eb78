"""GraphQL documents at random over a whole schema, valid ones: the same seed writes the same document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

DEPTH = 5
_MOST = 40
# What a variable of that type may hold; what decides over parts of the document is told by its name.
_VARIABLES: Mapping[str, Any] = {"Boolean!": (True, False), "Int": (1, 2, 5, None)}


@dataclass(frozen=True, kw_only=True)
class Written:
    """A document with all that is needed to run it."""

    text: str
    variables: dict[str, Any]


class Writer:
    """Writes one document. `samples` are literals to take for arguments, by the name of the type or of the argument."""

    def __init__(self, schema: GraphQLSchema, random: Random, samples: Mapping[str, Sequence[str]]) -> None:
        self._schema = schema
        self._random = random
        self._samples = samples
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: dict[str, tuple[GraphQLNamedType, str]] = {}
        self._left = _MOST

    def write(self, operation: str, root: GraphQLObjectType, fields: Sequence[str]) -> Written:
        """With these root fields."""
        selected = " ".join(self._field(root, name, root.fields[name], DEPTH) for name in fields)
        fragments = "\n".join(
            f"fragment {name} on {on.name} {selection}" for name, (on, selection) in self._fragments.items()
        )
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
        head = f"{operation} ({declared})" if declared else operation
        values = {name: value for name, (_, value) in self._variables.items()}
        return Written(text=f"{head} {{ {selected} }}\n{fragments}", variables=values)

    def _selection(self, named: GraphQLNamedType, depth: int) -> str:
        parts = [self._part(named, depth) for _ in range(self._random.randint(1, 4))]
        parts.append("__typename" if self._chance(0.4) or isinstance(named, GraphQLUnionType) else self._leaf(named))
        # The same once more, by another way: they merge.
        if self._chance(0.2):
            parts.append(f"... {{ {self._random.choice(parts)} }}")
        return "{ " + " ".join(parts) + " }"

    def _part(self, named: GraphQLNamedType, depth: int) -> str:
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType) and self._chance(0.6):
            return self._inline(self._one_of(named), depth)
        if self._chance(0.12):
            return self._spread(named, depth)
        if self._chance(0.08):
            return f"... {self._directives()} {self._selection(named, depth)}"
        if self._chance(0.05) or isinstance(named, GraphQLUnionType):
            return self._random.choice(("__typename", "kind: __typename"))
        fields: Mapping[str, GraphQLField] = getattr(named, "fields", {})
        name = self._random.choice(sorted(fields))
        return self._field(named, name, fields[name], depth)

    def _one_of(self, abstract: GraphQLUnionType | GraphQLInterfaceType) -> GraphQLNamedType:
        types: list[GraphQLNamedType] = list(self._schema.get_possible_types(abstract))
        if isinstance(abstract, GraphQLInterfaceType):
            types += self._schema.get_implementations(abstract).interfaces
        else:
            types += {each for member in abstract.types for each in member.interfaces}
        return self._random.choice(sorted(types, key=lambda each: each.name))

    def _inline(self, named: GraphQLNamedType, depth: int) -> str:
        return f"... on {named.name} {self._directives()} {self._selection(named, depth)}"

    def _spread(self, named: GraphQLNamedType, depth: int) -> str:
        known = [name for name, (on, _) in self._fragments.items() if on is named]
        if known and self._chance(0.6):
            return f"...{self._random.choice(known)} {self._directives()}"
        selection = self._selection(named, depth)
        name = f"F{len(self._fragments)}"
        self._fragments[name] = (named, selection)
        return f"...{name} {self._directives()}"

    def _leaf(self, named: GraphQLNamedType) -> str:
        fields: Mapping[str, GraphQLField] = getattr(named, "fields", {})
        leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args]
        return self._random.choice(leaves) if leaves else "__typename"

    def _field(self, parent: GraphQLNamedType, name: str, field: GraphQLField, depth: int) -> str:
        inside = get_named_type(field.type)
        self._left -= 1
        if not is_leaf_type(inside) and (depth == 0 or self._left < 0):
            return "__typename"
        arguments = self._arguments(field)
        # One name for one meaning: what differs in anything must not meet under the same key.
        alias = (
            ""
            if self._chance(0.6) and not arguments
            else f"{name}_{parent.name}{self._left % 7 if arguments else ''}: "
        )
        selection = "" if is_leaf_type(inside) else self._selection(inside, depth - 1)
        return f"{alias}{name}{arguments} {self._directives()} {selection}"

    def _directives(self) -> str:
        if not self._chance(0.15):
            return ""
        value = self._random.choice(("true", "false", self._variable("Boolean!")))
        return f"@{self._random.choice(('skip', 'include'))}(if: {value})"

    def _variable(self, kind: str) -> str:
        name = f"v{self._random.randint(0, 2)}_{kind.strip('!')}"
        self._variables.setdefault(name, (kind, self._random.choice(_VARIABLES[kind])))
        return f"${name}"

    def _arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self._value(name, argument.type)}"
            for name, argument in field.args.items()
            if is_required_argument(argument) or self._chance(0.3)
        ]
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, kind: GraphQLInputType) -> str:
        if isinstance(kind, GraphQLNonNull):
            return self._value(name, kind.of_type)
        if isinstance(kind, GraphQLList):
            return f"[{self._value(name, kind.of_type)}]"
        if name in self._samples:
            return self._random.choice(self._samples[name])
        if isinstance(kind, GraphQLEnumType):
            return str(self._random.choice(sorted(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            required = [each for each, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)]
            return "{" + ", ".join(f"{each}: {self._value(each, kind.fields[each].type)}" for each in required) + "}"
        if kind.name == "Int" and self._chance(0.3):
            return self._variable("Int")
        return self._random.choice(self._samples[kind.name])

    def _chance(self, of_one: float) -> bool:
        return self._random.random() < of_one
