"""What the commands ask of the API, in GraphQL."""

from typing import Any, TypeAlias

# An object as GraphQL answers it, by the selections below.
Item: TypeAlias = dict[str, Any]

_STEP = "step { id position kind agent status }"
_FAILURE = """
failure {
  id kind origin message hint statusCode retryable attempt
  causes { source message }
  retryDecision { outcome nextAttemptAt attemptsLeft }
}
"""

_EVENT = f"""
fragment Happened on Event {{
  __typename
  cursor
  at
  actor {{ name }}
  ... on PipelineEvent {{ pipeline {{ id title template status errorMessage }} }}
  ... on PipelineFinished {{ status }}
  ... on PipelineResumed {{ reason {_STEP} }}
  ... on StepStarted {{ attempt {_STEP} }}
  ... on StepSucceeded {{ attempt {_STEP} }}
  ... on StepSkipped {{ reason {_STEP} }}
  ... on StepRetrying {{ attempt errorMessage nextAttemptAt {_STEP} {_FAILURE} }}
  ... on StepFailed {{ attempt errorMessage {_STEP} {_FAILURE} }}
  ... on AttentionRaised {{ attention {{ id kind message since nextAt question {{ options }} }} {_STEP} }}
  ... on AttentionCleared {{ attentionId kind answer {_STEP} }}
  ... on ApprovalRequested {{ approval {{ id status description expiresAt }} {_STEP} }}
  ... on ApprovalDecided {{ approval {{ id status comment decidedBy {{ name }} }} {_STEP} }}
  ... on DefinitionChanged {{ definition change }}
  ... on FailureGroupChanged {{ group {{ id kind title count status }} }}
  ... on LogPruned {{ before events }}
}}
"""

_STORY = f"""
fragment Story on Pipeline {{
  id title template status errorMessage directory branch cursor
  steps {{ id position kind agent status errorMessage {_FAILURE} attempts {{ number }} }}
}}
"""

START = (
    """
mutation Start($input: StartPipelineInput!, $force: Boolean!) {
  startPipeline(input: $input, force: $force) {
    __typename
    ... on Pipeline { ...Story }
    ... on UserError { message }
    ... on InvalidInput { field }
    ... on DirectoryBusy { conflicts { id title status } }
  }
}
"""
    + _STORY
)

PIPELINE = "query Pipeline($id: ID!) { pipeline(id: $id) { ...Story } }" + _STORY

CANCEL = """
mutation Cancel($id: ID!, $reason: String) {
  cancelPipeline(id: $id, reason: $reason) { __typename ... on UserError { message } }
}
"""

DECIDE = """
mutation Decide($approvalId: ID!, $comment: String, $approved: Boolean!) {
  approve(approvalId: $approvalId, comment: $comment) @include(if: $approved) { ...Decided }
  reject(approvalId: $approvalId, comment: $comment) @skip(if: $approved) { ...Decided }
}
fragment Decided on ApprovalResult {
  __typename
  ... on Approval { status step { position agent pipeline { title } } }
  ... on UserError { message }
}
"""

EVENTS = (
    """
subscription Events($after: Cursor, $pipelineId: ID, $types: [EventType!]) {
  events(after: $after, pipelineId: $pipelineId, types: $types) {
    __typename
    ... on Event { ...Happened }
    ... on Heartbeat { cursor at }
    ... on Resync { cursor reason }
  }
}
"""
    + _EVENT
)

FAILURES = (
    """
subscription Failures($after: Cursor) {
  failures(after: $after) {
    __typename
    ... on Event { ...Happened }
    ... on Heartbeat { cursor at }
    ... on Resync { cursor reason }
  }
}
"""
    + _EVENT
)

ACTIVITY = """
subscription Activity($stepId: ID!) {
  activity(stepId: $stepId) {
    __typename
    ... on ActivitySnapshot { text tools { tool status input error } }
    ... on TextDelta { delta }
    ... on ToolProgress { title call { tool status input error } }
    ... on TodosChanged { todos { content status } }
  }
}
"""

TRAIL = (
    """
query Trail(
  $first: Int, $after: Cursor, $last: Int, $before: Cursor,
  $pipelineId: ID, $types: [EventType!], $since: DateTime, $until: DateTime
) {
  events(
    first: $first, after: $after, last: $last, before: $before,
    pipelineId: $pipelineId, types: $types, since: $since, until: $until
  ) {
    nodes { ...Happened }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
    + _EVENT
)
