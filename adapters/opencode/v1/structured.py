"""The structured part of an answer: JSON found in the text and checked against the schema that the step demands."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import validator_for
from pydantic import JsonValue
from referencing.exceptions import Unresolvable
from referencing.jsonschema import EMPTY_REGISTRY

from runner.failures import Failure, FailureCause, FailureKind, Json, Retry, failure

_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[ \t]*(?:json\w*)?[ \t]*\n(.*?)\n[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE)
_TRIED = 50


@dataclass(frozen=True, kw_only=True)
class Structured:
    data: Json


def instruction_for(schema: Json) -> str:
    """What the agent is told so that it gives a structured part. OpenCode's own `format` neither checks nor repeats."""
    return (
        "End your answer with one JSON value in a ```json fence that satisfies this JSON Schema:\n"
        f"```json\n{json.dumps(schema, indent=2, ensure_ascii=False)}\n```"
    )


def structured(text: str, schema: Json) -> Structured | Failure:
    """The last JSON value in the text that satisfies the schema, or what is wrong with the last one."""
    checker = _checker(json.dumps(schema, sort_keys=True))
    if isinstance(checker, str):
        return _bad_schema(checker)
    try:
        return _checked(text, checker)
    except Unresolvable as error:
        return _bad_schema(f"{error.ref} is not in it")


def _checked(text: str, checker: Draft202012Validator) -> Structured | Failure:
    first_fault: ValidationError | None = None
    for data in _values(text):
        fault = best_match(checker.iter_errors(data))
        if fault is None:
            return Structured(data=data)
        first_fault = first_fault or fault
    if first_fault is None:
        return failure(FailureKind.HANDOFF_INVALID, "The handoff has no structured part: the answer holds no JSON")
    causes = (FailureCause(source="stepwire", message=first_fault.message[:500]),)
    return failure(FailureKind.HANDOFF_INVALID, f"The handoff {_said(first_fault)}", causes=causes)


def _bad_schema(reason: str) -> Failure:
    message = f"The template's handoff schema is not valid: {reason}"
    hint = "Correct the schema in the template, then try again."
    return failure(FailureKind.HANDOFF_INVALID, message, hint=hint, retry=Retry.NO)


@lru_cache(maxsize=64)
def _checker(schema: str) -> "Draft202012Validator | str":
    loaded = json.loads(schema)
    kind = validator_for(loaded, default=Draft202012Validator)
    try:
        kind.check_schema(loaded)
    except SchemaError as error:
        return error.message
    # A registry of its own: a $ref to the web must not be fetched.
    return cast(Draft202012Validator, kind(loaded, registry=EMPTY_REGISTRY))


def _values(text: str) -> Iterator[JsonValue]:
    """JSON values in the text, the likeliest first: fenced ones from the end, the whole text, then any object in it."""
    for _, body in reversed(_FENCED.findall(text)):
        yield from _loaded(body)
    yield from _loaded(text.strip())
    decoder = json.JSONDecoder()
    starts = (match.start() for match in re.finditer(r"\{", text))
    for start in islice(starts, _TRIED):
        try:
            value: JsonValue = decoder.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
        yield value


def _loaded(text: str) -> Iterator[JsonValue]:
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield value


def _said(fault: ValidationError) -> str:
    place = ".".join(map(str, fault.absolute_path))
    if fault.validator == "required" and isinstance(fault.instance, dict):
        missing = [str(name) for name in cast("list[str]", fault.validator_value) if name not in fault.instance]
        names = ", ".join(f'"{name}"' for name in missing)
        return f"lacks {names}" + (f" in {place}" if place else "")
    return (
        f'does not match its schema at "{place}": {fault.message[:300]}'
        if place
        else (f"does not match its schema: {fault.message[:300]}")
    )
