"""Pipelines and what they are made of, each a view of one domain value as of one place in the log."""

from collections.abc import Hashable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

import strawberry
from strawberry.scalars import JSON

from runner import model as domain
from runner.model import StepId
from runner.reads import AsOf, Page
from runner.working_time import TimeTaken, of_attempt, of_pipeline, of_step
from schema.common import OF_THE_MOMENT, Actor, Node, PageInfo, Usage, Versioned, total
from schema.context import Info
from schema.enums import PipelineStatus, StepKind, StepStatus
from schema.failures import Failure
from schema.parameters import AfterEvent, BeforeEvent, FirstEvents, LastEvents
from schema.scalars import Cursor, as_json, encode_cursor
from schema.waits import Approval, Attention

if TYPE_CHECKING:
    from schema.event_interface import EventConnection

AnyEvents: TypeAlias = Annotated["EventConnection", strawberry.lazy("schema.event_interface")]
AnySteps: TypeAlias = list[Annotated["Step", strawberry.lazy("schema.pipelines")]]


@strawberry.type(description="One run: a prompt and an ordered list of steps.")
class Pipeline(Node, Versioned):
    value: strawberry.Private[domain.Pipeline]
    told_at: strawberry.Private[datetime | None]
    title: str = strawberry.field(description="For people; the prompt's first line where nobody gave one.")
    template: str | None = strawberry.field(
        description="Name of the template it was started from; null for a free composition."
    )
    prompt: str = strawberry.field(
        description="What was asked for, redacted, with the GitHub issue before it if there is one. Untrusted."
    )
    directory: str | None = strawberry.field(
        description="Absolute directory that the agents work in; null: wherever OpenCode was started."
    )
    branch: str | None = strawberry.field(description="The git branch to work on; null when none was named.")
    status: PipelineStatus = strawberry.field(description="Where it stands.")
    error_message: str | None = strawberry.field(
        description="One sentence: why it stopped. Non-null exactly when status is FAILED or CANCELLED."
    )
    started_by: Actor = strawberry.field(description="Who asked for it.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(
        description="When its first step began; null while it waits for its turn."
    )
    finished_at: datetime | None = strawberry.field(
        description="When it ended; null while it has not, and again once it was resumed."
    )
    cursor: Cursor = strawberry.field(
        description="The place in the log that this answer reflects: subscribe after it and nothing is missed.",
        metadata={OF_THE_MOMENT: True},
    )

    @classmethod
    def of(cls, value: domain.Pipeline, cursor: domain.Cursor, told_at: datetime | None = None) -> Self:
        """As of an event that told of it then; None: as of now."""
        return cls(
            id=strawberry.ID(value.id),
            value=value,
            told_at=told_at,
            title=value.title,
            template=value.template,
            prompt=value.prompt,
            directory=value.directory,
            branch=value.branch,
            status=value.status,
            error_message=value.error_message,
            started_by=Actor.of(value.started_by),
            created_at=value.created_at,
            started_at=value.started_at,
            finished_at=value.finished_at,
            cursor=encode_cursor(cursor),
        )

    @classmethod
    def as_of(cls, pipeline: AsOf[domain.Pipeline]) -> Self:
        return cls.of(pipeline.value, pipeline.cursor)

    @property
    def version(self) -> Hashable:
        """Of the value; when it was told of matters only while that has not ended."""
        return (self.value.id, self.value.seq, None if self.value.finished_at else self.told_at)

    def step(self, step_id: StepId) -> "Step":
        """Its step of that id, which must be one of its own."""
        step = self.value.step(step_id)
        if step is None:
            raise LookupError(f"pipeline {self.id} has no step {step_id}")
        return Step.of(step, self)

    @strawberry.field(description="The failure that ended it; null while it may still succeed.")
    def failure(self) -> Failure | None:
        record = self.value.failure
        return Failure.of(record, self) if record else None

    @strawberry.field(description="What it is waiting for or struggling with right now; empty when all is well.")
    def attention(self) -> list[Attention]:
        return [Attention.of(attention, Step.of(step, self)) for step, attention in self.value.attention]

    @strawberry.field(description="In the order in which they run.")
    def steps(self) -> AnySteps:
        return [Step.of(step, self) for step in self.value.steps]

    @strawberry.field(description="What all its attempts used together.")
    def usage(self) -> Usage:
        return Usage.of(self.value.usage)

    @strawberry.field(
        description=(
            "For how many seconds agents worked: their attempts, without the time in which a person was asked. In an "
            "event up to that event, else up to now while it has not ended."
        )
    )
    def worked_seconds(self, info: Info) -> float:
        return self._taken(info).worked

    @strawberry.field(
        description="The rest since createdAt, in seconds: its turn, approvals, asks, between attempts, stepwire down."
    )
    def waited_seconds(self, info: Info) -> float:
        return self._taken(info).waited

    def _taken(self, info: Info) -> TimeTaken:
        return of_pipeline(self.value, self.now(info))

    def now(self, info: Info) -> datetime:
        """Up to when is counted what has not ended."""
        return self.value.finished_at or self.told_at or info.context.now()

    @strawberry.field(
        description=(
            "Its part of the audit trail, oldest first; last: n for the newest n. Without first or last: the first 50; "
            "at most 1,000 at a time."
        )
    )
    async def events(
        self,
        info: Info,
        first: FirstEvents = None,
        after: AfterEvent = None,
        last: LastEvents = None,
        before: BeforeEvent = None,
    ) -> AnyEvents:
        # Imported late: events show pipelines, and one of the two has to be there first.
        from schema.event_interface import EventConnection

        page = await info.context.loaders.events_of_pipeline(self.value.id, first, after, last, before)
        return EventConnection.of(page)


@strawberry.type(description="What a step hands to the next one.")
class Handoff:
    markdown: str = strawberry.field(description="The agent's final answer, Markdown, redacted. Untrusted.")
    data: JSON | None = strawberry.field(
        description=(
            "The structured part, when the agent gave one: whatWasDone, decisionsMade, openQuestions, "
            "nextAgentContext, or what the template's own schema names. Null when it gave none."
        )
    )
    created_at: datetime = strawberry.field(description="When the step succeeded.")
    supplied_by: Actor | None = strawberry.field(
        description="The person who supplied it by hand; null when it is the agent's."
    )

    @classmethod
    def of(cls, handoff: domain.Handoff) -> Self:
        return cls(
            markdown=handoff.markdown,
            data=as_json(handoff.data),
            created_at=handoff.created_at,
            supplied_by=Actor.of_known(handoff.supplied_by),
        )


@strawberry.type(description="One try of a step. Attempts are never rewritten: a retry adds the next one.")
class Attempt:
    value: strawberry.Private[domain.Attempt]
    seen_in: strawberry.Private[Pipeline]
    number: int = strawberry.field(description="1 for the first try.")
    status: StepStatus = strawberry.field(description="RUNNING until it has ended, then as it ended.")
    engine_agent: str | None = strawberry.field(description="The agent's name in OpenCode; null for an approval.")
    model: str | None = strawberry.field(
        description="provider/model; null while OpenCode's own choice is not known, and for an approval."
    )
    session_id: str | None = strawberry.field(
        description="OpenCode's session, kept so that a person can open it; null until it is opened."
    )
    prompt: str | None = strawberry.field(
        description="What the agent was actually sent, redacted; null for an approval."
    )
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it runs.")

    @classmethod
    def of(cls, value: domain.Attempt, seen_in: Pipeline) -> Self:
        return cls(
            value=value,
            seen_in=seen_in,
            number=value.number,
            status=value.status,
            engine_agent=value.engine_agent,
            model=value.model,
            session_id=value.session_id,
            prompt=value.prompt,
            started_at=value.started_at,
            finished_at=value.finished_at,
        )

    @strawberry.field(description="Why it did not succeed; null while it still may, or when it did.")
    def failure(self) -> Failure | None:
        return Failure.of(self.value.failure, self.seen_in) if self.value.failure else None

    @strawberry.field(
        description=(
            "For how many seconds the agent worked, without the time in which a person was asked; 0 for an approval. "
            "While it runs as for Pipeline.workedSeconds."
        )
    )
    def worked_seconds(self, info: Info) -> float:
        return self._taken(info).worked

    @strawberry.field(
        description="For how many seconds a person was asked, or stepwire was down and the attempt was lost with it."
    )
    def waited_seconds(self, info: Info) -> float:
        return self._taken(info).waited

    def _taken(self, info: Info) -> TimeTaken:
        return of_attempt(self.value, self.seen_in.now(info))

    @strawberry.field(description="What it used; zero until it has ended.")
    def usage(self) -> Usage:
        return Usage.of(self.value.usage)


@strawberry.type(description="One place in a pipeline, given to one agent or one approval.")
class Step(Node, Versioned):
    value: strawberry.Private[domain.Step]
    pipeline: Pipeline = strawberry.field(
        description="The pipeline that it is part of, as of the same place in the log."
    )
    position: int = strawberry.field(description="0-based place in the pipeline.")
    kind: StepKind = strawberry.field(description="Whether an agent works or a person decides.")
    agent: str | None = strawberry.field(
        description="Agent by the name that the template or the starter gave it; null for an approval."
    )
    engine_agent: str | None = strawberry.field(
        description="The same agent as OpenCode knows it; null for an approval."
    )
    description: str | None = strawberry.field(
        description="What the agent is told that its part is, or the person asked; null when nothing is said."
    )
    model: str | None = strawberry.field(
        description="provider/model, e.g. anthropic/claude-sonnet-4-5; null while OpenCode's own choice is not known."
    )
    status: StepStatus = strawberry.field(description="Where it stands.")
    error_message: str | None = strawberry.field(
        description="One sentence: why it did not succeed. Non-null exactly when status is FAILED or CANCELLED."
    )
    started_at: datetime | None = strawberry.field(description="When its first attempt began; null when none has.")
    finished_at: datetime | None = strawberry.field(
        description="When it ended; null while it has not, and again once it is tried anew."
    )

    @classmethod
    def of(cls, value: domain.Step, pipeline: Pipeline) -> Self:
        return cls(
            id=strawberry.ID(value.id),
            value=value,
            pipeline=pipeline,
            position=value.position,
            kind=value.plan.kind,
            agent=value.plan.agent,
            engine_agent=value.plan.engine_agent,
            description=value.plan.description,
            model=value.plan.model or (value.attempt.model if value.attempt else None),
            status=value.status,
            error_message=value.error_message,
            started_at=value.started_at,
            finished_at=value.finished_at,
        )

    @property
    def version(self) -> Hashable:
        """Of its pipeline."""
        return (self.value.id, self.pipeline.version)

    @strawberry.field(
        description="What it is asked in place of the pipeline's prompt, changed at a retry; null: the pipeline's."
    )
    def prompt(self) -> str | None:
        return self.value.plan.prompt

    @strawberry.field(description="Why it did not succeed; null while it still may.")
    def failure(self) -> Failure | None:
        return Failure.of(self.value.failure, self.pipeline) if self.value.failure else None

    @strawberry.field(description="Why it is not moving; empty when all is well.")
    def attention(self) -> list[Attention]:
        return [Attention.of(attention, self) for attention in self.value.attention]

    @strawberry.field(description="Oldest first, never rewritten; empty until it has begun.")
    def attempts(self) -> list[Attempt]:
        return [Attempt.of(attempt, self.pipeline) for attempt in self.value.attempts]

    @strawberry.field(
        description="What it passes on, of an approval the person's comment; null until it has succeeded."
    )
    def handoff(self) -> Handoff | None:
        return Handoff.of(self.value.handoff) if self.value.handoff else None

    @strawberry.field(description="What the person is asked; null for an agent's step, and until it is requested.")
    def approval(self) -> Approval | None:
        return Approval.of(self.value.approval, self) if self.value.approval else None

    @strawberry.field(description="What all its attempts used together.")
    def usage(self) -> Usage:
        return Usage.of(self.value.usage)

    @strawberry.field(
        description=(
            "For how many seconds all its attempts worked, as Attempt.workedSeconds counts. While it has not ended "
            "as for Pipeline.workedSeconds."
        )
    )
    def worked_seconds(self, info: Info) -> float:
        return self._taken(info).worked

    @strawberry.field(
        description="The rest since startedAt, in seconds: asks, an approval, between attempts, stepwire down."
    )
    def waited_seconds(self, info: Info) -> float:
        return self._taken(info).waited

    def _taken(self, info: Info) -> TimeTaken:
        return of_step(self.value, self.pipeline.now(info))


@strawberry.type(description="A pipeline in its place in a list.")
class PipelineEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: Pipeline = strawberry.field(description="The pipeline itself.")


@strawberry.type(description="A page of pipelines.")
class PipelineConnection:
    page: strawberry.Private[Page[domain.Pipeline]]
    edges: list[PipelineEdge] = strawberry.field(description="Each pipeline with its place in the list.")
    nodes: list[Pipeline] = strawberry.field(description="The pipelines alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @classmethod
    def of(cls, page: Page[domain.Pipeline]) -> Self:
        nodes = [Pipeline.of(value, page.cursor) for value in page.items]
        edges = [PipelineEdge(cursor=key, node=node) for key, node in zip(page.keys, nodes, strict=True)]
        return cls(page=page, edges=edges, nodes=nodes, page_info=PageInfo.of_page(page))

    @strawberry.field(description="How many there are on all pages.")
    def total_count(self) -> int:
        return total(self.page)
