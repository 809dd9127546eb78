"""Where all that happens is kept, as the runner needs it: the event log and the state that is its fold."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from runner.changes import Change
from runner.events import AttentionCleared, LogEvent, Recorded
from runner.failures import Json
from runner.groups import FailureGroup, FailureGroupStatus
from runner.idempotency import IdempotencyKey
from runner.model import Actor, Cursor, Pipeline, PipelineId, StepId


class Conflict(Exception):
    """Somebody else changed the pipeline first: load it and decide again."""


class AlreadyDone(Exception):
    """The request was done before under its idempotency key, for this pipeline."""

    def __init__(self, pipeline_id: PipelineId) -> None:
        super().__init__(pipeline_id)
        self.pipeline_id = pipeline_id


class KeyTaken(Exception):
    """The idempotency key was used before, for another request."""


class DirectoryTaken(Exception):
    """Active pipelines work in the same directory, in one inside it, or in one around it."""

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        super().__init__(", ".join(pipeline.id for pipeline in pipelines))
        self.pipelines = tuple(pipelines)


class CursorLost(Exception):
    """Completeness cannot be proved from this cursor; `reason` says why: foreign, expired or malformed."""

    def __init__(self, reason: str, newest: Cursor) -> None:
        super().__init__(reason)
        self.reason = reason
        self.newest = newest


class StorageError(Exception):
    """Nothing can be stored or read now, whatever it is; the text says why and what to do, without a full stop.

    It may pass: whoever has something to store that must not be lost tries again.
    """


@dataclass(frozen=True, kw_only=True)
class StorageHealth:
    """`message`: why nothing can be stored now, and what to do; None where it can."""

    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Nothing happened for a while; `cursor` is the log's newest place."""

    cursor: Cursor


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """How much was removed, or would be."""

    pipelines: int = 0
    events: int = 0

    def __add__(self, more: "Pruned") -> "Pruned":
        return Pruned(pipelines=self.pipelines + more.pipelines, events=self.events + more.events)


class Hook(Protocol):
    """Told what was committed, once each and in order: log lines and figures hang here. Must not raise or block."""

    def committed(self, recorded: Sequence[Recorded]) -> None: ...


class Journal(Protocol):
    """The event log and the state that is its fold. It tells its hooks of every event, whatever had it stored.

    All but `health` and a follower that has begun raise StorageError while storage cannot be used.
    """

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None: ...

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> Sequence[Recorded]:
        """Stores state and events in one transaction, then wakes followers; all of it or nothing.

        Returns the change's own events, then those of failure groups that it opened again. A caller that is cancelled
        meanwhile does not know whether it was stored.

        `alone_in` demands, in the same transaction, that no active pipeline works in, inside or around that directory.

        Raises:
            Conflict: the pipeline is not at `change.before.seq` any more (or exists already).
            AlreadyDone: the idempotency key was used for the same request.
            KeyTaken: it was used for another one.
            DirectoryTaken: see `alone_in`.
        """

    async def record(self, event: LogEvent) -> Recorded:
        """Stores an event of the whole log."""

    async def newest(self) -> Cursor:
        """The place of the last event; position 0 in an empty log."""

    async def after(self, place: Cursor) -> Sequence[Recorded]:
        """The events right after the place, oldest first: some hundreds at most, none at the end of the log.

        Raises:
            CursorLost: the place is foreign or expired.
        """

    def follow(self, after: Cursor | None = None, quiet_seconds: float = 10.0) -> AsyncGenerator[Recorded | Quiet]:
        """Every event after the cursor (None: from now on), stored ones first, then live: each once, in order.

        Never ends by itself. Yields Quiet after each `quiet_seconds` without an event. The place "now" is taken at the
        first `anext`. While the log cannot be read it waits, and goes on where it was.

        Raises:
            CursorLost: at the first `anext` when the cursor is foreign or expired, later when the follower fell out
                of what is kept.
        """

    async def done(self, idempotency_key: IdempotencyKey) -> PipelineId | None:
        """The pipeline that this request was done for; None: the key is free. Raises KeyTaken."""

    async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
        """From where an open attempt would be followed on: beside its state, without an event, and nobody is woken.

        It makes no new version of the pipeline, and whatever is committed of it leaves it as it is. For an attempt
        that has ended, or is not there, it does nothing.
        """

    async def set_group_status(
        self, group_id: str, status: FailureGroupStatus, actor: Actor, at: datetime, note: str | None = None
    ) -> FailureGroup | None:
        """Stores what `groups.decided` makes of it, with its FailureGroupChanged event where that is anything new.

        It is said of the failures that are stored by then. None: there is no such group.
        """

    async def prunable(self, older_than: datetime) -> Pruned:
        """What `prune` would remove."""

    async def prune(self, older_than: datetime, at: datetime, actor: Actor | None = None) -> Pruned:
        """Removes pipelines that ended before that moment, with all that belongs to them, and says how much went.

        Appends LogPruned events when any went; cursors older than what went are expired from then on.
        """

    async def cleared(self, attention_id: str) -> AttentionCleared | None:
        """How the attention of that id ended, for whoever comes too late to answer it."""

    async def last_alive(self) -> datetime | None:
        """When the stepwire before this one was last known to be at work; None: never, or not told."""

    async def note_alive(self, at: datetime) -> None:
        """At work now: for whoever comes after."""

    async def unfinished(self) -> Sequence[Pipeline]:
        """All pipelines that have not ended, oldest first."""

    async def health(self) -> StorageHealth:
        """Whether something can be stored now, found out by storing; never raises, and takes a few seconds at most."""
