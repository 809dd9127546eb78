"""The real API over fakes: what a test needs to tell a story, ask a question and follow the log."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

from adapters.json_schema import JsonSchemas
from resolvers import Context, build_schema
from runner.attention import Attention
from runner.binding import Binding, EngineUser, binding
from runner.changes import Change
from runner.commands import Commands
from runner.composition import Composer
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Usage, failure
from runner.ids import new_pipeline_id, step_id_of
from runner.model import Actor, Handoff, Pipeline, Step, StepKind, StepPlan
from runner.principals import Approvals, owner
from runner.reads import Reads
from runner.redaction import Redactor
from runner.retry import RetryPolicy
from runner.tokens import Tokens
from runner.transitions import begin_step, fail_step, raise_attention, start, succeed_step
from runner.trust import Trust
from tests.resolvers.fakes import (
    CountedReads,
    FakeActivities,
    FakeAgents,
    FakeCatalog,
    FakeClock,
    NoDispatcher,
    NoIssues,
    WatchedJournal,
)
from tests.support.fakes import FakeEditor
from tests.support.memory_tokens import MemoryTokens, unheard
from tests.support.memory_trust import MemoryTrust

SCHEMA = build_schema()
PERSON = Actor(name="operator")


class World:
    """One journal and everything that looks at it."""

    def __init__(self) -> None:
        self.clock, self.journal = FakeClock(), WatchedJournal()
        self.counted, self.agents, self.catalog = CountedReads(self.journal), FakeAgents(), FakeCatalog()
        self.reads = cast(Reads, self.counted)
        self.activities, self.editor = FakeActivities(), FakeEditor()
        self.principal = owner(PERSON.name, Approvals.ANY)
        self.tokens = Tokens(store=MemoryTokens(self.journal), clock=self.clock, own_name=PERSON.name, changed=unheard)
        trust = Trust(MemoryTrust(self.journal), self.clock)
        composer = Composer(
            catalog=self.catalog,
            agents=self.agents,
            issues=NoIssues(),
            clock=self.clock,
            redactor=Redactor(),
            schemas=JsonSchemas(),
            trust=trust,
        )
        self.commands = Commands(
            journal=self.journal,
            agents=self.agents,
            clock=self.clock,
            dispatcher=NoDispatcher(),
            composer=composer,
            editor=self.editor,
            redactor=Redactor(),
            schemas=JsonSchemas(),
            trust=trust,
        )

    async def binding(self) -> Binding:
        return binding(token_demanded=True, approvals=Approvals.ANY, engine=EngineUser.SAME)

    def context(self) -> Context:
        return Context(
            principal=self.principal,
            reads=self.reads,
            journal=self.journal,
            commands=self.commands,
            catalog=self.catalog,
            agents=self.agents,
            activities=self.activities,
            tokens=self.tokens,
            binding=self.binding,
            now=self.clock.now,
        )

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of an operation that must not have errors."""
        result = await SCHEMA.execute(query, variables, context_value=self.context())
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def errors(self, query: str, **variables: object) -> list[str]:
        """What is said to be wrong with an operation."""
        result = await SCHEMA.execute(query, variables, context_value=self.context())
        return [error.message for error in result.errors or ()]

    @asynccontextmanager
    async def follow(self, query: str, **variables: object) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """What a subscription delivers, as data of its only field."""
        results = await SCHEMA.subscribe(query, variables, context_value=self.context())

        async def delivered() -> AsyncGenerator[dict[str, Any]]:
            async for result in results:
                assert not result.errors, result.errors
                assert result.data is not None
                yield next(iter(result.data.values()))

        async with aclosing(results), aclosing(delivered()) as data:
            yield data

    async def started(self, *steps: StepPlan, **attributes: Any) -> Pipeline:
        """A pipeline in the log that has not begun to run."""
        at = self.clock.later(1)
        pipeline_id = new_pipeline_id(at)
        plans = steps or (StepPlan(agent="builder", engine_agent="build"),)
        known: dict[str, Any] = {"title": "Mend it", "prompt": "Mend what is broken", **attributes}
        pipeline = Pipeline(
            id=pipeline_id,
            steps=tuple(
                Step(id=step_id_of(pipeline_id, place), position=place, plan=plan) for place, plan in enumerate(plans)
            ),
            started_by=PERSON,
            created_at=at,
            **known,
        )
        return await self.commit(start(pipeline, PERSON))

    async def running(self, *steps: StepPlan, **attributes: Any) -> Pipeline:
        """A pipeline whose first step has begun."""
        pipeline = await self.started(*steps, **attributes)
        return await self.commit(begin_step(pipeline, self.clock.later(1)))

    async def failed(
        self, kind: FailureKind = FailureKind.PROVIDER_AUTH, message: str = "The key is wrong", **attributes: Any
    ) -> Pipeline:
        """A pipeline whose first step has failed for good."""
        return await self.fail(await self.running(**attributes), kind, message)

    async def fail(self, pipeline: Pipeline, kind: FailureKind, message: str, attempts: int = 1) -> Pipeline:
        step = pipeline.current
        assert step is not None
        assert step.attempt is not None
        policy = RetryPolicy(max_attempts=attempts)
        at = self.clock.later(1)
        return await self.commit(fail_step(pipeline, step.id, step.attempt.number, failure(kind, message), policy, at))

    async def succeed(self, pipeline: Pipeline, markdown: str = "Done.", usage: Usage = NO_USAGE) -> Pipeline:
        step, at = pipeline.current, self.clock.later(1)
        assert step is not None
        assert step.attempt is not None
        handoff = Handoff(markdown=markdown, created_at=at)
        return await self.commit(succeed_step(pipeline, step.id, step.attempt.number, handoff, usage, at))

    async def attend(self, pipeline: Pipeline, attention: Attention) -> Pipeline:
        step = pipeline.current
        assert step is not None
        assert step.attempt is not None
        return await self.commit(raise_attention(pipeline, step.id, step.attempt.number, attention))

    async def commit(self, change: Change) -> Pipeline:
        recorded = await self.journal.commit(change)
        return next(known.pipeline for known in reversed(recorded) if known.pipeline)


APPROVAL = StepPlan(kind=StepKind.APPROVAL, description="Ship it?")
