"""What an occurrence makes of a group of failures: the same for every journal."""

from dataclasses import replace

from runner.failures import FailureKind
from runner.model import FailureGroup, FailureGroupStatus, FailureRecord


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
