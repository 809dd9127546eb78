"""Everything that a person may have done: each parses, commands and converts."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import argument

from resolvers import outcomes
from resolvers.context import Info
from resolvers.permitted import Permitted, refused_by
from runner.commands import Commands
from runner.groups import FailureGroupStatus
from runner.model import Actor, PipelineId, StepId
from runner.principals import TokenRequest
from schema.definitions import EngineHealth
from schema.enums import Role
from schema.inputs import AgentInput, FieldAnswer, RetryStepInput, StartPipelineInput, TemplateInput
from schema.parameters import ApprovalId, AttentionId, BasedOn, Comment, Force, GroupId, ToChange, Unsuccessful
from schema.results import (
    AgentResult,
    ApprovalResult,
    CreateTokenResult,
    DeleteResult,
    FailureGroupResult,
    PipelineResult,
    PruneResult,
    StartPipelineResult,
    TemplateResult,
    TrustResult,
)

_permitted = partial(strawberry.mutation, extensions=[Permitted()])


@strawberry.type(description="Everything that a person may have done. Who it was is taken from the token.")
class Mutation:
    @_permitted(description="Starts a pipeline, from a template or from steps.")
    async def start_pipeline(
        self,
        info: Info,
        input: Annotated[StartPipelineInput, argument(description="What to start.")],
        force: Force = False,
    ) -> StartPipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.start_pipeline(input.value(), actor, force=bool(force))
        return await outcomes.started(outcome, info.context.loaders)

    @_permitted(
        description=(
            "Tries a failed, cancelled or interrupted step again, in the same pipeline; what came before it is kept."
        )
    )
    async def retry_step(
        self,
        info: Info,
        input: Annotated[
            RetryStepInput, argument(description="Which step, and what its next attempt does differently.")
        ],
        force: Force = False,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.retry_step(input.value(), actor, force=bool(force))
        return await outcomes.resumed(outcome, info.context.loaders)

    @_permitted(description="Goes on with an output that a person writes in place of the agent's.")
    async def supply_handoff(
        self,
        info: Info,
        step_id: Unsuccessful,
        markdown: Annotated[str, argument(description="What the next agent needs; must not be blank.")],
        force: Force = False,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.supply_handoff(StepId(step_id), actor, markdown, force=bool(force))
        return await outcomes.resumed(outcome, info.context.loaders)

    @_permitted(description="Goes on without a step that did not succeed.")
    async def skip_step(
        self,
        info: Info,
        step_id: Unsuccessful,
        reason: Annotated[str, argument(description="Why; shown with the step, and must not be blank.")],
        force: Force = False,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.skip_step(StepId(step_id), actor, reason, force=bool(force))
        return await outcomes.resumed(outcome, info.context.loaders)

    @_permitted(description="Ends it at once; what OpenCode still does is stopped behind it.")
    async def cancel_pipeline(
        self,
        info: Info,
        id: Annotated[strawberry.ID, argument(description="Pipeline.id of one that has not ended.")],
        reason: Annotated[
            str | None, argument(description="Why; goes into errorMessage. Null: nothing is said.")
        ] = None,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.cancel_pipeline(PipelineId(id), actor, reason))

    @_permitted(description="Lets the pipeline go on. Of two who decide at once the first wins.")
    async def approve(self, info: Info, approval_id: ApprovalId, comment: Comment = None) -> ApprovalResult:
        commands, actor = _asked(info)
        outcome = await commands.decide_approval(approval_id, actor, approved=True, comment=comment)
        return outcomes.decided(outcome, approval_id)

    @_permitted(description="Does not let the pipeline go on: the step fails, with the comment as reason.")
    async def reject(self, info: Info, approval_id: ApprovalId, comment: Comment = None) -> ApprovalResult:
        commands, actor = _asked(info)
        outcome = await commands.decide_approval(approval_id, actor, approved=False, comment=comment)
        return outcomes.decided(outcome, approval_id)

    @_permitted(
        description="Allows or refuses what an agent asks to do. A refusal with a message lets it go on another way."
    )
    async def answer_permission(
        self,
        info: Info,
        attention_id: AttentionId,
        allow: Annotated[bool, argument(description="Whether the agent may.")],
        always: Annotated[
            bool | None,
            argument(description="With allow: also whatever else matches, from now on."),
        ] = False,
        message: Annotated[
            str | None, argument(description="With a refusal: what to do instead. Null: the agent has to stop.")
        ] = None,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        outcome = await commands.answer_permission(
            attention_id, actor, allow=allow, always=bool(always), message=message
        )
        return outcomes.changed(outcome)

    @_permitted(description="Answers what an agent asks: field by field with fields, else with answers.")
    async def answer_question(
        self,
        info: Info,
        attention_id: AttentionId,
        answers: Annotated[
            list[str],
            argument(
                description=(
                    "For clients that know no fields: one text for each field, or each option chosen of a single one. "
                    "Beside fields it counts for nothing and may be empty."
                )
            ),
        ],
        fields: Annotated[
            list[FieldAnswer] | None, argument(description="The answer to each field; null: answers has them.")
        ] = None,
    ) -> PipelineResult:
        commands, actor = _asked(info)
        if fields is None:
            return outcomes.changed(await commands.answer_question(attention_id, actor, answers))
        given = {answer.key: answer.values for answer in fields}
        return outcomes.changed(await commands.fill_in_question(attention_id, actor, given))

    @_permitted(description="Does not answer what an agent asks: the attempt fails.")
    async def dismiss_question(self, info: Info, attention_id: AttentionId) -> PipelineResult:
        commands, actor = _asked(info)
        return outcomes.changed(await commands.dismiss_question(attention_id, actor))

    @_permitted(
        description=(
            "Somebody has seen its failures. Those that come after are shown as before, marked as known. "
            "Of a resolved group it changes nothing."
        )
    )
    async def acknowledge_failure_group(
        self,
        info: Info,
        id: GroupId,
        note: Annotated[
            str | None, argument(description="What others should know of it; null: nothing, or what was said before.")
        ] = None,
    ) -> FailureGroupResult:
        commands, actor = _asked(info)
        return outcomes.grouped(await commands.set_group_status(id, FailureGroupStatus.ACKNOWLEDGED, actor, note))

    @_permitted(description="It is mended; the next failure of this cause opens the group again.")
    async def resolve_failure_group(self, info: Info, id: GroupId) -> FailureGroupResult:
        commands, actor = _asked(info)
        return outcomes.grouped(await commands.set_group_status(id, FailureGroupStatus.RESOLVED, actor))

    @_permitted(
        description=(
            "Creates, or changes the one of that name; a new name in the input renames it, in the templates too. "
            "The YAML file keeps its comments and order."
        )
    )
    async def save_agent(
        self,
        info: Info,
        input: Annotated[AgentInput, argument(description="All of it, as it shall be.")],
        name: ToChange = None,
        revision: BasedOn = None,
    ) -> AgentResult:
        commands, actor = _asked(info)
        return outcomes.saved_agent(await commands.save_agent(name, input.value(), actor, revision))

    @_permitted(description="Takes an agent out of agents.yaml, unless a template still uses it.")
    async def delete_agent(
        self, info: Info, name: Annotated[str, argument(description="Agent.name.")], revision: BasedOn = None
    ) -> DeleteResult:
        commands, actor = _asked(info)
        return outcomes.deleted(await commands.delete_agent(name, actor, revision))

    @_permitted(description="As saveAgent, for a template in pipelines.yaml.")
    async def save_template(
        self,
        info: Info,
        input: Annotated[TemplateInput, argument(description="All of it, as it shall be.")],
        name: ToChange = None,
        revision: BasedOn = None,
    ) -> TemplateResult:
        commands, actor = _asked(info)
        return outcomes.saved_template(await commands.save_template(name, input.value(), actor, revision))

    @_permitted(description="Takes a template out of pipelines.yaml; pipelines started from it stay as they are.")
    async def delete_template(
        self, info: Info, name: Annotated[str, argument(description="Template.name.")], revision: BasedOn = None
    ) -> DeleteResult:
        commands, actor = _asked(info)
        return outcomes.deleted(await commands.delete_template(name, actor, revision))

    @_permitted(
        description=(
            "Lets OpenCode be asked about a directory and all that lies in it: it runs what a folder brings along as "
            "soon as it looks into it. Starting a pipeline there does the same."
        )
    )
    async def trust_directory(
        self, info: Info, path: Annotated[str, argument(description="Absolute path of a directory.")]
    ) -> TrustResult:
        commands, actor = _asked(info)
        return outcomes.trusted(await commands.trust_directory(path, actor))

    @_permitted(description="Takes trust back; pipelines that run there go on, and the next look is refused again.")
    async def revoke_trust(
        self, info: Info, path: Annotated[str, argument(description="TrustedDirectory.path.")]
    ) -> DeleteResult:
        commands, actor = _asked(info)
        return outcomes.deleted(await commands.revoke_trust(path, actor))

    @strawberry.mutation(description="Starts OpenCode where that is possible and needed, and says how it is then.")
    async def start_engine(self, info: Info) -> EngineHealth:
        # What it answers is older than roles and no union: who may not start it reads why in the message.
        if refused := refused_by(info.context, "start_engine"):
            return EngineHealth.of(replace(await info.context.agents.health(), message=refused.message))
        commands, actor = _asked(info)
        return EngineHealth.of(await commands.start_engine(actor))

    @_permitted(
        description=(
            "Removes pipelines that ended before a moment, with all that belongs to them. Who did it stays in the log."
        )
    )
    async def prune(
        self,
        info: Info,
        older_than: Annotated[datetime, argument(description="Those that ended before then; must have passed.")],
        dry_run: Annotated[
            bool | None, argument(description="Whether to count only what would go, and remove nothing.")
        ] = False,
    ) -> PruneResult:
        commands, actor = _asked(info)
        outcome = await commands.prune(older_than, actor, dry_run=bool(dry_run))
        return outcomes.pruned(outcome, older_than, dry_run=bool(dry_run))

    @_permitted(description="Makes a named token; its secret is told this once.")
    async def create_token(
        self,
        info: Info,
        name: Annotated[str, argument(description="The actor of all that is done with it; of no other token.")],
        role: Annotated[Role, argument(description="What may be done with it; not more than whoever makes it may.")],
        expires_at: Annotated[
            datetime | None, argument(description="From then on it is refused; null: it holds until it is revoked.")
        ] = None,
    ) -> CreateTokenResult:
        request = TokenRequest(name=name, role=role, expires_at=expires_at)
        return outcomes.created_token(await info.context.tokens.create(request, info.context.principal))

    @_permitted(description="Lets in no more who shows that token, and closes what they hold open.")
    async def revoke_token(self, info: Info, name: Annotated[str, argument(description="Token.name.")]) -> DeleteResult:
        return outcomes.deleted(await info.context.tokens.revoke(name, info.context.actor))


def _asked(info: Info) -> tuple[Commands, Actor]:
    """The commands and who asks; what earlier mutations of the same operation loaded is forgotten."""
    context = info.context.renew()
    return context.commands, context.actor
