/** What the server finds beyond what is on the page, page by page, and how much there is of it. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { type Beyond, beyondOf, NOTHING_BEYOND } from './overview'
import { fits, filterOf, isAny, type Wanted } from './wanted'
import { matches, type PipelineRow } from './pipeline'
import { sentence } from './request'
import { useSession } from './session'

const TYPING = 250

interface Known {
  ids: ReadonlySet<string>
  next: string | null
  beyond: Beyond
  problem: string | null
  told: boolean
}

const NOTHING: Known = { ids: new Set(), next: null, beyond: NOTHING_BEYOND, problem: null, told: false }

export interface FoundList {
  /** Whether a row is wanted. */
  has: (row: PipelineRow) => boolean
  beyond: Beyond
  /** The server has told; until then nobody knows how many there are. */
  isTold: boolean
  hasOlder: boolean
  readOlder: () => void
  problem: string | null
}

export function useFound(wanted: Wanted): FoundList {
  const { feed, clock } = useSession()
  const [known, setKnown] = useState<Known>(NOTHING)
  const now = useRef(0)
  const key = JSON.stringify(wanted)
  const current = useRef(key)
  if (current.current !== key || now.current === 0) now.current = clock.halfMinutes.peek()
  current.current = key

  const read = async (after: string | null): Promise<void> => {
    const filter = filterOf(wanted, now.current)
    try {
      const [page, overview] = await Promise.all([feed.find(filter, after), feed.look(filter)])
      if (current.current !== key) return
      setKnown((before) => {
        const ids = new Set([...(after === null ? [] : before.ids), ...page.ids])
        const rows = [...(feed.pipelines.peek()?.values() ?? [])].filter((row) => has(row, wanted, now.current, ids))
        return { ids, next: page.next, beyond: beyondOf(overview, rows), problem: null, told: true }
      })
    } catch (reason) {
      if (current.current === key) setKnown((before) => ({ ...before, problem: sentence(reason) }))
    }
  }
  useEffect(() => {
    setKnown(NOTHING)
    if (isAny(wanted)) return
    const timer = setTimeout(() => void read(null), TYPING)
    return () => clearTimeout(timer)
  }, [feed, key])
  return {
    has: (row) => has(row, wanted, now.current, known.ids),
    beyond: known.next === null ? { ...known.beyond, counts: NOTHING_BEYOND.counts } : known.beyond,
    isTold: known.told,
    hasOlder: known.next !== null,
    readOlder: () => void read(known.next),
    problem: known.problem,
  }
}

/** What is on the page is searched in any case. */
function has(row: PipelineRow, wanted: Wanted, now: number, ids: ReadonlySet<string>): boolean {
  if (!fits(row, wanted, now)) return false
  return !wanted.search.trim() || ids.has(row.id) || matches(row, wanted.search.trim())
}
