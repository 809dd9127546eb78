"""Storing one change inside a transaction: the fence, its events, and the rows in which the pipeline differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import Connection, Table, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from adapters.database import groups, log, tables
from adapters.database.codec import placed
from adapters.database.prepared import Prepared
from adapters.database.rows import (
    APPROVALS,
    ATTEMPTS,
    FAILURES,
    HANDOFFS,
    PIPELINE_MOVES,
    PIPELINES,
    STEP_MOVES,
    STEP_PLAN,
    STEPS,
    NewRow,
)
from adapters.database.state import load_pipelines
from adapters.database.values import dumps, text_of
from runner.changes import Change
from runner.directories import overlap
from runner.events import (
    FailureGroupChanged,
    LogEvent,
    PipelineEvent,
    Recorded,
    StepFailed,
    StepRetrying,
    StepSucceeded,
)
from runner.failures import Json
from runner.fold import apply
from runner.groups import FailureGroup
from runner.idempotency import IdempotencyKey
from runner.journal import AlreadyDone, Conflict, DirectoryTaken, KeyTaken
from runner.model import Cursor, Pipeline, PipelineId, PipelineStatus, Step
from runner.search import searched, told


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What `Journal.commit` was asked for."""

    change: Change
    idempotency_key: IdempotencyKey | None = None
    alone_in: str | None = None


ACTIVE = [status.value for status in PipelineStatus if not status.ended]


def _insert(table: Table) -> Prepared:
    return Prepared(insert(table), table.columns.keys())


def _upsert(table: Table) -> Prepared:
    statement = insert(table)
    changes = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    whole = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)
    return Prepared(whole, table.columns.keys())


_AT_VERSION = update(tables.pipelines).where(
    tables.pipelines.c.id == bindparam("of_id"), tables.pipelines.c.seq == bindparam("at_seq")
)
_OF_STEP = update(tables.steps).where(tables.steps.c.id == bindparam("of_id"))

_PIPELINE = Prepared(insert(tables.pipelines).on_conflict_do_nothing(), tables.pipelines.columns.keys())
_MOVED_PIPELINE = Prepared(_AT_VERSION, PIPELINE_MOVES.names)
_COUNTED_PIPELINE = Prepared(_AT_VERSION, ["seq"])
_STEP = _insert(tables.steps)
_MOVED_STEP = Prepared(_OF_STEP, STEP_MOVES.names)
_PLANNED_STEP = Prepared(_OF_STEP, STEP_PLAN.names)
_FAILURE = _insert(tables.failures)
_ATTEMPT = _upsert(tables.attempts)
_RESUME = Prepared(
    update(tables.attempts).where(
        tables.attempts.c.step_id == bindparam("of_step"),
        tables.attempts.c.number == bindparam("of_number"),
        tables.attempts.c.finished_at.is_(None),
    ),
    ["resume"],
)
_HANDOFF = _upsert(tables.handoffs)
_NO_HANDOFF = Prepared(delete(tables.handoffs).where(tables.handoffs.c.step_id == bindparam("of_id")))
_APPROVAL = _upsert(tables.approvals)
_NEW_TEXT = insert(tables.searches)
# Its place in the index is kept, for the new text.
_SEARCH = Prepared(
    _NEW_TEXT.on_conflict_do_update(
        index_elements=["pipeline_id"], set_={"text": _NEW_TEXT.excluded.text, "indexed": _NEW_TEXT.excluded.indexed}
    ),
    ["pipeline_id", "text", "indexed"],
)
_KEY = _insert(tables.idempotency_keys)
_KEY_TAKEN = Prepared(
    select(tables.idempotency_keys.c.pipeline_id, tables.idempotency_keys.c.request).where(
        tables.idempotency_keys.c.key == bindparam("key")
    )
)
_IN_DIRECTORIES = select(tables.pipelines.c.id, tables.pipelines.c.directory).where(
    tables.pipelines.c.status.in_(ACTIVE), tables.pipelines.c.directory.is_not(None)
)


def store(connection: Connection, commit: Commit, epoch: str) -> list[Recorded]:
    """All of it; the events as recorded, the change's own first. Raises as `Journal.commit` does."""
    change = commit.change
    _check_demands(connection, commit)
    _pass_fence(connection, change)
    numbered = [(event, change.pipeline.seq - left) for left, event in _counted_down(change.events)]
    cursors = log.append(connection, epoch, numbered)
    recorded = _recorded(change, cursors)
    pipeline = recorded[-1].pipeline
    assert pipeline is not None
    _store_steps(connection, change.before, pipeline)
    reopened = _store_failures(connection, pipeline, recorded)
    _store_parts(connection, change.before, pipeline)
    if change.before is None or told(change.before) != told(pipeline):
        _SEARCH.run(connection, {"pipeline_id": pipeline.id, "text": searched(pipeline), "indexed": 0})
    _note_successes(connection, pipeline, recorded)
    at = change.events[-1].at
    if (used := commit.idempotency_key) is not None:
        row = {"key": used.key, "request": used.request, "pipeline_id": pipeline.id, "used_at": text_of(at)}
        _KEY.run(connection, row)
    return recorded + record(connection, [FailureGroupChanged(at=at, group=group) for group in reopened], epoch)


def note_resume(connection: Connection, step_id: str, attempt: int, resume: Json) -> None:
    """Of an open attempt; of one that is not there or has ended nothing changes."""
    noted = None if resume is None else dumps(resume)
    _RESUME.run(connection, {"of_step": step_id, "of_number": attempt, "resume": noted})


def active_in(connection: Connection, directory: str) -> list[Pipeline]:
    """Pipelines that have not ended and work in, inside or around the directory; oldest first."""
    ids = [row.id for row in connection.execute(_IN_DIRECTORIES) if overlap(row.directory, directory)]
    return sorted(load_pipelines(connection, ids), key=lambda pipeline: (pipeline.created_at, pipeline.id))


def pipeline_of_key(connection: Connection, wanted: IdempotencyKey) -> PipelineId | None:
    """Raises KeyTaken. A key from before there were digests counts for whoever has it, as it did then."""
    taken = _KEY_TAKEN.one(connection, {"key": wanted.key}).first()
    if taken is None:
        return None
    if taken.request not in (None, wanted.request):
        raise KeyTaken(wanted.key)
    return PipelineId(taken.pipeline_id)


def _check_demands(connection: Connection, commit: Commit) -> None:
    if commit.idempotency_key is not None:
        taken = pipeline_of_key(connection, commit.idempotency_key)
        if taken is not None:
            raise AlreadyDone(taken)
    if commit.alone_in is not None:
        others = [
            pipeline for pipeline in active_in(connection, commit.alone_in) if pipeline.id != commit.change.pipeline.id
        ]
        if others:
            raise DirectoryTaken(others)


def _pass_fence(connection: Connection, change: Change) -> None:
    """Of two who decided on the same version, the second stops here."""
    before, after = change.before, change.pipeline
    if before is None:
        passed = _PIPELINE.run(connection, PIPELINES.row(after)).rowcount
    else:
        passed = _moved_on(connection, before, after)
    if not passed:
        raise Conflict(f"{after.id} is not at {before.seq if before else 0} any more")


def _moved_on(connection: Connection, before: Pipeline, after: Pipeline) -> int:
    version = {"of_id": after.id, "at_seq": before.seq}
    moved = PIPELINE_MOVES(after)
    if moved == {**PIPELINE_MOVES(before), "seq": after.seq}:
        return _COUNTED_PIPELINE.run(connection, {**version, "seq": after.seq}).rowcount
    return _MOVED_PIPELINE.run(connection, {**version, **moved}).rowcount


def _counted_down(events: Sequence[PipelineEvent]) -> list[tuple[int, PipelineEvent]]:
    return list(zip(range(len(events) - 1, -1, -1), events, strict=True))


def _recorded(change: Change, cursors: Sequence[Cursor]) -> list[Recorded]:
    pipeline = change.before
    recorded = []
    for happened, cursor in zip(change.events, cursors, strict=True):
        event = placed(happened, cursor)
        pipeline = apply(pipeline, event)
        recorded.append(Recorded(cursor=cursor, event=event, pipeline=pipeline))
    return recorded


def _changed_steps(before: Pipeline | None, after: Pipeline) -> list[tuple[Step | None, Step]]:
    steps_before = before.steps if before else ()
    return [(old, new) for old, new in zip_longest(steps_before, after.steps) if new is not old and new != old]


def _store_steps(connection: Connection, before: Pipeline | None, after: Pipeline) -> None:
    changed = _changed_steps(before, after)
    _STEP.many(connection, [STEPS.row(new, pipeline_id=after.id) for old, new in changed if old is None])
    moved = [(old, new) for old, new in changed if old is not None]
    _MOVED_STEP.many(connection, [{"of_id": new.id, **STEP_MOVES(new)} for _, new in moved])
    planned = [new for old, new in moved if new.plan is not old.plan and new.plan != old.plan]
    _PLANNED_STEP.many(connection, [{"of_id": new.id, **STEP_PLAN(new)} for new in planned])


def _store_failures(connection: Connection, pipeline: Pipeline, recorded: Sequence[Recorded]) -> list[FailureGroup]:
    """The failures, counted in their groups; the groups that are open again."""
    reopened = []
    for happened in recorded:
        if isinstance(happened.event, StepFailed | StepRetrying):
            step = _step(pipeline, happened.event)
            record = happened.event.failure
            group = groups.count_failure(connection, pipeline, step, record)
            place = {"template": pipeline.template, "step_position": step.position}
            _FAILURE.run(connection, FAILURES.row(record, **place))
            reopened += [group] if group else []
    return reopened


def _note_successes(connection: Connection, pipeline: Pipeline, recorded: Sequence[Recorded]) -> None:
    for happened in recorded:
        if isinstance(happened.event, StepSucceeded):
            groups.note_success(connection, pipeline, _step(pipeline, happened.event), happened.event.at)


def _step(pipeline: Pipeline, event: StepFailed | StepRetrying | StepSucceeded) -> Step:
    step = pipeline.step(event.step_id)
    assert step is not None
    return step


def _store_parts(connection: Connection, before: Pipeline | None, after: Pipeline) -> None:
    attempts: list[NewRow] = []
    handoffs: list[NewRow] = []
    approvals: list[NewRow] = []
    for old, new in _changed_steps(before, after):
        attempts_before = old.attempts if old else ()
        attempts += [
            ATTEMPTS.row(attempt, step_id=new.id)
            for earlier, attempt in zip_longest(attempts_before, new.attempts)
            if attempt is not earlier and attempt != earlier
        ]
        if new.handoff and new.handoff != (old.handoff if old else None):
            handoffs.append(HANDOFFS.row(new.handoff, step_id=new.id))
        if new.approval and new.approval != (old.approval if old else None):
            approvals.append(APPROVALS.row(new.approval, pipeline_id=after.id, step_id=new.id))
        if old and old.handoff and not new.handoff:
            _NO_HANDOFF.run(connection, {"of_id": new.id})
    _ATTEMPT.many(connection, attempts)
    _HANDOFF.many(connection, handoffs)
    _APPROVAL.many(connection, approvals)


def record(connection: Connection, events: Sequence[LogEvent], epoch: str) -> list[Recorded]:
    """Events of the whole log."""
    if not events:
        return []
    cursors = log.append(connection, epoch, [(event, None) for event in events])
    return [Recorded(cursor=cursor, event=event) for cursor, event in zip(cursors, events, strict=True)]
