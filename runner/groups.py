"""What occurrences and people make of a group of failures: the same for every journal.

                   a failure           acknowledged              resolved
    OPEN           OPEN                ACKNOWLEDGED              RESOLVED
    ACKNOWLEDGED   ACKNOWLEDGED        renewed, if it says more  RESOLVED
    RESOLVED       OPEN                RESOLVED                  RESOLVED

Acknowledged and resolved are said of the failures that there are. One that comes after is settled by neither: of an
acknowledged cause it is known, of a resolved one it is news.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, unique
from typing import assert_never

from runner.failure_kinds import FailureKind
from runner.model import Actor, Cursor, FailureRecord


@unique
class FailureGroupStatus(Enum):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """Somebody has seen a cause; `count` is how many failures of it there had been by then."""

    by: Actor | None
    at: datetime
    note: str | None = None
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class FailureGroup:
    """Failures of one cause, across pipelines.

    Acknowledging and resolving settle the failures up to a place in the log, `settled_through`; whatever comes after it
    is nobody's yet. `acknowledgement` is there exactly while the status is ACKNOWLEDGED.
    """

    id: str
    kind: FailureKind
    title: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    last_success_at: datetime | None = None
    status: FailureGroupStatus = FailureGroupStatus.OPEN
    acknowledgement: Acknowledgement | None = None
    settled_through: int = 0

    def settles(self, place: Cursor) -> bool:
        """Whether the failure of that place was there when somebody acknowledged or resolved the group."""
        return place.position <= self.settled_through


def after_occurrence(group: FailureGroup | None, record: FailureRecord) -> FailureGroup:
    """One more of its failures; a resolved group is open again. A cancel was wanted: nothing to look into."""
    wanted = record.failure.kind is FailureKind.CANCELLED
    if group is None:
        return FailureGroup(
            id=record.group_id,
            kind=record.failure.kind,
            title=record.failure.message,
            count=1,
            first_seen_at=record.occurred_at,
            last_seen_at=record.occurred_at,
            status=FailureGroupStatus.RESOLVED if wanted else FailureGroupStatus.OPEN,
        )
    resolved = group.status is FailureGroupStatus.RESOLVED
    return replace(
        group,
        count=group.count + 1,
        last_seen_at=max(group.last_seen_at, record.occurred_at),
        status=FailureGroupStatus.OPEN if resolved and not wanted else group.status,
    )


def decided(
    group: FailureGroup, status: FailureGroupStatus, actor: Actor, at: datetime, through: int, note: str | None = None
) -> FailureGroup:
    """What a person's word makes of it, said of its failures up to that place; the same group: nothing new."""
    match status:
        case FailureGroupStatus.ACKNOWLEDGED:
            return _acknowledged(group, actor, at, through, note)
        case FailureGroupStatus.RESOLVED:
            return _resolved(group, through)
        case FailureGroupStatus.OPEN:
            return group  # only a failure opens it
        case _:
            assert_never(status)


def settled(group: FailureGroup, record: FailureRecord) -> bool:
    """Whether nobody has to look into it any more. Raises LookupError for a failure that is not stored."""
    return record.failure.kind is FailureKind.CANCELLED or group.settles(_place(record))


def known(group: FailureGroup, record: FailureRecord) -> Acknowledgement | None:
    """The acknowledgement that the failure came after; None: it is new, or settled. Raises as `settled` does."""
    return None if settled(group, record) else group.acknowledgement


def _place(record: FailureRecord) -> Cursor:
    if record.cursor is None:
        raise LookupError(f"failure {record.id} is not stored")
    return record.cursor


def _acknowledged(group: FailureGroup, actor: Actor, at: datetime, through: int, note: str | None) -> FailureGroup:
    earlier = group.acknowledgement
    says_nothing_new = earlier is not None and earlier.count == group.count and note in (None, earlier.note)
    if group.status is FailureGroupStatus.RESOLVED or says_nothing_new:
        return group
    given = Acknowledgement(by=actor, at=at, note=note or (earlier.note if earlier else None), count=group.count)
    return replace(group, status=FailureGroupStatus.ACKNOWLEDGED, acknowledgement=given, settled_through=through)


def _resolved(group: FailureGroup, through: int) -> FailureGroup:
    if group.status is FailureGroupStatus.RESOLVED:
        return group
    return replace(group, status=FailureGroupStatus.RESOLVED, acknowledgement=None, settled_through=through)
