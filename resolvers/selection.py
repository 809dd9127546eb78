"""What is selected of the objects of one type, compiled, and the showing of them: one call an object.

    selection ─┬─ leaves that are attributes, read at once
               └─ fields: methods, objects, lists, what is left over; each puts its answer into its place

All of it either stands when `show` returns, or it raises; then nothing has been begun.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import strawberry
from graphql import GraphQLOutputType
from graphql.pyutils import Path
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from resolvers.left_over import Awaited, FieldDetails, Holder, LeftOver, Nullable, Part, Place, Run
from resolvers.plain import Plain, Unusual, Write, definition_of
from resolvers.remembered import Memory, Shown
from schema.common import Versioned

Put: TypeAlias = Callable[[Any, dict[str, Any], Run, Path], None]


class Field(NamedTuple):
    """One key of an answer, and how what belongs there is put: from the object, into its answer."""

    key: str
    put: Put


@dataclass(kw_only=True, eq=False)
class Selection:
    """Of the type whose class is `origin`; `key` is what it is remembered by.

    `blank` has all keys in their order. `attributes` are read for `leaves`, their keys and how they are written.
    `goes_beyond` once an object was shown of which not all is fixed by its version: until then, those that are part of
    another one need no memory of their own.
    """

    key: Hashable
    origin: type
    blank: dict[str, Any]
    attributes: tuple[str, ...]
    leaves: tuple[tuple[str, Write], ...]
    fields: tuple[Field, ...]
    memory: "Memory[Selection, Field]"
    goes_beyond: bool = False

    def __post_init__(self) -> None:
        self._read = _reader(self.attributes)
        self._is_versioned = issubclass(self.origin, Versioned)

    def show(self, value: Any, run: Run, path: Path) -> dict[str, Any]:
        """The object's answer. Nobody may change it but what was left over in `run`.

        Raises:
            Unusual: graphql-core is to do it.
            Exception: what a method of the object raised; graphql-core is to do it, and to word that.
        """
        if not self._fits(value):
            raise Unusual
        if not self._is_versioned:
            return self._shown(value, run, path)
        if run.inside and not self.goes_beyond:
            return self._watched(value, run, path)
        key = (self.key, value.version)
        known = self.memory.shown(key)
        return self._known(known, value, run, path) if known else self._learned(key, value, run, path)

    def _fits(self, value: object) -> bool:
        return type(value) is self.origin and getattr(value, TYPE_CAST_ATTRIBUTE, None) is None

    def _watched(self, value: Any, run: Run, path: Path) -> dict[str, Any]:
        before, run.beyond = run.beyond, False
        answer = self._shown(value, run, path)
        self.goes_beyond = run.beyond
        run.beyond = before or run.beyond
        return answer

    def _shown(self, value: Any, run: Run, path: Path) -> dict[str, Any]:
        answer = self._begun(value, run)
        for each in self.fields:
            each.put(value, answer, run, path)
        return answer

    def _begun(self, value: Any, run: Run) -> dict[str, Any]:
        run.values += len(self.blank)
        if run.values > run.most:
            raise Unusual
        answer = self.blank.copy()
        for (key, write), attribute in zip(self.leaves, self._read(value), strict=True):
            answer[key] = write(attribute)
        return answer

    def _known(self, known: Shown[Field], value: Any, run: Run, path: Path) -> dict[str, Any]:
        run.values += known.values
        if run.values > run.most:
            raise Unusual
        if not known.anew:
            return known.answer
        answer = known.answer.copy()
        for each in known.anew:
            each.put(value, answer, run, path)
        return answer

    def _learned(self, key: Hashable, value: Any, run: Run, path: Path) -> dict[str, Any]:
        answer, values, anew = self._begun(value, run), len(self.blank), []
        before, inside, run.inside = run.beyond, run.inside, True
        for each in self.fields:
            run.beyond, count = False, run.values
            each.put(value, answer, run, path)
            if run.beyond:
                anew.append(each)
            else:
                values += run.values - count
        run.beyond, run.inside = before or bool(anew), inside
        kept = answer | dict.fromkeys(each.key for each in anew) if anew else answer
        self.memory.keep(key, Shown(answer=kept, values=values, anew=tuple(anew)))
        return answer


def _reader(attributes: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    match attributes:
        case ():
            return lambda _: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case _:
            return attrgetter(*attributes)


def momentary(field: Field) -> Field:
    """One that is not of the object's version."""

    def put(value: Any, answer: dict[str, Any], run: Run, path: Path) -> None:
        run.beyond = True
        field.put(value, answer, run, path)

    return Field(field.key, put)


def read(function: Callable[[Any], Any], part: Part, place: Place) -> Field:
    """What a method of the object says, or an attribute that is not read with the leaves."""

    def put(value: Any, answer: dict[str, Any], run: Run, path: Path) -> None:
        place(answer, part.key, function(value), run, part.path(path))

    return Field(part.key, put)


def asking(function: Callable[..., Any], part: Part, place: Place) -> Field:
    """A method that may look into its `info`."""

    def put(value: Any, answer: dict[str, Any], run: Run, path: Path) -> None:
        here = part.path(path)
        place(answer, part.key, function(value, info=Asked(run, part, here)), run, here)

    return Field(part.key, put)


def awaited(how: Plain, part: Part, place: Place) -> Field:
    """A method whose value has to be awaited."""
    function = how.method
    assert function is not None

    def put(value: Any, answer: dict[str, Any], run: Run, path: Path) -> None:
        here = part.path(path)
        told = {"info": Asked(run, part, here)} if how.wants_info else {}
        run.beyond = True
        run.left.append(
            Awaited(holder=answer, part=part, call=partial(function, value, **told), place=place, path=here)
        )

    return Field(part.key, put)


def left_over(part: Part) -> Field:
    def put(value: Any, answer: dict[str, Any], run: Run, path: Path) -> None:
        run.beyond = True
        run.left.append(LeftOver(holder=answer, part=part, source=value, path=part.path(path)))

    return Field(part.key, put)


def leaf(write: Write) -> Place:
    def place(holder: Holder, key: Any, value: Any, _: Run, __: Path) -> None:
        holder[key] = write(value)

    return place


def listed(inner: Place) -> Place:
    def place(holder: Holder, key: Any, value: Any, run: Run, path: Path) -> None:
        if type(value) is not list and type(value) is not tuple:
            raise Unusual
        holder[key] = answers = [None] * len(value)
        for index, each in enumerate(value):
            inner(answers, index, each, run, Path(path, index, None))

    return place


def nullable(inner: Place, type_: GraphQLOutputType, details: FieldDetails) -> Place:
    def place(holder: Holder, key: Any, value: Any, run: Run, path: Path) -> None:
        if value is None:
            holder[key] = None
            return
        around, run.left = run.left, []
        inner(holder, key, value, run, path)
        if run.left:
            around.append(Nullable(holder=holder, key=key, inside=run.left, type=type_, details=details, path=path))
        run.left = around

    return place


class Asked(strawberry.Info[Any, Any]):
    """The info of one field, made when somebody looks into it: most that ask for one do not, once a pipeline has ended.

    In all that can be seen of it, it is what Strawberry hands over.
    """

    def __init__(self, run: Run, part: Part, path: Path) -> None:
        self._run, self._part, self._path = run, part, path

    def __getattr__(self, name: str) -> Any:
        # Only of what is not there yet.
        if name == "_raw_info":
            self._run.beyond = True
            nodes = [details.node for details in self._part.details]
            self._raw_info = self._run.executor.build_resolve_info(
                self._part.definition, nodes, self._part.parent, self._path
            )
            return self._raw_info
        if name == "_field":
            self._field = definition_of(self._part.definition)
            return self._field
        raise AttributeError(name)
