"""What the commands ask of the API, in GraphQL."""

from pathlib import Path
from typing import Any, TypeAlias

# An object as GraphQL answers it, by the selections below.
Item: TypeAlias = dict[str, Any]

_FAILURE = """
failure {
  id kind origin message hint statusCode retryable remedies attempt
  causes { source message }
  retryDecision { outcome nextAttemptAt attemptsLeft }
}
"""

# The fragment Trail, on which the page's documents are built as well.
_EVENT = (Path(__file__).parent.parent / "trail.graphql").read_text(encoding="utf-8")

# How long it took and what helps, for whoever watches; exports keep their columns.
_WATCHED = """
... on PipelineEvent { pipeline { workedSeconds waitedSeconds } }
... on StepEvent { step { workedSeconds waitedSeconds attempts { number } } }
... on StepFailed { failure { remedies } }
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

# A pipeline as it stands, with what one decides on and what one is to read.
_STANDING = f"""
fragment Standing on Pipeline {{
  id title template status errorMessage directory branch createdAt startedAt finishedAt cursor
  workedSeconds waitedSeconds
  steps {{
    id position kind agent model status errorMessage workedSeconds waitedSeconds {_FAILURE}
    attempts {{ number status failure {{ id }} }}
    approval {{ id status description }}
    attention {{
      id kind message since nextAt
      permission {{ permission patterns saves reason }}
      question {{
        text options multiple
        fields {{ key kind title text required options {{ value label description }} }}
      }}
    }}
  }}
}}
"""

# Apart from it, because whoever acts on a pipeline needs none of it.
CHANGES = """
query Changes($id: ID!) {
  pipeline(id: $id) { steps { attempts { changes { unknown fileCount added removed } } } }
}
"""

STANDING = "query Standing($id: ID!) { pipeline(id: $id) { ...Standing } }" + _STANDING

PIPELINES = (
    """
query Pipelines($first: Int!, $after: String, $status: [PipelineStatus!]) {
  pipelines(first: $first, after: $after, filter: { status: $status }) {
    nodes { ...Standing }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}
"""
    + _STANDING
)

TITLES = """
query Titles($after: String) {
  pipelines(first: 100, after: $after) {
    nodes { id title status }
    pageInfo { hasNextPage endCursor }
  }
}
"""

# What a shell offers while one types; beside those that have not ended the newest of all.
OFFERS = """
{
  active: pipelines(first: 50, filter: { status: [PENDING, RUNNING, WAITING] }) { nodes { ...Offer } }
  newest: pipelines(first: 50) { nodes { ...Offer } }
}
fragment Offer on Pipeline {
  id title status
  steps {
    id position agent model
    failure { id message }
    approval { id status }
    attention { id kind message }
  }
}
"""

MODELS = "query Models($directory: String) { models(directory: $directory) { name } }"
TEMPLATES = "{ templates { name description steps { model } } agents { model } }"

_ACTED = (
    """
fragment Acted on PipelineResult {
  __typename
  ... on Pipeline { ...Standing }
  ... on UserError { message }
  ... on InvalidInput { field }
}
"""
    + _STANDING
)

RETRY = (
    """
mutation Retry($input: RetryStepInput!, $force: Boolean!) {
  outcome: retryStep(input: $input, force: $force) { ...Acted }
}
"""
    + _ACTED
)

SKIP = (
    """
mutation Skip($id: ID!, $reason: String!, $force: Boolean!) {
  outcome: skipStep(stepId: $id, reason: $reason, force: $force) { ...Acted }
}
"""
    + _ACTED
)

END = "mutation End($id: ID!, $reason: String) { outcome: cancelPipeline(id: $id, reason: $reason) { ...Acted } }" + (
    _ACTED
)

ANSWER_PERMISSION = (
    """
mutation AnswerPermission($id: ID!, $allow: Boolean!, $always: Boolean!, $message: String) {
  outcome: answerPermission(attentionId: $id, allow: $allow, always: $always, message: $message) { ...Acted }
}
"""
    + _ACTED
)

ANSWER_QUESTION = (
    """
mutation AnswerQuestion($id: ID!, $answers: [String!]!, $fields: [FieldAnswer!]) {
  outcome: answerQuestion(attentionId: $id, answers: $answers, fields: $fields) { ...Acted }
}
"""
    + _ACTED
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
  ... on Approval { id status comment step { id position agent pipeline { id title } } }
  ... on UserError { message }
  ... on InvalidInput { field }
}
"""

EVENTS = (
    f"""
subscription Events($after: Cursor, $pipelineId: ID, $types: [EventType!]) {{
  events(after: $after, pipelineId: $pipelineId, types: $types) {{
    __typename
    ... on Event {{ ...Trail }}
    {_WATCHED}
    ... on Heartbeat {{ cursor at }}
    ... on Resync {{ cursor reason }}
  }}
}}
"""
    + _EVENT
)

# Here nothing else tells of an approval: the event with its id is no failure.
FAILURES = (
    f"""
subscription Failures($after: Cursor) {{
  failures(after: $after) {{
    __typename
    ... on Event {{ ...Trail }}
    ... on StepEvent {{ step {{ approval {{ id }} }} }}
    {_WATCHED}
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

REPORT = """
query Report($id: ID!) {
  node(id: $id) {
    __typename
    ... on Failure {
      id kind origin message hint detail statusCode retryable attempt occurredAt
      causes { source message }
      retryDecision { outcome nextAttemptAt attemptsLeft }
      pipeline { id title }
      step { id position agent }
      report
    }
  }
}
"""

EVENT_TYPES = '{ __type(name: "EventType") { enumValues { name } } }'
