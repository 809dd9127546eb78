"""A desk at which people give commands: over a journal in memory, and nothing runs behind it."""

from pathlib import Path

from runner.attention import Attention
from runner.changes import Change
from runner.commands import Commands
from runner.composition import Composer, StartRequest
from runner.model import Pipeline, StepPlan
from runner.reads import AsOf
from runner.redaction import Redactor
from runner.transitions import begin_step, fail_step, raise_attention, start
from runner.trust import Trust
from tests.support.builders import (
    ANA,
    NOW,
    POLICY,
    a_failure,
    a_pipeline,
)
from tests.support.fakes import (
    FakeBranches,
    FakeCatalog,
    FakeClock,
    FakeEditor,
    FakeIssues,
    FakeSchemas,
    RecordingDispatcher,
    RecordingHooks,
    ScriptedAgents,
)
from tests.support.memory import MemoryJournal
from tests.support.memory_trust import MemoryTrust

SECRET = "hunter2hunter2"


class Desk:
    """Commands over a journal in memory; nothing runs behind them."""

    def __init__(
        self,
        branches: FakeBranches | None = None,
        journal: MemoryJournal | None = None,
        agents: ScriptedAgents | None = None,
    ) -> None:
        self.journal = journal or MemoryJournal()
        self.branches = branches or FakeBranches()
        self.agents = agents or ScriptedAgents()
        self.dispatcher = RecordingDispatcher()
        self.hooks = RecordingHooks()
        self.editor = FakeEditor()
        self.journal.hooks.append(self.hooks)
        redactor, clock = Redactor([SECRET]), FakeClock()
        self.catalog = FakeCatalog()
        trust = Trust(MemoryTrust(self.journal), clock)
        composer = Composer(
            catalog=self.catalog,
            agents=self.agents,
            issues=FakeIssues(),
            branches=branches,
            clock=clock,
            redactor=redactor,
            schemas=FakeSchemas(),
            trust=trust,
        )
        self.commands = Commands(
            journal=self.journal,
            agents=self.agents,
            clock=clock,
            dispatcher=self.dispatcher,
            composer=composer,
            editor=self.editor,
            redactor=redactor,
            schemas=FakeSchemas(),
            trust=trust,
        )

    async def has(self, *plans: StepPlan) -> Pipeline:
        """A pipeline that was started."""
        return await self.commit(start(a_pipeline(plans or 2), ANA))

    async def commit(self, change: Change) -> Pipeline:
        recorded = await self.journal.commit(change)
        pipeline = recorded[-1].pipeline
        assert pipeline is not None
        return pipeline

    async def begun(self, *plans: StepPlan) -> Pipeline:
        return await self.commit(begin_step(await self.has(*plans), NOW))

    async def failed(self) -> Pipeline:
        return await self._fail(await self.begun())

    async def failed_on_a_branch(self, directory: Path) -> Pipeline:
        """A pipeline that has failed there, on the branch tidy."""
        pipeline = await self.commit(start(a_pipeline(directory=str(directory), branch="tidy"), ANA))
        return await self._fail(await self.commit(begin_step(pipeline, NOW)))

    async def _fail(self, pipeline: Pipeline) -> Pipeline:
        return await self.commit(fail_step(pipeline, pipeline.steps[0].id, 1, a_failure(), POLICY, NOW))

    async def asking(self, attention: Attention) -> Pipeline:
        pipeline = await self.begun()
        return await self.commit(raise_attention(pipeline, pipeline.steps[0].id, 1, attention))

    async def now(self) -> Pipeline:
        [pipeline] = self.journal._stored.pipelines.values()
        return pipeline


def a_step() -> StartRequest:
    return StartRequest(prompt="Tidy up", steps=(StepPlan(agent="coder"),))


def done(outcome: object) -> Pipeline:
    assert isinstance(outcome, AsOf), outcome
    assert isinstance(outcome.value, Pipeline)
    return outcome.value
