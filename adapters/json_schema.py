"""JSON Schema as the runner's port `Schemas`; nothing is ever fetched for it."""

import asyncio
import json
import re
from functools import lru_cache
from typing import cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import validator_for
from referencing.exceptions import Unresolvable
from referencing.jsonschema import EMPTY_REGISTRY

from runner.failures import Json
from runner.ports import BadSchema

_LONGEST_WORDS = 300


class JsonSchemas:
    """Checks on another thread, so that the event loop goes on meanwhile."""

    async def fault(self, value: Json, schema: Json) -> str | None:
        return await asyncio.to_thread(_fault, value, json.dumps(schema, sort_keys=True))


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
