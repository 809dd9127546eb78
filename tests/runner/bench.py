"""A supervisor with its executor over fakes, run inside a test; it ends when the test's block does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from runner.ask_commands import ApprovalOutcome
from runner.command_family import PipelineOutcome
from runner.commands import Commands, ResumedOutcome, RetryRequest
from runner.composition import Composer
from runner.events import PipelineEvent, Recorded
from runner.executor import Executor
from runner.failure_kinds import FailureKind
from runner.fold import fold
from runner.journal import Journal
from runner.limits import Limits
from runner.model import Actor, Pipeline, PipelineId, PipelineStatus, StepPlan
from runner.ports import Trees
from runner.redacted import RedactedAgents
from runner.redaction import Redactor
from runner.retry import RetryPolicy
from runner.supervisor import Supervisor
from runner.transitions import start
from runner.trust import Trust
from tests.support.builders import ANA, POLICY, a_pipeline
from tests.support.fakes import (
    FakeCatalog,
    FakeClock,
    FakeEditor,
    FakeIssues,
    FakeSchemas,
    RecordingHooks,
    ScriptedAgents,
)
from tests.support.memory import MemoryJournal
from tests.support.memory_trust import MemoryTrust

PATIENCE = 60.0


@dataclass(kw_only=True)
class Bench:
    """`journal` is what the product sees; `stored` is the truth behind it, which tests read."""

    stored: MemoryJournal = field(default_factory=MemoryJournal)
    journal: Journal | None = None
    agents: ScriptedAgents = field(default_factory=ScriptedAgents)
    clock: FakeClock = field(default_factory=FakeClock)
    hooks: RecordingHooks = field(default_factory=RecordingHooks)
    policy: RetryPolicy = POLICY
    redactor: Redactor = field(default_factory=Redactor)
    max_pipelines: int = 8
    trees: Trees | None = None
    executor: Executor = field(init=False)
    supervisor: Supervisor = field(init=False)
    commands: Commands = field(init=False)

    def __post_init__(self) -> None:
        self.stored.hooks.append(self.hooks)
        self.restart()

    def restart(self) -> None:
        """A process of its own, over the same journal: nothing that was kept in memory is left."""
        journal = self.stored if self.journal is None else self.journal
        self.executor = Executor(
            journal=journal,
            agents=RedactedAgents(self.agents, self.redactor),
            clock=self.clock,
            live=self.hooks,
            policy=self.policy,
            limits=Limits(),
            schemas=FakeSchemas(),
            trees=self.trees,
        )
        self.supervisor = Supervisor(
            executor=self.executor,
            journal=journal,
            clock=self.clock,
            policy=self.policy,
            max_pipelines=self.max_pipelines,
            clean_up_seconds=0.01,
        )
        self.commands = self._commands(journal)

    def _commands(self, journal: Journal) -> Commands:
        composer = Composer(
            catalog=FakeCatalog(),
            agents=self.agents,
            issues=FakeIssues(),
            clock=self.clock,
            redactor=self.redactor,
            schemas=FakeSchemas(),
        )
        return Commands(
            journal=journal,
            agents=self.agents,
            clock=self.clock,
            dispatcher=self.supervisor,
            composer=composer,
            editor=FakeEditor(),
            redactor=self.redactor,
            schemas=FakeSchemas(),
            trust=Trust(MemoryTrust(journal), self.clock),
        )

    async def cancel(self, pipeline_id: PipelineId) -> PipelineOutcome:
        return await self.commands.cancel_pipeline(pipeline_id, ANA, None)

    async def retry(self, pipeline_id: PipelineId) -> ResumedOutcome:
        """Ana has the step tried again where the pipeline stands."""
        step = self._now(pipeline_id).current
        assert step is not None
        return await self.commands.retry_step(RetryRequest(step_id=step.id), ANA)

    async def decide(self, pipeline_id: PipelineId, *, approved: bool = True, actor: Actor = ANA) -> ApprovalOutcome:
        approval = next(step.approval for step in self._now(pipeline_id).steps if step.approval)
        return await self.commands.decide_approval(approval.id, actor, approved=approved, comment=None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Its supervisor runs for as long as the block takes, which must not be long."""
        async with asyncio.timeout(PATIENCE):
            running = asyncio.create_task(self.supervisor.run())
            try:
                yield
            finally:
                running.cancel()
                await asyncio.wait([running])
        assert not self.agents.overlaps
        self.check_log()

    async def start(
        self, steps: int | Sequence[StepPlan] = 1, *, number: int = 1, launch: bool = True, **says: object
    ) -> PipelineId:
        """Stores a pipeline that sorts by its number, and launches it."""
        pipeline = a_pipeline(steps, pipeline_id=PipelineId(f"pip_{number:012x}0123456789"), **says)
        await self.stored.commit(start(pipeline, ANA))
        if launch:
            self.supervisor.launch(pipeline.id)
        return pipeline.id

    @asynccontextmanager
    async def passing_time(self) -> AsyncIterator[None]:
        """Time goes on by itself whenever nothing else happens."""
        passing = asyncio.create_task(self.clock.pass_freely())
        try:
            yield
        finally:
            passing.cancel()
            await asyncio.wait([passing])

    async def pipeline(self, pipeline_id: PipelineId) -> Pipeline:
        pipeline = await self.stored.load(pipeline_id)
        assert pipeline is not None
        return pipeline

    async def reaches(self, pipeline_id: PipelineId, *statuses: PipelineStatus) -> Pipeline:
        """Waits until the pipeline has one of these statuses, by the log and not by what the hooks were told."""
        with self.stored._notifier.listen() as woken:
            while self._now(pipeline_id).status not in statuses:
                woken.clear()
                await woken.wait()
        return self._now(pipeline_id)

    async def told(self, pipeline_id: PipelineId, event: type[PipelineEvent], times: int = 1) -> None:
        """Waits until so many events of that type are in its log."""
        with self.stored._notifier.listen() as woken:
            while (await self.names(pipeline_id)).count(event.__name__) < times:
                woken.clear()
                await woken.wait()

    async def ends(self, pipeline_id: PipelineId) -> Pipeline:
        return await self.reaches(pipeline_id, *(status for status in PipelineStatus if status.ended))

    async def log_of(self, pipeline_id: PipelineId) -> list[Recorded]:
        return [known for known in self.stored._stored.log if known.pipeline and known.pipeline.id == pipeline_id]

    async def names(self, pipeline_id: PipelineId) -> list[str]:
        return [type(known.event).__name__ for known in await self.log_of(pipeline_id)]

    def check_log(self) -> None:
        """State is the fold of the log, for every pipeline, and each event was recorded once."""
        histories: dict[PipelineId, list[PipelineEvent]] = {}
        for known in self.stored._stored.log:
            if known.pipeline is not None:
                histories.setdefault(known.pipeline.id, []).append(known.event)  # type: ignore[arg-type]
                assert known.pipeline.seq == len(histories[known.pipeline.id])
        for pipeline_id, events in histories.items():
            assert fold(events) == self._now(pipeline_id)

    def _now(self, pipeline_id: PipelineId) -> Pipeline:
        return self.stored._stored.pipelines[pipeline_id]


def kinds(pipeline: Pipeline) -> list[FailureKind]:
    """Why the attempts of the first step failed."""
    return [attempt.failure.failure.kind for attempt in pipeline.steps[0].attempts if attempt.failure]
