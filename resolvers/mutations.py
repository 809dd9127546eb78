"""Everything that a person may have done: each parses, commands and converts."""

import strawberry

from resolvers import outcomes
from resolvers.context import Info
from runner.commands import Commands
from runner.model import Actor, FailureGroupStatus, PipelineId, StepId
from schema.definitions import EngineHealth
from schema.inputs import AgentInput, RetryStepInput, StartPipelineInput, TemplateInput
from schema.results import (
    AgentResult,
    ApprovalResult,
    DeleteResult,
    FailureGroupResult,
    PipelineResult,
    StartPipelineResult,
    TemplateResult,
)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def start_pipeline(
        self, info: Info, input: StartPipelineInput, force: bool | None = False
    ) -> StartPipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.start_pipeline(input.value(), actor, force=bool(force))
        return await outcomes.started(outcome, info.context.loaders)

    @strawberry.mutation(
        description=(
            "Tries a failed, cancelled or interrupted step again, in the same pipeline; what came before it is kept."
        )
    )
    async def retry_step(self, info: Info, input: RetryStepInput) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.retry_step(input.value(), actor))

    @strawberry.mutation(description="Goes on with an output that a person writes in place of the agent's.")
    async def supply_handoff(self, info: Info, step_id: strawberry.ID, markdown: str) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.supply_handoff(StepId(step_id), actor, markdown))

    @strawberry.mutation(description="Goes on without a step that did not succeed.")
    async def skip_step(self, info: Info, step_id: strawberry.ID, reason: str) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.skip_step(StepId(step_id), actor, reason))

    @strawberry.mutation(description="Ends it at once; what OpenCode still does is stopped behind it.")
    async def cancel_pipeline(self, info: Info, id: strawberry.ID, reason: str | None = None) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.cancel_pipeline(PipelineId(id), actor, reason))

    @strawberry.mutation
    async def approve(self, info: Info, approval_id: strawberry.ID, comment: str | None = None) -> ApprovalResult:
        commands, actor = _asked(info)
        outcome = await commands.decide_approval(approval_id, actor, approved=True, comment=comment)
        return outcomes.decided(outcome, approval_id)

    @strawberry.mutation
    async def reject(self, info: Info, approval_id: strawberry.ID, comment: str | None = None) -> ApprovalResult:
        commands, actor = _asked(info)
        outcome = await commands.decide_approval(approval_id, actor, approved=False, comment=comment)
        return outcomes.decided(outcome, approval_id)

    @strawberry.mutation(description="A refusal with a message lets the agent go on another way.")
    async def answer_permission(
        self,
        info: Info,
        attention_id: strawberry.ID,
        allow: bool,
        always: bool | None = False,
        message: str | None = None,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.answer_permission(
            attention_id, actor, allow=allow, always=bool(always), message=message
        )
        return outcomes.changed(outcome)

    @strawberry.mutation
    async def answer_question(self, info: Info, attention_id: strawberry.ID, answers: list[str]) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.answer_question(attention_id, actor, answers))

    @strawberry.mutation
    async def dismiss_question(self, info: Info, attention_id: strawberry.ID) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.dismiss_question(attention_id, actor))

    @strawberry.mutation(description="Somebody has seen it.")
    async def acknowledge_failure_group(self, info: Info, id: strawberry.ID) -> FailureGroupResult:
        commands, actor = _asked(info)
        return outcomes.grouped(await commands.set_group_status(id, FailureGroupStatus.ACKNOWLEDGED, actor))

    @strawberry.mutation(description="It is mended; the next failure of this cause opens the group again.")
    async def resolve_failure_group(self, info: Info, id: strawberry.ID) -> FailureGroupResult:
        commands, actor = _asked(info)
        return outcomes.grouped(await commands.set_group_status(id, FailureGroupStatus.RESOLVED, actor))

    @strawberry.mutation(
        description=(
            "Creates, or changes the one of that name; a new name in the input renames it, in the templates too. "
            "The YAML file keeps its comments and order."
        )
    )
    async def save_agent(self, info: Info, input: AgentInput, name: str | None = None) -> AgentResult:
        commands, actor = _asked(info)
        return outcomes.saved_agent(await commands.save_agent(name, input.value(), actor))

    @strawberry.mutation
    async def delete_agent(self, info: Info, name: str) -> DeleteResult:
        commands, actor = _asked(info)
        return outcomes.deleted(await commands.delete_agent(name, actor))

    @strawberry.mutation(description="As saveAgent.")
    async def save_template(self, info: Info, input: TemplateInput, name: str | None = None) -> TemplateResult:
        commands, actor = _asked(info)
        return outcomes.saved_template(await commands.save_template(name, input.value(), actor))

    @strawberry.mutation
    async def delete_template(self, info: Info, name: str) -> DeleteResult:
        commands, actor = _asked(info)
        return outcomes.deleted(await commands.delete_template(name, actor))

    @strawberry.mutation(description="Starts OpenCode where that is possible and needed, and says how it is then.")
    async def start_engine(self, info: Info) -> EngineHealth:
        commands, _ = _asked(info)
        return EngineHealth.of(await commands.start_engine())


def _asked(info: Info) -> tuple[Commands, Actor]:
    """The commands and who asks; what earlier mutations of the same operation loaded is forgotten."""
    context = info.context.renew()
    return context.commands, context.actor
