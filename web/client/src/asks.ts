/** What waits for a person, one thing each, and which of it is opened next. */

import { type Held } from './held'
import { asksPerson, type Ask, type PipelineRow } from './pipeline'

export interface OpenAsk {
  row: PipelineRow
  ask: Ask
}

/** Oldest first; what was decided a moment ago stays among them. */
export function openAsks(rows: Iterable<PipelineRow>, held: ReadonlyMap<string, Held>): OpenAsk[] {
  const open = [...rows].flatMap((row) => row.attention.filter(asksPerson).map((ask) => ({ row, ask })))
  const known = new Set(open.map(({ ask }) => ask.id))
  const gone = [...held.values()].flatMap(({ shown }) => (isAsk(shown) && !known.has(shown.ask.id) ? [shown] : []))
  return [...open, ...gone].sort((one, other) => (one.ask.since < other.ask.since ? -1 : 1))
}

function isAsk(shown: unknown): shown is OpenAsk {
  return typeof shown === 'object' && shown !== null && 'ask' in shown
}

/** The one that is wanted, else the one that came after it, else the oldest; null: nothing is open. */
export function chosen(asks: readonly OpenAsk[], wanted: string | null, before: readonly string[]): OpenAsk | null {
  const byId = new Map(asks.map((each) => [each.ask.id, each]))
  const place = wanted === null ? -1 : before.indexOf(wanted)
  const following = place === -1 ? [] : before.slice(place)
  const next = [wanted ?? '', ...following].map((id) => byId.get(id)).find(Boolean)
  return next ?? asks[0] ?? null
}
