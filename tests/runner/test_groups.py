"""What failures and people make of a group: what somebody says of it is said of the failures that there are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runner.failure_kinds import FailureKind
from runner.failures import failure
from runner.groups import Acknowledgement, FailureGroup, FailureGroupStatus, after_occurrence, decided, known, settled
from runner.model import Cursor, FailureRecord, RetryDecision, RetryOutcome, StepId
from tests.support.builders import ANA, BEN, NOW, PIPELINE_ID, after

OPEN, ACKNOWLEDGED, RESOLVED = FailureGroupStatus.OPEN, FailureGroupStatus.ACKNOWLEDGED, FailureGroupStatus.RESOLVED


def a_record(kind: FailureKind = FailureKind.PROVIDER_AUTH, position: int | None = None) -> FailureRecord:
    return FailureRecord(
        cursor=None if position is None else Cursor(position=position, epoch="e"),
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


def a_group(*said: FailureGroupStatus) -> FailureGroup:
    """Of one failure, at place 10 of the log, of which that was said one after the other."""
    group = after_occurrence(None, a_record())
    for place, status in enumerate(said, start=11):
        group = decided(group, status, ANA, NOW, place, "seen")
    return group


@pytest.mark.parametrize(
    ("said", "by_a_failure", "acknowledged", "resolved"),
    [
        ((), OPEN, ACKNOWLEDGED, RESOLVED),
        ((ACKNOWLEDGED,), ACKNOWLEDGED, ACKNOWLEDGED, RESOLVED),
        ((RESOLVED,), OPEN, RESOLVED, RESOLVED),
        ((ACKNOWLEDGED, RESOLVED), OPEN, RESOLVED, RESOLVED),
        ((RESOLVED, ACKNOWLEDGED), OPEN, RESOLVED, RESOLVED),
    ],
    ids=["open", "acknowledged", "resolved", "resolved after that", "acknowledged after it was resolved"],
)
def test_what_becomes_of_a_group(
    said: tuple[FailureGroupStatus, ...],
    by_a_failure: FailureGroupStatus,
    acknowledged: FailureGroupStatus,
    resolved: FailureGroupStatus,
) -> None:
    group = a_group(*said)

    assert after_occurrence(group, a_record()).status is by_a_failure
    assert decided(group, ACKNOWLEDGED, BEN, after(1), 30).status is acknowledged
    assert decided(group, RESOLVED, BEN, after(1), 30).status is resolved
    assert decided(group, OPEN, BEN, after(1), 30) is group


@pytest.mark.parametrize(
    ("said", "earlier_is_settled", "later_is_known"),
    [((), False, False), ((ACKNOWLEDGED,), True, True), ((RESOLVED,), True, False)],
    ids=["open", "acknowledged", "resolved"],
)
def test_a_later_failure_is_not_covered(
    said: tuple[FailureGroupStatus, ...], earlier_is_settled: bool, later_is_known: bool
) -> None:
    group = after_occurrence(a_group(*said), a_record())
    earlier, later = a_record(position=10), a_record(position=20)

    assert settled(group, earlier) is earlier_is_settled
    assert known(group, earlier) is None
    assert not settled(group, later)
    assert (known(group, later) is not None) is later_is_known


def test_a_group_that_opens_again_brings_back_only_what_is_new() -> None:
    group = after_occurrence(a_group(ACKNOWLEDGED, RESOLVED), a_record())

    assert [settled(group, a_record(position=place)) for place in (10, 20)] == [True, False]
    assert known(group, a_record(position=20)) is None


def test_a_cancel_is_settled_from_the_start() -> None:
    cancel = a_record(FailureKind.CANCELLED, position=10)

    assert settled(after_occurrence(None, cancel), cancel)


def test_a_failure_that_is_not_stored_has_no_place_to_be_judged_by() -> None:
    with pytest.raises(LookupError, match="not stored"):
        settled(a_group(), a_record())


def test_an_acknowledgement_says_who_when_and_of_how_many() -> None:
    assert a_group(ACKNOWLEDGED).acknowledgement == Acknowledgement(by=ANA, at=NOW, note="seen", count=1)


@pytest.mark.parametrize(
    ("note", "more", "expected"),
    [
        (None, False, Acknowledgement(by=ANA, at=NOW, note="seen", count=1)),
        ("seen", False, Acknowledgement(by=ANA, at=NOW, note="seen", count=1)),
        ("ordered", False, Acknowledgement(by=BEN, at=after(9), note="ordered", count=1)),
        (None, True, Acknowledgement(by=BEN, at=after(9), note="seen", count=2)),
    ],
    ids=["nothing new", "the same note", "another note", "failures since"],
)
def test_an_acknowledgement_is_renewed_by_what_says_more(
    note: str | None, more: bool, expected: Acknowledgement
) -> None:
    group = a_group(ACKNOWLEDGED)
    if more:
        group = after_occurrence(group, a_record())

    assert decided(group, ACKNOWLEDGED, BEN, after(9), 30, note).acknowledgement == expected


def test_a_resolved_group_has_no_acknowledgement() -> None:
    assert a_group(ACKNOWLEDGED, RESOLVED).acknowledgement is None
