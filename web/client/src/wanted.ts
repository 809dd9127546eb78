/** Which pipelines the list shows: what the address says, what the server is asked, and what fits of what is here. */

import type { FailureKind, PipelineFilter, PipelineStatus } from './generated/graphql'
import { failedStep, type PipelineRow } from './pipeline'
import { instant } from './time'

/** Texts as in the address; empty: any. */
export interface Wanted {
  search: string
  status: string
  kind: string
  template: string
  agent: string
  since: string
  /** The group of failures that a pipeline stands failed for. */
  cause: string
}

const NAMES: Record<keyof Wanted, string> = {
  search: 'q',
  status: 'status',
  kind: 'kind',
  template: 'template',
  agent: 'agent',
  since: 'since',
  cause: 'cause',
}
const KEYS = Object.keys(NAMES) as (keyof Wanted)[]

export const STATUSES: readonly PipelineStatus[] = ['PENDING', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED']

const HOUR = 3_600_000
export const SPANS: Readonly<Record<string, { label: string; milliseconds: number }>> = {
  '1h': { label: 'Last hour', milliseconds: HOUR },
  '24h': { label: 'Last 24 hours', milliseconds: 24 * HOUR },
  '7d': { label: 'Last 7 days', milliseconds: 168 * HOUR },
  '30d': { label: 'Last 30 days', milliseconds: 720 * HOUR },
}

export function wantedFrom(query: URLSearchParams): Wanted {
  return Object.fromEntries(KEYS.map((key) => [key, query.get(NAMES[key]) ?? ''])) as unknown as Wanted
}

export const ANY = wantedFrom(new URLSearchParams())

export function addressOf(wanted: Partial<Wanted>): string {
  const said = KEYS.flatMap((key) => (wanted[key] ? [[NAMES[key], wanted[key]] as [string, string]] : []))
  return said.length > 0 ? `/?${new URLSearchParams(said)}` : '/'
}

export function isAny(wanted: Wanted): boolean {
  return KEYS.every((key) => !wanted[key].trim())
}

/** What an address may say that nothing has is passed over. */
function statusOf({ status }: Wanted): PipelineStatus | undefined {
  return STATUSES.find((one) => one === status.toUpperCase())
}

function kindOf({ kind }: Wanted): FailureKind | undefined {
  return /^[a-z_]+$/i.test(kind) ? (kind.toUpperCase() as FailureKind) : undefined
}

function begin({ since }: Wanted, now: number): number | null {
  const span = SPANS[since]
  return span ? now - span.milliseconds : null
}

export function filterOf(wanted: Wanted, now: number): PipelineFilter {
  const [status, kind, from] = [statusOf(wanted), kindOf(wanted), begin(wanted, now)]
  const { template, agent, cause } = wanted
  const text = wanted.search.trim()
  return {
    ...(text && { text }),
    ...(status && { status: [status] }),
    ...(kind && { failureKind: [kind] }),
    ...(template && { template }),
    ...(agent && { agent }),
    ...(cause && { cause }),
    ...(from !== null && { since: new Date(from).toISOString() }),
  }
}

/** Whether all but the words that are searched for holds of a row. */
export function fits(row: PipelineRow, wanted: Wanted, now: number): boolean {
  const [status, kind, from] = [statusOf(wanted), kindOf(wanted), begin(wanted, now)]
  const failure = row.steps.find((step) => step.failure)?.failure
  return (
    (!status || row.status === status) &&
    (!kind || (failure?.kind === kind && (row.status === 'FAILED' || row.status === 'CANCELLED'))) &&
    (!wanted.template || row.template === wanted.template) &&
    (!wanted.agent || row.steps.some((step) => step.agent === wanted.agent)) &&
    (!wanted.cause || failedStep(row)?.failure?.group.id === wanted.cause) &&
    (from === null || instant(row.createdAt) >= from)
  )
}
