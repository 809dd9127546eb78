"""JSON Schema as the runner's port `Schemas`; nothing is ever fetched for it, and nothing done on the event loop.

    value, schema ─┬─ plain words, not much ─▶ a thread: the cost is bounded by both sizes
                   └─ anything else ─────────▶ a worker process, killed when its time is up

A pattern, a list of unique items or one word that combines others can take for ever: no thread could be stopped then.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY, Schema

from adapters import schema_check
from adapters.schema_check import NotCheckable
from adapters.workers import WorkerLost, Workers
from runner.failures import Json
from runner.handoff import BadSchema

if TYPE_CHECKING:
    from referencing._core import Resolver

    SchemaResolver: TypeAlias = Resolver[Schema]

_SECONDS = 5.0
_LARGEST = 32 * 1024
_SMALL = 4 * 1024
_PARTS = 2_500
_DEEPEST = 64
_LONGEST_LIST = 1_000
_COMPARED = frozenset(("const", "enum", "default", "examples"))
# Each looks at a value once, at no more than its own size times its value's; none looks into another's value again.
_PLAIN = frozenset(
    (
        *("$schema", "$comment", "title", "description", "default", "examples", "deprecated", "format", "type", "enum"),
        *("const", "required", "properties", "additionalProperties", "items", "minimum", "maximum", "minLength"),
        *("exclusiveMinimum", "exclusiveMaximum", "maxLength", "minItems", "maxItems", "minProperties"),
        "maxProperties",
    )
)
_PLAIN_COST = 10_000_000


_NOT_CHECKED = "could not be checked: "


class JsonSchemas:
    """Lets a check take `seconds`; `close` ends its workers, if it ever needed any."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._workers = Workers(Path(schema_check.__file__))

    async def fault(self, value: Json, schema: Json) -> str | None:
        try:
            plain, line = await asyncio.to_thread(_prepared, value, schema, self._seconds)
            if plain is not None:
                return await asyncio.to_thread(schema_check.fault, value, plain)
        except NotCheckable as error:
            raise BadSchema(str(error)) from error
        except RecursionError:
            return f"{_NOT_CHECKED}it is nested too deeply"
        return await self._fault_by_worker(line)

    async def _fault_by_worker(self, line: bytes) -> str | None:
        try:
            answer = json.loads(await self._workers.ask(line, within=self._seconds))
        except TimeoutError:
            return f"{_NOT_CHECKED}checking against the schema took longer than {self._seconds:g} s"
        except WorkerLost as lost:
            return f"{_NOT_CHECKED}the process for it was lost ({lost})"
        if "bad" in answer:
            raise BadSchema(answer["bad"])
        return None if answer["fault"] is None else str(answer["fault"])

    async def problem(self, schema: Json) -> str | None:
        problem, written = await asyncio.to_thread(_measured, schema)
        if problem is not None or len(written) <= _SMALL:
            return problem or await asyncio.to_thread(_check_problem, written)
        # Half a second for the largest: too much beside an event loop, and somebody may send a hundred of them.
        line = f'{{"seconds": {self._seconds}, "schema": {written}, "value": {{}}}}\n'.encode()
        try:
            fault = await self._fault_by_worker(line)
        except BadSchema as error:
            return str(error)
        return fault if fault and fault.startswith(_NOT_CHECKED) else None

    async def aclose(self) -> None:
        await self._workers.close()


def schema_problem(schema: Json) -> str | None:
    """What keeps it from being a JSON Schema that answers can be checked against; None when it is one, or nothing.

    At a cost that its size bounds. Whether a pattern in it takes for ever only an answer can show.
    """
    problem, written = _measured(schema)
    return problem or _check_problem(written)


def _measured(schema: Json) -> tuple[str | None, str]:
    """What is wrong with its size, if anything; and the schema as text, empty for none."""
    if schema is None:
        return None, ""
    if not isinstance(schema, dict):
        return "it must be an object", ""
    written = ""
    try:
        written = json.dumps(schema, sort_keys=True)
        if len(written) > _LARGEST:
            return f"it has {len(written):,} characters; {_LARGEST:,} are the most", ""
        _Measure(schema).judge()
    except _Unusable as error:
        return str(error), ""
    except RecursionError:
        return f"it is nested more than {_DEEPEST} levels deep", ""
    except schema_check.ODD:
        # The check has better words for most of it.
        return _check_problem(written) or schema_check.ODD_SHAPE, ""
    return None, written


def _check_problem(written: str) -> str | None:
    try:
        if written:
            schema_check.fault({}, written)
    except NotCheckable as error:
        return str(error)
    return None


class _Unusable(Exception):
    """What is wrong with a schema, as the rest of a sentence about it."""


class _Measure:
    """How many parts a schema has when each $ref in it is written out; what refers to itself has no end."""

    def __init__(self, schema: dict[str, Json]) -> None:
        resource: Resource[Schema] = Resource.from_contents(schema, default_specification=DRAFT202012)
        self._root = schema
        self._resolver = EMPTY_REGISTRY.with_resource("", resource).resolver()
        self._parts: dict[int, int | None] = {}

    def judge(self) -> None:
        """Raises _Unusable."""
        self._of(self._root, self._resolver, 0)

    def _of(self, value: object, resolver: "SchemaResolver", depth: int) -> int:
        if depth > _DEEPEST:
            raise _Unusable(f"it is nested more than {_DEEPEST} levels deep, with what it refers to")
        if isinstance(value, list):
            if len(value) > _LONGEST_LIST:
                raise _Unusable(f"a list in it has {len(value):,} entries; {_LONGEST_LIST:,} are the most")
            return 1 + sum(self._of(each, resolver, depth + 1) for each in value)
        if not isinstance(value, dict):
            return 1
        if (known := self._parts.get(id(value), 0)) is None:
            raise _Unusable("a part of it refers to itself: a schema that goes round in circles has no end")
        if known == 0:
            self._parts[id(value)] = None
            self._parts[id(value)] = known = self._of_object(value, resolver, depth)
        return known

    def _of_object(self, value: Mapping[str, object], resolver: "SchemaResolver", depth: int) -> int:
        if isinstance(value.get("$id"), str):
            resolver = resolver.in_subresource(DRAFT202012.create_resource(value))
        parts = 1 + sum(self._of(each, resolver, depth + 1) for name, each in value.items() if name not in _COMPARED)
        if isinstance(reference := value.get("$ref"), str):
            try:
                found = resolver.lookup(reference)
            except Unresolvable:
                raise _Unusable(f"{reference[:200]} is not in it") from None
            parts += self._of(found.contents, found.resolver, depth + 1)
        for word in ("$dynamicRef", "$recursiveRef"):
            if isinstance(value.get(word), str):
                raise _Unusable(f"{word} is for schemas that refer to themselves: write out what is meant")
        if parts > _PARTS:
            raise _Unusable(f"it has more than {_PARTS:,} parts, with what it refers to")
        return parts


def _prepared(value: Json, schema: Json, seconds: float) -> tuple[str | None, bytes]:
    """The schema as text where it is plain and the check cheap, else what a worker is asked."""
    written, told = json.dumps(schema, sort_keys=True), json.dumps(value)
    if len(written) * len(told) <= _PLAIN_COST and all(map(_is_plain, _schemas_in(schema))):
        return written, b""
    return None, f'{{"seconds": {seconds}, "schema": {written}, "value": {told}}}\n'.encode()


def _schemas_in(schema: Json) -> Iterator[Json]:
    """The schema and those in it, where plain words can have some."""
    yield schema
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    inside = list(properties.values()) if isinstance(properties, dict) else [properties]
    for each in (*inside, schema.get("items"), schema.get("additionalProperties")):
        if each is not None:
            yield from _schemas_in(each)


def _is_plain(schema: Json) -> bool:
    if not isinstance(schema, dict):
        return isinstance(schema, bool)
    types = schema.get("type", "object")
    named = isinstance(types, str) or (isinstance(types, list) and all(isinstance(name, str) for name in types))
    return named and schema.keys() <= _PLAIN
