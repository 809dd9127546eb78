"""A place in the log and an instant travel to clients and back unchanged; nothing else passes for one."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from graphql import GraphQLError
from hypothesis import example, given
from hypothesis import strategies as st

from runner.model import Cursor as Place
from schema.scalars import SCALARS, Cursor, CursorMalformed, decode_cursor, encode_cursor

TIME = SCALARS[datetime]
CURSOR = SCALARS[Cursor]


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(st.integers(min_value=0, max_value=2**63 - 1), st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_cursor_names_its_place(position: int, epoch: str) -> None:
    place = Place(position=position, epoch=epoch)

    assert decode_cursor(encode_cursor(place)) == place


@given(st.text(max_size=60))
@example("")
@example("AA")
@example("é")
@example(encoded("1."))
@example(encoded(".first"))
@example(encoded("-1.first"))
@example(encoded("01.first"))
@example(encoded("١.first"))
@example(encoded(f"{2**63}.first"))
@example(encoded("1.first") + "=")
@example(encode_cursor(Place(position=1, epoch="first"))[:-1])
@example(" " + encode_cursor(Place(position=1, epoch="first")))
def test_what_the_api_never_gave_is_no_cursor(text: str) -> None:
    try:
        place = decode_cursor(text)
    except CursorMalformed:
        return
    assert encode_cursor(place) == text


def test_a_cursor_does_not_show_its_place() -> None:
    assert "1234" not in encode_cursor(Place(position=1234, epoch="first"))


def test_a_cursor_must_be_text() -> None:
    assert CURSOR.parse_value is not None
    with pytest.raises(GraphQLError, match="string that the API gave"):
        CURSOR.parse_value(7)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 11, 23, 21, 37, 0, 123999, tzinfo=UTC), "2026-11-23T21:37:00.123Z"),
        (datetime(2026, 11, 23, 21, 37, tzinfo=UTC), "2026-11-23T21:37:00.000Z"),
        (datetime(2026, 11, 24, 0, 7, tzinfo=timezone(timedelta(hours=2, minutes=30))), "2026-11-23T21:37:00.000Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_milliseconds(at: datetime, written: str) -> None:
    assert TIME.serialize is not None
    assert TIME.serialize(at) == written


@pytest.mark.parametrize(
    "text", ["2026-11-23T21:37:00.123Z", "2026-11-23t21:37:00.123z", "2026-11-24T00:07:00.123+02:30"]
)
def test_an_instant_is_read_whatever_its_offset(text: str) -> None:
    assert TIME.parse_value is not None
    assert TIME.parse_value(text) == datetime(2026, 11, 23, 21, 37, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-23", "2026-11-23T21:37:00", "2026-13-23T21:37:00Z", "0001-01-01T00:00:00+01:00", "now", "", 7, None],
)
def test_an_instant_without_offset_or_sense_is_refused(text: object) -> None:
    assert TIME.parse_value is not None
    with pytest.raises(GraphQLError, match="RFC 3339 with an offset"):
        TIME.parse_value(text)
