/** The audit trail in words, and as files. */

import {
  AuditDocument,
  type AuditLineFragment,
  type AuditQuery,
  type AuditQueryVariables,
  type EventType,
} from './generated/graphql'
import type { Ask } from './request'
import { attentionWord, statusWord } from './status'
import { plain } from './text'

export type AuditLine = AuditLineFragment

/** What one may want to see of it. */
export const KINDS: Record<string, { label: string; types: EventType[] | null }> = {
  all: { label: 'Everything', types: null },
  wrong: { label: 'What went wrong', types: ['STEP_FAILED', 'STEP_RETRYING', 'ATTENTION_RAISED', 'ATTENTION_CLEARED'] },
  pipelines: { label: 'Pipelines', types: ['PIPELINE_STARTED', 'PIPELINE_RESUMED', 'PIPELINE_FINISHED'] },
  steps: { label: 'Steps', types: ['STEP_STARTED', 'STEP_SUCCEEDED', 'STEP_SKIPPED', 'STEP_RETRYING', 'STEP_FAILED'] },
  approvals: { label: 'Approvals', types: ['APPROVAL_REQUESTED', 'APPROVAL_DECIDED'] },
  definitions: { label: 'Definitions', types: ['DEFINITION_CHANGED'] },
  groups: { label: 'Failure groups', types: ['FAILURE_GROUP_CHANGED'] },
  log: { label: 'The log itself', types: ['LOG_PRUNED'] },
}

export function eventWords(line: AuditLine): string {
  switch (line.__typename) {
    case 'PipelineStarted':
      return 'started'
    case 'PipelineResumed':
      return `resumed at ${step(line)}: ${plain(line.reason)}`
    case 'PipelineFinished':
      return statusWord(line.status)
    case 'StepStarted':
      return `${step(line)} started${nth(line.attempt)}`
    case 'StepSucceeded':
      return `${step(line)} succeeded${nth(line.attempt)}`
    case 'StepSkipped':
      return `${step(line)} skipped: ${plain(line.reason)}`
    case 'StepRetrying':
      return `${step(line)} failed${nth(line.attempt)} and will be tried again: ${plain(line.errorMessage)}`
    case 'StepFailed':
      return `${step(line)} failed${nth(line.attempt)}: ${plain(line.errorMessage)}`
    case 'AttentionRaised':
      return `${step(line)} ${attentionWord(line.attention.kind)}: ${plain(line.attention.message)}`
    case 'AttentionCleared':
      return `${step(line)} goes on (${attentionWord(line.kind)})${line.answer ? `: ${plain(line.answer)}` : ''}`
    case 'ApprovalRequested':
      return `approval requested${line.approval.description ? `: ${plain(line.approval.description)}` : ''}`
    case 'ApprovalDecided':
      return `${line.approval.status.toLowerCase()}${line.approval.comment ? `: ${plain(line.approval.comment)}` : ''}`
    case 'DefinitionChanged':
      return `${plain(line.definition)} ${plain(line.change)}`
    case 'FailureGroupChanged':
      return `failure group ${line.group.status.toLowerCase()}: ${plain(line.group.title)}`
    case 'LogPruned':
      return `${line.events} events before ${line.before} removed`
  }
}

function step(line: { step: { agent: string | null } }): string {
  return plain(line.step.agent ?? 'approval')
}

function nth(attempt: number): string {
  return attempt > 1 ? ` (attempt ${attempt})` : ''
}

export function actorName(line: AuditLine): string {
  return plain(line.actor?.name ?? 'stepwire')
}

const AT_ONCE = 1000

/** All of it, oldest first, page by page. */
export async function everything(ask: Ask, filter: AuditQueryVariables): Promise<AuditLine[]> {
  const lines: AuditLine[] = []
  let after: string | null = null
  for (;;) {
    const { events }: AuditQuery = await ask(AuditDocument, { ...filter, first: AT_ONCE, after })
    lines.push(...events.nodes)
    if (!events.pageInfo.hasNextPage || !events.pageInfo.endCursor) return lines
    after = events.pageInfo.endCursor
  }
}

export function asJson(lines: readonly AuditLine[]): string {
  return `${JSON.stringify(lines, null, 2)}\n`
}

export function asMarkdown(lines: readonly AuditLine[]): string {
  const rows = lines.map((line) =>
    [line.at, actorName(line), 'pipeline' in line ? plain(line.pipeline.title) : '', eventWords(line)]
      .map(cell)
      .join(' | '),
  )
  return ['| at | who | pipeline | what |', '|---|---|---|---|', ...rows.map((row) => `| ${row} |`), ''].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ')
}
