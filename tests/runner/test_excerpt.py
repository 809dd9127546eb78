"""A text that is too long keeps its head and its tail, and says how much of it is missing."""

import pytest

from runner.excerpt import capped


@pytest.mark.parametrize(
    "text", ["x" * 5000, "ä" * 5000, "🙂" * 5000, "x" * 999 + "ä" * 999], ids=["1", "2", "4", "mix"]
)
@pytest.mark.parametrize("limit", [100, 101, 999])
def test_what_is_cut_keeps_head_and_tail_and_fits(text: str, limit: int) -> None:
    cut = capped(text, limit)

    head, _, rest = cut.partition("\n… ")
    count, _, tail = rest.partition(" characters left out …\n")
    assert len(cut.encode()) <= limit
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) > len(tail) > 0
    assert int(count) == len(text) - len(head) - len(tail)


def test_what_fits_is_not_cut() -> None:
    assert capped("ä" * 50, 100) == "ä" * 50
