"""JSON Schema as the runner's port `Schemas`; nothing is ever fetched for it."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import validator_for
from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

from runner.failures import Json
from runner.ports import BadSchema

_LONGEST_WORDS = 300
_COMPARED = frozenset(("const", "enum", "default", "examples"))


class JsonSchemas:
    """Checks on another thread, so that the event loop goes on meanwhile."""

    async def fault(self, value: Json, schema: Json) -> str | None:
        return await asyncio.to_thread(_fault, value, json.dumps(schema, sort_keys=True))

    async def problem(self, schema: Json) -> str | None:
        return await asyncio.to_thread(schema_problem, schema)


def schema_problem(schema: Json) -> str | None:
    """What keeps it from being a JSON Schema that answers can be checked against; None when it is one, or nothing."""
    if schema is None:
        return None
    if not isinstance(schema, dict):
        return "it must be an object"
    try:
        _fault({}, json.dumps(schema, sort_keys=True))
    except BadSchema as error:
        return str(error)
    # Where parts have names of their own, only the checker itself knows what a $ref in them is relative to.
    return None if _names_parts(schema) else _unresolved(schema)


def _unresolved(schema: Json) -> str | None:
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = EMPTY_REGISTRY.with_resource("", resource).resolver()
    for part in _objects_in(schema):
        if isinstance(reference := part.get("$ref"), str):
            try:
                resolver.lookup(reference)
            except Unresolvable:
                return f"{reference} is not in it"
    return None


def _names_parts(schema: Json) -> bool:
    return any("$id" in part for part in _objects_in(schema))


def _objects_in(value: Json) -> Iterator[Mapping[str, Json]]:
    """The value and what lies in it, as far as these are objects; not what is only to be compared with."""
    if isinstance(value, dict):
        yield value
        inside = [each for name, each in value.items() if name not in _COMPARED]
    else:
        inside = list(value) if isinstance(value, list) else []
    for each in inside:
        yield from _objects_in(each)


def _fault(value: Json, schema: str) -> str | None:
    try:
        found = best_match(_checker(schema).iter_errors(value))
    except SchemaError as error:
        raise BadSchema(error.message) from error
    except Unresolvable as error:
        raise BadSchema(f"{error.ref} is not in it") from error
    except re.error as error:
        raise BadSchema(f'"{error.pattern!s}" is no pattern: {error}') from error
    except RecursionError as error:
        raise BadSchema("it refers to itself without an end") from error
    return None if found is None else _said(found)


@lru_cache(maxsize=64)
def _checker(schema: str) -> Draft202012Validator:
    loaded = json.loads(schema)
    kind = validator_for(loaded, default=Draft202012Validator)
    kind.check_schema(loaded)
    # A registry of its own: a $ref to the web must not be fetched.
    return cast(Draft202012Validator, kind(loaded, registry=EMPTY_REGISTRY))


def _said(fault: ValidationError) -> str:
    place = ".".join(map(str, fault.absolute_path))
    if fault.validator == "required" and isinstance(fault.instance, dict):
        missing = [str(name) for name in cast("list[str]", fault.validator_value) if name not in fault.instance]
        names = ", ".join(f'"{name}"' for name in missing)
        return f"lacks {names}" + (f" in {place}" if place else "")
    words = _shortened(fault.message)
    return f'does not match its schema at "{place}": {words}' if place else f"does not match its schema: {words}"


def _shortened(words: str) -> str:
    """The words begin with the value, which may be long, and end with what is wrong with it."""
    half = _LONGEST_WORDS // 2
    return words if len(words) <= _LONGEST_WORDS else f"{words[:half]} … {words[-half:]}"
