/** Words for statuses and asks: the glossary's, the same everywhere. */

import type { AttentionKind, FailureKind, PipelineStatus, StepStatus } from './generated/graphql'

export type Status = PipelineStatus | StepStatus

export function statusWord(status: Status): string {
  return status.toLowerCase()
}

const MARKS: Record<Status, string> = {
  PENDING: '○',
  RUNNING: '●',
  WAITING: '◐',
  SUCCEEDED: '✓',
  FAILED: '✗',
  CANCELLED: '⊘',
  SKIPPED: '»',
}

/** The shape of a status where only letters can be. */
export function statusMark(status: Status): string {
  return MARKS[status]
}

/** PROVIDER_AUTH → provider auth. */
export function kindWords(kind: FailureKind): string {
  return kind.toLowerCase().replaceAll('_', ' ')
}

export function attentionWord(kind: AttentionKind): string {
  switch (kind) {
    case 'RETRYING':
      return 'OpenCode retries'
    case 'RATE_LIMITED':
      return 'rate limited'
    case 'STALLED':
      return 'no sign of life'
    case 'MODEL_REPLACED':
      return 'another model answers'
    case 'ENGINE_SILENT':
      return 'OpenCode does not answer'
    case 'PERMISSION':
      return 'asks for permission'
    case 'QUESTION':
      return 'asks a question'
    case 'APPROVAL':
      return 'waits for approval'
  }
}
