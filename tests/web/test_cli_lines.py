"""Every event is a line that says who and what, the reason is there in full, and foreign text stays text."""

import io
from typing import Any

import pytest
from rich.console import Console

from web.terminal.lines import lines
from web.terminal.screen import Picture, Screen
from web.terminal.watch_command import as_line

AT = "2026-01-31T12:00:00.000Z"
PIPELINE = {"id": "pip_1", "title": "Mend it"}
STEP = {"id": "stp_1_1", "position": 1, "kind": "AGENT", "agent": "developer", "status": "RUNNING"}
FAILURE = {
    "hint": "Check the key.",
    "retryable": True,
    "causes": [{"source": "opencode", "message": "401"}, {"source": "provider", "message": "Bad key"}],
}
APPROVAL = {"id": "app_1", "status": "APPROVED"}
ATTENTION = {"id": "att_1", "kind": "STALLED"}

SIGNS: list[tuple[str, dict[str, Any], str]] = [
    ("PipelineStarted", {}, "●"),
    ("PipelineResumed", {"step": STEP}, "↻"),
    ("PipelineFinished", {"status": "SUCCEEDED"}, "✓"),
    ("PipelineFinished", {"status": "FAILED"}, "✗"),
    ("PipelineFinished", {"status": "CANCELLED"}, "■"),
    ("StepStarted", {"step": STEP}, "●"),
    ("SessionOpened", {"step": STEP}, "·"),
    ("StepFailed", {"step": STEP}, "✗"),
    ("AttentionRaised", {"step": STEP, "attention": ATTENTION}, "◐"),
    ("ApprovalDecided", {"step": STEP, "approval": APPROVAL}, "✓"),
    ("ApprovalDecided", {"step": STEP, "approval": {**APPROVAL, "status": "EXPIRED"}}, "✗"),
    ("DefinitionChanged", {"definition": "template t", "change": "broken"}, "·"),
    ("EngineStarted", {"reachable": False}, "·"),
    ("StepPainted", {"step": STEP}, "·"),
]


def event(kind: str, /, **fields: Any) -> dict[str, Any]:
    of_log = kind in ("DefinitionChanged", "FailureGroupChanged", "LogPruned", "EngineStarted", "TrustChanged")
    given = {"__typename": kind, "at": AT, "actor": None, "sentence": "something happened", **fields}
    return given if of_log else {**given, "pipeline": PIPELINE}


def printed(item: dict[str, Any], *, titled: bool = True) -> list[str]:
    return [line.plain for line in lines(item, titled=titled)]


@pytest.mark.parametrize(("kind", "fields", "mark"), SIGNS, ids=[f"{kind} {mark}" for kind, _, mark in SIGNS])
def test_an_event_is_a_line(kind: str, fields: dict[str, Any], mark: str) -> None:
    line, *_ = printed(event(kind, **fields))

    title = "" if kind in ("DefinitionChanged", "EngineStarted") else "Mend it · "
    assert line[8:].strip() == f"{mark} {title}something happened"


@pytest.mark.parametrize(
    ("attempts", "worked", "waited", "words"),
    [
        (8, 16.4, 1293.0, "0:16 in 8 attempts, waited 21:33"),
        (1, 3661.0, 0.4, "1:01:01"),
        (0, 0.0, 60.0, "0:00, waited 1:00"),
    ],
)
def test_what_has_ended_says_how_long_was_worked_and_how_long_waited(
    attempts: int, worked: float, waited: float, words: str
) -> None:
    taken = {"workedSeconds": worked, "waitedSeconds": waited}
    step = {**STEP, **taken, "attempts": [{"number": number} for number in range(attempts)]}

    [of_step, *_] = printed(event("StepFailed", step=step))
    [begun] = printed(event("StepStarted", step=step))

    assert of_step.endswith(f"something happened · {words}")
    assert begun.endswith("something happened")


def test_the_reason_is_there_in_full() -> None:
    item = event("StepFailed", step=STEP, failure=FAILURE)

    assert [line.strip() for line in printed(item)[1:]] == [
        "→ Check the key.",
        "because opencode: 401",
        "because provider: Bad key",
    ]


def test_an_approval_says_how_to_decide_it() -> None:
    [_, how] = printed(event("ApprovalRequested", step=STEP, approval=APPROVAL))

    assert how.strip() == "→ stepwire approve app_1, or reject it"


@pytest.mark.parametrize(
    ("kind", "fields", "command"),
    [
        (
            "StepFailed",
            {"failure": FAILURE | {"id": "fai_1", "remedies": ["TRY_AGAIN", "OTHER_MODEL"]}},
            "stepwire retry stp_1_1, or first stepwire explain fai_1",
        ),
        (
            "StepFailed",
            {"failure": FAILURE | {"id": "fai_1", "remedies": ["PRAY", "LONGER_LIMIT", "TRY_AGAIN"]}},
            "stepwire retry stp_1_1 --timeout SECONDS, or first stepwire explain fai_1",
        ),
        ("StepRetrying", {"failure": FAILURE | {"id": "fai_1"}}, "stepwire explain fai_1"),
        ("AttentionRaised", {"attention": {"id": "att_1", "kind": "PERMISSION"}}, "stepwire allow att_1, or refuse it"),
        ("AttentionRaised", {"attention": {"id": "att_1", "kind": "QUESTION"}}, "stepwire answer att_1 TEXT"),
        ("ApprovalRequested", {"approval": APPROVAL}, "stepwire approve app_1, or reject it"),
    ],
)
def test_what_asks_or_failed_ends_with_the_command_for_it(kind: str, fields: dict[str, Any], command: str) -> None:
    said = [line.plain for line in lines(event(kind, step=STEP, **fields), titled=True, page="http://here/pip_1")]

    assert [line.strip() for line in said[-2:]] == ["http://here/pip_1", f"→ {command}"]


@pytest.mark.parametrize("kind", ["RETRYING", "RATE_LIMITED", "STALLED", "MODEL_REPLACED"])
def test_what_asks_nobody_has_no_command(kind: str) -> None:
    [_] = printed(event("AttentionRaised", step=STEP, attention={"id": "att_1", "kind": kind}))


def test_where_nothing_else_tells_of_an_approval_the_attention_does() -> None:
    step = {**STEP, "approval": {"id": "app_1"}}

    [_, how] = printed(event("AttentionRaised", step=step, attention={"id": "att_1", "kind": "APPROVAL"}))

    assert how.strip() == "→ stepwire approve app_1, or reject it"


def test_what_failed_is_not_dim() -> None:
    line, *_ = lines(event("StepFailed", step=STEP), titled=True)

    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=80)
    segments = [segment for segment in console.render(line) if "happened" in segment.text]
    assert [(segment.style.bold, bool(segment.style.dim)) for segment in segments if segment.style] == [(True, False)]


def test_who_did_it_is_named() -> None:
    [line] = printed(event("PipelineStarted") | {"actor": {"name": "sam"}}, titled=False)

    assert line.endswith("● something happened (sam)")


@pytest.mark.parametrize("kind", ["AttentionRaised", "AttentionCleared"])
def test_an_approval_is_said_once(kind: str) -> None:
    attention = {**ATTENTION, "kind": "APPROVAL"}

    assert printed(event(kind, step=STEP, attention=attention) | {"kind": "APPROVAL", "answer": None}) == []


def test_markup_of_agents_is_text() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, markup=False, emoji=False, width=80)
    screen = Screen(console)
    screen.say(*lines(event("StepFailed", step=STEP, sentence="[red]no[/red] :boom: [/]"), titled=False))

    assert "[red]no[/red] :boom: [/]" in console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO


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
