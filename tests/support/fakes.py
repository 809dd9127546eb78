"""Stand-ins for what the runner needs from outside: a clock that is told the time, agents that play scripts, hooks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from runner.agents import Activity, Answer, Observer, PermissionReply, Work
from runner.definitions import Agent, Definitions, Known, Template
from runner.engine_health import EngineHealth
from runner.events import Event, Recorded
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, AgentError, Evidence, Json, Usage
from runner.file_changes import ChangeSource, FileChanges
from runner.handoff import BadSchema
from runner.ids import pipeline_id_of
from runner.model import Actor, PipelineId, StepId
from runner.outcomes import NotAllowed
from runner.ports import BranchError, Issue, IssueError
from runner.traces import Traces
from runner.versions import EditConflict
from tests.support.builders import NOW, USAGE, a_failure

NOTHING_CHANGED = FileChanges(source=ChangeSource.GIT)
Play = Callable[[Work, Observer], Awaitable[Answer]]


class FakeClock:
    """Stands still until a test moves it; whoever sleeps wakes when their time has come."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []
        self._slept = asyncio.Condition()

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, at: datetime) -> None:
        woken = asyncio.Event()
        self._sleepers.append((at, woken))
        async with self._slept:
            self._slept.notify_all()
        try:
            while self._now < at:
                woken.clear()
                await woken.wait()
        finally:
            self._sleepers.remove((at, woken))

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        for at, woken in self._sleepers:
            if at <= self._now:
                woken.set()

    async def pass_freely(self) -> None:
        """Moves on to the next sleeper whenever nothing else has happened for a while; to be cancelled."""
        while True:
            for _ in range(100):
                await asyncio.sleep(0)
            if later := [at for at, _ in self._sleepers if at > self._now]:
                self.advance((min(later) - self._now).total_seconds())

    async def sleeper(self, at: datetime) -> None:
        """Waits until somebody sleeps until exactly then."""
        async with self._slept:
            await self._slept.wait_for(lambda: any(until == at for until, _ in self._sleepers))


def answers(markdown: str = "All done.", usage: Usage = USAGE, evidence: Evidence | None = None) -> Play:
    async def play(_: Work, __: Observer) -> Answer:
        return Answer(markdown=markdown, usage=usage, evidence=evidence)

    return play


def fails(
    kind: FailureKind = FailureKind.AGENT_ERROR, message: str | None = None, usage: Usage = NO_USAGE, **says: object
) -> Play:
    async def play(_: Work, __: Observer) -> Answer:
        raise AgentError(a_failure(kind, message, **says), usage=usage)

    return play


def raises(error: BaseException) -> Play:
    """A bug: an exception that no adapter should let through."""

    async def play(_: Work, __: Observer) -> Answer:
        raise error

    return play


def tells(tell: Callable[[Work, Observer], Awaitable[None]], then: Play | None = None) -> Play:
    """News first, then the end."""

    async def play(work: Work, observer: Observer) -> Answer:
        await tell(work, observer)
        return await (then or answers())(work, observer)

    return play


def opens(session_id: str, model: str | None = None, then: Play | None = None) -> Play:
    return tells(lambda _, observer: observer.session_opened(session_id, model), then)


@dataclass(kw_only=True)
class Held:
    """A play that works until it is released; cancelled, it cleans up for as long as `cleaned` is not set."""

    then: Play = field(default_factory=answers)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    cleaned: asyncio.Event | None = None

    async def __call__(self, work: Work, observer: Observer) -> Answer:
        self.begun.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            if self.cleaned is not None:
                await self.cleaned.wait()
            raise
        return await self.then(work, observer)


class FakeTrees:
    """Trees that tell what a test says was changed, or why nothing can be told."""

    def __init__(self, found: FileChanges | Exception = NOTHING_CHANGED) -> None:
        self.found = found
        self.remembering: Exception | None = None
        self.remembered: dict[str, str] = {}
        self.forgotten: list[str] = []
        self.looks = 0
        self.beginning: Callable[[], Awaitable[None]] | None = None
        self.looking: Callable[[], Awaitable[None]] | None = None

    async def remember(self, key: str, directory: str, title: str) -> None:
        if self.remembering:
            raise self.remembering
        if self.beginning:
            await self.beginning()
        self.remembered[key] = directory

    async def changes(self, key: str, directory: str) -> FileChanges:
        self.looks += 1
        assert self.remembered[key] == directory
        if self.looking:
            await self.looking()
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def forget(self, key: str) -> None:
        self.forgotten.append(key)


@dataclass(frozen=True, kw_only=True)
class Call:
    """Something that agents were asked; `what` is run, stop, allow, answer or dismiss."""

    what: str
    subject: str
    attempt: int | None = None
    says: object = None


class ScriptedAgents:
    """Plays scripts, one play for each run of an agent, the last one again and again; notes every call.

    `overlaps` names the steps of which two attempts were at work at once, and the pipelines of which two steps were:
    a test that leaves any is wrong about the product, or right.
    """

    def __init__(self, known: Known | AgentError | None = None) -> None:
        self.calls: list[Call] = []
        self.works: list[Work] = []
        self.overlaps: list[str] = []
        self.stopping: Callable[[str], Awaitable[None]] | None = None
        self.answering: AgentError | None = None
        self.wrong: str | None = None
        self.reloading: Exception | str | None = None
        self.leaving: Callable[[str], Awaitable[Traces]] | None = None
        self.knowing: Callable[[], Awaitable[Known]] | None = None
        self._known = known
        self._scripts: dict[str, list[Play]] = {}
        self._running: dict[PipelineId, StepId] = {}

    def script(self, agent: str, *plays: Play) -> None:
        self._scripts[agent] = list(plays)

    async def run(self, work: Work, observer: Observer) -> Answer:
        self.calls.append(Call(what="run", subject=work.step_id, attempt=work.attempt))
        self.works.append(work)
        pipeline_id = pipeline_id_of(work.step_id)
        if pipeline_id in self._running:
            self.overlaps.append(f"{work.step_id} began beside {self._running[pipeline_id]}")
        self._running[pipeline_id] = work.step_id
        try:
            return await self._next_play(work.engine_agent)(work, observer)
        finally:
            self._running.pop(pipeline_id, None)

    async def stop(self, session_id: str, directory: str | None) -> None:
        self.calls.append(Call(what="stop", subject=session_id, says=directory))
        if self.stopping:
            await self.stopping(session_id)

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        return await self.leaving(session_id) if self.leaving else Traces(session_id=session_id)

    async def reload(self, directory: str | None) -> str | None:
        self.calls.append(Call(what="reload", subject=directory or ""))
        if isinstance(self.reloading, Exception):
            raise self.reloading
        return self.reloading

    async def known(self, directory: str | None) -> Known:
        if self.knowing:
            return await self.knowing()
        if isinstance(self._known, Known):
            return replace(self._known, directory=directory)
        raise self._known or AgentError(a_failure(FailureKind.ENGINE_UNREACHABLE))

    async def health(self) -> EngineHealth:
        return EngineHealth(reachable=isinstance(self._known, Known), url="http://engine")

    async def start(self) -> EngineHealth:
        return await self.health()

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        self._note("permission", request_id, (reply, message))

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        self._note("answer", request_id, tuple(answers) if values is None else dict(values))
        return self.wrong

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        self._note("dismiss", request_id, None)

    def told(self, what: str) -> list[Call]:
        return [call for call in self.calls if call.what == what]

    def _note(self, what: str, subject: str, says: object) -> None:
        self.calls.append(Call(what=what, subject=subject, says=says))
        if self.answering:
            raise self.answering

    def _next_play(self, agent: str) -> Play:
        script = self._scripts.get(agent, [])
        if len(script) > 1:
            return script.pop(0)
        return script[0] if script else answers(f"Done by {agent}.")


class RecordingHooks:
    """Keeps what it is told, and lets tests wait for it."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self.activities: list[tuple[StepId, Activity]] = []
        self._told = asyncio.Event()

    def committed(self, recorded: Sequence[Recorded]) -> None:
        self.recorded += recorded
        self._told.set()

    def tell(self, step_id: StepId, activity: Activity) -> None:
        self.activities.append((step_id, activity))
        self._told.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Waits for a commit after which it holds; returns at once when it does already."""
        while not holds():
            self._told.clear()
            await self._told.wait()

    def events(self, *kinds: type[Event]) -> list[Event]:
        return [known.event for known in self.recorded if not kinds or isinstance(known.event, kinds)]


class RecordingDispatcher:
    """Notes who was launched and who was interrupted, and runs nothing."""

    def __init__(self) -> None:
        self.launched: list[PipelineId] = []
        self.interrupted: list[PipelineId] = []

    def launch(self, pipeline_id: PipelineId) -> None:
        self.launched.append(pipeline_id)

    def interrupt(self, pipeline_id: PipelineId) -> None:
        self.interrupted.append(pipeline_id)


class FakeCatalog:
    def __init__(self, agents: Sequence[Agent] = (), templates: Sequence[Template] = ()) -> None:
        self.define(agents, templates)

    def define(self, agents: Sequence[Agent] = (), templates: Sequence[Template] = ()) -> None:
        """From now on there are these."""
        self._definitions = Definitions(
            agents={agent.name: agent for agent in agents},
            templates={template.name: template for template in templates},
        )

    def definitions(self) -> Definitions:
        return self._definitions


class FakeEditor:
    """Notes what it is given, and takes it unless it is told to refuse."""

    def __init__(self, refusal: NotAllowed | EditConflict | None = None) -> None:
        self.refusal = refusal
        self.based_on: list[str | None] = []
        self.given: list[tuple[str | None, Agent | Template | None]] = []

    async def save_agent(
        self, name: str | None, agent: Agent, actor: Actor, based_on: str | None = None
    ) -> Agent | NotAllowed | EditConflict:
        self.based_on.append(based_on)
        self.given.append((name, agent))
        return self.refusal or agent

    async def delete_agent(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotAllowed | EditConflict:
        self.based_on.append(based_on)
        self.given.append((name, None))
        return self.refusal or name

    async def save_template(
        self, name: str | None, template: Template, actor: Actor, based_on: str | None = None
    ) -> Template | NotAllowed | EditConflict:
        self.based_on.append(based_on)
        self.given.append((name, template))
        return self.refusal or template

    async def delete_template(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotAllowed | EditConflict:
        self.based_on.append(based_on)
        self.given.append((name, None))
        return self.refusal or name


class FakeIssues:
    """Knows the issues that it is given, by their reference."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    async def issue(self, reference: str) -> Issue:
        if reference not in self.texts:
            raise IssueError(f"{reference} cannot be fetched.")
        text = self.texts[reference]
        return Issue(reference=reference, title=text.splitlines()[0].lstrip("# "), labels=("bug",), markdown=text)


class FakeSchemas:
    """Knows of a schema what it requires; one that is no object is none."""

    async def fault(self, value: Json, schema: Json) -> str | None:
        if not isinstance(schema, dict):
            raise BadSchema("it is no object")
        required = schema.get("required")
        held = value if isinstance(value, dict) else {}
        missing = [name for name in required if name not in held] if isinstance(required, list) else []
        return f'lacks "{missing[0]}"' if missing else None

    async def problem(self, schema: Json) -> str | None:
        required = schema.get("required", []) if isinstance(schema, dict) else None
        return None if isinstance(required, list) else '"required" is no list'


class FakeBranches:
    """Refuses what it is told to refuse, at the check or only at the switch; notes what was checked out."""

    def __init__(
        self,
        *,
        check: str | None = None,
        switch: str | None = None,
        names: Sequence[str] = ("main", "tidy", "paint", "a", "b"),
    ) -> None:
        self.on = "main"
        self.there_are = list(names)
        self.refusing_check = check
        self.refusing_list: str | None = None
        self.refusing_switch = switch
        self.checked_out: list[tuple[str, str]] = []

    async def current(self, directory: str) -> str:
        return self.on

    async def names(self, directory: str) -> list[str]:
        if self.refusing_list:
            raise BranchError(self.refusing_list)
        return self.there_are

    async def check(self, directory: str, branch: str) -> None:
        if self.refusing_check:
            raise BranchError(self.refusing_check)

    async def check_out(self, directory: str, branch: str) -> None:
        if self.refusing_switch:
            raise BranchError(self.refusing_switch)
        self.on = branch
        self.checked_out.append((directory, branch))
