"""What was seen is kept as it is: an ask with its age over a restart, long output with its two ends in whole lines."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.opencode.observations import Ask, Moment, asked_earlier, ends, nothing_seen, with_ask
from runner.attention import Attention, AttentionKind, PermissionRequest

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


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


def an_ask(now: Moment) -> Ask:
    return Ask(id="per_1", session_id="ses_1", since=now, permission=PermissionRequest(id="per_1", permission="bash"))


@pytest.mark.parametrize(
    ("earlier", "seconds_ago"),
    [(NOON - timedelta(minutes=20), 1200), (NOON + timedelta(hours=1), 0)],
    ids=["before the restart", "by a clock that was set back since"],
)
def test_an_ask_that_an_earlier_stepwire_knew_is_as_old_as_it_is(earlier: datetime, seconds_ago: float) -> None:
    now = Moment(monotonic=5000.0, wall=NOON)
    known = Attention(
        id="att_1",
        kind=AttentionKind.PERMISSION,
        message="May I?",
        since=earlier,
        permission=PermissionRequest(id="per_1", permission="bash"),
    )

    seen = with_ask(asked_earlier(nothing_seen("ses_1", now), [known]), an_ask(now), now)

    assert seen.asks[0].since == Moment(monotonic=5000.0 - seconds_ago, wall=earlier)
    assert seen.asked_until(now) == seconds_ago


def test_an_ask_that_nobody_knew_begins_now() -> None:
    now = Moment(monotonic=5000.0, wall=NOON)
    other = Attention(id="att_2", kind=AttentionKind.STALLED, message="Silent", since=NOON)

    seen = with_ask(asked_earlier(nothing_seen("ses_1", now), [other]), an_ask(now), now)

    assert seen.asks[0].since == now
