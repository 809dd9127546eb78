"""Fences are found where Markdown has them, and what an agent thought aloud is none of what it said."""

import pytest

from runner.markdown import blocks, without_thoughts


def fences(markdown: str) -> list[tuple[str, str]]:
    """Language and text of each fence."""
    return [(block.language, block.text) for block in blocks(markdown) if block.language is not None]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("a\n```json\nx\n```\nb", [("json", "x")]),
        ('```JSON title="a b"\nx\n```', [("json", "x")]),
        ("``` {.json .numbered}\nx\n```", [("json", "x")]),
        ("```json:a.json\nx\n```", [("json", "x")]),
        ("```json\r\nx\r\ny\r\n```\r\n", [("json", "x\ny")]),
        ("~~~\n```\nx\n~~~~\n", [("", "```\nx")]),
        ("````\n```\nx\n````", [("", "```\nx")]),
        ("```\nx\n```json\ny\n```", [("", "x\n```json\ny")]),
        ("- ```json\n  x\n  ```\n", [("json", "  x")]),
        ("1. one\n   - ```json\n     x\n     ```\n", [("json", "     x")]),
        ("> ```json\n> x\n> > y\n> ```\n", [("json", " x\n > y")]),
        ("> > ```json\n> > x\n> > ```\n", [("json", " x")]),
        ("> 1) ```json\n>    x\n>    ```\n", [("json", "    x")]),
        ("> ```json\n> x\nout\n```json\ny\n```", [("json", " x"), ("json", "y")]),
        ("```json\nx", [("json", "x")]),
        ("```json\n```", [("json", "")]),
        ("``` `x` ```", []),
        ("-```\nx", []),
    ],
    ids=[
        "plain",
        "shouted, with attributes",
        "in braces",
        "with a file",
        "CRLF",
        "tildes",
        "a longer one",
        "what opens does not close",
        "in a list",
        "in a list in a list",
        "in a quotation",
        "in a quotation in another",
        "in a list in a quotation",
        "ended by the end of its quotation",
        "never ended",
        "empty",
        "code in a sentence",
        "no list",
    ],
)
def test_fences_are_found(markdown: str, found: list[tuple[str, str]]) -> None:
    assert fences(markdown) == found


@pytest.mark.parametrize(
    "markdown", ["", "a", "a\n", "```\nx\n```\n\n> b\n> ~~~\n> c\nd\n- e", "~~~", "> ```\nx"], ids=repr
)
def test_every_line_is_in_one_block(markdown: str) -> None:
    assert "\n".join(line for block in blocks(markdown) for line in block.written) == markdown


def test_a_place_in_a_block_is_known_in_the_whole() -> None:
    _, block = blocks("one\n> ```\n> two\n> three\n> ```")

    assert [block.where(place) for place in (0, 1, 4, 5, 10)] == [(3, 2), (3, 3), (3, 6), (4, 2), (4, 7)]


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("<think>no</think>yes", "yes"),
        ("<THINK>\nno\n</think>\n\nyes", "yes"),
        ("yes\n  <thinking>no\n</thinking> and yes", "yes and yes"),
        ("<think>no</think><think>no</think>yes", "yes"),
        ("<reasoning>no <think>no</think> no</reasoning>yes", "yes"),
        ("[THINK]no[/THINK]yes", "yes"),
        ("yes\n<think>no", "yes"),
        ("no\nno\n</think>\nyes", "yes"),
        ('no "x"</think>yes', "yes"),
        ("no</think>no</thought>yes", "yes"),
        ("a <think> b", "a <think> b"),
        ("I took `</think>` and '</think>' out", "I took `</think>` and '</think>' out"),
        ("<thinker>yes</thinker>", "<thinker>yes</thinker>"),
    ],
)
def test_thoughts_are_left_out(markdown: str, said: str) -> None:
    assert " ".join(without_thoughts(markdown).split()) == said


def test_thoughts_leave_every_line_and_column_where_it_is() -> None:
    markdown = "one\n<think>two\nthree</think>four\nfive"

    assert without_thoughts(markdown).split("\n") == ["one", " " * 10, " " * 13 + "four", "five"]
