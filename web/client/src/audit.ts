/** The audit trail, and how it is saved. */

import {
  AuditDocument,
  type AuditQuery,
  type AuditQueryVariables,
  type EventType,
  type TrailFragment,
} from './generated/graphql'
import type { Ask } from './request'
import { plain } from './text'

export type AuditLine = TrailFragment

/** What one may want to see of it, by the name that stands in the form. */
export const SHELVES = {
  all: 'Everything',
  wrong: 'What went wrong',
  pipelines: 'Pipelines',
  steps: 'Steps',
  approvals: 'Approvals',
  definitions: 'Definitions',
  groups: 'Failure groups',
  log: 'The log itself',
} as const

export type Shelf = keyof typeof SHELVES

const SHELVED: Record<EventType, readonly Exclude<Shelf, 'all'>[]> = {
  PIPELINE_STARTED: ['pipelines'],
  PIPELINE_RESUMED: ['pipelines'],
  PIPELINE_FINISHED: ['pipelines'],
  STEP_STARTED: ['steps'],
  SESSION_OPENED: ['steps'],
  STEP_SUCCEEDED: ['steps'],
  STEP_SKIPPED: ['steps'],
  CHANGES_FOUND: ['steps'],
  STEP_RETRYING: ['steps', 'wrong'],
  STEP_FAILED: ['steps', 'wrong'],
  ATTENTION_RAISED: ['wrong'],
  ATTENTION_CLEARED: ['wrong'],
  APPROVAL_REQUESTED: ['approvals'],
  APPROVAL_DECIDED: ['approvals'],
  DEFINITION_CHANGED: ['definitions'],
  FAILURE_GROUP_CHANGED: ['groups'],
  LOG_PRUNED: ['log'],
  ENGINE_STARTED: ['log'],
  TOKEN_CHANGED: ['log'],
  TRUST_CHANGED: ['definitions'],
}

/** null: of every type, also of those that a newer server has. */
export function typesOn(shelf: Shelf): EventType[] | null {
  if (shelf === 'all') return null
  return (Object.keys(SHELVED) as EventType[]).filter((type) => SHELVED[type].includes(shelf))
}

/** The actor and, where it is known, by which way, e.g. reviewer, page; empty where stepwire itself acted. */
export function who({ actor, channel }: AuditLine): string {
  return actor ? [actor.name, ...(channel ? [channel.toLowerCase()] : [])].join(', ') : ''
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

/** As the API gives them, like `stepwire events --format json`; `type` is what GraphQL calls __typename. */
export function asJson(lines: readonly AuditLine[]): string {
  return `${JSON.stringify(
    lines.map(({ __typename: type, ...line }) => ({ type, ...line })),
    null,
    2,
  )}\n`
}

/** In the columns of `stepwire events --format markdown`. */
export function asMarkdown(lines: readonly AuditLine[]): string {
  const rows = lines.map((line) => [line.at, 'pipeline' in line ? line.pipeline.title : '', line.sentence, who(line)])
  const head = ['| time | pipeline | event | who |', '|---|---|---|---|']
  return [...head, ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`), ''].join('\n')
}

/** On one line, with nothing in it that is read as Markdown or HTML. */
function cell(text: string): string {
  return plain(text)
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>#|~!&]/g, '\\$&')
}
