"""Looking for a shape only where one of its words occurs finds everything that looking for it everywhere does."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.secret_shapes import SHAPES, Shape, folded, without_secrets
from tests.runner.test_redaction import SHAPES as KNOWN
from tests.runner.test_secret_families import FAMILIES
from tests.runner.test_secret_shapes import SECRETS

TEXTS = [text for _, text in (*KNOWN.values(), *SECRETS, *(each for family in FAMILIES.values() for each in family))]
# For small letters and capitals alike these are i, s and k to a pattern.
ODD_LETTERS = str.maketrans({"i": "\u0131", "I": "\u0130", "s": "\u017f", "k": "\u212a"})


def plainly(text: str) -> str:
    """Every shape is looked for."""
    for shape in SHAPES:
        text = shape.taken_out_of(text)
    return text


# Blocks of many lines, which begin with their word and take long to be made up.
BLOCKS = ("private-key",)
LINES = [shape for shape in SHAPES if shape.kind not in BLOCKS]


@pytest.mark.parametrize("shape", LINES, ids=[f"{number} {shape.kind}" for number, shape in enumerate(LINES)])
@settings(max_examples=15)
@given(data=st.data())
def test_whatever_a_pattern_finds_has_one_of_its_words_in_it(shape: Shape, data: st.DataObject) -> None:
    found = data.draw(st.from_regex(shape.pattern))

    assert shape.may_occur(found, folded(found))


@pytest.mark.parametrize("text", TEXTS)
def test_every_secret_of_the_tables_is_found_as_if_it_was_looked_for_everywhere(text: str) -> None:
    for form in (text, text.upper(), text.lower(), text.translate(ODD_LETTERS), f"> {text}\n> {text}"):
        assert without_secrets(form) == plainly(form)


PIECES = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(sorted({piece for text in TEXTS for piece in re.findall(r"\w+|\W+", text)})),
    st.sampled_from(["\u017f", "\u212a", "\u0130", "\u0131", "é", "[redacted:secret]", "\n", " ", "=", ": "]),
    st.text(max_size=6),
)


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=12), st.sampled_from([str, str.upper, str.lower, str.title]))
def test_pieces_of_secrets_put_together_at_random_are_redacted_alike(pieces: list[str], spelled: type[str]) -> None:
    text = spelled("".join(pieces))

    assert without_secrets(text) == plainly(text)


def test_prose_has_no_word_for_which_a_shape_would_be_looked_for() -> None:
    """That is what the words are for: a shape that is looked for in everything costs everybody."""
    prose = (
        "I looked at the failing test and found that amounts are rounded twice: once when the invoice is printed, and "
        "once before. The key idea is to keep cents; tokens are counted as before, and the task-runner passes.\n"
    )

    assert [shape.kind for shape in SHAPES if shape.may_occur(prose, folded(prose))] == []
