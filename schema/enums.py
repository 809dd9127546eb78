"""Enums: the domain's own, given to GraphQL as they are; only the names of events are ours."""

from enum import Enum, unique

import strawberry

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


@strawberry.enum(description="The names of the events that are shown.")
@unique
class EventType(Enum):
    """The value is the name under which the log stores the event."""

    PIPELINE_STARTED = "pipeline_started"
    PIPELINE_RESUMED = "pipeline_resumed"
    PIPELINE_FINISHED = "pipeline_finished"
    STEP_STARTED = "step_started"
    STEP_SUCCEEDED = "step_succeeded"
    STEP_SKIPPED = "step_skipped"
    STEP_RETRYING = "step_retrying"
    STEP_FAILED = "step_failed"
    ATTENTION_RAISED = "attention_raised"
    ATTENTION_CLEARED = "attention_cleared"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_DECIDED = "approval_decided"
    DEFINITION_CHANGED = "definition_changed"
    FAILURE_GROUP_CHANGED = "failure_group_changed"
    LOG_PRUNED = "log_pruned"


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
