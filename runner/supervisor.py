"""Keeper of all loops: launches pipelines, oldest first, stops them, and gives everything unfinished a verdict."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from runner.aftermath import open_attempt
from runner.approvals import expire_approval, remind_of_approval
from runner.changes import Change, IllegalTransition
from runner.executor import Executor, internal_failure, woken_by
from runner.failure_kinds import FailureKind
from runner.failures import Failure, failure
from runner.journal import Journal, StorageError
from runner.model import ApprovalStatus, Pipeline, PipelineId, PipelineStatus, StepKind, StepStatus
from runner.ports import Clock
from runner.retry import RetryPolicy
from runner.settler import Decider, Unknown
from runner.traces import NO_TRACES, Traces
from runner.transitions import fail_step, give_up

log = logging.getLogger("stepwire.supervisor")

_SWEEP = timedelta(seconds=5)
_SWEEP_AGAIN = timedelta(seconds=1)
_CLEAN_UP_SECONDS = 5.0


@dataclass(kw_only=True)
class _Loop:
    task: "asyncio.Task[None]"
    nudge: asyncio.Event
    again: bool = False


@dataclass(kw_only=True)
class _Due:
    """Pipelines that wait for their turn, each once, oldest first."""

    ids: dict[PipelineId, None] = field(default_factory=dict)

    def add(self, pipeline_id: PipelineId) -> None:
        self.ids.setdefault(pipeline_id)

    def next(self) -> PipelineId:
        # Ids sort by the time they were made. A queue would put one that is resumed behind whatever was started since.
        oldest = min(self.ids)
        del self.ids[oldest]
        return oldest


class Supervisor:
    """The Dispatcher of one process. Enter `run` once; it returns only when cancelled or after `stop`."""

    def __init__(
        self,
        *,
        executor: Executor,
        journal: Journal,
        clock: Clock,
        policy: RetryPolicy,
        max_pipelines: int = 8,
        clean_up_seconds: float = _CLEAN_UP_SECONDS,
    ) -> None:
        self._executor = executor
        self._journal = journal
        self._decider = Decider(journal)
        self._clock = clock
        self._policy = policy
        self._max_pipelines = max_pipelines
        self._due = _Due()
        self._loops: dict[PipelineId, _Loop] = {}
        self._wake = asyncio.Event()
        self._clean_up_seconds = clean_up_seconds
        self._next_sweep = clock.now() + _SWEEP
        self._stopping = False
        # When the stepwire before this one was, for the attempts that ended with it.
        self._last_alive: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many pipelines wait for a place."""
        return len(self._due.ids)

    @property
    def running(self) -> int:
        """How many have one."""
        return len(self._loops)

    def launch(self, pipeline_id: PipelineId) -> None:
        loop = self._loops.get(pipeline_id)
        if loop is None:
            self._due.add(pipeline_id)
        else:
            loop.again = True
            loop.nudge.set()
        self._wake.set()

    def interrupt(self, pipeline_id: PipelineId) -> None:
        if loop := self._loops.get(pipeline_id):
            # Looked at anew once it has stopped: by then somebody may have asked for a further attempt.
            loop.again = True
            loop.task.cancel()

    async def recover(self) -> None:
        """Gives everything that a stop or a crash left unfinished its verdict: followed on, interrupted, or its turn.

        What was running is followed on at once, as far as places allow; the rest of it is interrupted.
        """
        self._last_alive = await self._journal.last_alive()
        await self._sweep(_interrupted)
        self._last_alive = None

    async def run(self) -> None:
        """Launches what is due while places are free, and looks every few seconds for what nobody runs."""
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                self._wake.clear()
                while self._due.ids and len(self._loops) < self._max_pipelines:
                    self._begin(self._due.next(), tasks)
                await woken_by(self._wake, self._clock, self._next_sweep)
                if self._clock.now() >= self._next_sweep and not self._stopping:
                    await self._sweep_quietly()

    async def stop(self) -> None:
        """Stores that running steps are interrupted, with what they have done, then stops them; they go on at the next
        start. One that waits for a person's answer is left as it is: the next start follows it on.
        """
        self._stopping = True
        self._wake.set()
        loops = dict(self._loops)
        async with asyncio.TaskGroup() as tasks:
            for pipeline_id, loop in loops.items():
                tasks.create_task(self._stop(pipeline_id, loop))
        if loops:
            await asyncio.wait([loop.task for loop in loops.values()], timeout=self._clean_up_seconds)
        for pipeline_id, loop in loops.items():
            # What began between the record and the stop, and what could not be stored or would not stop.
            await self._record(pipeline_id, self._leaving_or_ending)
            loop.task.cancel()

    async def _stop(self, pipeline_id: PipelineId, loop: _Loop) -> None:
        traces = await self._traces(pipeline_id)
        await self._record(pipeline_id, lambda newest: self._leaving_or_ending(newest, traces))
        loop.task.cancel()

    async def _traces(self, pipeline_id: PipelineId) -> Traces:
        try:
            pipeline = await self._journal.load(pipeline_id)
        except Exception as error:
            log.error("traces_not_read", exc_info=error, extra={"pipeline_id": pipeline_id})
            return NO_TRACES
        return await self._executor.traces(pipeline) if pipeline else NO_TRACES

    def _begin(self, pipeline_id: PipelineId, tasks: asyncio.TaskGroup) -> None:
        nudge = asyncio.Event()
        task = tasks.create_task(self._keep(pipeline_id, nudge), name=f"pipeline {pipeline_id}")
        self._loops[pipeline_id] = _Loop(task=task, nudge=nudge)
        # Not in a `finally` of the task: one that is cancelled before it began has none.
        task.add_done_callback(partial(self._ended, pipeline_id))

    def _ended(self, pipeline_id: PipelineId, _: "asyncio.Task[None]") -> None:
        if self._loops.pop(pipeline_id).again:
            self._due.add(pipeline_id)
        self._wake.set()

    async def _keep(self, pipeline_id: PipelineId, nudge: asyncio.Event) -> None:
        try:
            if (pipeline := await self._executor.run(pipeline_id, nudge)) is not None:
                self._note_deadline(pipeline)
        # Broad on purpose: loading or storing failed, whatever the journal raised, so even that must be told.
        except Exception as error:  # noqa: BLE001
            reason = internal_failure(error, pipeline_id)
            await self._record(pipeline_id, lambda newest: give_up(newest, reason, self._clock.now()))

    async def _sweep_quietly(self) -> None:
        try:
            if self._loops:
                await self._journal.note_alive(self._clock.now())
            await self._sweep(_orphaned)
        except StorageError:
            self._sweep_soon()
        except Exception as error:
            log.error("sweep_failed", exc_info=error)

    async def _sweep(self, reason: Callable[[Pipeline], Failure]) -> None:
        """Nothing is left running that nobody runs."""
        self._next_sweep = self._clock.now() + _SWEEP
        for pipeline in await self._journal.unfinished():
            if pipeline.id in self._loops or pipeline.id in self._due.ids:
                continue
            if _waits_for_approval(pipeline):
                await self._remind_or_expire(pipeline)
            elif _has_session(pipeline) and len(self._loops) + len(self._due.ids) < self._max_pipelines:
                self.launch(pipeline.id)
            elif open_attempt(pipeline):
                await self._take_up(pipeline, reason)
            else:
                self.launch(pipeline.id)

    async def _remind_or_expire(self, pipeline: Pipeline) -> None:
        now = self._clock.now()
        if pipeline.current and any(at <= now for at in _deadlines(pipeline)):
            for change in (expire_approval, remind_of_approval):
                await self._record(pipeline.id, partial(change, step_id=pipeline.current.id, at=now))
        self._note_deadline(pipeline)

    def _note_deadline(self, pipeline: Pipeline) -> None:
        """The next sweep comes no later than its approval expires, or somebody is to be reminded of it."""
        now = self._clock.now()
        self._next_sweep = min([self._next_sweep, *(at for at in _deadlines(pipeline) if at > now)])

    def _sweep_soon(self) -> None:
        """Storage cannot be used: whatever waits for it goes on right after that is over."""
        self._next_sweep = min(self._next_sweep, self._clock.now() + _SWEEP_AGAIN)

    async def _take_up(self, seen: Pipeline, reason: Callable[[Pipeline], Failure]) -> None:
        """Ends an attempt that nobody runs, unless it has moved since the list was read; then it goes on."""
        traces = await self._executor.traces(seen)

        def ending(newest: Pipeline) -> Change:
            if newest.seq != seen.seq or seen.id in self._loops:
                raise IllegalTransition("It has moved since.")
            return self._ending(newest, reason(newest), traces)

        if await self._record(seen.id, ending):
            self.launch(seen.id)

    async def _record(self, pipeline_id: PipelineId, decide: Callable[[Pipeline], Change]) -> bool:
        """Stores a verdict, unless the state no longer allows it; False: that failed, the next sweep tries again."""
        try:
            await self._decider.change(pipeline_id, decide)
        except (IllegalTransition, Unknown):
            return True
        except StorageError:
            self._sweep_soon()
            return False
        except Exception as error:
            log.error("verdict_not_stored", exc_info=error, extra={"pipeline_id": pipeline_id})
            return False
        return True

    def _leaving_or_ending(self, newest: Pipeline, traces: Traces = NO_TRACES) -> Change:
        if newest.status is PipelineStatus.WAITING and _has_session(newest):
            self._executor.leave(newest.id)
            raise IllegalTransition("It waits for a person.")
        return self._ending(newest, _interrupted(newest), traces)

    def _ending(self, pipeline: Pipeline, reason: Failure, traces: Traces) -> Change:
        if pipeline.current is None:
            raise IllegalTransition("The pipeline has ended.")
        step = pipeline.current
        left, at = traces.of(step.attempt.session_id if step.attempt else None), self._clock.now()
        number, told = len(step.attempts), left.added_to(reason)
        return fail_step(pipeline, step.id, number, told, self._policy, at, left.usage, last_alive=self._last_alive)


def _interrupted(_: Pipeline) -> Failure:
    return failure(FailureKind.INTERRUPTED, "stepwire stopped while the step was running")


def _orphaned(pipeline: Pipeline) -> Failure:
    """It should not have happened, so it is our bug."""
    return internal_failure(RuntimeError("nobody runs this step"), pipeline.id)


def _deadlines(pipeline: Pipeline) -> list[datetime]:
    """When something is due of the approval that it waits for."""
    approval = pipeline.current.approval if pipeline.current and not pipeline.status.ended else None
    if approval is None or approval.status is not ApprovalStatus.PENDING:
        return []
    return [at for at in (approval.remind_at, approval.expires_at) if at]


def _has_session(pipeline: Pipeline) -> bool:
    attempt = open_attempt(pipeline)
    return attempt is not None and bool(attempt.session_id)


def _waits_for_approval(pipeline: Pipeline) -> bool:
    step = pipeline.current
    return (
        pipeline.status is PipelineStatus.WAITING
        and step is not None
        and step.plan.kind is StepKind.APPROVAL
        and step.status is StepStatus.WAITING
    )
