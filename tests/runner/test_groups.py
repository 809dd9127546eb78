"""What a failure makes of its group: counted, opened again after it was resolved, and not opened by a wanted cancel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runner.failures import FailureKind, failure
from runner.groups import after_occurrence
from runner.model import FailureGroupStatus, FailureRecord, RetryDecision, RetryOutcome, StepId
from tests.support.builders import NOW, PIPELINE_ID


def a_record(kind: FailureKind) -> FailureRecord:
    return FailureRecord(
        id="fai_1",
        pipeline_id=PIPELINE_ID,
        step_id=StepId("stp_1_0"),
        attempt=1,
        failure=failure(kind, "It failed"),
        decision=RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE),
        occurred_at=NOW,
    )


@pytest.mark.parametrize(
    ("kind", "first", "again"),
    [
        (FailureKind.PROVIDER_AUTH, FailureGroupStatus.OPEN, FailureGroupStatus.OPEN),
        (FailureKind.CANCELLED, FailureGroupStatus.RESOLVED, FailureGroupStatus.RESOLVED),
    ],
)
def test_a_resolved_group_is_opened_again_by_what_nobody_wanted(
    kind: FailureKind, first: FailureGroupStatus, again: FailureGroupStatus
) -> None:
    record = a_record(kind)
    group = after_occurrence(None, record)
    later = replace(record, occurred_at=NOW + timedelta(hours=1))

    after = after_occurrence(replace(group, status=FailureGroupStatus.RESOLVED), later)

    assert (group.status, after.status) == (first, again)
    assert (after.count, after.first_seen_at, after.last_seen_at) == (2, NOW, later.occurred_at)
