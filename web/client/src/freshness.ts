/** How far the page can be trusted: told from the line to the server, never assumed. */

export interface LineState {
  /** Events flow, or would flow if there were any. */
  open: boolean
  /** The server did not accept the token. */
  refused: boolean
  /** Since when `open` is what it is, in milliseconds. */
  since: number
  /** When anything at all last came from the server; null: nothing yet. */
  lastSign: number | null
}

export type Freshness =
  | { state: 'live'; age: number }
  | { state: 'reconnecting'; since: number; first: boolean }
  | { state: 'stale'; lastSign: number | null }

/** The server speaks at least every 10 s; a line that said nothing for this long is not live. */
const SILENCE = 25_000
/** A shorter gap than this is a blink: said, but nothing is dimmed for it. */
const BLINK = 10_000

export function freshness(line: LineState, now: number): Freshness {
  const age = now - (line.lastSign ?? line.since)
  if (line.refused) return { state: 'stale', lastSign: line.lastSign }
  if (line.open && age <= SILENCE) return { state: 'live', age: Math.max(0, age) }
  if (line.open || now - line.since > BLINK) return { state: 'stale', lastSign: line.lastSign }
  return { state: 'reconnecting', since: line.since, first: line.lastSign === null }
}
