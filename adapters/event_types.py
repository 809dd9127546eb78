"""The names under which events stand in the log, in snake_case: the same in every journal."""

from collections.abc import Mapping

from runner.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttentionCleared,
    AttentionRaised,
    DefinitionChanged,
    Event,
    FailureGroupChanged,
    LogPruned,
    PipelineFinished,
    PipelineResumed,
    PipelineStarted,
    SessionOpened,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)

TYPES: Mapping[type[Event], str] = {
    PipelineStarted: "pipeline_started",
    PipelineResumed: "pipeline_resumed",
    PipelineFinished: "pipeline_finished",
    StepStarted: "step_started",
    SessionOpened: "session_opened",
    StepSucceeded: "step_succeeded",
    StepSkipped: "step_skipped",
    StepRetrying: "step_retrying",
    StepFailed: "step_failed",
    AttentionRaised: "attention_raised",
    AttentionCleared: "attention_cleared",
    ApprovalRequested: "approval_requested",
    ApprovalDecided: "approval_decided",
    DefinitionChanged: "definition_changed",
    FailureGroupChanged: "failure_group_changed",
    LogPruned: "log_pruned",
}
# Kept for recovery, not shown to people.
INTERNAL_TYPES = frozenset({"session_opened"})
