"""OpenCode is replaced in place by its other generation: what runs is told so, what comes next works, or says why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from adapters.opencode import open_agents
from adapters.opencode.v1.scripted import ScriptedOpenCode, scripted_opencode
from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.transport import Application
from adapters.opencode.v2.scripted import ScriptedOpenCode2, scripted_opencode2
from runner.model import StepPlan
from tests.support.application import Running, application
from tests.support.patience import eventually
from tests.support.serving import served

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

# Three are promised; twice that for the busiest of machines.
WITHIN = 6.0
EVENTS = """
subscription { events { __typename
  ... on StepRetrying { failure { kind message } }
  ... on StepFailed { failure { kind hint } }
  ... on PipelineFinished { status } } }
"""


class Port:
    """One address at which one server after the other answers; whoever still speaks to the one before is cut off."""

    def __init__(self, server: Application) -> None:
        self._server = server
        self._open = set[asyncio.Task[None]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        server, begun = self._server, asyncio.Event()

        async def noting(message: Message) -> None:
            begun.set()
            await send(message)

        async def answer() -> None:
            await server(scope, receive, noting)

        task = asyncio.create_task(answer())
        self._open.add(task)
        await asyncio.wait({task})
        self._open.discard(task)
        if task.cancelled():
            if not begun.is_set():
                await _begin_in_vain(send)
            raise ConnectionResetError
        await task

    def replace(self, server: Application) -> None:
        self._server = server
        self.cut_off()

    def cut_off(self) -> None:
        for task in self._open:
            task.cancel()


async def _begin_in_vain(send: Send) -> None:
    """What breaks off before its body the web server would answer itself, with a 500."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`before` is at the address, `after` waits for its turn."""

    port: Port
    before: ScriptedOpenCode | ScriptedOpenCode2
    after: ScriptedOpenCode | ScriptedOpenCode2
    stepwire: Running

    async def start(self, *, attempts: int = 1) -> None:
        await self.stepwire.start("Work", StepPlan(agent="build", model="scripted/text", max_attempts=attempts))

    async def start_and_replace(self) -> None:
        """A step is at work when its server is replaced."""
        self.before.play("text", s.Wait())
        await self.start(attempts=2)
        await eventually(lambda: bool(self.before.prompts))
        self.port.replace(self.after)

    async def version(self) -> str:
        async with asyncio.timeout(WITHIN):
            answer = await self.stepwire.query("{ engine { version } }")
        return str(answer["data"]["engine"]["version"])

    async def until_it_is(self, version: str) -> None:
        """A look that was good is kept for a second."""
        async with asyncio.timeout(WITHIN):
            while await self.version() != version:  # noqa: ASYNC110 - the page asks in the same way
                await asyncio.sleep(0.05)


@asynccontextmanager
async def a_stage(folder: Path, *, downgrade: bool = False, password: str | None = None) -> AsyncIterator[Stage]:
    async with scripted_opencode(pace=0) as first, scripted_opencode2(pace=0, password=password) as second:
        before, after = (second, first) if downgrade else (first, second)
        port = Port(before)
        async with served(port) as url:
            async with open_agents(url) as agents, application(folder, agents) as stepwire:
                yield Stage(port=port, before=before, after=after, stepwire=stepwire)
            port.cut_off()


async def test_an_upgrade_while_nothing_runs_is_used_by_the_next_step(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage, stage.stepwire.subscription(EVENTS) as events:
        await stage.start()
        first = await events.until("PipelineFinished")
        assert await stage.version() == "scripted"
        stage.port.replace(stage.after)
        await stage.until_it_is("2.1.2")
        await stage.start()
        second = await events.until("PipelineFinished")

    assert [first["status"], second["status"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert [len(stage.before.prompts), len(stage.after.prompts)] == [1, 1]


@pytest.mark.parametrize(
    ("downgrade", "words"),
    [(False, "it was scripted, now it is OpenCode 2.1.2"), (True, "it was 2.1.2, now it is OpenCode scripted")],
    ids=["1 to 2", "2 to 1"],
)
async def test_a_step_that_runs_meanwhile_is_told_so_and_tried_again(
    tmp_path: Path, downgrade: bool, words: str
) -> None:
    async with a_stage(tmp_path, downgrade=downgrade) as stage, stage.stepwire.subscription(EVENTS) as events:
        await stage.start_and_replace()
        told = await events.until("StepRetrying", within=WITHIN)
        finished = await events.until("PipelineFinished")

    assert told["failure"]["kind"] == "ENGINE_LOST"
    assert told["failure"]["message"] == f"OpenCode was replaced while the step was running: {words}"
    assert finished["status"] == "SUCCEEDED"


async def test_an_upgrade_to_one_with_a_password_says_where_to_find_it(tmp_path: Path) -> None:
    async with a_stage(tmp_path, password="open-sesame") as stage, stage.stepwire.subscription(EVENTS) as events:
        await stage.start_and_replace()
        failed = await events.until("StepFailed", within=WITHIN)

    assert failed["failure"]["kind"] == "ENGINE_UNAUTHORIZED"
    assert "--opencode-password" in failed["failure"]["hint"]
