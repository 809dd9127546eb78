"""What is written is JSON that says what the value says, also where orjson has no words for it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.json_text import written

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES)
def test_what_is_read_again_is_the_same(value: Any) -> None:
    assert json.loads(written(value)) == value


@pytest.mark.parametrize(
    "value",
    [2**64, -(2**63) - 1, 10**400, "\ud800", {"\udfff": [1]}, {"big": [10**30, "é"]}],
    ids=["unsigned", "signed", "hundreds of digits", "half a pair", "in a key", "deep"],
)
def test_what_orjson_refuses_is_written_all_the_same(value: Any) -> None:
    assert json.loads(written(value)) == value


def test_three_hundred_levels_are_written() -> None:
    value: Any = "core"
    for _ in range(300):
        value = [value]

    assert written(value) == b"[" * 300 + b'"core"' + b"]" * 300


def test_it_is_compact_utf_8() -> None:
    assert written({"a": [1, "é"]}) == '{"a":[1,"é"]}'.encode()


def test_what_json_does_not_have_is_an_error() -> None:
    with pytest.raises(TypeError):
        written({"a": object()})
