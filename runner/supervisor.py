"""Keeper of all loops: launches pipelines, oldest first, stops them, and gives everything unfinished a verdict."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from runner.deciding import Decider, Unknown
from runner.executor import Executor, internal_failure
from runner.failures import Failure, FailureKind, failure
from runner.model import ApprovalStatus, Pipeline, PipelineId, PipelineStatus, StepKind, StepStatus
from runner.ports import Clock, Hooks, Journal
from runner.retry import RetryPolicy
from runner.transitions import Change, NotAllowed, expire_approval, fail_step, remind_of_approval

log = logging.getLogger("stepwire.supervisor")

_SWEEP_SECONDS = 5.0
_RECORD_TRIES = (0.1, 0.5, 1.0, 2.0)
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
        hooks: Hooks,
        policy: RetryPolicy,
        max_pipelines: int = 8,
    ) -> None:
        self._executor = executor
        self._journal = journal
        self._decider = Decider(journal, hooks)
        self._clock = clock
        self._policy = policy
        self._max_pipelines = max_pipelines
        self._due = _Due()
        self._loops: dict[PipelineId, _Loop] = {}
        self._wake = asyncio.Event()
        self._deadline: datetime | None = None
        self._stopping = False

    def launch(self, pipeline_id: PipelineId) -> None:
        loop = self._loops.get(pipeline_id)
        if loop is None:
            self._due.add(pipeline_id)
        else:
            loop.again = True
            loop.nudge.set()
        self._wake.set()

    def interrupt(self, pipeline_id: PipelineId) -> None:
        self._due.ids.pop(pipeline_id, None)
        if loop := self._loops.get(pipeline_id):
            loop.again = False
            loop.task.cancel()

    async def recover(self) -> None:
        """Gives everything that a stop or a crash left unfinished its verdict: interrupted, or its turn again."""
        await self._sweep(failure(FailureKind.INTERRUPTED, "stepwire stopped while the step was running"))

    async def run(self) -> None:
        """Launches what is due while places are free, and looks every few seconds for what nobody runs."""
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                self._wake.clear()
                while self._due.ids and len(self._loops) < self._max_pipelines:
                    self._begin(self._due.next(), tasks)
                if not await self._woken():
                    await self._sweep_quietly()

    async def stop(self) -> None:
        """Stores that running steps are interrupted, then stops them; they go on at the next start."""
        self._stopping = True
        loops = dict(self._loops)
        reason = failure(FailureKind.INTERRUPTED, "stepwire stopped while the step was running")
        for pipeline_id in loops:
            await self._record(pipeline_id, reason)
        for loop in loops.values():
            loop.again = False
            loop.task.cancel()
        if loops:
            await asyncio.wait([loop.task for loop in loops.values()], timeout=_CLEAN_UP_SECONDS)
        self._wake.set()

    def _begin(self, pipeline_id: PipelineId, tasks: asyncio.TaskGroup) -> None:
        nudge = asyncio.Event()
        task = tasks.create_task(self._keep(pipeline_id, nudge), name=f"pipeline {pipeline_id}")
        self._loops[pipeline_id] = _Loop(task=task, nudge=nudge)

    async def _keep(self, pipeline_id: PipelineId, nudge: asyncio.Event) -> None:
        try:
            if (pipeline := await self._executor.run(pipeline_id, nudge)) is not None:
                self._note_deadline(pipeline)
        # Broad on purpose: storing an outcome failed, whatever the journal raised, so even that must be told.
        except Exception as error:  # noqa: BLE001
            await self._record(pipeline_id, internal_failure(error, pipeline_id))
        finally:
            loop = self._loops.pop(pipeline_id)
            if loop.again and not self._stopping:
                self._due.add(pipeline_id)
            self._wake.set()

    async def _woken(self) -> bool:
        """Whether somebody woke it before the next sweep was due."""
        seconds = _SWEEP_SECONDS
        if self._deadline is not None:
            seconds = min(seconds, max(0.0, (self._deadline - self._clock.now()).total_seconds()))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
                return True
        return False

    async def _sweep_quietly(self) -> None:
        try:
            await self._sweep(None)
        except Exception as error:
            log.error("sweep_failed", exc_info=error)

    async def _sweep(self, reason: Failure | None) -> None:
        """Nothing is left running that nobody runs. `reason` None: it should not have happened, so it is our bug."""
        self._deadline = None
        for pipeline in await self._journal.unfinished():
            if pipeline.id in self._loops or pipeline.id in self._due.ids:
                continue
            if _waits_for_approval(pipeline):
                await self._remind_or_expire(pipeline)
            elif _has_open_attempt(pipeline):
                await self._take_up(pipeline.id, reason)
            else:
                self.launch(pipeline.id)

    async def _remind_or_expire(self, pipeline: Pipeline) -> None:
        step, now = pipeline.current, self._clock.now()
        if step is None:
            return
        for change in (expire_approval, remind_of_approval):
            with suppress(NotAllowed):
                decide = partial(change, step_id=step.id, at=now)
                pipeline = (await self._decider.change(pipeline.id, decide, known=pipeline)).value
        self._note_deadline(pipeline)

    def _note_deadline(self, pipeline: Pipeline) -> None:
        """The next sweep comes no later than its approval expires, or somebody is to be reminded of it."""
        approval = pipeline.current.approval if pipeline.current and not pipeline.status.ended else None
        if approval and approval.status is ApprovalStatus.PENDING:
            times = (self._deadline, approval.expires_at, approval.remind_at)
            self._deadline = min((at for at in times if at), default=None)

    async def _take_up(self, pipeline_id: PipelineId, reason: Failure | None) -> None:
        """Ends an attempt that nobody runs, unless it has moved since the list was read; then it goes on."""
        pipeline = await self._journal.load(pipeline_id)
        if pipeline is None or pipeline_id in self._loops or pipeline_id in self._due.ids:
            return
        if _has_open_attempt(pipeline):
            reason = reason or internal_failure(RuntimeError("nobody runs this step"), pipeline_id)
            await self._record(pipeline_id, reason, seen=pipeline)
        self.launch(pipeline_id)

    async def _record(self, pipeline_id: PipelineId, reason: Failure, *, seen: Pipeline | None = None) -> None:
        """Ends the open attempt for this reason, if it is still as it was `seen`.

        Where even that cannot be stored, the next sweep tries again.
        """
        for seconds in (*_RECORD_TRIES, None):
            try:
                await self._decider.change(pipeline_id, lambda newest: self._ending(newest, reason, seen))
                return
            except (NotAllowed, Unknown):
                return
            except Exception as error:
                log.error("failure_not_stored", exc_info=error, extra={"pipeline_id": pipeline_id})
            if seconds is not None and not self._stopping:
                await asyncio.sleep(seconds)

    def _ending(self, pipeline: Pipeline, reason: Failure, seen: Pipeline | None) -> Change:
        step = pipeline.current
        moved = seen is not None and seen.seq != pipeline.seq
        if moved or step is None or step.attempt is None or step.plan.kind is StepKind.APPROVAL:
            raise NotAllowed("No attempt is open.")
        return fail_step(pipeline, step.id, step.attempt.number, reason, self._policy, self._clock.now())


def _has_open_attempt(pipeline: Pipeline) -> bool:
    step = pipeline.current
    return step is not None and step.attempt is not None and not step.attempt.status.ended


def _waits_for_approval(pipeline: Pipeline) -> bool:
    step = pipeline.current
    return (
        pipeline.status is PipelineStatus.WAITING
        and step is not None
        and step.plan.kind is StepKind.APPROVAL
        and step.status is StepStatus.WAITING
    )
