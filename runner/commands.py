"""What a person may ask: each command validates, decides, commits, and hands on to whoever runs pipelines.

Expected outcomes are values (`runner.outcomes`); exceptions are bugs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, TypeVar

from runner import lengths
from runner.aftermath import Aftermath
from runner.composition import Composer, StartRequest
from runner.definitions import Agent, Template, problems_of_agent, problems_of_retry, problems_of_template
from runner.directories import overlap
from runner.events import EngineStarted
from runner.excerpt import capped
from runner.failures import AgentError, Failure
from runner.forms import Given, filled_in, in_order, in_words
from runner.handoff import supplied
from runner.idempotency import IdempotencyKey, digest, told_apart
from runner.lengths import too_long
from runner.model import (
    Actor,
    Attention,
    AttentionKind,
    EngineHealth,
    FailureGroup,
    FailureGroupStatus,
    Pipeline,
    PipelineId,
    StepId,
    StepPlan,
    TrustedDirectory,
    pipeline_id_of,
    step_id_in,
)
from runner.outcomes import (
    Decision,
    DirectoryBusy,
    InvalidInput,
    NotAllowed,
    NotFound,
    StorageUnavailable,
    UnknownBranch,
)
from runner.ports import (
    Agents,
    AlreadyDone,
    BranchError,
    Clock,
    DirectoryTaken,
    Dispatcher,
    Editor,
    Journal,
    KeyTaken,
    PermissionReply,
    Pruned,
    Schemas,
)
from runner.reads import AsOf
from runner.redaction import Redactor
from runner.settler import Decider, Unknown
from runner.traces import NO_TRACES
from runner.transitions import (
    Change,
    IllegalTransition,
    cancel,
    clear_attention,
    decide_approval,
    raise_attention,
    retry_step,
    skip_step,
    start,
    supply_handoff,
)
from runner.trust import Trust
from runner.unavailable import or_unavailable
from runner.versions import EditConflict

_DISMISSED = "dismissed"
_KEY_TAKEN = InvalidInput(
    message="This key was used for another request before: send this one under a key of its own.",
    field=("idempotencyKey",),
)

StartOutcome: TypeAlias = AsOf[Pipeline] | InvalidInput | DirectoryBusy | UnknownBranch | StorageUnavailable
PipelineOutcome: TypeAlias = AsOf[Pipeline] | NotFound | NotAllowed | InvalidInput | StorageUnavailable
ResumedOutcome: TypeAlias = PipelineOutcome | DirectoryBusy | UnknownBranch
ApprovalOutcome: TypeAlias = AsOf[Pipeline] | NotFound | NotAllowed | StorageUnavailable
GroupOutcome: TypeAlias = FailureGroup | NotFound | StorageUnavailable
AgentOutcome: TypeAlias = Agent | InvalidInput | NotAllowed | EditConflict | StorageUnavailable
TemplateOutcome: TypeAlias = Template | InvalidInput | NotAllowed | EditConflict | StorageUnavailable
DeleteOutcome: TypeAlias = str | NotFound | NotAllowed | EditConflict | StorageUnavailable
PruneOutcome: TypeAlias = Pruned | InvalidInput | StorageUnavailable
TrustOutcome: TypeAlias = TrustedDirectory | InvalidInput | StorageUnavailable

_Edited = TypeVar("_Edited")


@dataclass(frozen=True, kw_only=True)
class RetryRequest:
    """Try a step again; what is None stays as it was.

    `instruction` is appended to the prompt of this attempt; `prompt` stands in for the pipeline's in this step from now
    on. `today`: with the definition that template and agent have now. `create_branch`: its branch may be made anew.
    """

    step_id: StepId
    model: str | None = None
    instruction: str | None = None
    timeout_seconds: int | None = None
    prompt: str | None = None
    today: bool = False
    create_branch: bool = False
    idempotency_key: str | None = None


class Commands:
    """One method per command; the actor is whoever the session or token says, never part of the request."""

    def __init__(
        self,
        *,
        journal: Journal,
        agents: Agents,
        clock: Clock,
        dispatcher: Dispatcher,
        composer: Composer,
        editor: Editor,
        redactor: Redactor,
        schemas: Schemas,
        trust: Trust,
    ) -> None:
        self._journal = journal
        self._agents = agents
        self._clock = clock
        self._aftermath = Aftermath(agents, clock)
        self._decider = Decider(journal)
        self._dispatcher = dispatcher
        self._composer = composer
        self._editor = editor
        self._redactor = redactor
        self._schemas = schemas
        self._trust = trust
        # No start or retry comes between the look for others in a directory, the switch of its branch, and the commit.
        self._one_at_a_time = asyncio.Lock()

    @property
    def composer(self) -> Composer:
        """What checks a start, and so knows directories and issues."""
        return self._composer

    @or_unavailable
    async def start_pipeline(self, request: StartRequest, actor: Actor, *, force: bool = False) -> StartOutcome:
        """Starts what was asked for, or says what is wrong with it; then nothing is stored."""
        if problem := _problem_with_key(request):
            return problem
        once = await self._once("startPipeline", request, force)
        try:
            return await self._start(request, actor, once, force=force)
        except KeyTaken:
            return _KEY_TAKEN

    async def _start(
        self, request: StartRequest, actor: Actor, once: IdempotencyKey | None, *, force: bool
    ) -> StartOutcome:
        if once and (known := await self._journal.done(once)):
            return await self._newest(known)
        pipeline = await self._composer.compose(request, actor)
        if isinstance(pipeline, InvalidInput):
            return pipeline
        async with self._one_at_a_time:
            # Before anything is stored: a start that is refused leaves nothing behind.
            trouble = await self._in_the_way(pipeline, force=force, create_branch=request.create_branch)
            # Who is in the way may be what this very request, sent twice, has started.
            if trouble and once and (known := await self._journal.done(once)):
                return await self._newest(known)
            if isinstance(trouble, NotAllowed):
                return InvalidInput(message=trouble.message, field=("branch",))
            if trouble is not None:
                return trouble
            return await self._stored(pipeline, actor, once, alone_in=None if force else pipeline.directory)

    async def _stored(
        self, pipeline: Pipeline, actor: Actor, once: IdempotencyKey | None, *, alone_in: str | None
    ) -> StartOutcome:
        try:
            started = await self._decider.commit(start(pipeline, actor), idempotency_key=once, alone_in=alone_in)
        except AlreadyDone as done:
            return await self._newest(done.pipeline_id)
        except DirectoryTaken as taken:
            return _busy(taken.pipelines, pipeline)
        self._dispatcher.launch(pipeline.id)
        return started

    async def _in_the_way(
        self, pipeline: Pipeline, *, force: bool, create_branch: bool
    ) -> DirectoryBusy | UnknownBranch | NotAllowed | None:
        """What keeps it from going to work where it belongs; its branch is checked out when nothing does."""
        others, checkout = await self._others_beside(pipeline), self._composer.checkout
        if others and not force:
            return _busy(others, pipeline)
        try:
            if not create_branch and (missing := await checkout.missing(pipeline)):
                return missing
        except BranchError as error:
            return NotAllowed(message=str(error))
        trouble = await checkout.prepare(pipeline, others)
        return None if trouble is None else NotAllowed(message=trouble)

    async def _others_beside(self, pipeline: Pipeline) -> list[Pipeline]:
        """Who has not ended in, inside or around its directory.

        Of a start it is only asked where a branch is to be switched: else the commit looks (`alone_in`).
        """
        looked_for = pipeline.status.ended or self._composer.checkout.switches(pipeline)
        if pipeline.directory is None or not looked_for:
            return []
        unfinished = [other for other in await self._journal.unfinished() if other.id != pipeline.id]
        return [other for other in unfinished if other.directory and overlap(other.directory, pipeline.directory)]

    @or_unavailable
    async def cancel_pipeline(self, pipeline_id: PipelineId, actor: Actor, reason: str | None) -> PipelineOutcome:
        """Ends it, after a last look at what was done; what OpenCode still does is stopped behind it."""
        said, known = self._said(reason), await self._journal.load(pipeline_id)
        traces = await self._aftermath.of(known) if known else NO_TRACES
        at = self._clock.now()
        cancelled = await self._change(
            pipeline_id, pipeline_id, lambda pipeline: cancel(pipeline, actor, said, at, traces)
        )
        if isinstance(cancelled, AsOf):
            self._dispatcher.interrupt(pipeline_id)
        return cancelled

    @or_unavailable
    async def retry_step(self, request: RetryRequest, actor: Actor, *, force: bool = False) -> ResumedOutcome:
        """Tries a failed, cancelled or interrupted step again, in the same pipeline; what came before it is kept.

        `force`: although others are at work in its directory by now.
        """
        if problem := _problem_with_key(request):
            return problem
        # Without force it is the request that it was before there was force.
        once = await self._once("retryStep", request, *([force] if force else []))
        try:
            return await self._retry(request, actor, once, force=force)
        except KeyTaken:
            return _KEY_TAKEN

    async def _retry(
        self, request: RetryRequest, actor: Actor, once: IdempotencyKey | None, *, force: bool
    ) -> ResumedOutcome:
        if once and (known := await self._journal.done(once)):
            return await self._newest(known)
        if problem := next(problems_of_retry(request.model, request.timeout_seconds, request.instruction), None):
            return problem
        prompt, plan = await self._new_prompt(request), await self._new_plan(request)
        if isinstance(prompt, InvalidInput):
            return prompt
        if isinstance(plan, InvalidInput):
            return plan
        at, instruction = self._clock.now(), self._said(request.instruction)

        def decide(pipeline: Pipeline) -> Change:
            return retry_step(
                pipeline,
                request.step_id,
                actor,
                at,
                model=request.model,
                instruction=instruction,
                timeout_seconds=request.timeout_seconds,
                prompt=prompt,
                plan=plan,
            )

        return await self._go_on(request.step_id, decide, once=once, force=force, create_branch=request.create_branch)

    async def _new_prompt(self, request: RetryRequest) -> str | InvalidInput | None:
        return None if request.prompt is None else await self._composer.prompt(request.prompt)

    async def _new_plan(self, request: RetryRequest) -> StepPlan | InvalidInput | None:
        """Today's definition where it is wanted; None, too, for a step that is none: that is told with the rest."""
        pipeline = await self._journal.load(pipeline_id_of(request.step_id)) if request.today else None
        step = pipeline.step(request.step_id) if pipeline else None
        return await self._composer.plan_of_today(pipeline, step) if pipeline and step else None

    @or_unavailable
    async def skip_step(self, step_id: StepId, actor: Actor, reason: str, *, force: bool = False) -> ResumedOutcome:
        """Goes on without a step that did not succeed; `force` as with `retry_step`."""
        if problem := next(too_long(reason, lengths.WORDS, "reason"), None):
            return problem
        at, said = self._clock.now(), self._said(reason)
        if said is None:
            return InvalidInput(message="Say why the step is skipped.", field=("reason",))
        return await self._go_on(step_id, lambda pipeline: skip_step(pipeline, step_id, actor, said, at), force=force)

    @or_unavailable
    async def supply_handoff(
        self, step_id: StepId, actor: Actor, markdown: str, *, force: bool = False
    ) -> ResumedOutcome:
        """Goes on with what a person writes in the agent's place; `force` as with `retry_step`."""
        if problem := next(too_long(markdown, lengths.PROMPT, "markdown"), None):
            return problem
        if not markdown.strip():
            return InvalidInput(message="The handoff is empty: write what the next agent needs.", field=("markdown",))
        at, text = self._clock.now(), await self._redactor.beside(markdown)
        pipeline = await self._journal.load(pipeline_id_of(step_id))
        step = pipeline.step(step_id) if pipeline else None
        data = await supplied(text, step.plan, self._schemas) if step else None
        if isinstance(data, Failure):
            return InvalidInput(message=f"{data.message}.", field=("markdown",))
        return await self._go_on(
            step_id, lambda pipeline: supply_handoff(pipeline, step_id, actor, text, at, data), force=force
        )

    @or_unavailable
    async def decide_approval(
        self, approval_id: str, actor: Actor, *, approved: bool, comment: str | None
    ) -> ApprovalOutcome:
        """Decides once: of two at the same moment one wins, and the other is told who decided what."""
        step_id = step_id_in(approval_id)
        at, said = self._clock.now(), self._said(comment)
        decided = await self._change(
            pipeline_id_of(step_id),
            approval_id,
            lambda pipeline: decide_approval(
                _having(pipeline, step_id, approval_id), step_id, actor, approved, said, at
            ),
        )
        assert not isinstance(decided, InvalidInput)
        if isinstance(decided, AsOf):
            self._dispatcher.launch(decided.value.id)
        return decided

    @or_unavailable
    async def answer_permission(
        self, attention_id: str, actor: Actor, *, allow: bool, always: bool = False, message: str | None = None
    ) -> PipelineOutcome:
        """Allows or refuses what an agent asked to do; a refusal with a message lets the agent go on without it."""
        reply: PermissionReply = ("always" if always else "once") if allow else "reject"
        word = "allowed always" if allow and always else "allowed" if allow else "refused"

        async def tell(attention: Attention, directory: str | None) -> None:
            assert attention.permission is not None
            await self._agents.answer_permission(attention.permission.id, directory, reply, message, actor)

        answer = f"{word}: {message}" if message else word
        return await self._answer(attention_id, AttentionKind.PERMISSION, actor, answer, tell)

    @or_unavailable
    async def answer_question(self, attention_id: str, actor: Actor, answers: Sequence[str]) -> PipelineOutcome:
        """For those who know no fields: every option chosen of a single one, or one text for each."""
        if not any(answer.strip() for answer in answers):
            return InvalidInput(message="Choose or write at least one answer.", field=("answers",))
        found = await self._open_attention(attention_id, AttentionKind.QUESTION)
        if not isinstance(found, Attention):
            return found
        assert found.question is not None
        values = in_order(found.question, answers)
        if isinstance(values, InvalidInput):
            return values
        words = in_words(found.question, values) or ", ".join(answers)

        async def tell(attention: Attention, directory: str | None) -> InvalidInput | None:
            assert attention.question is not None
            wrong = await self._agents.answer_question(attention.question.id, directory, answers)
            return InvalidInput(message=wrong, field=("answers",)) if wrong else None

        return await self._answer(attention_id, AttentionKind.QUESTION, actor, words, tell)

    @or_unavailable
    async def fill_in_question(self, attention_id: str, actor: Actor, given: Given) -> PipelineOutcome:
        """Answers field by field. What is wrong with it is told, and the question stays open."""
        found = await self._open_attention(attention_id, AttentionKind.QUESTION)
        if not isinstance(found, Attention):
            return found
        assert found.question is not None
        question, values = found.question, filled_in(found.question, given)
        if isinstance(values, InvalidInput):
            return values

        async def tell(attention: Attention, directory: str | None) -> InvalidInput | None:
            answers = [text for texts in given.values() for text in texts]
            told = values if question.form else None
            wrong = await self._agents.answer_question(question.id, directory, answers, told)
            return InvalidInput(message=wrong, field=("fields",)) if wrong else None

        return await self._answer(attention_id, AttentionKind.QUESTION, actor, in_words(question, values), tell)

    @or_unavailable
    async def dismiss_question(self, attention_id: str, actor: Actor) -> PipelineOutcome:
        async def tell(attention: Attention, directory: str | None) -> None:
            assert attention.question is not None
            await self._agents.dismiss_question(attention.question.id, directory, actor)

        return await self._answer(attention_id, AttentionKind.QUESTION, actor, _DISMISSED, tell)

    @or_unavailable
    async def set_group_status(
        self, group_id: str, status: FailureGroupStatus, actor: Actor, note: str | None = None
    ) -> GroupOutcome:
        """Says something of all its failures so far; those that come after are not covered by it."""
        at, said = self._clock.now(), self._said(note)
        group = await self._journal.set_group_status(group_id, status, actor, at, said)
        return group or NotFound(message="There is no such group of failures.", id=group_id)

    @or_unavailable
    async def save_agent(
        self, name: str | None, agent: Agent, actor: Actor, based_on: str | None = None
    ) -> AgentOutcome:
        """Creates it, or changes the one called `name`; it comes back with what keeps it from working, if anything.

        `based_on`: only if it is still at that revision.
        """
        wanted = agent.tidied()
        if problem := next(problems_of_agent(wanted), None):
            return problem
        saved = await self._editor.save_agent(name, wanted, actor, based_on)
        return await self._composer.judged(saved) if isinstance(saved, Agent) else await self._judged(saved)

    @or_unavailable
    async def delete_agent(self, name: str, actor: Actor, based_on: str | None = None) -> DeleteOutcome:
        return await self._judged(await self._editor.delete_agent(name, actor, based_on))

    @or_unavailable
    async def save_template(
        self, name: str | None, template: Template, actor: Actor, based_on: str | None = None
    ) -> TemplateOutcome:
        """As `save_agent`. An agent that OpenCode does not know is no reason to refuse: it may come later."""
        wanted = template.tidied()
        if problem := next(problems_of_template(wanted), None):
            return problem
        saved = await self._editor.save_template(name, wanted, actor, based_on)
        return await self._composer.judged(saved) if isinstance(saved, Template) else await self._judged(saved)

    @or_unavailable
    async def delete_template(self, name: str, actor: Actor, based_on: str | None = None) -> DeleteOutcome:
        return await self._judged(await self._editor.delete_template(name, actor, based_on))

    async def _judged(self, outcome: _Edited) -> _Edited | EditConflict:
        """Both versions of a conflict as lists would show them; anything else as it is."""
        if not isinstance(outcome, EditConflict):
            return outcome
        stored = await self._composer.judged(outcome.stored) if outcome.stored else None
        yours = await self._composer.judged(outcome.yours) if outcome.yours else None
        return replace(outcome, stored=stored, yours=yours)

    async def start_engine(self, actor: Actor) -> EngineHealth:
        """Starts OpenCode where that is possible and needed, and says how it is then."""
        health = await self._agents.start()
        started = EngineStarted(
            at=self._clock.now(),
            actor=actor,
            reachable=health.reachable,
            url=health.url,
            version=health.version,
            message=health.message,
        )
        await self._journal.record(started)
        return health

    @or_unavailable
    async def prune(self, older_than: datetime, actor: Actor, *, dry_run: bool = False) -> PruneOutcome:
        """Removes pipelines that ended before that moment, with all that belongs to them; or says what would go."""
        at = self._clock.now()
        if older_than > at:
            return InvalidInput(message="That is in the future: give a time that has passed.", field=("olderThan",))
        if dry_run:
            return await self._journal.prunable(older_than)
        return await self._journal.prune(older_than, at, actor)

    @or_unavailable
    async def trust_directory(self, path: str, actor: Actor) -> TrustOutcome:
        """Lets OpenCode be asked about it; one that is trusted already stays as it is."""
        listing = await self._composer.listing(path)
        if isinstance(listing, InvalidInput):
            return listing
        return await self._trust.give(listing.path, actor)

    async def trusted_directories(self) -> Sequence[TrustedDirectory]:
        return await self._trust.listed()

    @or_unavailable
    async def revoke_trust(self, path: str, actor: Actor) -> str | NotFound:
        """Its path; what works there goes on, and the next look is asked about again."""
        gone = await self._trust.revoke(path, actor)
        return path if gone else NotFound(message=f"{path} is not among the directories that are trusted.", id=path)

    async def _once(self, command: str, request: StartRequest | RetryRequest, *more: object) -> IdempotencyKey | None:
        if not request.idempotency_key:
            return None
        told = told_apart(command, replace(request, idempotency_key=None), *more)
        # Of the redacted text: a short secret could be guessed from a digest of what stands around it.
        return IdempotencyKey(key=request.idempotency_key, request=digest(await self._redactor.beside(told)))

    def _said(self, text: str | None) -> str | None:
        """What a person adds, as it may be stored; None for blanks."""
        return capped(self._redactor(text or "").strip(), lengths.WORDS) or None

    async def _answer(
        self,
        attention_id: str,
        kind: AttentionKind,
        actor: Actor,
        answer: str,
        tell: Callable[[Attention, str | None], Awaitable[InvalidInput | None]],
    ) -> PipelineOutcome:
        """First the record, by compare-and-set, so that one of two answers wins; then the engine is told."""
        attention = await self._open_attention(attention_id, kind)
        if not isinstance(attention, Attention):
            return attention
        step_id = step_id_in(attention_id)
        pipeline_id, at, said = pipeline_id_of(step_id), self._clock.now(), self._redactor(answer)
        cleared = await self._change(
            pipeline_id,
            attention_id,
            lambda pipeline: clear_attention(pipeline, step_id, attention_id, at, actor=actor, answer=said),
        )
        if not isinstance(cleared, AsOf):
            return await self._too_late(attention_id) if isinstance(cleared, NotAllowed) else cleared
        try:
            wrong = await tell(attention, cleared.value.directory)
        except AgentError as error:
            reason = error.failure.message
            if error.failure.status_code == 404:
                return NotAllowed(message=f"The agent no longer waits for that answer: {reason}")
            await self._ask_again(cleared.value, step_id, attention)
            return NotAllowed(message=f"The answer was not taken: {reason}")
        if wrong is not None:
            await self._ask_again(cleared.value, step_id, attention)
        return wrong or cleared

    async def _open_attention(self, attention_id: str, kind: AttentionKind) -> Attention | NotFound | NotAllowed:
        step_id = step_id_in(attention_id)
        pipeline = await self._journal.load(pipeline_id_of(step_id))
        step = pipeline.step(step_id) if pipeline else None
        if step is None:
            return NotFound(message="There is no such question.", id=attention_id)
        attention = next((known for known in step.attention if known.id == attention_id and known.kind is kind), None)
        return attention or await self._too_late(attention_id)

    async def _too_late(self, attention_id: str) -> NotAllowed:
        """Who was faster, and with what; or that it is over without anybody's doing."""
        cleared = await self._journal.cleared(attention_id)
        if cleared is None or cleared.actor is None or cleared.answer is None:
            return NotAllowed(message="That question is no longer open.")
        is_said = cleared.kind is AttentionKind.QUESTION and cleared.answer != _DISMISSED
        what = f'answered "{cleared.answer}"' if is_said else cleared.answer
        decision = Decision(by=cleared.actor, at=cleared.at, what=what)
        return NotAllowed(message=f"That question is no longer open: {decision.sentence}", decision=decision)

    async def _ask_again(self, pipeline: Pipeline, step_id: StepId, attention: Attention) -> None:
        """The agent still waits: it can be answered again."""
        step, at = pipeline.step(step_id), self._clock.now()
        number = len(step.attempts) if step else 0
        await self._change(
            pipeline.id, attention.id, lambda pipeline: raise_attention(pipeline, step_id, number, attention, at)
        )

    async def _go_on(
        self,
        step_id: StepId,
        decide: Callable[[Pipeline], Change],
        *,
        force: bool,
        create_branch: bool = False,
        once: IdempotencyKey | None = None,
    ) -> ResumedOutcome:
        pipeline_id = pipeline_id_of(step_id)
        async with self._one_at_a_time:
            resumed = await self._resumed_by(pipeline_id, decide)
            # One that has not ended, but waits for its next attempt, is at work there already.
            anyway = force or (resumed is not None and not resumed.status.ended)
            trouble = resumed and await self._in_the_way(resumed, force=anyway, create_branch=create_branch)
            if trouble:
                return trouble
            decided = await self._change(
                pipeline_id, step_id, lambda known: decide(_with_step(known, step_id)), once=once
            )
        if isinstance(decided, AsOf):
            self._dispatcher.launch(pipeline_id)
        return decided

    async def _resumed_by(self, pipeline_id: PipelineId, decide: Callable[[Pipeline], Change]) -> Pipeline | None:
        """The pipeline that would go to work in its directory again; None where that is refused, or nothing is left."""
        pipeline = await self._journal.load(pipeline_id)
        if pipeline is None:
            return None
        try:
            resumed = decide(pipeline).pipeline
        except IllegalTransition:
            return None
        return None if resumed.status.ended else pipeline

    async def _change(
        self,
        pipeline_id: PipelineId,
        asked_for: str,
        decide: Callable[[Pipeline], Change],
        *,
        once: IdempotencyKey | None = None,
    ) -> PipelineOutcome:
        try:
            return await self._decider.change(pipeline_id, decide, idempotency_key=once)
        except Unknown:
            return NotFound(message="There is nothing with that id.", id=asked_for)
        except IllegalTransition as refusal:
            # The same request, sent twice, may have been refused because of its own first arrival.
            if once and (known := await self._journal.done(once)):
                return await self._newest(known)
            return NotAllowed(message=str(refusal), decision=refusal.decision)
        except AlreadyDone as error:
            return await self._newest(error.pipeline_id)

    async def _newest(self, pipeline_id: PipelineId) -> AsOf[Pipeline]:
        cursor = await self._journal.newest()
        pipeline = await self._journal.load(pipeline_id)
        if pipeline is None:
            raise LookupError(f"{pipeline_id} was started under that key but is gone")
        return AsOf(value=pipeline, cursor=cursor)


def _problem_with_key(request: StartRequest | RetryRequest) -> InvalidInput | None:
    return next(too_long(request.idempotency_key, lengths.NAME, "idempotencyKey"), None)


def _busy(others: Sequence[Pipeline], pipeline: Pipeline) -> DirectoryBusy:
    titles = ", ".join(f"“{other.title}”" for other in others[:3])
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    ways = "Wait, or go on all the same." if pipeline.status.ended else "Wait, choose another, or start all the same."
    return DirectoryBusy(message=f"Already at work in this directory: {titles}{more}. {ways}", conflicts=tuple(others))


def _with_step(pipeline: Pipeline, step_id: StepId) -> Pipeline:
    if pipeline.step(step_id) is None:
        raise Unknown(step_id)
    return pipeline


def _having(pipeline: Pipeline, step_id: StepId, approval_id: str) -> Pipeline:
    step = pipeline.step(step_id)
    if step is None or step.approval is None:
        raise Unknown(approval_id)
    if step.approval.id != approval_id:
        raise IllegalTransition("The step has been tried again since: a newer approval is open.")
    return pipeline
