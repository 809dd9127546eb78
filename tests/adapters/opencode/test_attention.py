"""What keeps an attempt from moving is raised when it begins, said anew when it changes, cleared when it ends."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from adapters.opencode.attention import Teller, attentions
from adapters.opencode.observations import Observations
from adapters.opencode.v1.frames import observe
from runner.attention import AttentionKind
from runner.limits import Limits
from runner.model import StepId
from tests.adapters.opencode.v1.listening import Listener
from tests.adapters.opencode.v1.shapes import (
    CHILD,
    ROOT,
    START,
    a_child,
    a_permission,
    a_question,
    a_retry,
    an_event,
    seen,
)

LIMITS = Limits(timeout_seconds=600, stall_seconds=300, ask_seconds=1800, max_turns=25)
STEP = StepId("stp_1_0")


def shown(known: Observations, after: float = 0) -> Any:
    return attentions(known, LIMITS, START.after(after), STEP, 1)


@pytest.mark.parametrize(
    ("known", "after", "kind", "message", "next_at"),
    [
        pytest.param(
            seen(a_retry(2, "Overloaded.", wait=4)),
            0,
            AttentionKind.RETRYING,
            "OpenCode asks the provider again (3rd try at 12:00:04 UTC): Overloaded. Gives up at 12:10:00 UTC.",
            4,
            id="retrying",
        ),
        pytest.param(
            seen(a_retry(2, "Is it there?", wait=4)),
            0,
            AttentionKind.RETRYING,
            "OpenCode asks the provider again (3rd try at 12:00:04 UTC): Is it there? Gives up at 12:10:00 UTC.",
            4,
            id="retrying with a question",
        ),
        pytest.param(
            seen(a_retry(1, "Slow down", wait=120)),
            0,
            AttentionKind.RATE_LIMITED,
            "The provider lets no request through until 12:02:00 UTC: Slow down. Gives up at 12:10:00 UTC.",
            120,
            id="rate limited",
        ),
        pytest.param(
            seen(a_permission()),
            0,
            AttentionKind.PERMISSION,
            'The agent wants permission for bash "rm -rf build"',
            1800,
            id="permission",
        ),
        pytest.param(
            seen(a_child(), a_question(session=CHILD)),
            0,
            AttentionKind.QUESTION,
            "The agent asks: Which database?",
            1800,
            id="question of a sub-agent",
        ),
        pytest.param(
            seen(),
            60,
            AttentionKind.STALLED,
            "No sign of life from the agent since 12:00:00 UTC. Gives up at 12:05:00 UTC.",
            300,
            id="stalled",
        ),
    ],
)
def test_what_is_not_moving_is_said(
    known: Observations, after: float, kind: AttentionKind, message: str, next_at: float
) -> None:
    (attention,) = shown(known, after).values()

    assert (attention.kind, attention.message) == (kind, message)
    assert attention.since == START.wall
    assert attention.next_at == START.after(next_at).wall
    assert attention.id.startswith("att_1_0_1_")


def test_nothing_is_said_while_all_is_well() -> None:
    assert shown(seen(), 59) == {}


def test_changes_are_told_once_each() -> None:
    listener = Listener()
    teller = Teller(listener)
    replied = ("permission.replied", {"requestID": "per_1", "reply": "always"})

    async def tell(known: Observations) -> None:
        await teller.tell(shown(known), known.answers)

    async def story() -> None:
        await tell(seen(a_retry(1)))
        await tell(seen(a_retry(1)))
        await tell(seen(a_retry(1), a_retry(2, wait=4)))
        await tell(seen(a_permission()))
        await tell(seen(a_permission(), replied))

    asyncio.run(story())

    retry, ask = "att_1_0_1_retry", "att_1_0_1_per_1"
    assert listener.told == [
        ("raised", retry),
        ("raised", retry),
        ("cleared", retry, None),
        ("raised", ask),
        ("cleared", ask, "always allowed"),
    ]


@pytest.mark.asyncio
async def test_a_provider_that_is_asked_again_every_instant_fills_no_log() -> None:
    listener = Listener()
    teller = Teller(listener)

    for attempt in range(1, 1000):
        await teller.tell(shown(seen(a_retry(attempt, wait=0.02))), {})
        await teller.tell({}, {})

    assert len(listener.raised) == 20
    assert len(listener.told) == 40


@pytest.mark.asyncio
async def test_a_long_wait_is_told_however_many_short_ones_there_were() -> None:
    listener = Listener()
    teller = Teller(listener)

    for attempt in range(1, 100):
        await teller.tell(shown(seen(a_retry(attempt, wait=0.02))), {})
    await teller.tell(shown(seen(a_retry(100, "Closed for lunch", wait=300))), {})

    assert "Closed for lunch" in listener.raised[-1].message


@pytest.mark.asyncio
async def test_long_waits_are_told_some_tens_of_times() -> None:
    listener = Listener()
    teller = Teller(listener)

    for attempt in range(1, 1000):
        await teller.tell(shown(seen(a_retry(attempt, wait=3600))), {})
        await teller.tell({}, {})

    assert 20 < len(listener.raised) < 40


@pytest.mark.asyncio
async def test_every_ask_is_told() -> None:
    listener = Listener()
    teller = Teller(listener)

    for number in range(50):
        await teller.tell(shown(seen(a_retry(number, wait=0.02))), {})
        await teller.tell(shown(seen(a_permission(f"per_{number}"))), {})

    assert sum(raised.kind is AttentionKind.PERMISSION for raised in listener.raised) == 50


def at(seconds: float, *happened: Any) -> Observations:
    """What is seen when the last of these happens so long after the first."""
    kind, properties = happened[-1]
    return observe(seen(*happened[:-1]), an_event(kind, properties), START.after(seconds))


def a_part() -> Any:
    return ("message.part.updated", {"part": {"type": "text", "id": "prt_1", "sessionID": ROOT, "text": "Wel"}})


@pytest.mark.parametrize(
    "between",
    [(), (a_part(),)],
    ids=["one after the other", "with the beginning of an answer in between"],
)
def test_a_retry_that_repeats_has_lasted_since_the_first(between: tuple[Any, ...]) -> None:
    (attention,) = shown(at(90, a_retry(1), *between, a_retry(2, wait=4)), 90).values()

    assert attention.since == START.wall


def test_the_first_retry_of_another_request_is_another_trouble() -> None:
    (attention,) = shown(at(90, a_retry(2), a_part(), a_retry(1)), 90).values()

    assert attention.since == START.after(90).wall


@pytest.mark.asyncio
async def test_a_retry_that_an_earlier_stepwire_told_of_began_then() -> None:
    before = replace(next(iter(shown(seen(a_retry(1))).values())), since=START.after(-600).wall)
    listener = Listener()

    await Teller(listener, [before]).tell(shown(seen(a_retry(4, wait=16))), {})

    [raised] = listener.raised
    assert raised.since == START.after(-600).wall
