"""Very long output of a tool keeps its two ends, in whole lines, so that no secret is shown by half."""

import pytest

from adapters.opencode.observations import ends


@pytest.mark.parametrize("text", [None, "", "short\n", "x" * 128 * 1024])
def test_what_is_short_enough_stays_as_it_is(text: str | None) -> None:
    assert ends(text) == text


def test_the_middle_is_cut_at_the_ends_of_lines() -> None:
    lines = [f"line {number}" for number in range(20_000)]

    kept = (ends("\n".join(lines)) or "").split("\n")

    cut = kept.index("…")
    assert 0 < cut < len(kept) - 1
    assert kept[:cut] == lines[:cut]
    assert kept[cut + 1 :] == lines[-len(kept[cut + 1 :]) :]
    assert len("\n".join(kept)) <= 128 * 1024 + 3


def test_a_line_that_is_longer_than_what_is_kept_is_not_shown_in_part() -> None:
    assert ends("x" * 200_000) == "\n…\n"
