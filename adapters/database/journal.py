"""The journal on a database: state and events in one transaction, and the log that everybody follows."""

import secrets
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from adapters.database import changes, groups, log, retention, tables
from adapters.database.changes import Commit
from adapters.database.followers import Followers
from adapters.database.readers import Reader
from adapters.database.state import load_pipelines
from adapters.database.writer import Committed, Survives, Writer
from runner.changes import Change
from runner.events import (
    AttentionCleared,
    FailureGroupChanged,
    LogEvent,
    PipelineEvent,
    PipelineFinished,
    Recorded,
    SessionOpened,
    StepFailed,
    StepRetrying,
)
from runner.failures import Failure, Json
from runner.fold import fold
from runner.groups import FailureGroup, FailureGroupStatus, decided
from runner.idempotency import IdempotencyKey
from runner.journal import Pruned, Quiet, StorageHealth
from runner.model import Actor, Cursor, Pipeline, PipelineId, StepId

# How the driver, or the codec before it, refuses content.
_REFUSED = (
    *(sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError),
    *(ValueError, TypeError, OverflowError, RecursionError),
)
_SMALL = 2000

_UNFINISHED = select(tables.pipelines.c.id).where(tables.pipelines.c.status.in_(changes.ACTIVE))


def new_epoch() -> str:
    return secrets.token_hex(8)


class DatabaseJournal:
    """Implements `runner.journal.Journal`; a fresh epoch for every one.

    With `engine_is_local` a power cut ends the engine's sessions as well: that one was opened need not outlive it.
    """

    def __init__(self, writer: Writer, reader: Reader, followers: Followers, *, engine_is_local: bool = False) -> None:
        self._writer = writer
        self._engine_is_local = engine_is_local
        self._reader = reader
        self._followers = followers
        self._epoch = new_epoch()
        self._alive_before: tuple[datetime | None] | None = None

    @property
    def epoch(self) -> str:
        """In which all that this process stores is written."""
        return self._epoch

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None:
        found = await self._reader.run(lambda connection: load_pipelines(connection, [pipeline_id]))
        return found[0] if found else None

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> Sequence[Recorded]:
        commit = Commit(change=change, idempotency_key=idempotency_key, alone_in=alone_in)
        try:
            return await self._store(
                lambda connection: changes.store(connection, commit, self._epoch), self._to_survive(change)
            )
        except _REFUSED:
            if not any(isinstance(event, StepFailed | StepRetrying) for event in change.events):
                raise
            small = replace(commit, change=_made_small(change))
            return await self._store(lambda connection: changes.store(connection, small, self._epoch))

    async def record(self, event: LogEvent) -> Recorded:
        recorded = await self._store(lambda connection: changes.record(connection, [event], self._epoch))
        return recorded[0]

    async def newest(self) -> Cursor:
        return await self._reader.run(log.newest)

    def follow(self, after: Cursor | None = None, quiet_seconds: float = 10.0) -> AsyncGenerator[Recorded | Quiet]:
        return self._followers.follow(after, quiet_seconds)

    async def after(self, place: Cursor) -> Sequence[Recorded]:
        return await self._followers.after(place)

    async def unfinished(self) -> Sequence[Pipeline]:
        found = await self._reader.run(lambda connection: load_pipelines(connection, _UNFINISHED))
        return sorted(found, key=lambda pipeline: (pipeline.created_at, pipeline.id))

    async def done(self, idempotency_key: IdempotencyKey) -> PipelineId | None:
        return await self._reader.run(lambda connection: changes.pipeline_of_key(connection, idempotency_key))

    async def prunable(self, older_than: datetime) -> Pruned:
        return await self._reader.run(lambda connection: retention.prunable(connection, older_than))

    async def prune(self, older_than: datetime, at: datetime, actor: Actor | None = None) -> Pruned:
        total = Pruned()
        while (
            went := await self._writer.store(
                lambda connection: retention.prune(connection, older_than, at, actor, self._epoch)
            )
        ).pipelines:
            total += went
        return total

    async def cleared(self, attention_id: str) -> AttentionCleared | None:
        return await self._reader.run(lambda connection: log.cleared(connection, attention_id))

    async def last_alive(self) -> datetime | None:
        """Read once: what is noted from now on is of this journal."""
        if self._alive_before is None:
            self._alive_before = (await self._reader.run(log.alive_at),)
        return self._alive_before[0]

    async def note_alive(self, at: datetime) -> None:
        await self.last_alive()
        await self._writer.run(lambda connection: log.note_alive(connection, at))

    async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
        await self._writer.run(lambda connection: changes.note_resume(connection, step_id, attempt, resume))

    async def set_group_status(
        self, group_id: str, status: FailureGroupStatus, actor: Actor, at: datetime, note: str | None = None
    ) -> FailureGroup | None:
        def change(connection: Connection) -> Committed[FailureGroup | None]:
            before = groups.load_group(connection, group_id)
            if before is None:
                return Committed(outcome=None, events=())
            group = decided(before, status, actor, at, log.newest(connection).position, note)
            if group is before:
                return Committed(outcome=group, events=())
            groups.store_decision(connection, group)
            changed = FailureGroupChanged(at=at, actor=actor, group=group)
            return Committed(outcome=group, events=changes.record(connection, [changed], self._epoch))

        return await self._writer.store(change)

    async def health(self) -> StorageHealth:
        return StorageHealth(message=await self._writer.health.trouble())

    async def _store(
        self, work: Callable[[Connection], Sequence[Recorded]], survives: Survives = Survives.POWER_CUT
    ) -> Sequence[Recorded]:
        def stored(connection: Connection) -> Committed[Sequence[Recorded]]:
            recorded = work(connection)
            return Committed(outcome=recorded, events=recorded)

        return await self._writer.commit(stored, survives)

    def _to_survive(self, change: Change) -> Survives:
        opens_a_session = all(isinstance(event, SessionOpened) for event in change.events)
        return Survives.KILL if opens_a_session and self._engine_is_local else Survives.POWER_CUT


def _made_small(change: Change) -> Change:
    """The same change with no more of its failures than surely can be stored."""
    events = tuple(_small(event) for event in change.events)
    return replace(change, events=events, pipeline=fold(events, change.before))


def _small(event: PipelineEvent) -> PipelineEvent:
    match event:
        case StepFailed() | StepRetrying():
            return replace(event, failure=replace(event.failure, failure=_without_extras(event.failure.failure)))
        case PipelineFinished(error_message=str(message)):
            return replace(event, error_message=_plain(message))
        case _:
            return event


def _without_extras(failure: Failure) -> Failure:
    return replace(
        failure,
        message=_plain(failure.message),
        hint=_plain(failure.hint),
        detail=None,
        causes=(),
        evidence=None,
        status_code=None,
    )


def _plain(text: str) -> str:
    return text[:_SMALL].encode(errors="replace").decode()
