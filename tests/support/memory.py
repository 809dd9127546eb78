"""The journal and the reads over plain dicts, gone with the process: for tests, and for trying things out."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from adapters.notifier import Notifier
from runner.changes import Change
from runner.events import (
    AttentionCleared,
    Event,
    FailureGroupChanged,
    LogEvent,
    LogPruned,
    PipelineEvent,
    Recorded,
    SessionOpened,
    StepFailed,
    StepRetrying,
    StepSucceeded,
)
from runner.failures import Json
from runner.fold import apply
from runner.groups import FailureGroup, FailureGroupStatus, after_occurrence, decided
from runner.idempotency import IdempotencyKey
from runner.ids import pipeline_id_of
from runner.journal import AlreadyDone, Conflict, DirectoryTaken, Hook, KeyTaken, Pruned, Quiet, StorageHealth
from runner.model import Actor, Cursor, FailureRecord, Pipeline, PipelineId, Step, StepId
from tests.support.memory_reads import MemoryReads, Stored


class MemoryJournal(MemoryReads):
    """Implements `runner.journal.Journal` and `runner.reads.Reads`; as strict as the database about every promise."""

    def __init__(self) -> None:
        super().__init__(Stored(newest=Cursor(position=0, epoch=secrets.token_hex(8))))
        self._epoch = secrets.token_hex(8)
        self._notifier = Notifier()
        self._keys: dict[str, tuple[PipelineId, str]] = {}
        self._places: set[tuple[str, int, str]] = set()
        self._resumes: dict[tuple[StepId, int], Json] = {}
        self.hooks: list[Hook] = []
        self.alive_before: datetime | None = None
        self.alive: datetime | None = None
        self.noted_alive = asyncio.Event()

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None:
        pipeline = self._stored.pipelines.get(pipeline_id)
        return pipeline and self._resumable(pipeline)

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> Sequence[Recorded]:
        await asyncio.sleep(0)  # as with any journal, somebody else may be faster
        self._check(change, idempotency_key, alone_in)
        recorded: list[Recorded] = []
        pipeline = change.before
        for event in change.events:
            happened = _placed(event, self._next(len(recorded)))
            pipeline = apply(pipeline, happened)
            if isinstance(happened, SessionOpened):
                self._resumes[happened.step_id, happened.attempt] = happened.resume
            recorded.append(Recorded(cursor=self._next(len(recorded)), event=happened, pipeline=pipeline))
        assert pipeline is not None
        self._stored.pipelines[pipeline.id] = pipeline
        if idempotency_key is not None:
            self._keys[idempotency_key.key] = (pipeline.id, idempotency_key.request)
        self._append(recorded)
        recorded += self._append_events(self._tell_groups(pipeline, change.events))
        self._tell_hooks(recorded)
        return recorded

    async def record(self, event: LogEvent) -> Recorded:
        await asyncio.sleep(0)
        recorded = self._append_events([event])
        self._tell_hooks(recorded)
        return recorded[0]

    async def newest(self) -> Cursor:
        return self._stored.newest

    async def after(self, place: Cursor) -> Sequence[Recorded]:
        self._stored.check_complete(place)
        return self._stored.after(place)[:256]

    async def follow(
        self, after: Cursor | None = None, quiet_seconds: float = 10.0
    ) -> AsyncGenerator[Recorded | Quiet]:
        clock = asyncio.get_running_loop().time
        place = after or self._stored.newest
        self._stored.check_complete(place)
        with self._notifier.listen() as woken:
            quiet_at = clock() + quiet_seconds
            while True:
                woken.clear()
                self._stored.check_complete(place)
                for recorded in self._stored.after(place):
                    place = recorded.cursor
                    yield recorded
                    quiet_at = clock() + quiet_seconds
                if place == self._stored.newest and not await _set_before(woken, quiet_at):
                    yield Quiet(cursor=place)
                    quiet_at = clock() + quiet_seconds

    async def done(self, idempotency_key: IdempotencyKey) -> PipelineId | None:
        return self._done(idempotency_key)

    def _done(self, idempotency_key: IdempotencyKey) -> PipelineId | None:
        pipeline_id, request = self._keys.get(idempotency_key.key, (None, None))
        if pipeline_id is not None and request != idempotency_key.request:
            raise KeyTaken(idempotency_key.key)
        return pipeline_id

    async def set_group_status(
        self, group_id: str, status: FailureGroupStatus, actor: Actor, at: datetime, note: str | None = None
    ) -> FailureGroup | None:
        before = self._stored.groups.get(group_id)
        if before is None:
            return None
        group = self._stored.groups[group_id] = decided(before, status, actor, at, self._stored.newest.position, note)
        if group is before:
            return group
        self._tell_hooks(self._append_events([FailureGroupChanged(at=at, actor=actor, group=group)]))
        return group

    async def prunable(self, older_than: datetime) -> Pruned:
        old = self._old(older_than)
        events = [recorded for recorded in self._stored.log if recorded.pipeline and recorded.pipeline.id in old]
        return Pruned(pipelines=len(old), events=len(events))

    async def prune(self, older_than: datetime, at: datetime, actor: Actor | None = None) -> Pruned:
        gone = self._old(older_than)
        went = Pruned(pipelines=len(gone), events=self._stored.remove(gone))
        self._keys = {key: used for key, used in self._keys.items() if used[0] not in gone}
        if gone:
            pruned = LogPruned(at=at, actor=actor, before=older_than, events=went.events, pipelines=went.pipelines)
            self._tell_hooks(self._append_events([pruned]))
        return went

    def _old(self, older_than: datetime) -> set[PipelineId]:
        return {
            pipeline.id
            for pipeline in self._stored.pipelines.values()
            if pipeline.status.ended and pipeline.finished_at and pipeline.finished_at < older_than
        }

    async def cleared(self, attention_id: str) -> AttentionCleared | None:
        events = (recorded.event for recorded in reversed(self._stored.log))
        cleared = (event for event in events if isinstance(event, AttentionCleared))
        return next((event for event in cleared if event.attention_id == attention_id), None)

    async def last_alive(self) -> datetime | None:
        return self.alive_before

    async def note_alive(self, at: datetime) -> None:
        self.alive = at
        self.noted_alive.set()

    async def unfinished(self) -> Sequence[Pipeline]:
        return [self._resumable(pipeline) for pipeline in self._stored.active()]

    async def health(self) -> StorageHealth:
        return StorageHealth()

    async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
        pipeline = self._stored.pipelines.get(pipeline_id_of(step_id))
        step = pipeline and pipeline.step(step_id)
        if step and step.attempt and step.attempt.number == attempt and not step.attempt.status.ended:
            self._resumes[step_id, attempt] = resume

    def _resumable(self, pipeline: Pipeline) -> Pipeline:
        """With what was noted of its open attempts."""
        return replace(pipeline, steps=tuple(map(self._with_resume, pipeline.steps)))

    def _with_resume(self, step: Step) -> Step:
        newest = step.attempt
        if newest is None or newest.status.ended or (step.id, newest.number) not in self._resumes:
            return step
        newest = replace(newest, resume=self._resumes[step.id, newest.number])
        return replace(step, attempts=(*step.attempts[:-1], newest))

    def _check(self, change: Change, idempotency_key: IdempotencyKey | None, alone_in: str | None) -> None:
        if idempotency_key is not None and (done := self._done(idempotency_key)) is not None:
            raise AlreadyDone(done)
        if alone_in is not None:
            active = self._stored.active_in(alone_in)
            if others := [pipeline for pipeline in active if pipeline.id != change.pipeline.id]:
                raise DirectoryTaken(others)
        known = self._stored.pipelines.get(change.pipeline.id)
        if (known.seq if known else None) != (change.before.seq if change.before else None):
            raise Conflict(f"{change.pipeline.id} is not at {change.before.seq if change.before else 0} any more")

    def _next(self, ahead: int = 0) -> Cursor:
        return Cursor(position=self._stored.newest.position + ahead + 1, epoch=self._epoch)

    def _append_events(self, events: Iterable[LogEvent]) -> list[Recorded]:
        recorded = [Recorded(cursor=self._next(ahead), event=event) for ahead, event in enumerate(events)]
        self._append(recorded)
        return recorded

    def _tell_hooks(self, recorded: Sequence[Recorded]) -> None:
        for hook in self.hooks:
            hook.committed(recorded)

    def _append(self, recorded: Sequence[Recorded]) -> None:
        self._stored.append(recorded)
        self._notifier.notify()

    def _tell_groups(self, pipeline: Pipeline, events: Iterable[Event]) -> list[LogEvent]:
        changed: list[LogEvent] = []
        for event in events:
            match event:
                case StepFailed() | StepRetrying():
                    group = self._count(pipeline, event.failure)
                    changed += [FailureGroupChanged(at=event.at, group=group)] if group else []
                case StepSucceeded():
                    self._note_success(pipeline, event)
                case _:
                    pass
        return changed

    def _count(self, pipeline: Pipeline, record: FailureRecord) -> FailureGroup | None:
        """The group with one more failure in it, if that changed its status."""
        groups = self._stored.groups
        before = groups.get(record.group_id)
        group = groups[record.group_id] = after_occurrence(before, record)
        step = pipeline.step(record.step_id)
        if pipeline.template is not None and step is not None:
            self._places.add((pipeline.template, step.position, group.id))
        return group if before and before.status is not group.status else None

    def _note_success(self, pipeline: Pipeline, event: StepSucceeded) -> None:
        step = pipeline.step(event.step_id)
        for template, position, group_id in self._places:
            if step is not None and (template, position) == (pipeline.template, step.position):
                self._stored.groups[group_id] = _after_success(self._stored.groups[group_id], event.at)


def _placed(event: PipelineEvent, cursor: Cursor) -> PipelineEvent:
    if isinstance(event, StepFailed | StepRetrying):
        return replace(event, failure=replace(event.failure, cursor=cursor))
    return event


async def _set_before(woken: asyncio.Event, deadline: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            await woken.wait()
    return woken.is_set()


def _after_success(group: FailureGroup, at: datetime) -> FailureGroup:
    """A step in a place where it had failed has succeeded; of no interest any more once the group is resolved."""
    return group if group.status is FailureGroupStatus.RESOLVED else replace(group, last_success_at=at)
