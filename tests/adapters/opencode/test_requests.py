"""A step asks OpenCode to work, and for nothing that is known: no name twice in ten seconds, no total that was told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.opencode import OpenCodeAgents, agents_over
from adapters.opencode.answers import Answers
from adapters.opencode.connection import new_http_client
from adapters.opencode.v1.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.transport import Application, Receive, Scope, Send
from adapters.opencode.v2.scripted import scripted_opencode2
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio

WORK = ["POST /session", "POST /session/ID/message"]
SECRETS = ["GET /config", "GET /config/providers"]
BEFORE = [*SECRETS, "GET /agent"]
TOTALS = "GET /session/ID"


@dataclass
class Stage:
    """A scripted OpenCode, and what it is asked; `hidden` are words of events that its stream leaves out."""

    server: Any
    now: float = 1000.0
    asked: list[str] = field(default_factory=list)
    hidden: tuple[bytes, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = ["ID" if part.startswith(("ses_", "msg_")) else part for part in scope["path"].split("/")]
        self.asked.append(f"{scope['method']} {'/'.join(parts)}")
        await self.server(scope, receive, self._hiding(send))

    def _hiding(self, send: Send) -> Send:
        async def some(message: Scope) -> None:
            body = message.get("body", b"")
            if not (body.startswith(b"data:") and any(word in body for word in self.hidden)):
                await send(message)

        return some


@asynccontextmanager
async def staged(server: Any, stage: Stage | None = None) -> AsyncIterator[tuple[Stage, OpenCodeAgents]]:
    stage = stage or Stage(server)
    application: Application = stage
    http = new_http_client("http://scripted", transport=AsgiTransport(application))
    async with agents_over(http, answers=Answers(lambda: stage.now)) as agents:
        await agents.run(a_work(), Listener())
        stage.asked.clear()
        yield stage, agents


@asynccontextmanager
async def in_steady_state() -> AsyncIterator[tuple[Stage, OpenCodeAgents]]:
    async with scripted_opencode(pace=0) as server, staged(server) as both:
        yield both


@pytest.mark.parametrize(
    ("actions", "usage"),
    [
        ([s.Say(text="Done.")], (90, 20)),
        ([s.Use(tool="bash"), s.Say(text="Done.")], (180, 40)),
        ([s.Delegate(agent="explore", script=(s.Say(text="Found."),)), s.Say(text="Done.")], (270, 60)),
    ],
    ids=["says", "uses a tool", "asks a sub-agent"],
)
async def test_a_step_is_two_requests(actions: list[s.Action], usage: tuple[int, int]) -> None:
    async with in_steady_state() as (stage, agents):
        stage.server.play("text", *actions)

        answer = await agents.run(a_work(), Listener())

    assert stage.asked == WORK
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == usage
    assert answer.usage.cost == pytest.approx(0.00013 * usage[0] / 90)


async def test_a_step_with_a_model_of_its_own_is_two_requests() -> None:
    async with in_steady_state() as (stage, agents):
        for _ in range(2):
            await agents.run(a_work(model="scripted/text"), Listener())

    assert stage.asked == 2 * WORK


@pytest.mark.parametrize(
    "fault",
    [
        s.Fail(name="APIError", data={"message": "No", "statusCode": 401, "isRetryable": False}),
        s.Finish(reason="length"),
        s.Finish(reason="content-filter"),
    ],
    ids=["refused", "cut", "filtered"],
)
async def test_nothing_is_asked_between_a_failure_and_its_telling(fault: s.Action) -> None:
    async with in_steady_state() as (stage, agents):
        stage.server.play("text", fault)
        with pytest.raises(AgentError):
            await agents.run(a_work(), Listener())

    assert stage.asked == WORK


async def test_in_opencode_2_a_step_is_two_requests_and_the_log_of_its_session() -> None:
    async with scripted_opencode2(pace=0) as server, staged(server) as (stage, agents):
        answer = await agents.run(a_work(), Listener())

    assert stage.asked == ["POST /api/session", "POST /api/session/ID/prompt", "GET /api/experimental/session/ID/log"]
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (300, 60)


async def test_in_opencode_2_what_sub_agents_have_used_is_asked_for() -> None:
    async with scripted_opencode2(pace=0) as server, staged(server) as (stage, agents):
        answer = await agents.run(a_work(model="scripted/sub-agent"), Listener())

    assert stage.asked.count("GET /api/session/ID") == 2
    assert (answer.usage.input_tokens or 0) > 100


@pytest.mark.parametrize(("seconds", "asked"), [(9.9, WORK), (10.0, BEFORE + WORK)])
async def test_a_name_is_asked_for_again_after_ten_seconds(seconds: float, asked: list[str]) -> None:
    async with in_steady_state() as (stage, agents):
        stage.now += seconds

        await agents.run(a_work(model="scripted/text"), Listener())

    assert stage.asked == asked


async def test_of_another_folder_nothing_is_known() -> None:
    async with in_steady_state() as (stage, agents):
        await agents.run(a_work(directory="/tmp"), Listener())

    assert stage.asked == BEFORE + WORK


async def test_a_name_that_was_not_there_is_asked_for_anew() -> None:
    async with in_steady_state() as (stage, agents):
        with pytest.raises(AgentError, match="helper"):
            await agents.run(a_work(engine_agent="helper"), Listener())
        stage.server.agents["helper"] = "Helps."
        with pytest.raises(AgentError, match="scripted/late"):
            await agents.run(a_work(model="scripted/late"), Listener())
        stage.server.play("late", s.Say(text="Late."))
        stage.asked.clear()

        answer = await agents.run(a_work(engine_agent="helper", model="scripted/late"), Listener())

    assert answer.markdown == "Late."
    assert stage.asked == ["GET /agent", "GET /config/providers", *WORK]


@pytest.mark.parametrize(
    ("gone", "kind", "words"),
    [
        (lambda server: server.agents.pop("build"), FailureKind.UNKNOWN_AGENT, "build"),
        (lambda server: server.scripts.pop("text"), FailureKind.UNKNOWN_MODEL, "scripted/text"),
    ],
    ids=["an agent", "a model"],
)
async def test_a_name_that_has_gone_since_is_named(gone: Callable[[Any], Any], kind: FailureKind, words: str) -> None:
    async with in_steady_state() as (stage, agents):
        await agents.run(a_work(model="scripted/text"), Listener())
        gone(stage.server)

        with pytest.raises(AgentError) as caught:
            await agents.run(a_work(model="scripted/text"), Listener())

    assert caught.value.failure.kind is kind
    assert words in caught.value.failure.message


@pytest.mark.parametrize(
    "happens",
    [
        lambda stage, agents: agents.reload("/"),
        lambda stage, agents: _published(stage, "server.instance.disposed"),
        lambda stage, agents: _published(stage, "catalog.updated"),
        lambda stage, agents: _lost(stage),
    ],
    ids=["a reload", "a folder that was closed", "news of models", "a gap"],
)
async def test_what_may_have_changed_is_asked_for_anew(happens: Callable[[Stage, OpenCodeAgents], Any]) -> None:
    async with in_steady_state() as (stage, agents):
        await happens(stage, agents)
        stage.asked.clear()

        await agents.run(a_work(), Listener())

    assert [path for path in stage.asked if path in BEFORE] == BEFORE


async def _published(stage: Stage, kind: str) -> None:
    stage.server.publish(kind, {"directory": "/"}, "/")
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def _lost(stage: Stage) -> None:
    stage.server.drop_streams()
    await eventually(lambda: stage.asked.count("GET /global/event") == 1)


async def test_after_a_gap_in_the_stream_the_totals_are_asked_for() -> None:
    gate = asyncio.Event()
    async with in_steady_state() as (stage, agents):
        stage.server.play("text", s.Use(tool="bash"), s.Wait(gate=gate), s.Say(text="Done."))
        attempt = asyncio.create_task(agents.run(a_work(), Listener()))
        await eventually(lambda: WORK[1] in stage.asked)
        await _lost(stage)
        gate.set()
        answer = await attempt

    assert TOTALS in stage.asked
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (180, 40)


@pytest.mark.parametrize(
    "hidden",
    [(b'"message.updated"',), (b'"finish"',), (b'"stop"',)],
    ids=["every message", "all ends", "the last end"],
)
async def test_what_the_stream_has_not_told_to_the_end_is_asked_for(hidden: tuple[bytes, ...]) -> None:
    child = s.Delegate(agent="explore", script=(s.Say(text="Found."),))
    async with in_steady_state() as (stage, agents):
        stage.hidden = hidden
        stage.server.play("text", child, s.Say(text="Done."))
        answer = await agents.run(a_work(), Listener())

    assert TOTALS in stage.asked
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (270, 60)
