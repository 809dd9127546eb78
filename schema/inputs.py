"""What clients send: inputs and the domain values that they stand for. An absent field and null mean the same."""

import strawberry
from strawberry.scalars import JSON

from runner import definitions, reads
from runner.commands import RetryRequest
from runner.composition import StartRequest
from runner.definitions import MAX_ATTEMPTS, TIMEOUT_SECONDS
from runner.failures import Json
from runner.model import PipelineId, StepId, StepPlan
from schema.enums import FailureKind, FailureOrigin, PipelineStatus, StepKind


@strawberry.input(description="All that is given must hold.")
class PipelineFilter:
    status: list[PipelineStatus] | None = None
    template: str | None = None
    directory: str | None = None
    text: str | None = strawberry.field(default=None, description="Looked for in title, prompt and error message.")
    failure_kind: list[FailureKind] | None = None

    def value(self) -> reads.PipelineFilter:
        return reads.PipelineFilter(
            status=self.status,
            template=self.template,
            directory=self.directory,
            text=self.text,
            failure_kind=self.failure_kind,
        )


@strawberry.input(
    description="All that is given must hold. Attention has neither kind nor origin of failure: either leaves it out."
)
class FailureFilter:
    pipeline_id: strawberry.ID | None = None
    kind: list[FailureKind] | None = None
    origin: list[FailureOrigin] | None = None
    template: str | None = None

    def value(self) -> reads.FailureFilter:
        return reads.FailureFilter(
            pipeline_id=None if self.pipeline_id is None else PipelineId(self.pipeline_id),
            kind=self.kind,
            origin=self.origin,
            template=self.template,
        )


@strawberry.input(description="One step of a pipeline or template.")
class StepInput:
    kind: StepKind | None = StepKind.AGENT
    agent: str | None = strawberry.field(
        default=None, description="Name in agents.yaml; failing that, OpenCode's own agent of that name."
    )
    description: str | None = None
    model: str | None = strawberry.field(default=None, description="provider/model")
    timeout_seconds: int | None = strawberry.field(
        default=None, description=f"Time limit of one attempt, {TIMEOUT_SECONDS} seconds; null takes the server's."
    )
    max_attempts: int | None = strawberry.field(
        default=None, description=f"Attempts in all, {MAX_ATTEMPTS}; null takes the server's number."
    )
    remind_after_seconds: int | None = None
    expires_after_seconds: int | None = None
    handoff_schema: JSON | None = strawberry.field(
        default=None, description="JSON Schema that the handoff must satisfy."
    )

    def value(self) -> StepPlan:
        return StepPlan(
            kind=self.kind or StepKind.AGENT,
            agent=self.agent,
            description=self.description,
            model=self.model,
            timeout_seconds=self.timeout_seconds,
            max_attempts=self.max_attempts,
            remind_after_seconds=self.remind_after_seconds,
            expires_after_seconds=self.expires_after_seconds,
            handoff_schema=_json(self.handoff_schema),
        )


@strawberry.input(description="What to start: a prompt, and either a template or steps.")
class StartPipelineInput:
    title: str | None = None
    prompt: str
    template: str | None = strawberry.field(default=None, description="Either a template or steps.")
    steps: list[StepInput] | None = None
    directory: str | None = None
    branch: str | None = None
    github_issue: str | None = strawberry.field(
        default=None, description="owner/name#number: its text goes before the prompt."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key again returns the pipeline that it started."
    )

    def value(self) -> StartRequest:
        return StartRequest(
            prompt=self.prompt,
            title=self.title,
            template=self.template,
            steps=None if self.steps is None else tuple(step.value() for step in self.steps),
            directory=self.directory,
            branch=self.branch,
            github_issue=self.github_issue,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="What a further attempt does differently; what is absent stays as it was.")
class RetryStepInput:
    step_id: strawberry.ID
    model: str | None = None
    instruction: str | None = strawberry.field(default=None, description="Appended to the prompt of this attempt.")
    timeout_seconds: int | None = None
    idempotency_key: str | None = None

    def value(self) -> RetryRequest:
        return RetryRequest(
            step_id=StepId(self.step_id),
            model=self.model,
            instruction=self.instruction,
            timeout_seconds=self.timeout_seconds,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="An agent as agents.yaml shall define it.")
class AgentInput:
    name: str
    description: str | None = ""
    engine_agent: str
    model: str | None = None
    instructions: str | None = ""

    def value(self) -> definitions.Agent:
        return definitions.Agent(
            name=self.name,
            description=self.description or "",
            engine_agent=self.engine_agent,
            model=self.model,
            instructions=self.instructions or "",
        )


@strawberry.input(description="A template as pipelines.yaml shall define it.")
class TemplateInput:
    name: str
    description: str | None = ""
    steps: list[StepInput]

    def value(self) -> definitions.Template:
        return definitions.Template(
            name=self.name, description=self.description or "", steps=tuple(step.value() for step in self.steps)
        )


def _json(value: JSON | None) -> Json:
    return value  # type: ignore[return-value]  # a scalar of parsed JSON is nothing else
