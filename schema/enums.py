"""Enums: the domain's own, given to GraphQL as they are; only the names of events are made, from their register."""

from enum import Enum, unique

import strawberry

from runner.events import REGISTER
from runner.failures import FailureKind, FailureOrigin
from runner.model import (
    ApprovalStatus,
    AttentionKind,
    FailureGroupStatus,
    PipelineStatus,
    RetryOutcome,
    StepKind,
    StepStatus,
)

for _enum in (PipelineStatus, StepStatus, StepKind, ApprovalStatus, RetryOutcome, FailureGroupStatus):
    strawberry.enum(_enum)
strawberry.enum(FailureOrigin, description="Who is to blame, and so where to look.")
strawberry.enum(FailureKind, description="What happened, chosen from structure and never from wording.")
strawberry.enum(AttentionKind, description="Why a step is not moving although it has not failed.")


@strawberry.enum(description="The names of the events.")
@unique
class EventType(Enum):
    """The value is the name under which the log stores the event."""

    _ignore_ = ["_members", "_facts"]  # noqa: RUF012 (the way in which Enum wants it)
    _members = vars()
    for _facts in REGISTER.values():
        _members[_facts.stored.upper()] = strawberry.enum_value(_facts.stored, description=_facts.meaning)


__all__ = [
    "ApprovalStatus",
    "AttentionKind",
    "EventType",
    "FailureGroupStatus",
    "FailureKind",
    "FailureOrigin",
    "PipelineStatus",
    "RetryOutcome",
    "StepKind",
    "StepStatus",
]
