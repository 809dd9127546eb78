"""stepwire is killed fifty times at random moments: no event is lost or doubled, no step runs twice at once, all end.

OpenCode outlives it, as it does in life: here a scripted one on a socket, of either generation, which notes which
prompts it takes in, and when runs of one step overlap.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from starlette.types import Receive, Scope, Send

from adapters.database import open_reads
from adapters.opencode.v1.scripted import ScriptedOpenCode, scripted_opencode
from adapters.opencode.v1.scripted import scripts as s
from adapters.opencode.v1.scripted.transport import Application
from adapters.opencode.v2.scripted import ScriptedOpenCode2, scripted_opencode2
from runner.events import LogEvent
from runner.fold import fold
from runner.reads import EventQuery
from tests.support.serving import served
from tests.support.stepwire_server import StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio]

ROUNDS = 50
SEED = 20261125
TEMPLATE = """\
pipelines:
  - name: all
    description: Agents, an approval, and one that fails at first
    steps:
      - {agent: plan}
      - {type: approval, description: Go on?}
      - {agent: general, max_attempts: 2}
      - {agent: build}
"""
START = """mutation { startPipeline(input: {template: "all", prompt: "Work"}) {
  __typename ... on Pipeline { id } ... on UserError { message } } }"""
STATE = """{ approvals { id } pipelines(first: 100) { nodes { id status steps { id status } } } }"""
APPROVE = "mutation ($id: ID!) { approve(approvalId: $id) { __typename } }"
RETRY = "mutation ($id: ID!) { retryStep(input: {stepId: $id}) { __typename } }"


class Session(Protocol):
    @property
    def title(self) -> str | None: ...

    @property
    def run(self) -> "asyncio.Task[Any] | None": ...


@dataclass(kw_only=True)
class Watched:
    """A scripted OpenCode, watched: a prompt for a step while another session of that step is at work is noted.

    `prompted` says in which sessions a prompt was taken in, once for each; `outcomes` what the log of each session that
    keeps one says of its end.
    """

    engine: Application
    sessions: Mapping[str, Session]
    prompts: str
    prompted: Callable[[], Sequence[str]]
    outcomes: Callable[[], Mapping[str, str | None]] = dict
    overlaps: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if scope["method"] == "POST" and scope["path"].endswith(self.prompts):
            self._note(scope["path"].split("/")[-2])
        await self.engine({**scope, "path": scope["path"]}, receive, send)

    def _note(self, session_id: str) -> None:
        asked = self.sessions.get(session_id)
        for other in self.sessions.values():
            if asked and other is not asked and other.title == asked.title and other.run and not other.run.done():
                self.overlaps.append(str(asked.title))


@pytest_asyncio.fixture(params=["OpenCode 1", "OpenCode 2"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Watched, str]]:
    async with _first() if request.param == "OpenCode 1" else _second() as watched, served(watched) as url:
        yield watched, url


@asynccontextmanager
async def _first() -> AsyncIterator[Watched]:
    async with scripted_opencode() as scripted:
        _script(scripted)
        sessions = scripted.sessions
        yield Watched(
            engine=scripted,
            sessions=sessions,
            prompts="/message",
            prompted=lambda: [session.id for session in sessions.values() for _ in range(session.runs)],
        )


@asynccontextmanager
async def _second() -> AsyncIterator[Watched]:
    async with scripted_opencode2() as scripted:
        _script(scripted)
        sessions = scripted.stage.sessions
        yield Watched(
            engine=scripted,
            sessions=sessions,
            prompts="/prompt",
            prompted=lambda: [session.id for session in sessions.values() for _ in session.inputs],
            outcomes=lambda: {session.id: session.outcome for session in sessions.values()},
        )


def _script(scripted: ScriptedOpenCode | ScriptedOpenCode2) -> None:
    scripted.play("plan", s.Wait(seconds=0.3), s.Say(text="Planned.", pause=0))
    scripted.play("general", s.Wait(seconds=0.2), s.refused(503, "Overloaded", retryable=True))
    scripted.play("general-again", s.Wait(seconds=0.2), s.Say(text="Done.", pause=0))
    scripted.play("build", s.Wait(seconds=0.4), s.Say(text="Built.", pause=0))


async def test_fifty_kills_lose_and_double_nothing(engine: tuple[Watched, str], tmp_path: Path) -> None:
    watched, url = engine
    chance = random.Random(SEED)
    options = ("--retry-delay", "0.2")
    async with stepwire_server(tmp_path, opencode_url=url, options=options, pipelines=TEMPLATE) as stepwire:
        for number in range(ROUNDS):
            if number % 10 == 0:
                await stepwire.query(START)
            await _act_at_random(stepwire, chance, until=chance.uniform(0.0, 1.2))
            await stepwire.kill()
            await stepwire.start()
        async with asyncio.timeout(120):
            while not await _all_ended(stepwire):
                await _act(stepwire, chance)
                await asyncio.sleep(0.1)

    assert watched.overlaps == []
    _each_prompt_went_in_once(watched, stepwire)
    _each_attempt_ended_as_its_session(watched, stepwire)
    await _log_is_whole(stepwire)


async def _act_at_random(stepwire: StepwireServer, chance: random.Random, *, until: float) -> None:
    """Does what a person would, until a moment that may fall anywhere in it; the pauses are the person's."""
    with suppress(TimeoutError):
        async with asyncio.timeout(until):
            while True:
                await _act(stepwire, chance)
                await asyncio.sleep(chance.uniform(0.0, 0.1))


async def _act(stepwire: StepwireServer, chance: random.Random) -> None:
    state = await stepwire.query(STATE)
    for approval in state["approvals"]:
        await stepwire.query(APPROVE, id=approval["id"])
    for pipeline in state["pipelines"]["nodes"]:
        failed = [step["id"] for step in pipeline["steps"] if step["status"] == "FAILED"]
        for step_id in failed:
            await stepwire.query(RETRY, id=step_id)


async def _all_ended(stepwire: StepwireServer) -> bool:
    nodes: list[dict[str, Any]] = (await stepwire.query(STATE))["pipelines"]["nodes"]
    return all(pipeline["status"] == "SUCCEEDED" for pipeline in nodes)


def _each_prompt_went_in_once(watched: Watched, stepwire: StepwireServer) -> None:
    """And into the session that stands with the attempt, so that none works for nobody."""
    prompted = Counter(watched.prompted())
    assert max(prompted.values()) == 1
    known = {session for (session,) in stepwire.rows("SELECT session_id FROM attempts")}
    assert prompted.keys() <= known


def _each_attempt_ended_as_its_session(watched: Watched, stepwire: StepwireServer) -> None:
    """Where the log of the session outlives stepwire, no end of it is lost and none made up."""
    assert stepwire.rows("SELECT 1 FROM attempts WHERE finished_at IS NULL") == []
    ended = {session: status.lower() for session, status in stepwire.rows("SELECT session_id, status FROM attempts")}
    outcomes = watched.outcomes()
    assert {session: ended[session] for session in outcomes} == outcomes


async def _log_is_whole(stepwire: StepwireServer) -> None:
    """Positions have no gap, each pipeline's own numbers neither, and its rows are the fold of its events."""
    positions = [position for (position,) in stepwire.rows("SELECT position FROM events ORDER BY position")]
    assert positions == list(range(1, len(positions) + 1))
    url = f"sqlite+aiosqlite:///{stepwire.database}"
    async with open_reads(url) as reads:
        for pipeline_id, count in stepwire.rows("SELECT pipeline_id, count(*) FROM events GROUP BY pipeline_id"):
            types = [kind for (kind,) in stepwire.rows("SELECT DISTINCT type FROM events")]
            page = await reads.events(EventQuery(first=1000, pipeline_id=pipeline_id, types=types))
            assert len(page.items) == count
            stored = (await reads.pipelines_by_id([pipeline_id])).value[pipeline_id]
            happened = [item.event for item in page.items if not isinstance(item.event, LogEvent)]
            assert fold(happened) == stored
