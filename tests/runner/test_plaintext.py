"""Whatever foreign text holds, what is left of it is seen as it is, and only that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.plaintext import one_line, safe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x9b31mred", "31mred"),
        ("a\u202egnp.exe\u2069", "a[U+202E]gnp.exe[U+2069]"),
        ("\u200eleft\u200f \u061cto \u202aright", "[U+200E]left[U+200F] [U+061C]to [U+202A]right"),
        ("\u2066if admin\u2069 \u2067begin\u2068", "[U+2066]if admin[U+2069] [U+2067]begin[U+2068]"),
        ("soft\u00adhyphen \u3164 \u115f", "soft[U+00AD]hyphen [U+3164] [U+115F]"),
        ("join\u2060ed \u180e", "join[U+2060]ed [U+180E]"),
        ("cafe\u0301 ❤\ufe0f نمی\u200cخواهم", "cafe\u0301 ❤\ufe0f نمی\u200cخواهم"),
        ("one\rtwo", "one\ntwo"),
        ("a\x00b\x08c\x7f", "abc"),
        ("zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("\ud800half", "half"),
        ("naïve 日本 👩‍💻", "naïve 日本 👩‍💻"),
        ("\tx", "    x"),
    ],
)
def test_nothing_unseen_is_left(text: str, expected: str) -> None:
    assert safe(text) == expected


@given(st.text(alphabet=st.one_of(st.sampled_from("\x1b[]m;\\0123ABPX^_\x07\x9c\x9b\u202e\n\t "), st.characters())))
def test_no_text_keeps_a_control(text: str) -> None:
    kept = safe(text)

    assert not any((ord(one) < 32 and one != "\n") or 127 <= ord(one) < 160 for one in kept)
    assert "\n" not in one_line(text)
    assert safe(kept) == kept


def test_one_line_is_cut_with_a_sign() -> None:
    assert one_line("a  b\nc", 4) == "a b…"
