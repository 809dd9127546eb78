/** How many pipelines there are beyond those that were read, so that what is counted here is the server's total. */

import type { OverviewQuery } from './generated/graphql'
import { asksPerson, failedStep, groupOf, type PipelineRow } from './pipeline'

export type Place = 'asking' | 'failed' | 'running' | 'done'

/** What the server has and this page has not: by place in the list, and by cause. */
export interface Beyond {
  counts: Readonly<Record<Place, number>>
  /** By the id of the group of failures: since when pipelines stand failed for it, and how many more there are. */
  causes: ReadonlyMap<string, { since: string; more: number }>
}

const NONE = { asking: 0, failed: 0, running: 0, done: 0 }

export const NOTHING_BEYOND: Beyond = { counts: NONE, causes: new Map() }

export function placeOf(row: PipelineRow): Place {
  const group = groupOf(row)
  if (group !== 'needsYou') return group
  return row.status === 'FAILED' ? 'failed' : 'asking'
}

/** For what a pipeline stands failed; null: it does not, or somebody has settled it. */
export function causeOf(row: PipelineRow): string | null {
  return placeOf(row) === 'failed' ? (failedStep(row)?.failure?.group.id ?? null) : null
}

/** How many are here in each place. */
export function counted(rows: Iterable<PipelineRow>): Record<Place, number> {
  const counts = { ...NONE }
  for (const row of rows) counts[placeOf(row)] += 1
  return counts
}

/** What an answer tells beyond the rows that are here by now. */
export function beyondOf({ counts, openCauses }: OverviewQuery, rows: Iterable<PipelineRow>): Beyond {
  const all = [...rows]
  const here = counted(all)
  const more = (place: Place): number => Math.max(0, counts[place] - here[place])
  const causes = openCauses.nodes.map(({ group, since, pipelineCount }) => {
    const known = all.filter((row) => causeOf(row) === group.id).length
    return [group.id, { since, more: Math.max(0, pipelineCount - known) }] as const
  })
  return {
    counts: { asking: more('asking'), failed: more('failed'), running: more('running'), done: more('done') },
    causes: new Map(causes),
  }
}

/** What is left beyond when further rows have been read. */
export function lessened(beyond: Beyond, rows: readonly PipelineRow[]): Beyond {
  const read = counted(rows)
  const left = (place: Place): number => Math.max(0, beyond.counts[place] - read[place])
  const causes = [...beyond.causes].map(([id, { since, more }]) => {
    const known = rows.filter((row) => causeOf(row) === id).length
    return [id, { since, more: Math.max(0, more - known) }] as const
  })
  return {
    counts: { asking: left('asking'), failed: left('failed'), running: left('running'), done: left('done') },
    causes: new Map(causes),
  }
}

export interface Totals extends Record<Place, number> {
  needsYou: number
  /** Single things to decide: a pipeline may ask several at once. */
  asks: number
}

export function totals(rows: Iterable<PipelineRow>, { counts }: Beyond): Totals {
  const all = [...rows]
  const here = counted(all)
  const asks = all.reduce((sum, row) => sum + row.attention.filter(asksPerson).length, 0)
  const sum = (place: Place): number => here[place] + counts[place]
  const [asking, failed] = [sum('asking'), sum('failed')]
  return {
    asking,
    failed,
    running: sum('running'),
    done: sum('done'),
    needsYou: asking + failed,
    asks: asks + counts.asking,
  }
}
