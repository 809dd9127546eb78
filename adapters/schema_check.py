"""A value checked against a JSON Schema: in this process, or as the program of a worker process that may be killed.

    {"schema": …, "value": …, "seconds": 5} ─▶ one line each on standard input and output ─▶ {"fault": …} or {"bad": …}

As a program it imports nothing of stepwire, so that a worker is there soon and takes little memory.
"""

import json
import re
import resource
import signal
import sys
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, UnknownType, ValidationError, best_match
from jsonschema.validators import validator_for
from referencing.exceptions import Unresolvable
from referencing.jsonschema import EMPTY_REGISTRY

_LONGEST_WORDS = 300
# The best is chosen among so many faults: nobody reads more, and an answer may have a million.
_FAULTS = 100
_CHECKERS = 16
_MEMORY = 1024 * 1024 * 1024
_RECURSION = 5_000
# What jsonschema and referencing fall over where a part of a schema has another shape than they think.
ODD = (AttributeError, LookupError, TypeError, ValueError, UnknownType)
ODD_SHAPE = "a part of it does not have the shape that JSON Schema demands"


class NotCheckable(Exception):
    """The schema is none that anything could be checked against; the text says why."""


def fault(value: Any, schema: str) -> str | None:
    """What is wrong with the value, as the rest of a sentence about it; None: nothing. Raises NotCheckable."""
    try:
        found = best_match(islice(_checker(schema).iter_errors(value), _FAULTS))
    except SchemaError as error:
        raise NotCheckable(error.message) from error
    except Unresolvable as error:
        raise NotCheckable(f"{error.ref} is not in it") from error
    except re.error as error:
        raise NotCheckable(f'"{error.pattern!s}" is no pattern: {error}') from error
    except RecursionError as error:
        if "$ref" in schema or "Ref" in schema:
            raise NotCheckable("it refers to itself without an end") from error
        return "could not be checked: it is nested too deeply"
    except ArithmeticError as error:
        return f"could not be checked: {error}"
    except ODD as error:
        raise NotCheckable(ODD_SHAPE) from error
    except MemoryError:
        return f"could not be checked: that takes more than {_MEMORY // 1024**2:,} MB of memory"
    return None if found is None else _said(found)


@lru_cache(maxsize=_CHECKERS)
def _checker(schema: str) -> Draft202012Validator:
    loaded = json.loads(schema)
    if isinstance(loaded, dict) and not isinstance(loaded.get("$schema", ""), str):
        raise NotCheckable("$schema must be a text")
    kind = validator_for(loaded, default=Draft202012Validator)
    kind.check_schema(loaded)
    # A registry of its own: a $ref to the web must not be fetched.
    return cast(Draft202012Validator, kind(loaded, registry=EMPTY_REGISTRY))


def _said(found: ValidationError) -> str:
    place = ".".join(map(str, found.absolute_path))
    # In the third draft it is true or false.
    if found.validator == "required" and isinstance(found.validator_value, list) and isinstance(found.instance, dict):
        missing = [str(name) for name in cast("list[str]", found.validator_value) if name not in found.instance]
        names = ", ".join(f'"{name}"' for name in missing)
        return f"lacks {names}" + (f" in {place}" if place else "")
    words = _shortened(found.message)
    return f'does not match its schema at "{place}": {words}' if place else f"does not match its schema: {words}"


def _shortened(words: str) -> str:
    """The words begin with the value, which may be long, and end with what is wrong with it."""
    half = _LONGEST_WORDS // 2
    return words if len(words) <= _LONGEST_WORDS else f"{words[:half]} … {words[-half:]}"


def _answered(asked: Any) -> dict[str, str | None]:
    # Should the parent die meanwhile, nobody would kill us: the alarm ends even a pattern that never ends.
    signal.setitimer(signal.ITIMER_REAL, asked["seconds"] + 1)
    try:
        return {"fault": fault(asked["value"], json.dumps(asked["schema"]))}
    except NotCheckable as error:
        return {"bad": str(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Answers line by line until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.setrecursionlimit(_RECURSION)
    print("ready", flush=True)
    for line in sys.stdin.buffer:
        print(json.dumps(_answered(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
