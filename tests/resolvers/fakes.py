"""What stands in for the world around the API: an engine, files and activity that are what a test says."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from runner.agents import Activity, Answer, Observer, PermissionReply, Work
from runner.definitions import Agent, Definitions, Known, Template
from runner.engine_health import EngineHealth, EngineSupport
from runner.events import Recorded
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Json, failure
from runner.journal import Quiet
from runner.model import Actor, Cursor, PipelineId, StepId, StepPlan
from runner.ports import Issue, IssueError
from runner.reads import Reads
from runner.traces import Traces
from tests.support.memory import MemoryJournal


class FakeClock:
    """Stands still until it is told how late it is."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 21, 37, 0, 123000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        raise AssertionError("nobody sleeps here")


class WatchedJournal(MemoryJournal):
    """Knows how many follow it; `quiet_seconds` replaces how long a follower is left without a word."""

    def __init__(self) -> None:
        super().__init__()
        self.followers = 0
        self.followed = asyncio.Event()
        self.quiet_seconds: float | None = None

    async def follow(
        self, after: Cursor | None = None, quiet_seconds: float = 10.0
    ) -> AsyncGenerator[Recorded | Quiet]:
        self.followers += 1
        self.followed.set()
        try:
            async for told in super().follow(after, self.quiet_seconds or quiet_seconds):
                yield told
        finally:
            self.followers -= 1


class CountedReads:
    """Reads that know how often each question was asked, and which were to be counted."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self.calls: Counter[str] = Counter()
        self.counted: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        question = getattr(self._reads, name)

        def asked(*arguments: object, **named: object) -> Any:
            self.calls[name] += 1
            self.counted += [name] if named.get("counted") else []
            return question(*arguments, **named)

        return asked


class FakeAgents:
    """An engine that answers as it is told; `known_now` None: it does not answer."""

    def __init__(self) -> None:
        self.known_now: Known | None = Known(agents={"build": "Builds", "plan": "Plans"}, models=frozenset({"acme/x"}))
        self.support = EngineSupport.TESTED
        self.message: str | None = None
        self.told: list[tuple[str, object]] = []
        self.looks = 0

    async def run(self, work: Work, observer: Observer) -> Answer:
        raise AssertionError("nothing runs here")

    async def stop(self, session_id: str, directory: str | None) -> None:
        raise AssertionError("nothing runs here")

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        raise AssertionError("nothing runs here")

    async def reload(self, directory: str | None) -> str | None:
        return None

    async def known(self, directory: str | None) -> Known:
        self.looks += 1
        if self.known_now is None:
            raise AgentError(failure(FailureKind.ENGINE_UNREACHABLE, "OpenCode is not reachable"))
        return self.known_now

    async def start(self) -> EngineHealth:
        return await self.health()

    async def health(self) -> EngineHealth:
        return EngineHealth(
            reachable=self.known_now is not None,
            url="http://127.0.0.1:4096",
            product="OpenCode",
            generation=1,
            version="1.0",
            support=self.support,
            message=self.message,
        )

    async def follow(self) -> AsyncGenerator[EngineHealth]:
        yield await self.health()

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        self.told.append((request_id, reply))

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> None:
        self.told.append((request_id, tuple(answers) if values is None else dict(values)))

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        self.told.append((request_id, None))


class FakeCatalog:
    def __init__(self) -> None:
        self.now = Definitions(
            agents={"builder": Agent(name="builder", engine_agent="build", description="Builds things")},
            templates={"quick_fix": Template(name="quick_fix", steps=(StepPlan(agent="builder"),))},
        )

    def definitions(self) -> Definitions:
        return self.now


class FakeActivities:
    """Tells what a test put in, then ends."""

    def __init__(self) -> None:
        self.told: dict[StepId, list[Activity]] = {}

    async def follow(self, step_id: StepId) -> AsyncGenerator[Activity]:
        for activity in self.told.get(step_id, ()):
            yield activity


class NoDispatcher:
    def launch(self, pipeline_id: PipelineId) -> None: ...

    def interrupt(self, pipeline_id: PipelineId) -> None: ...


class NoIssues:
    async def issue(self, reference: str) -> Issue:
        raise IssueError(f"{reference} cannot be had here.")
