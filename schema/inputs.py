"""What clients send: inputs and the domain values that they stand for. An absent field and null mean the same."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from runner import definitions, reads
from runner.commands import RetryRequest
from runner.composition import StartRequest
from runner.definitions import MAX_ATTEMPTS, TIMEOUT_SECONDS
from runner.failures import Json
from runner.model import PipelineId, StepId, StepPlan
from runner.model_choice import ModelChoice
from schema.enums import FailureKind, FailureOrigin, PipelineSection, PipelineStatus, StepKind


@strawberry.input(description="All that is given must hold.")
class PipelineFilter:
    status: list[PipelineStatus] | None = strawberry.field(default=None, description="One of these; null: any.")
    template: str | None = strawberry.field(
        default=None, description="Started from the template of exactly this name; null: from any, or none."
    )
    directory: str | None = strawberry.field(
        default=None, description="At work in exactly this directory, an absolute path; null: anywhere."
    )
    text: str | None = strawberry.field(
        default=None,
        description=(
            "Words that are looked for in title, prompt, template, directory, branch, agents and messages of failures; "
            "all have to be there, whatever the case. Null: anything."
        ),
    )
    failure_kind: list[FailureKind] | None = strawberry.field(
        default=None, description="Ended by a failure of one of these kinds; null: whatever became of it."
    )
    section: PipelineSection | None = strawberry.field(
        default=None, description="In this section of the list; null: in any."
    )
    cause: strawberry.ID | None = strawberry.field(
        default=None, description="Standing failed for the cause of this FailureGroup.id; null: whatever the cause."
    )
    agent: str | None = strawberry.field(
        default=None, description="With a step given to the agent of exactly this name; null: to whomever."
    )
    since: datetime | None = strawberry.field(default=None, description="Asked for then or later; null: at any time.")
    until: datetime | None = strawberry.field(default=None, description="Asked for before then; null: up to now.")

    def value(self) -> reads.PipelineFilter:
        return reads.PipelineFilter(
            status=self.status,
            template=self.template,
            directory=self.directory,
            text=self.text,
            failure_kind=self.failure_kind,
            section=self.section,
            cause=self.cause,
            agent=self.agent,
            since=self.since,
            until=self.until,
        )


@strawberry.input(
    description="All that is given must hold. Attention has neither kind nor origin of failure: either leaves it out."
)
class FailureFilter:
    pipeline_id: strawberry.ID | None = strawberry.field(default=None, description="Of this pipeline; null: of any.")
    kind: list[FailureKind] | None = strawberry.field(default=None, description="Of one of these kinds; null: of any.")
    origin: list[FailureOrigin] | None = strawberry.field(
        default=None, description="With one of these to blame; null: whoever it is."
    )
    template: str | None = strawberry.field(
        default=None, description="In pipelines from the template of exactly this name; null: in any."
    )

    def value(self) -> reads.FailureFilter:
        return reads.FailureFilter(
            pipeline_id=None if self.pipeline_id is None else PipelineId(self.pipeline_id),
            kind=self.kind,
            origin=self.origin,
            template=self.template,
        )


@strawberry.input(description="One step of a pipeline or template.")
class StepInput:
    kind: StepKind | None = strawberry.field(
        default=StepKind.AGENT, description="Whether an agent works or a person decides."
    )
    agent: str | None = strawberry.field(
        default=None,
        description="Name in agents.yaml; failing that, OpenCode's own agent of that name; null for an approval.",
    )
    description: str | None = strawberry.field(
        default=None, description="What the agent is told that its part is, or the person asked; null: nothing."
    )
    model: str | None = strawberry.field(default=None, description="provider/model; null takes the agent's own.")
    timeout_seconds: int | None = strawberry.field(
        default=None, description=f"Time limit of one attempt, {TIMEOUT_SECONDS} seconds; null takes the server's."
    )
    max_attempts: int | None = strawberry.field(
        default=None, description=f"Attempts in all, {MAX_ATTEMPTS}; null takes the server's number."
    )
    remind_after_seconds: int | None = strawberry.field(
        default=None, description="Seconds until an open approval is said once more; null: never."
    )
    expires_after_seconds: int | None = strawberry.field(
        default=None, description="Seconds until an open approval fails the step; null: never."
    )
    handoff_schema: JSON | None = strawberry.field(
        default=None, description="JSON Schema that the handoff must satisfy; null: any handoff will do."
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


@strawberry.input(description="A model for one step of this start alone, or for all that an agent works on.")
class StepModelInput:
    position: int | None = strawberry.field(
        default=None, description="Step.position, from 0; null: every step of an agent that no other choice names."
    )
    model: str = strawberry.field(description="provider/model, in place of the template's and the agent's.")

    def value(self) -> ModelChoice:
        return ModelChoice(position=self.position, model=self.model.strip())


@strawberry.input(description="What to start: a prompt, and either a template or steps.")
class StartPipelineInput:
    title: str | None = strawberry.field(
        default=None, description="For people, at most 200 characters; null takes the prompt's first line."
    )
    prompt: str = strawberry.field(
        description="What is to be done, Markdown, at most 1,000,000 characters; goes to every agent."
    )
    template: str | None = strawberry.field(
        default=None, description="Name of the template to take the steps from; null when steps are given."
    )
    steps: list[StepInput] | None = strawberry.field(
        default=None, description="1 to 100, in the order in which they run; null when a template is given."
    )
    models: list[StepModelInput] | None = strawberry.field(
        default=None, description="Other models than the steps have, at most one for each; null: those they have."
    )
    directory: str | None = strawberry.field(
        default=None,
        description="Absolute path that the agents work in; null: wherever OpenCode was started, refused under roots.",
    )
    branch: str | None = strawberry.field(
        default=None, description="Git branch to work on, checked out when the server does that; null: as it is."
    )
    create_branch: bool | None = strawberry.field(
        default=False, description="Whether the branch is made where it is not there; false: UnknownBranch is answered."
    )
    github_issue: str | None = strawberry.field(
        default=None, description="owner/name#number: its text goes before the prompt; null: none does."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=(
            "At most 200 characters; the same request under the same key returns the pipeline that it started. "
            "Null: each starts one."
        ),
    )

    def value(self) -> StartRequest:
        return StartRequest(
            prompt=self.prompt,
            title=self.title,
            template=self.template,
            steps=None if self.steps is None else tuple(step.value() for step in self.steps),
            models=tuple(choice.value() for choice in self.models or ()),
            directory=self.directory,
            branch=self.branch,
            create_branch=bool(self.create_branch),
            github_issue=self.github_issue,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="What a further attempt does differently; what is absent stays as it was.")
class RetryStepInput:
    step_id: strawberry.ID = strawberry.field(description="Step.id of the one to try again.")
    model: str | None = strawberry.field(default=None, description="provider/model; null: as before.")
    instruction: str | None = strawberry.field(
        default=None, description="Appended to the prompt of this attempt, at most 20,000 characters; null: nothing."
    )
    timeout_seconds: int | None = strawberry.field(
        default=None, description="Time limit of one attempt, 1 second to 30 days, in seconds; null: as before."
    )
    prompt: str | None = strawberry.field(
        default=None,
        description="What the step is asked from now on in place of the pipeline's prompt, Markdown; null: as before.",
    )
    today: bool | None = strawberry.field(
        default=False,
        description="Whether its template and agent count as they are defined now; false: as when the pipeline began.",
    )
    create_branch: bool | None = strawberry.field(
        default=False,
        description="Whether the pipeline's branch is made anew where it is gone; false: UnknownBranch is answered.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="The same request under the same key does nothing more, returns the pipeline; null: each counts.",
    )

    def value(self) -> RetryRequest:
        return RetryRequest(
            step_id=StepId(self.step_id),
            model=self.model,
            instruction=self.instruction,
            timeout_seconds=self.timeout_seconds,
            prompt=self.prompt,
            today=bool(self.today),
            create_branch=bool(self.create_branch),
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="An agent as agents.yaml shall define it.")
class AgentInput:
    name: str = strawberry.field(description="How templates call it; another name than before renames it.")
    description: str | None = strawberry.field(default="", description="What it is good for, for people.")
    engine_agent: str = strawberry.field(description="Its name in OpenCode.")
    model: str | None = strawberry.field(
        default=None, description="provider/model where a step names none; null leaves the choice to OpenCode."
    )
    instructions: str | None = strawberry.field(default="", description="What goes along with each of its prompts.")

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
    name: str = strawberry.field(description="How it is started; another name than before renames it.")
    description: str | None = strawberry.field(default="", description="What it is for, for people.")
    steps: list[StepInput] = strawberry.field(description="1 to 100, in the order in which they run.")

    def value(self) -> definitions.Template:
        return definitions.Template(
            name=self.name, description=self.description or "", steps=tuple(step.value() for step in self.steps)
        )


@strawberry.input(description="The answer to one field of a question.")
class FieldAnswer:
    key: str = strawberry.field(description="QuestionField.key.")
    values: list[str] = strawberry.field(
        description=(
            "What is answered, as text: the values of the options chosen, a text, a number, true or false; "
            "empty: nothing."
        )
    )


def _json(value: JSON | None) -> Json:
    return value  # type: ignore[return-value]  # a scalar of parsed JSON is nothing else
