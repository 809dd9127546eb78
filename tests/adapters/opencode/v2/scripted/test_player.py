"""Every cause of the scripts ends as OpenCode 2 ends it: the end in the log, its error or reason, and the way there."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.opencode.v1.scripted import scripts as shared
from tests.adapters.opencode.v2.scripted.caller import Caller, scripted_caller

pytestmark = pytest.mark.asyncio

_BEGINNING = ["inbox.enqueued", "execution.started", "instructions.updated", "inbox.delivered"]
_TOOL = ["step.started", "tool.input.started", "tool.input.ended", "tool.called"]
_STEP_ENDED = ["step.streamed", "step.ended"]
_THOUGHT = ["reasoning.started", "reasoning.ended"]
_TEXT = ["step.started", "text.started", "text.ended", *_STEP_ENDED]


@pytest_asyncio.fixture
async def caller() -> AsyncIterator[Caller]:
    async with scripted_caller() as running:
        yield running


@pytest.mark.parametrize(
    ("script", "type_", "status"),
    [
        ("http-400", "provider.invalid-request", 400),
        ("http-401", "provider.auth", 401),
        ("http-402", "provider.unknown", 402),
        ("http-403", "provider.auth", 403),
        ("http-404", "provider.invalid-request", 404),
        ("http-429", "provider.rate-limit", 429),
        ("http-500", "provider.internal", 500),
        ("http-502", "provider.internal", 502),
        ("http-503", "provider.internal", 503),
        ("out-of-quota", "provider.quota", 429),
        ("overflow", "provider.invalid-request", 400),
        ("provider-gone", "provider.transport", None),
        ("dropped", "provider.invalid-output", None),
        ("reset", "provider.invalid-output", None),
        ("no-finish", "provider.invalid-output", None),
        ("web-page-stream", "provider.invalid-output", None),
        ("bad-frame", "provider.invalid-output", None),
        ("silence", "provider.invalid-output", None),
        ("bad-arguments", "provider.invalid-output", None),
        ("content-filter", "provider.content-filter", None),
        ("filtered", "provider.content-filter", None),
        ("no-route", "provider.no-route", None),
        ("strange-error", "provider.unheard-of", None),
        ("given-up", "aborted", None),
    ],
)
async def test_a_failure_has_its_type_and_what_the_provider_said(
    caller: Caller, script: str, type_: str, status: int | None
) -> None:
    session = await caller.run(script)

    outcome, error = await caller.end(session)
    assert outcome == "failed"
    assert (error["type"], error.get("status")) == (type_, status)
    assert error["message"]
    if status is not None:
        assert error["message"] == f"Provider request failed with HTTP {status}: {error['response']['body']}"


@pytest.mark.parametrize(
    ("script", "finish"),
    [
        ("quick", "stop"),
        ("recovers", "stop"),
        ("empty", "stop"),
        ("reasoning-only", "stop"),
        ("no-usage", "stop"),
        ("big-usage", "stop"),
        ("overflow-once", "stop"),
        ("cut-off", "length"),
        ("step-limit", "tool-calls"),
        ("missing-file", "stop"),
        ("unknown-tool", "stop"),
        ("denied", "stop"),
        ("sub-agent-unknown", "stop"),
        ("sub-agent-fails", "stop"),
        ("shell-exit-3", "stop"),
        ("model-replaced", "stop"),
        ("big-answer", "stop"),
        ("loops", "stop"),
    ],
)
async def test_what_is_said_to_have_succeeded_is_told_by_the_last_message(
    caller: Caller, script: str, finish: str
) -> None:
    session = await caller.run(script)

    answer, idle = (await caller.messages(session))[-2:]
    assert await caller.end(session) == ("succeeded", None)
    assert answer["finish"] == finish
    assert (idle["type"], idle["outcome"]) == ("idle", "succeeded")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("stopped-elsewhere", "user"),
        ("shut-down", "shutdown"),
        ("superseded", "superseded"),
        ("inactive", "inactivity"),
    ],
)
async def test_an_interruption_gives_its_reason_and_keeps_the_text(caller: Caller, script: str, reason: str) -> None:
    session = await caller.run(script)

    answer = (await caller.messages(session))[-2]
    assert await caller.end(session) == ("interrupted", reason)
    assert answer["content"] == [{"type": "text", "text": "Partial text before the fault"}]


@pytest.mark.parametrize(
    ("script", "way"),
    [
        ("quick", [*_TEXT, "execution.succeeded"]),
        ("empty", ["step.started", *_STEP_ENDED, "execution.succeeded"]),
        ("reasoning-only", ["step.started", *_THOUGHT, *_STEP_ENDED, "execution.succeeded"]),
        ("shell-exit-3", [*_TOOL, "tool.success", *_STEP_ENDED, *_TEXT, "execution.succeeded"]),
        ("missing-file", [*_TOOL, "tool.failed", *_STEP_ENDED, *_TEXT, "execution.succeeded"]),
        ("sub-agent-fails", [*_TOOL, "tool.failed", *_STEP_ENDED, *_TEXT, "execution.succeeded"]),
        (
            "step-limit",
            [*_TOOL, "tool.success", *_STEP_ENDED, *_TOOL, "tool.failed", *_STEP_ENDED, "execution.succeeded"],
        ),
        ("bad-arguments", [*_TOOL[:-1], "tool.failed", "step.failed", "execution.failed"]),
        ("bad-frame", [*_TEXT[:-2], "step.failed", "execution.failed"]),
        ("http-401", ["step.started", "step.failed", "execution.failed"]),
    ],
)
async def test_the_way_to_the_end_is_that_of_the_recordings(caller: Caller, script: str, way: list[str]) -> None:
    session = await caller.run(script)

    assert await caller.told(session) == [*_BEGINNING, *way]


async def test_four_retries_go_before_the_failure_in_the_same_message(caller: Caller) -> None:
    session = await caller.run("http-429")

    told = (await caller.told(session))[len(_BEGINNING) :]
    assert told == [*["step.started", "retry.scheduled"] * 4, "step.started", "step.failed", "execution.failed"]
    frames = await caller.log(session)
    assert [frame["data"]["attempt"] for frame in frames if frame["type"] == "session.retry.scheduled"] == [2, 3, 4, 5]
    assert [message["type"] for message in await caller.messages(session)] == ["user", "assistant", "idle"]


async def test_compaction_goes_before_the_step_whether_it_helps_or_not(caller: Caller) -> None:
    failed, helped = await caller.run("overflow"), await caller.run("overflow-once")

    assert (await caller.told(failed))[4:7] == ["compaction.started", "compaction.failed", "step.started"]
    assert (await caller.told(helped))[4:7] == ["compaction.started", "usage.recorded", "compaction.ended"]
    assert "session.usage.recorded" not in [frame["type"] for frame in caller.bus]


async def test_an_unknown_agent_or_model_is_accepted_and_then_fails(caller: Caller) -> None:
    no_agent, no_model = await caller.run("quick", agent="nope"), await caller.run("nope")

    assert await caller.end(no_agent) == ("failed", {"type": "unknown", "message": 'Agent not found: "nope"'})
    assert await caller.told(no_agent) == ["inbox.enqueued", "execution.started", "execution.failed"]
    error = {"type": "provider.no-route", "message": "Model unavailable: scripted/nope"}
    assert await caller.end(no_model) == ("failed", error)
    assert await caller.told(no_model) == [*_BEGINNING, "execution.failed"]


async def test_another_model_answers_without_a_word(caller: Caller) -> None:
    session = await caller.run("model-replaced")

    started = next(frame for frame in await caller.log(session) if frame["type"] == "session.step.started")
    assert started["data"]["model"]["id"] == "text"
    assert (await caller.ask("GET", f"/api/session/{session}"))["data"]["model"]["id"] == "model-replaced"


async def test_an_interrupt_while_a_retry_waits_keeps_why_it_waited(caller: Caller) -> None:
    caller.server.stage.pace = 1
    session = await caller.open("retry-after-long")
    await caller.prompt(session)
    await caller.heard("session.retry.scheduled")

    assert await caller.ask("POST", f"/api/session/{session}/interrupt") == {"interrupted": True}

    answer = (await caller.messages(session))[-2]
    assert (await caller.told(session))[-2:] == ["retry.scheduled", "execution.interrupted"]
    assert answer["retry"]["error"]["status"] == 429


async def test_an_interrupt_ends_the_tool_the_step_and_the_run(caller: Caller) -> None:
    caller.server.stage.pace = 1
    session = await caller.open("long-tool")
    await caller.prompt(session)
    await caller.heard("session.tool.called")

    await caller.ask("POST", f"/api/session/{session}/interrupt")

    assert (await caller.told(session))[-3:] == ["tool.failed", "step.failed", "execution.interrupted"]
    assert await caller.end(session) == ("interrupted", "user")
    assert await caller.ask("POST", f"/api/session/{session}/interrupt") == {"interrupted": False}


async def test_a_second_prompt_is_taken_by_the_run_that_is_there(caller: Caller) -> None:
    gate = asyncio.Event()
    caller.server.play("quick", shared.Wait(gate=gate), shared.Say(text="Done.", pause=0))
    session = await caller.open("quick")
    await caller.prompt(session)
    await caller.heard("session.inbox.delivered")
    await caller.prompt(session, "And this", delivery="queue")
    waiting = (await caller.ask("GET", f"/api/session/{session}/inbox"))["data"]

    gate.set()
    await caller.idle(session)

    told = await caller.told(session)
    assert [item["payload"]["text"] for item in waiting] == ["And this"]
    assert (told.count("inbox.delivered"), told.count("execution.succeeded")) == (2, 1)


async def test_a_session_without_a_title_gets_one_after_its_end(caller: Caller) -> None:
    session = await caller.run("quick", title=None)

    assert (await caller.told(session))[-3:] == ["execution.succeeded", "usage.recorded", "renamed"]


async def test_what_was_played_before_under_the_same_title_plays_the_other_script(caller: Caller) -> None:
    first, second = await caller.run("bad-key"), await caller.run("bad-key")

    assert (await caller.end(first))[0] == "failed"
    assert (await caller.end(second))[0] == "succeeded"


async def test_a_server_that_dies_in_a_run_leaves_it_begun_and_not_active(caller: Caller) -> None:
    session = await caller.run("dies")

    told = await caller.told(session)
    assert "execution.started" in told
    assert not [kind for kind in told if kind in ("execution.failed", "execution.interrupted", "execution.succeeded")]
    assert await caller.ask("GET", "/api/session/active") == {"data": {}}


async def test_the_shared_actions_are_told_in_the_words_of_opencode_2(caller: Caller) -> None:
    caller.server.play(
        "quick",
        shared.Retry(message="Slow down", attempt=1),
        shared.NextTurn(finish="unknown"),
        shared.Use(tool="bash", input={"command": "ls"}, error="No such file"),
        shared.Say(text="Done.", pause=0),
    )
    session = await caller.run("quick")

    frames = {frame["type"]: frame["data"] for frame in reversed(await caller.log(session)) if "data" in frame}
    assert frames["session.retry.scheduled"]["attempt"] == 2
    assert frames["session.step.ended"]["finish"] == "unknown"
    assert frames["session.tool.input.started"]["name"] == "shell"
    assert frames["session.tool.failed"]["error"] == {"type": "tool.execution", "message": "No such file"}


async def test_a_shared_question_is_a_form_with_one_field(caller: Caller) -> None:
    caller.server.play("quick", shared.AskQuestion(question="Which database?", options=("SQLite",)))
    session = await caller.open("quick")
    await caller.prompt(session)

    form = (await caller.heard("form.created"))["data"]["form"]
    options = [{"value": "SQLite", "label": "SQLite"}]
    described = {"key": "q0", "description": "Which database?", "type": "string", "custom": True}
    assert form["fields"] == [{**described, "options": options}]


async def test_a_script_may_wait_for_ever_or_for_a_gate(caller: Caller) -> None:
    session = await caller.open("stalls")
    await caller.prompt(session)
    await caller.heard("session.text.ended")

    assert session in (await caller.ask("GET", "/api/session/active"))["data"]
