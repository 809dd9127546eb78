"""Scalars, and the opaque text in which a place in the log travels to clients and back."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from runner import model
from runner.failures import Json

Cursor = NewType("Cursor", str)

_PLACE = re.compile(r"([0-9]{1,19})\.(.+)", re.DOTALL)
_LAST_POSITION = 2**63 - 1
_LONGEST_CURSOR = 500
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class CursorMalformed(Exception):
    """The text is none that `encode_cursor` ever gave."""


@lru_cache(maxsize=1024)
def encode_cursor(place: model.Cursor) -> Cursor:
    """The one text of a place: equal places have equal cursors."""
    return Cursor(urlsafe_b64encode(f"{place.position}.{place.epoch}".encode()).decode().rstrip("="))


def decode_cursor(text: str) -> model.Cursor:
    """The place that the text stands for.

    Raises:
        CursorMalformed: it stands for none.
    """
    # What is kept of cursors must not be as large as clients like.
    if len(text) > _LONGEST_CURSOR:
        raise CursorMalformed(text[:_LONGEST_CURSOR])
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (Base64Error, UnicodeError, ValueError) as error:
        raise CursorMalformed(text) from error
    found = _PLACE.fullmatch(plain)
    if found is None or int(found[1]) > _LAST_POSITION:
        raise CursorMalformed(text)
    place = model.Cursor(position=int(found[1]), epoch=found[2])
    if encode_cursor(place) != text:
        raise CursorMalformed(text)
    return place


def as_json(value: Json) -> JSON | None:
    return None if value is None else JSON(value)


def _as_is(value: object) -> object:
    return value


def _written_cursor(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("A cursor is a string that the API gave before.")
    return value


def _written_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_time(value: object) -> datetime:
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("A DateTime is RFC 3339 with an offset, e.g. 2026-11-23T21:37:00.123Z.")


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "An instant as RFC 3339 gives it. What is answered is in UTC with milliseconds: 2026-11-23T21:37:00.123Z; "
            "what is sent may have any offset, and must have one."
        ),
        serialize=_written_time,
        parse_value=_read_time,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description=(
            "An opaque place in the event log: store it, send it back, never read it. One event has the same cursor "
            "wherever it appears: query, subscription, SSE id, Pipeline.cursor."
        ),
        serialize=_written_cursor,
        parse_value=_written_cursor,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value: object, list, string, number, boolean or null.",
        serialize=_as_is,
        parse_value=_as_is,
    ),
}
