"""Every event is a line that says who and what, the reason is there in full, and foreign text stays text."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schema.enums import EventType
from web.terminal.lines import lines
from web.terminal.safe import one_line, safe
from web.terminal.screen import Picture, Screen
from web.terminal.trail import _markdown
from web.terminal.watch_command import as_line

AT = "2026-01-31T12:00:00.000Z"
PIPELINE = {"id": "pip_1", "title": "Mend it", "template": "quick_fix", "status": "FAILED", "errorMessage": "No key"}
STEP = {"id": "stp_1_1", "position": 1, "kind": "AGENT", "agent": "developer", "status": "RUNNING"}
FAILURE = {
    "hint": "Check the key.",
    "retryable": True,
    "causes": [{"source": "opencode", "message": "401"}, {"source": "provider", "message": "Bad key"}],
}
APPROVAL = {"id": "app_1", "status": "APPROVED", "description": "Go?", "comment": "Yes", "expiresAt": None}
ATTENTION = {"id": "att_1", "kind": "STALLED", "message": "No sign of life", "nextAt": AT, "question": None}
QUESTION = {**ATTENTION, "kind": "QUESTION", "message": "Which?", "nextAt": None, "question": {"options": ["A", "B"]}}
GROUP = {"id": "grp_1", "title": "Bad key", "count": 3, "status": "RESOLVED"}

EVENTS: list[tuple[str, dict[str, Any], str]] = [
    ("PipelineStarted", {}, "● Mend it · started from quick_fix"),
    ("PipelineResumed", {"step": STEP, "reason": "tried again"}, "↻ Mend it · step 2 developer goes on: tried again"),
    ("PipelineFinished", {"status": "FAILED"}, "✗ Mend it · failed: No key"),
    ("StepStarted", {"step": STEP, "attempt": 1}, "● Mend it · step 2 developer began"),
    ("StepSucceeded", {"step": STEP, "attempt": 1}, "✓ Mend it · step 2 developer succeeded"),
    ("StepSkipped", {"step": STEP, "reason": "not needed"}, "↷ Mend it · step 2 developer skipped: not needed"),
    (
        "StepRetrying",
        {"step": STEP, "attempt": 1, "errorMessage": "No answer", "nextAttemptAt": None},
        "↻ Mend it · step 2 developer: attempt 1 failed: No answer; tries again",
    ),
    ("StepFailed", {"step": STEP, "errorMessage": "No key"}, "✗ Mend it · step 2 developer failed: No key"),
    ("AttentionRaised", {"step": STEP, "attention": ATTENTION}, "◐ Mend it · step 2 developer: No sign of life"),
    ("AttentionRaised", {"step": STEP, "attention": QUESTION}, "◐ Mend it · step 2 developer: Which? [A / B]"),
    (
        "AttentionCleared",
        {"step": STEP, "kind": "RATE_LIMITED", "answer": None},
        "◑ Mend it · step 2 developer: rate limited is over",
    ),
    ("ApprovalRequested", {"step": {**STEP, "agent": None}, "approval": APPROVAL}, "◐ Mend it · step 2 approval waits"),
    ("ApprovalDecided", {"step": STEP, "approval": APPROVAL}, "✓ Mend it · step 2 developer approved: Yes"),
    ("DefinitionChanged", {"definition": "template t", "change": "reloaded"}, "· template t reloaded"),
    ("FailureGroupChanged", {"group": GROUP}, "· “Bad key” (3 times) is resolved"),
    ("LogPruned", {"before": AT, "events": 7}, "· 7 events from before 2026-01-31"),
]


def event(kind: str, /, **fields: Any) -> dict[str, Any]:
    of_log = kind in ("DefinitionChanged", "FailureGroupChanged", "LogPruned")
    return {"__typename": kind, "at": AT, "actor": None, **({} if of_log else {"pipeline": PIPELINE}), **fields}


def printed(item: dict[str, Any], *, titled: bool = True) -> list[str]:
    return [line.plain for line in lines(item, titled=titled)]


@pytest.mark.parametrize(("kind", "fields", "expected"), EVENTS, ids=[kind for kind, _, _ in EVENTS])
def test_an_event_is_a_line(kind: str, fields: dict[str, Any], expected: str) -> None:
    line, *_ = printed(event(kind, **fields))

    assert line[8:].strip().startswith(expected)


def test_every_type_of_event_has_its_line() -> None:
    known = {kind for kind, _, _ in EVENTS}

    assert {"".join(word.capitalize() for word in kind.name.split("_")) for kind in EventType} == known


def test_the_reason_is_there_in_full() -> None:
    item = event("StepFailed", step=STEP, errorMessage="No key", failure=FAILURE)

    assert [line.strip() for line in printed(item)[1:]] == [
        "→ Check the key.",
        "because opencode: 401",
        "because provider: Bad key",
    ]


def test_an_approval_says_how_to_decide_it() -> None:
    [_, how] = printed(event("ApprovalRequested", step=STEP, approval=APPROVAL))

    assert how.strip() == "→ stepwire approve app_1, or reject it"


def test_who_did_it_is_named() -> None:
    [line] = printed(event("PipelineStarted") | {"actor": {"name": "sam"}}, titled=False)

    assert line.endswith("● started from quick_fix (sam)")


@pytest.mark.parametrize("kind", ["AttentionRaised", "AttentionCleared"])
def test_an_approval_is_said_once(kind: str) -> None:
    attention = {**ATTENTION, "kind": "APPROVAL"}

    assert printed(event(kind, step=STEP, attention=attention) | {"kind": "APPROVAL", "answer": None}) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x9b31mred", "31mred"),
        ("a\u202egnp.exe\u2069", "agnp.exe"),
        ("one\rtwo", "one\ntwo"),
        ("a\x00b\x08c\x7f", "abc"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tag\U000e0041", "tag"),
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


def test_markup_of_agents_is_text() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, markup=False, emoji=False, width=80)
    screen = Screen(console)
    screen.say(*lines(event("StepFailed", step=STEP, errorMessage="[red]no[/red] :boom: [/]"), titled=False))

    assert "[red]no[/red] :boom: [/]" in console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO


def test_a_cell_of_markdown_is_text() -> None:
    assert _markdown("<b>|*x*|[a](b)`") == r"\<b\>\|\*x\*\|\[a\](b)\`"


def test_json_has_type_and_all_the_rest() -> None:
    assert as_line({"__typename": "StepFailed", "step": {"__typename": "Step", "agent": "é"}}) == (
        '{"type": "StepFailed", "step": {"type": "Step", "agent": "é"}}'
    )


def test_the_picture_shows_what_happens_now() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=60)
    picture = Picture(doing="step 1 developer", tool="bash ls", text="word " * 100)

    console.print(picture)

    first, second = console.file.getvalue().rstrip("\n").split("\n")  # type: ignore[attr-defined]  # it is the StringIO
    assert "step 1 developer · 0:00 · bash ls" in first
    assert second.startswith("  “")
    assert len(second) <= 60


def test_a_tool_call_that_has_ended_is_a_line() -> None:
    console = Console(file=io.StringIO(), width=80)
    screen = Screen(console)
    for status, error in (("running", None), ("completed", None), ("error", "not \x1b[1mfound")):
        call = {"tool": "read", "status": status, "input": {"filePath": "a.py"}, "error": error}
        screen.act({"__typename": "ToolProgress", "title": None, "call": call})

    said = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is the StringIO
    assert [line.strip() for line in said] == ["- read a.py", "! read a.py: not found"]
