"""Live text comes as it is said, and no secret in it gets through, however it is cut into pieces."""

import random

import pytest

from runner.live_text import LiveText
from runner.redaction import Redactor

KEY = "sk-live-4f9a8b7c6d5e4f3a2b1c"
BLOCK = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA75\nq8bx71b2\n-----END RSA PRIVATE KEY-----"
SECRETS = [
    KEY,
    f"use {KEY} please and then go on with the other things that are left",
    f"Authorization: Bearer {KEY} is what it sends to the server in the end",
    f"postgres://app:{'hunter2hunter2'}@db/app holds everything that there is to know",
    f"first\n{BLOCK}\nlast line of it",
    "the pass phrase is OpenSesame99 as agreed before with all of the people",
]
LEAKS = ("4f9a8b7c", "hunter2", "MIIEow", "q8bx71b2", "OpenSesame99")


def said(text: str, sizes: random.Random) -> str:
    live = LiveText(Redactor(["OpenSesame99"]))
    shown, place = "", 0
    while place < len(text):
        size = sizes.randint(1, 7)
        shown += live.add(text[place : place + size])
        place += size
    return shown + live.end()


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("seed", range(20))
def test_a_secret_in_pieces_is_not_shown(text: str, seed: int) -> None:
    shown = said(text, random.Random(seed))

    assert not [leak for leak in LEAKS if leak in shown]
    assert "[redacted:" in shown


@pytest.mark.parametrize("seed", range(20))
def test_harmless_text_arrives_whole(seed: int) -> None:
    text = "One two three four five six seven.\n\n- eight\n- nine ten\n" * 40 + "the end"

    assert said(text, random.Random(seed)) == text


def test_words_are_shown_before_their_line_ends() -> None:
    live = LiveText(Redactor())

    assert live.add("one two three four five six seven ") == "one two three "


@pytest.mark.parametrize("text", ["word " * 50_000, "x" * 300_000], ids=["words", "one word"])
def test_a_line_without_an_end_costs_no_more_than_its_length(text: str) -> None:
    live = LiveText(Redactor())

    shown = "".join(live.add(text[place : place + 512]) for place in range(0, len(text), 512)) + live.end()

    assert shown == text
