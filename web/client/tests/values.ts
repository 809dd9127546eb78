/** Builders of what the server would say: each test names only what it is about. */

import type { PipelineStatus } from '../src/generated/graphql'
import type { Ask, FeedItem, PipelineRow, Reason, StepRow } from '../src/pipeline'

export const NOON = '2026-11-23T12:00:00.000Z'

export function aReason(change: Partial<Reason> = {}): Reason {
  return {
    id: 'failure-1',
    kind: 'PROVIDER_AUTH',
    origin: 'PROVIDER',
    message: 'The provider rejected the API key (status 401): Incorrect API key provided.',
    hint: 'Check the key of "anthropic" in OpenCode, then try again.',
    remedies: ['TRY_AGAIN'],
    attempt: 1,
    occurredAt: NOON,
    retryDecision: { outcome: 'NOT_RETRYABLE', nextAttemptAt: null, attemptsLeft: 1 },
    settled: false,
    known: null,
    group: { id: 'group-1', status: 'OPEN', count: 1 },
    ...change,
  }
}

export function aStep(change: Partial<StepRow> = {}): StepRow {
  const position = change.position ?? 0
  return {
    id: `step-${position}`,
    position,
    kind: 'AGENT',
    agent: 'developer',
    status: 'RUNNING',
    errorMessage: null,
    startedAt: NOON,
    finishedAt: null,
    workedSeconds: 0,
    waitedSeconds: 0,
    failure: null,
    attempts: [],
    ...change,
  }
}

export function aFailedStep(change: Partial<StepRow> = {}): StepRow {
  const failure = change.failure ?? aReason()
  return aStep({ status: 'FAILED', finishedAt: NOON, failure, errorMessage: failure.message, ...change })
}

export function aPipeline(change: Partial<PipelineRow> = {}): PipelineRow {
  return {
    id: 'pipeline-1',
    title: 'Fix login on mobile',
    template: 'quick_fix',
    directory: null,
    branch: null,
    status: 'RUNNING',
    errorMessage: null,
    createdAt: NOON,
    startedAt: NOON,
    finishedAt: null,
    workedSeconds: 0,
    waitedSeconds: 0,
    attention: [],
    steps: [aStep()],
    ...change,
  }
}

export function aFailedPipeline(change: Partial<PipelineRow> = {}): PipelineRow {
  const step = aFailedStep()
  return aPipeline({ status: 'FAILED', errorMessage: step.errorMessage, finishedAt: NOON, steps: [step], ...change })
}

export function anAsk(change: Partial<Ask> = {}): Ask {
  return {
    id: 'attention-1',
    kind: 'PERMISSION',
    message: 'developer wants to run: rm -rf build',
    since: NOON,
    nextAt: null,
    step: { id: 'step-0', agent: 'developer', approval: null },
    permission: {
      id: 'permission-1',
      permission: 'bash',
      patterns: ['rm -rf build'],
      saves: [],
      reason: null,
      options: [{ id: 'once' }, { id: 'always' }, { id: 'reject' }],
    },
    question: null,
    ...change,
  }
}

/** A question with one field, or with the fields that it is given. */
export function aQuestion(fields: Partial<Field>[] = [{}]): NonNullable<Ask['question']> {
  return { id: 'question-1', title: null, fields: fields.map(aField) }
}

type Field = NonNullable<Ask['question']>['fields'][number]

function aField(change: Partial<Field>, place: number): Field {
  return {
    key: `q${place}`,
    kind: 'TEXT',
    title: null,
    text: 'Which colour?',
    options: [],
    custom: true,
    required: true,
    minimum: null,
    maximum: null,
    default: null,
    url: null,
    conditions: [],
    ...change,
  }
}

export const options = (...values: string[]): Field['options'] =>
  values.map((value) => ({ value, label: value, description: null }))

type PipelineEvent = Extract<FeedItem, { pipeline: PipelineRow }>
type Plain = Exclude<PipelineEvent['__typename'], 'StepFailed' | 'AttentionRaised'>

/** An event of the kinds that carry nothing of their own beside the pipeline. */
export function anEvent(__typename: Plain, pipeline: PipelineRow, cursor = 'c1'): FeedItem {
  return { __typename, cursor, at: NOON, pipeline }
}

export function withStatus(status: PipelineStatus, change: Partial<PipelineRow> = {}): PipelineRow {
  return status === 'FAILED' ? aFailedPipeline(change) : aPipeline({ status, ...change })
}
