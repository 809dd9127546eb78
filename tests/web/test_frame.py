"""The box before a person holds all that is said, and never breaks an address."""

import pytest

from web.terminal.frame import boxed, framed

ADDRESS = "http://127.0.0.1:8400/#token=" + "x" * 43


@pytest.mark.parametrize("columns", [76, 80, 200])
def test_a_box_is_as_wide_as_its_longest_line(columns: int) -> None:
    assert boxed([ADDRESS, "log: here"], columns) == [
        "╭" + "─" * 74 + "╮",
        f"│ {ADDRESS} │",
        f"│ log: here{' ' * 63} │",
        "╰" + "─" * 74 + "╯",
    ]


def test_words_are_wrapped() -> None:
    assert boxed(["one two three"], 11) == ["╭─────────╮", "│ one two │", "│ three   │", "╰─────────╯"]


@pytest.mark.parametrize("columns", [1, 20, 75])
def test_an_address_that_does_not_fit_stays_in_one_piece(columns: int) -> None:
    assert boxed([ADDRESS], columns) == ["─" * columns, ADDRESS, "─" * columns]


def test_what_is_announced_is_in_the_box(capsys: pytest.CaptureFixture[str]) -> None:
    framed(lambda url: print(f"listening on {url}"), "more")("http://here")

    assert [line.strip("│╭╮╰╯─ ") for line in capsys.readouterr().out.splitlines()] == [
        "",
        "listening on http://here",
        "more",
        "",
    ]
