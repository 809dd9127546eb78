"""Frozen dataclasses as JSON and back, after their type hints: one converter per class, made once.

Reading is lenient, because rows outlive the code that wrote them: unknown keys are passed over, and what is missing
takes the field's default. Writing is strict: what JSON cannot hold is refused.
"""

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from runner.failures import Json

T = TypeVar("T")
Convert = Callable[[Any], Any]

# Not stored inside values: the place of an event is that of its row, and so is its actor's channel.
_LEFT_OUT = frozenset({"cursor", "channel"})


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Converter:
    """`write` gives what `json` can hold, `read` takes it back."""

    write: Convert
    read: Convert


def text_of(at: datetime) -> str:
    """The one form in which times are stored: UTC with its offset, cut to milliseconds; sorts as the times do."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="milliseconds")


def time_of(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def dumps(value: Json) -> str:
    return _ENCODER.encode(value)


def write(value: object) -> Any:
    """A dataclass instance as what JSON can hold."""
    return converter(type(value)).write(value)


def read(kind: type[T], stored: Mapping[str, Any]) -> T:
    value: T = converter(kind).read(stored)
    return value


def as_it_is(value: Any) -> Any:
    return value


_PLAIN = Converter(write=as_it_is, read=as_it_is)
_MADE: dict[type[Any], Converter] = {}


def converter(kind: type[Any]) -> Converter:
    """For one dataclass."""
    if kind not in _MADE:
        _MADE[kind] = _made(kind)
    return _MADE[kind]


def _made(kind: type[Any]) -> Converter:
    parts = {name: for_hint(hint) for name, hint in hints_of(kind).items() if name not in _LEFT_OUT}
    optional = {
        field.name for field in fields(kind) if field.default is not MISSING or field.default_factory is not MISSING
    }
    writers = [(name, part.write) for name, part in parts.items()]
    readers = [(name, part.read, name in optional) for name, part in parts.items()]

    def write_fields(value: Any) -> dict[str, Any]:
        own = value.__dict__
        return {name: own[name] if convert is as_it_is else convert(own[name]) for name, convert in writers}

    def read_fields(stored: Mapping[str, Any]) -> Any:
        return kind(
            **{
                name: convert(stored[name])
                for name, convert, may_be_missing in readers
                if name in stored or not may_be_missing
            }
        )

    return Converter(write=write_fields, read=read_fields)


def hints_of(kind: type[Any]) -> Mapping[str, Any]:
    """The type of each field of a dataclass; `Json` for what is JSON already."""
    hints = get_type_hints(kind, localns={"Json": Any})
    return {field.name: Json if field.type == Json else hints[field.name] for field in fields(kind)}


def for_hint(hint: Any) -> Converter:
    """For values of that type."""
    if hint == Json:
        return _PLAIN
    if isinstance(hint, NewType):
        return for_hint(hint.__supertype__)
    if get_origin(hint) in (types.UnionType, Union):
        return _optional(hint)
    if get_origin(hint) is tuple:
        return _many(for_hint(get_args(hint)[0]))
    if hint in (str, int, float, bool):
        return _PLAIN
    if hint is datetime:
        return Converter(write=text_of, read=time_of)
    if issubclass(hint, Enum):
        return Converter(write=lambda member: member.value, read=hint)
    return converter(hint)


def without_none(hint: Any) -> Any:
    """X for X | None, and for X."""
    return next((arg for arg in get_args(hint) if arg is not type(None)), hint)


def _optional(hint: Any) -> Converter:
    inner = for_hint(without_none(hint))
    if inner is _PLAIN:
        return inner
    return Converter(
        write=lambda value: None if value is None else inner.write(value),
        read=lambda stored: None if stored is None else inner.read(stored),
    )


def _many(inner: Converter) -> Converter:
    return Converter(
        write=lambda values: [inner.write(value) for value in values],
        read=lambda stored: tuple(inner.read(value) for value in stored),
    )
