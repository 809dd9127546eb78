"""What a person may ask: each command validates, decides, commits, and hands on to whoever runs pipelines.

Those about pipelines stand here; the others come from the families that `Commands` is made of.

Expected outcomes are values (`runner.outcomes`); exceptions are bugs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from runner import lengths
from runner.ask_commands import AskCommands
from runner.changes import Change, IllegalTransition
from runner.command_family import PipelineOutcome
from runner.composition import StartRequest
from runner.definition_commands import DefinitionCommands
from runner.definitions import problems_of_retry
from runner.directories import overlap
from runner.failures import Failure
from runner.handoff import supplied
from runner.idempotency import IdempotencyKey, digest, told_apart
from runner.ids import pipeline_id_of
from runner.journal import AlreadyDone, DirectoryTaken, KeyTaken
from runner.lengths import too_long
from runner.model import Actor, Pipeline, PipelineId, StepId, StepPlan
from runner.outcomes import DirectoryBusy, InvalidInput, NotAllowed, StorageUnavailable, UnknownBranch
from runner.ports import BranchError
from runner.reads import AsOf
from runner.repairs import retry_step, skip_step, supply_handoff
from runner.settler import Unknown
from runner.traces import NO_TRACES
from runner.transitions import cancel, start
from runner.unavailable import or_unavailable
from runner.upkeep_commands import UpkeepCommands

_KEY_TAKEN = InvalidInput(
    message="This key was used for another request before: send this one under a key of its own.",
    field=("idempotencyKey",),
)

StartOutcome: TypeAlias = AsOf[Pipeline] | InvalidInput | DirectoryBusy | UnknownBranch | StorageUnavailable
ResumedOutcome: TypeAlias = PipelineOutcome | DirectoryBusy | UnknownBranch


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


class Commands(AskCommands, DefinitionCommands, UpkeepCommands):
    """One method per command; the actor is whoever the session or token says, never part of the request."""

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

    async def _once(self, command: str, request: StartRequest | RetryRequest, *more: object) -> IdempotencyKey | None:
        if not request.idempotency_key:
            return None
        told = told_apart(command, replace(request, idempotency_key=None), *more)
        # Of the redacted text: a short secret could be guessed from a digest of what stands around it.
        return IdempotencyKey(key=request.idempotency_key, request=digest(await self._redactor.beside(told)))

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
