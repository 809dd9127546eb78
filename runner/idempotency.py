"""A key under which a request is done once, however often it is sent; it belongs to that request and to no other."""

import hashlib
import json
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum


@dataclass(frozen=True, kw_only=True)
class IdempotencyKey:
    """What a client calls its request; `request` is the digest of the command and its input."""

    key: str
    request: str


def told_apart(command: str, *given: object) -> str:
    """The command and its input as text, the same for the same request alone.

    What has its default is left out: so a field that a later version adds changes no request of an earlier one.
    """
    return json.dumps([command, *given], sort_keys=True, default=_plain)


def digest(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    assert is_dataclass(value), value
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    return {field.name: given[field.name] for field in fields(value) if given[field.name] != _default_of(field)}


def _default_of(field: "Field[object]") -> object:
    return None if field.default is MISSING else field.default
