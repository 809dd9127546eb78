/** Words for statuses and asks: the glossary's, the same everywhere. */

import type { AttentionKind, FailureKind, PipelineStatus, StepStatus } from './generated/graphql'

export type Status = PipelineStatus | StepStatus

export function statusWord(status: Status): string {
  return status.toLowerCase()
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
