/** What needs a person, as things to do: pipelines that stand failed for one cause are one of them. */

import type { Held } from './held'
import { type Beyond, causeOf } from './overview'
import { failedStep, needsYouSince, type PipelineRow, type Reason } from './pipeline'

export interface Cause {
  id: string
  reason: Reason
  /** How many pipelines, those that were not read included. */
  count: number
  since: string
  /** When the last of them failed. */
  newest: string
  /** Those that were read, newest first. */
  rows: readonly PipelineRow[]
}

export type Card = { id: string; row: PipelineRow; cause?: never } | { id: string; cause: Cause; row?: never }

/** `rows` newest first; a cause stands where its newest pipeline would. Those in use or held stay by themselves. */
export function cards(
  rows: readonly PipelineRow[],
  beyond: Beyond,
  held: ReadonlyMap<string, Held>,
  isInUse: (id: string) => boolean,
): Card[] {
  const alone = new Set(rows.filter(({ id }) => held.has(id) || isInUse(id)).map(({ id }) => id))
  const causes = causesOf(
    rows.filter(({ id }) => !alone.has(id)),
    beyond,
    held,
  )
  const found: Card[] = []
  const shown = new Set<string>()
  for (const row of rows) {
    const cause = causes.get(causeOf(row) ?? '')
    if (!cause || alone.has(row.id)) found.push({ id: row.id, row })
    else if (!shown.has(cause.id)) found.push({ id: cardId(cause.id), cause })
    if (cause && !alone.has(row.id)) shown.add(cause.id)
  }
  return withHeld(found, held)
}

export function cardId(causeId: string): string {
  return `cause:${causeId}`
}

/** Causes for which more than one pipeline stands failed, and those that a person has just acted on. */
function causesOf(rows: readonly PipelineRow[], beyond: Beyond, held: ReadonlyMap<string, Held>): Map<string, Cause> {
  const byCause = new Map<string, PipelineRow[]>()
  for (const row of rows) {
    const id = causeOf(row)
    if (id !== null) byCause.set(id, [...(byCause.get(id) ?? []), row])
  }
  const causes = new Map<string, Cause>()
  for (const [id, known] of byCause) {
    const told = beyond.causes.get(id)
    const count = known.length + (told?.more ?? 0)
    const [newest, oldest] = [known[0], known.at(-1)]
    const reason = newest && failedStep(newest)?.failure
    if (!newest || !oldest || !reason || (count < 2 && !held.has(cardId(id)))) continue
    const here = needsYouSince(oldest)
    const since = told && told.since < here ? told.since : here
    causes.set(id, { id, reason, count, since, newest: needsYouSince(newest), rows: known })
  }
  return causes
}

/** With the causes that are gone by what a person has just done. */
function withHeld(found: Card[], held: ReadonlyMap<string, Held>): Card[] {
  for (const [id, { shown, since }] of held) {
    const cause = shown as Cause | undefined
    if (!cause || id !== cardId(cause.id) || found.some((card) => card.id === id)) continue
    const place = found.findIndex((card) => newestOf(card, held) < since)
    found.splice(place === -1 ? found.length : place, 0, { id, cause })
  }
  return found
}

function newestOf({ id, row, cause }: Card, held: ReadonlyMap<string, Held>): string {
  return held.get(id)?.since ?? (row ? needsYouSince(row) : cause.newest)
}
