"""What the commands ask of the API, in GraphQL."""

from pathlib import Path
from typing import Any, TypeAlias

# An object as GraphQL answers it, by the selections below.
Item: TypeAlias = dict[str, Any]

_FAILURE = """
failure {
  id kind origin message hint statusCode retryable attempt
  causes { source message }
  retryDecision { outcome nextAttemptAt attemptsLeft }
}
"""

# The fragment Trail, on which the page's documents are built as well.
_EVENT = (Path(__file__).parent.parent / "trail.graphql").read_text(encoding="utf-8")

# How long it took, for whoever watches; exports keep their columns.
_TAKEN = """
... on PipelineEvent { pipeline { workedSeconds waitedSeconds } }
... on StepEvent { step { workedSeconds waitedSeconds attempts { number } } }
"""

_STORY = f"""
fragment Story on Pipeline {{
  id title template status errorMessage directory branch cursor
  steps {{ id position kind agent status errorMessage {_FAILURE} attempts {{ number }} }}
}}
"""

DIRECTORY = """
query Directory($path: String!) {
  directory(path: $path) { __typename ... on Directory { path trusted } }
}
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

RETRY = """
mutation Retry($input: RetryStepInput!, $force: Boolean!) {
  retryStep(input: $input, force: $force) {
    __typename
    ... on Pipeline { id title steps { id position agent } }
    ... on UserError { message }
    ... on InvalidInput { field }
  }
}
"""

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
    f"""
subscription Events($after: Cursor, $pipelineId: ID, $types: [EventType!]) {{
  events(after: $after, pipelineId: $pipelineId, types: $types) {{
    __typename
    ... on Event {{ ...Trail }}
    {_TAKEN}
    ... on Heartbeat {{ cursor at }}
    ... on Resync {{ cursor reason }}
  }}
}}
"""
    + _EVENT
)

FAILURES = (
    f"""
subscription Failures($after: Cursor) {{
  failures(after: $after) {{
    __typename
    ... on Event {{ ...Trail }}
    {_TAKEN}
    ... on Heartbeat {{ cursor at }}
    ... on Resync {{ cursor reason }}
  }}
}}
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
  $pipelineId: ID, $stepId: ID, $types: [EventType!], $since: DateTime, $until: DateTime
) {
  events(
    first: $first, after: $after, last: $last, before: $before,
    pipelineId: $pipelineId, stepId: $stepId, types: $types, since: $since, until: $until
  ) {
    nodes { ...Trail }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
    + _EVENT
)

REPORT = "query Report($id: ID!) { node(id: $id) { __typename ... on Failure { report } } }"
