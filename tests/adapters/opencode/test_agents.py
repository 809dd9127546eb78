"""Whichever OpenCode answers gets the work; what was found is asked anew once it was lost, and an upgrade is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from adapters.opencode.agents import OpenCodeAgents
from adapters.opencode.process import Starter
from runner.agents import Answer, LeftBehind, Observer, PermissionReply, Work
from runner.definitions import Known
from runner.engine_health import EngineSupport
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Json, failure
from runner.file_changes import FileChanges
from runner.model import Actor
from runner.traces import Traces
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.support.patience import eventually

pytestmark = pytest.mark.asyncio


@dataclass(kw_only=True)
class Server:
    """What answers at the address now; None: nobody."""

    version: str | None = "1.18.34"
    foreign: bool = False
    mute: bool = False
    looks: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.looks += request.url.path == "/api/info"
        if self.version is None:
            raise httpx.ConnectError("refused")
        if self.mute:
            raise httpx.ReadTimeout("nothing")
        second = self.version.startswith("2")
        told = {"/api/info": second, "/global/health": not second}.get(request.url.path, False)
        if self.foreign or not told:
            return httpx.Response(200, html="<title>OpenCode</title>")
        return httpx.Response(200, content=json.dumps({"healthy": True, "version": self.version, "pid": 7}))


@dataclass(kw_only=True)
class FakeGeneration:
    """Answers with its own number, after `meanwhile`, or fails."""

    number: int
    is_connected: bool = True
    ran: int = 0
    answered: list[str] = field(default_factory=list)
    fails: FailureKind | None = None
    upgraded: tuple[Server, str | None] | None = None
    held: asyncio.Event | None = None

    async def run(self, work: Work, observer: Observer) -> Answer:
        self.ran += 1
        if self.held:
            await self.held.wait()
        if self.upgraded:
            server, server.version = self.upgraded[0], self.upgraded[1]
        if self.fails:
            raise AgentError(failure(self.fails, "The connection broke"))
        return Answer(markdown=f"generation {self.number}")

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        self.answered.append(f"stop {session_id}")
        return None

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        return Traces(session_id=session_id)

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        self.answered.append(f"changes {session_id}")
        return None

    async def reload(self, directory: str | None) -> None:
        self.answered.append(f"reload {directory}")

    async def known(self, directory: str | None) -> Known:
        return Known(agents={f"build{self.number}": ""}, models=frozenset())

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        self.answered.append(f"{request_id} {reply}")

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        self.answered.append(f"{request_id} {', '.join(answers)}")
        return None

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        self.answered.append(f"{request_id} dismissed")


@dataclass(kw_only=True)
class Stage:
    server: Server
    agents: OpenCodeAgents
    first: FakeGeneration
    second: FakeGeneration
    starter: "FakeStarter | None" = None

    @property
    def started(self) -> list[str]:
        return self.starter.done if self.starter else []

    async def run(self, left_behind: LeftBehind | None = None) -> str:
        return (await self.agents.run(a_work(left_behind=left_behind), Listener())).markdown

    async def failed(self, left_behind: LeftBehind | None = None) -> AgentError:
        with pytest.raises(AgentError) as raised:
            await self.run(left_behind)
        return raised.value


class FakeStarter(Starter):
    """One that has started the server, until it dies, unless it is told that it has started nothing."""

    def __init__(self, server: Server, *, running: bool = True) -> None:
        self.server = server
        self.running = running
        self.done: list[str] = []

    @property
    def is_running(self) -> bool:
        return self.running

    async def start(self, is_reachable: Callable[[], Awaitable[bool]]) -> None:
        if not await is_reachable():
            self.done.append("start")
            self.server.version = "1.18.34"

    async def restart(self) -> None:
        self.done.append("restart")


@asynccontextmanager
async def a_stage(*, own: bool | None = None, **server: Any) -> AsyncIterator[Stage]:
    """`own`: whether stepwire may start the server, and has."""
    answering = Server(**server)
    first, second = FakeGeneration(number=1), FakeGeneration(number=2)

    @asynccontextmanager
    async def opened(generation: FakeGeneration) -> AsyncIterator[FakeGeneration]:
        yield generation

    async with AsyncExitStack() as stack:
        http = httpx.AsyncClient(base_url="http://engine:4096", transport=httpx.MockTransport(answering))
        await stack.enter_async_context(http)
        starter = None if own is None else FakeStarter(answering, running=own)
        agents = OpenCodeAgents(http, {1: lambda: opened(first), 2: lambda: opened(second)}, stack, starter)
        yield Stage(server=answering, agents=agents, first=first, second=second, starter=starter)


@pytest.mark.parametrize(("version", "answer"), [("1.18.34", "generation 1"), ("2.1.2", "generation 2")])
async def test_the_work_goes_to_the_generation_that_answers(version: str, answer: str) -> None:
    async with a_stage(version=version) as stage:
        assert await stage.run() == answer


async def test_what_was_found_is_kept_while_its_stream_stands() -> None:
    async with a_stage() as stage:
        await stage.run()
        await stage.run()
        await stage.agents.stop("ses_1", None)
        assert stage.server.looks == 1

        stage.first.is_connected = False
        await stage.run()
        assert stage.server.looks == 2


async def test_an_upgrade_while_nothing_runs_is_noticed_by_the_next_attempt() -> None:
    async with a_stage() as stage:
        before = await stage.run()
        stage.server.version, stage.first.is_connected = "2.1.2", False

        assert (before, await stage.run()) == ("generation 1", "generation 2")
        assert set((await stage.agents.known(None)).agents) == {"build2"}


@pytest.mark.parametrize(
    "kind",
    [FailureKind.ENGINE_LOST, FailureKind.INVALID_BODY, FailureKind.ENGINE_ERROR, FailureKind.ENGINE_UNAUTHORIZED],
)
async def test_an_upgrade_in_the_middle_of_an_attempt_is_its_reason(kind: FailureKind) -> None:
    async with a_stage() as stage:
        stage.first.fails, stage.first.upgraded = kind, (stage.server, "2.1.2")
        reason = (await stage.failed()).failure

    assert reason.kind is FailureKind.ENGINE_LOST
    assert reason.message == (
        "OpenCode was replaced while the step was running: it was 1.18.34, now it is OpenCode 2.1.2"
    )
    assert reason.causes[0].message == "The connection broke"
    assert reason.retryable


async def test_a_downgrade_to_one_that_is_too_old_says_what_to_install() -> None:
    async with a_stage(version="2.1.2") as stage:
        stage.second.fails, stage.second.upgraded = FailureKind.ENGINE_LOST, (stage.server, "1.0.61")
        reason = (await stage.failed()).failure

    assert reason.message.endswith("it was 2.1.2, now it is OpenCode 1.0.61")
    assert "npm install" in reason.hint


@pytest.mark.parametrize(
    ("kind", "then"),
    [
        (FailureKind.ENGINE_LOST, "1.18.34"),
        (FailureKind.ENGINE_LOST, None),
        (FailureKind.PROVIDER_AUTH, "2.1.2"),
        (FailureKind.STEP_TIMEOUT, "2.1.2"),
    ],
    ids=["the same is back", "nobody is back", "a provider's refusal", "our own limit"],
)
async def test_any_other_failure_stays_as_it_was(kind: FailureKind, then: str | None) -> None:
    async with a_stage() as stage:
        stage.first.fails, stage.first.upgraded = kind, (stage.server, then)
        reason = (await stage.failed()).failure

    assert (reason.kind, reason.message) == (kind, "The connection broke")


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        ({"version": "1.0.61"}, FailureKind.UNEXPECTED_SHAPE),
        ({"foreign": True}, FailureKind.INVALID_BODY),
        ({"version": None}, FailureKind.ENGINE_UNREACHABLE),
    ],
    ids=["too old", "no OpenCode", "nobody"],
)
async def test_nothing_is_sent_to_what_cannot_be_used(server: dict[str, Any], kind: FailureKind) -> None:
    async with a_stage(**server) as stage:
        reason = (await stage.failed()).failure

        assert (reason.kind, stage.first.ran, stage.second.ran) == (kind, 0, 0)
        with pytest.raises(AgentError):
            await stage.agents.known(None)
        assert not (await stage.agents.health()).reachable


@pytest.mark.parametrize(
    ("server", "found"),
    [({"version": None}, "not reachable"), ({"version": "1.0.61"}, "too old"), ({"foreign": True}, "is no OpenCode")],
    ids=["nobody", "too old", "no OpenCode"],
)
async def test_what_was_left_behind_is_interrupted_where_nobody_can_be_asked_about_it(
    server: dict[str, Any], found: str
) -> None:
    async with a_stage(**server) as stage:
        reason = (await stage.failed(LeftBehind(session_id="ses_1", running_seconds=1.0))).failure

    assert reason.kind is FailureKind.INTERRUPTED
    assert found in reason.causes[0].message
    assert reason.retryable


async def test_health_says_product_generation_version_and_support() -> None:
    async with a_stage(version="1.14.41") as stage:
        health = await stage.agents.health()

    assert health.reachable
    assert (health.product, health.generation, health.version) == ("OpenCode", 1, "1.14.41")
    assert health.support is EngineSupport.REDUCED
    assert health.message is not None


async def test_what_people_answer_goes_to_the_generation_that_asked() -> None:
    async with a_stage(version="2.1.2") as stage:
        await stage.agents.answer_permission("per_1", None, "once", None)
        await stage.agents.answer_question("que_1", None, ["a", "b"])
        await stage.agents.dismiss_question("que_2", None)

        assert stage.second.answered == ["per_1 once", "que_1 a, b", "que_2 dismissed"]
        assert stage.first.answered == []


async def test_an_engine_elsewhere_is_not_started_from_here() -> None:
    async with a_stage(version=None) as stage:
        health = await stage.agents.start()

    assert health.message == "OpenCode at http://engine:4096 is not on this machine: start it where it belongs."


async def test_one_that_has_died_is_started_again_after_a_single_look() -> None:
    async with a_stage(version=None, own=False) as stage:
        health = await stage.agents.start()
        again = await stage.agents.start()

        assert health.reachable
        assert again == health
        assert stage.started == ["start"]
        # Before, under the starter's lock, after; and one that finds it there.
        assert stage.server.looks == 4


async def test_one_that_takes_the_connection_and_says_nothing_is_no_place_to_start_another() -> None:
    async with a_stage(own=False) as stage:
        stage.server.mute = True
        health = await stage.agents.start()

    assert stage.started == []
    assert health.message is not None
    assert health.message.endswith("but takes the connection: end what runs there, then start it again.")


async def test_our_own_is_started_anew_where_it_is_mute() -> None:
    async with a_stage(own=True) as stage:
        stage.server.mute = True
        await stage.agents.start()

        assert stage.started == ["start"]


@pytest.mark.parametrize(
    ("own", "version", "started", "reloaded"),
    [
        (True, "1.18.34", ["restart"], []),
        (False, "1.18.34", [], ["reload /srv"]),
        (None, "1.18.34", [], ["reload /srv"]),
        (True, "2.1.2", [], ["reload /srv"]),
    ],
    ids=["our own", "not started yet", "elsewhere", "the second generation"],
)
async def test_our_own_is_restarted_to_read_its_files(
    own: bool | None, version: str, started: list[str], reloaded: list[str]
) -> None:
    async with a_stage(own=own, version=version) as stage:
        unread = await stage.agents.reload("/srv")

        assert unread is None
        assert stage.started == started
        assert [*stage.first.answered, *stage.second.answered] == reloaded


async def test_our_own_is_not_restarted_under_another_step() -> None:
    async with a_stage(own=True) as stage:
        stage.first.held = asyncio.Event()
        other = asyncio.create_task(stage.run())
        await eventually(lambda: stage.first.ran > 0)
        unread = await stage.agents.reload("/srv")
        stage.first.held.set()
        await other

        assert stage.started == []
        assert stage.first.answered == ["reload /srv"]
        assert unread is not None
        assert "was not restarted, because other steps are at work on it" in unread


@pytest.mark.parametrize(
    ("own", "hint"),
    [
        (None, "a changed global opencode.json counts after a restart of OpenCode."),
        (True, "trying again restarts the OpenCode that stepwire has started, when no other step is at work on it."),
    ],
    ids=["elsewhere", "our own"],
)
async def test_the_hint_says_what_trying_again_makes_count(own: bool | None, hint: str) -> None:
    async with a_stage(own=own) as stage:
        stage.first.fails = FailureKind.PROVIDER_AUTH
        reason = (await stage.failed()).failure

    assert reason.hint == f"Check the provider's key in OpenCode, then try again; {hint}"
