"""The loop for one pipeline: begin a step, let the agent work, store how it ended, go on."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from runner.aftermath import Aftermath
from runner.agents import Activity, Agents, Answer, LeftBehind, LiveView, ToolProgress, Work
from runner.attention import Attention
from runner.changes import Change
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, AgentError, Failure, Json, Usage, failure
from runner.handoff import Schemas, handed_over
from runner.inventory import Inventories, Inventory
from runner.journal import Journal
from runner.limits import Limits
from runner.model import Attempt, FailureRecord, Handoff, Pipeline, PipelineId, Step, StepId, StepKind, StepStatus
from runner.ports import Clock, Trees
from runner.retry import RetryPolicy
from runner.settler import Settler
from runner.traces import Traces
from runner.transitions import begin_step, clear_attention, fail_step, open_session, raise_attention, succeed_step
from runner.working_time import seconds

log = logging.getLogger("stepwire.executor")

# An engine of our own may be restarted, which takes some seconds on a busy machine.
_RELOAD_SECONDS = 90.0
_MENDED_IN_THE_ENGINE = frozenset(
    (
        FailureKind.PROVIDER_AUTH,
        FailureKind.CONFIG_INVALID,
        FailureKind.UNKNOWN_MODEL,
        FailureKind.UNKNOWN_AGENT,
        FailureKind.STALLED,
    )
)

_Decide = Callable[[Pipeline], Change]


class Executor:
    """Runs pipelines, one call each; it keeps nothing of them between calls."""

    def __init__(
        self,
        *,
        journal: Journal,
        agents: Agents,
        clock: Clock,
        live: LiveView,
        policy: RetryPolicy,
        limits: Limits,
        schemas: Schemas,
        trees: Trees | None = None,
    ) -> None:
        self._agents = agents
        self._clock = clock
        self._live = live
        self._aftermath = Aftermath(agents, clock)
        self._settler = Settler(journal, clock)
        self._inventories = Inventories(trees=trees, agents=agents, journal=journal, settler=self._settler, clock=clock)
        self._policy = policy
        self._limits = limits
        self._schemas = schemas
        self._journal = journal
        self._left: set[PipelineId] = set()

    def leave(self, pipeline_id: PipelineId) -> None:
        """Whoever cancels its run from now on leaves the session of its attempt as it is, to be followed on later."""
        self._left.add(pipeline_id)

    async def traces(self, pipeline: Pipeline) -> Traces:
        """What is known of its open attempt, for whoever ends it. Never raises."""
        return await self._aftermath.of(pipeline)

    async def run(self, pipeline_id: PipelineId, nudge: asyncio.Event) -> Pipeline | None:
        """Runs the pipeline until it ends or waits for a person's approval, and returns it as it is then.

        None: somebody else has decided about it meanwhile, and whoever did has it looked at anew. Setting `nudge` makes
        it look anew while it waits between two attempts. Cancelling it stops the agent but stores nothing: whoever
        cancels has stored why.

        Raises:
            Exception: only what loading and storing raise; everything else has become the step's failure.
        """
        pipeline = await self._settler.load(pipeline_id)
        if pipeline is not None and (left := _open_attempt(pipeline)) is not None:
            pipeline = await self._take_up(pipeline, *left)
        pause = _Pause()
        while pipeline is not None and (step := _due(pipeline)) is not None:
            if step.attempt is not None and not step.attempt.status.ended:
                pipeline = await self._attempt(pipeline, step, step.attempt)
            elif (at := pause.until(step, self._clock.now())) is not None:
                await woken_by(nudge, self._clock, at)
                nudge.clear()
                pipeline = await self._settler.load(pipeline_id)
            else:
                pipeline = await self._settler.settle(pipeline, lambda newest: begin_step(newest, self._clock.now()))
        return pipeline

    async def _take_up(self, pipeline: Pipeline, step: Step, attempt: Attempt) -> Pipeline | None:
        """An attempt that this call did not begin is not run a second time: its session is followed on, or it ends."""
        if attempt.session_id is not None:
            # The machine's clock may have been put back while stepwire did not run.
            running = seconds(attempt.started_at, self._clock.now()) - attempt.waited_seconds
            left = LeftBehind(
                session_id=attempt.session_id,
                running_seconds=max(0.0, running),
                attention=step.attention,
                resume=attempt.resume,
            )
            return await self._attempt(pipeline, step, attempt, left)
        reason = failure(FailureKind.INTERRUPTED, "stepwire lost sight of the step while it was running")
        at, alive = self._clock.now(), await self._journal.last_alive()
        return await self._settler.settle(
            pipeline,
            lambda newest: fail_step(newest, step.id, attempt.number, reason, self._policy, at, last_alive=alive),
        )

    async def _attempt(
        self, pipeline: Pipeline, step: Step, attempt: Attempt, left: LeftBehind | None = None
    ) -> Pipeline | None:
        inventory = self._inventories.of(pipeline, step.id, attempt)
        watched = _Watched(pipeline, step, attempt, self._settler, self._clock, self._live, inventory)
        try:
            ended = await self._worked(pipeline, step, attempt, watched, left)
        except asyncio.CancelledError:
            # Whoever cancels has stored why, and cancels once more when that takes too long.
            await (inventory.leave() if pipeline.id in self._left else inventory.close(None, watched.session_id))
            raise
        return await inventory.close(ended, watched.session_id)

    async def _worked(
        self, pipeline: Pipeline, step: Step, attempt: Attempt, watched: "_Watched", left: LeftBehind | None
    ) -> Pipeline | None:
        try:
            if left is None:
                await self._stop_earlier(pipeline, step)
                watched.unread = await self._reload(pipeline, step)
            await watched.inventory.open()
            work = replace(self._work(pipeline, step, attempt), left_behind=left)
            answer = await self._agents.run(work, watched)
            data = await handed_over(answer.markdown, step.plan, self._schemas)
        except AgentError as error:
            is_lost = left is not None and error.failure.kind is FailureKind.INTERRUPTED
            alive = await self._journal.last_alive() if is_lost else None
            return await self._store_failure(watched, error.failure, error.usage, alive)
        # Broad on purpose: whatever a bug of ours raises, the person watching is told; a cancellation, too, that nobody
        # has asked for.
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_being_cancelled():
                raise
            return await self._store_failure(watched, internal_failure(error, pipeline.id, step.id))
        if isinstance(data, Failure):
            return await self._store_failure(watched, replace(data, evidence=answer.evidence), answer.usage)
        return await self._store_answer(watched, answer, data)

    async def _stop_earlier(self, pipeline: Pipeline, step: Step) -> None:
        """Two attempts never run at once: what an earlier one, even of a skipped step, may have left is stopped."""
        before = [other for other in pipeline.steps if other.position <= step.position]
        earlier = [attempt for other in before for attempt in other.attempts][:-1]
        newest = next((attempt for attempt in reversed(earlier) if attempt.session_id), None)
        if newest and newest.session_id and newest.status is not StepStatus.SUCCEEDED:
            await self._agents.stop(newest.session_id, pipeline.directory)

    async def _reload(self, pipeline: Pipeline, step: Step) -> str | None:
        """Whoever tries again after mending a key or a file of OpenCode's expects that it counts. Returns what does not
        count yet, as a sentence.
        """
        asked_for = step.attempts_before == len(step.attempts) - 1
        failed = step.attempts[-2].failure if asked_for and step.attempts_before else None
        if failed is None or failed.failure.kind not in _MENDED_IN_THE_ENGINE:
            return None
        try:
            async with asyncio.timeout(_RELOAD_SECONDS):
                return await self._agents.reload(pipeline.directory)
        except (AgentError, TimeoutError) as error:
            # The attempt will say in its own words what is wrong now.
            log.warning("not_reloaded", exc_info=error, extra={"pipeline_id": pipeline.id})
            return None

    def _work(self, pipeline: Pipeline, step: Step, attempt: Attempt) -> Work:
        plan = step.plan
        return Work(
            step_id=step.id,
            attempt=attempt.number,
            title=f"{pipeline.title} · {step.position + 1} {plan.agent or ''}".strip(),
            prompt=attempt.prompt or pipeline.prompt,
            instructions=plan.instructions,
            engine_agent=plan.engine_agent or plan.agent or "",
            model=attempt.model,
            directory=pipeline.directory,
            limits=replace(self._limits, timeout_seconds=plan.timeout_seconds or self._limits.timeout_seconds),
            is_left=lambda: pipeline.id in self._left,
        )

    async def _store_answer(self, watched: "_Watched", answer: Answer, data: Json) -> Pipeline | None:
        at = self._clock.now()
        handoff = Handoff(markdown=answer.markdown, data=data, created_at=at)
        return await watched.end(
            lambda newest: succeed_step(newest, watched.step_id, watched.number, handoff, answer.usage, at)
        )

    async def _store_failure(
        self, watched: "_Watched", reason: Failure, usage: Usage = NO_USAGE, last_alive: datetime | None = None
    ) -> Pipeline | None:
        at = self._clock.now()
        if watched.unread and reason.kind in _MENDED_IN_THE_ENGINE:
            reason = replace(reason, hint=f"{reason.hint} {watched.unread}")
        return await watched.end(
            lambda newest: fail_step(
                newest, watched.step_id, watched.number, reason, self._policy, at, usage, last_alive
            )
        )


class _Watched:
    """One attempt while it runs: the Observer that stores its news, one at a time, on the newest version known.
    `unread` is what of OpenCode's files does not count yet, for the hint.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        step: Step,
        attempt: Attempt,
        settler: Settler,
        clock: Clock,
        live: LiveView,
        inventory: Inventory,
    ) -> None:
        self.step_id = step.id
        self.number = attempt.number
        self._pipeline = pipeline
        self._settler = settler
        self._clock = clock
        self._live = live
        self.inventory = inventory
        self.session_id = attempt.session_id
        self.unread: str | None = None
        self._one_at_a_time = asyncio.Lock()

    async def session_opened(self, session_id: str, model: str | None, resume: Json = None) -> None:
        at = self._clock.now()
        self.session_id = session_id
        await self._change(
            lambda newest: open_session(newest, self.step_id, self.number, session_id, model, at, resume)
        )

    async def progressed(self, resume: Json) -> None:
        await self._settler.note_resume(self.step_id, self.number, resume)

    async def attention_raised(self, attention: Attention) -> None:
        at = self._clock.now()
        await self._change(lambda newest: raise_attention(newest, self.step_id, self.number, attention, at))
        if attention.kind.asks_a_person:
            self.inventory.look(self._pipeline)

    async def attention_cleared(self, attention_id: str, answer: str | None = None) -> None:
        at = self._clock.now()
        await self._change(lambda newest: clear_attention(newest, self.step_id, attention_id, at, answer=answer))

    def activity(self, activity: Activity) -> None:
        if isinstance(activity, ToolProgress):
            self.inventory.has_used_tools = True
        self._live.tell(self.step_id, activity)

    async def end(self, decide: _Decide) -> Pipeline | None:
        """The pipeline after the attempt's end; None: somebody ended it first, and theirs stands."""
        async with self._one_at_a_time:
            return await self._settler.settle(self._pipeline, decide)

    async def _change(self, decide: _Decide) -> None:
        async with self._one_at_a_time:
            self._pipeline = await self._settler.settle(self._pipeline, decide) or self._pipeline


async def woken_by(nudge: asyncio.Event, clock: Clock, at: datetime) -> None:
    """Waits until then, or until nudged before."""
    async with asyncio.TaskGroup() as tasks:
        nudged = tasks.create_task(nudge.wait())
        slept = tasks.create_task(clock.sleep_until(at))
        await asyncio.wait((nudged, slept), return_when=asyncio.FIRST_COMPLETED)
        nudged.cancel()
        slept.cancel()


def internal_failure(error: BaseException, pipeline_id: PipelineId, step_id: str | None = None) -> Failure:
    """A bug of ours, as the person watching sees it: a reference that is also in the log, beside the traceback."""
    reference = secrets.token_hex(4)
    log.error(
        "internal_failure",
        exc_info=error,
        extra={"reference": reference, "pipeline_id": pipeline_id, "step_id": step_id},
    )
    return failure(FailureKind.INTERNAL, f"stepwire failed; reference {reference} in the log")


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _due(pipeline: Pipeline) -> Step | None:
    """The step to work on now; None when the pipeline has ended or waits for a person's approval."""
    step = pipeline.current
    if pipeline.status.ended or step is None:
        return None
    if step.plan.kind is StepKind.APPROVAL and step.status is StepStatus.WAITING:
        return None
    return step


def _open_attempt(pipeline: Pipeline) -> tuple[Step, Attempt] | None:
    step = _due(pipeline)
    if step is None or step.attempt is None or step.attempt.status.ended:
        return None
    return step, step.attempt


class _Pause:
    """Until when stepwire waits before it tries again by itself: never longer than was decided when the attempt failed.

    It would be where the machine's clock was put back while stepwire did not run; the hour that comes twice is not
    waited out.
    """

    def __init__(self) -> None:
        self._of: tuple[StepId, int] | None = None
        self._at: datetime | None = None

    def until(self, step: Step, now: datetime) -> datetime | None:
        """None when nothing has to be waited for."""
        attempt = step.attempt
        if step.status is not StepStatus.RUNNING or attempt is None or attempt.failure is None:
            return None
        if self._of != (step.id, attempt.number):
            self._of, self._at = (step.id, attempt.number), _next_attempt_at(attempt.failure, now)
        return self._at if self._at is not None and self._at > now else None


def _next_attempt_at(failed: FailureRecord, now: datetime) -> datetime | None:
    at = failed.decision.next_attempt_at
    return at and min(at, now + (at - failed.occurred_at))
