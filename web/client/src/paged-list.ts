/** A list that is read page by page, and its first page again when an event says that it changed. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { oneAtATime } from './one-at-a-time'
import type { FeedItem } from './pipeline'
import { type Ask, sentence } from './request'
import { useSession } from './session'

interface Page<Row> {
  nodes: Row[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

export interface PagedList<Row> {
  /** null: not read yet. */
  rows: readonly Row[] | null
  hasMore: boolean
  problem: string | null
  more: () => void
  change: (row: Row) => void
}

export function usePagedList<Row extends { id: string }>(
  read: (ask: Ask, after: string | null) => Promise<Page<Row>>,
  changedBy: (item: FeedItem) => boolean,
  /** What the list depends on: it is read from the start when this changes. */
  key = '',
): PagedList<Row> {
  const { ask, feed } = useSession()
  const [pages, setPages] = useState<Page<Row>[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const latest = useRef(read)
  latest.current = read

  const load = async (after: string | null): Promise<void> => {
    try {
      const page = await latest.current(ask, after)
      setProblem(null)
      setPages((shown) => (after === null || !shown ? [page, ...(shown ?? []).slice(1)] : [...shown, page]))
    } catch (reason) {
      setProblem(sentence(reason))
    }
  }
  useEffect(() => {
    setPages(null)
    const again = oneAtATime(() => load(null))
    again()
    return feed.listen((item) => changedBy(item) && again())
  }, [ask, feed, key])

  const last = pages?.at(-1)?.pageInfo
  return {
    rows: pages && distinct(pages.flatMap((page) => page.nodes)),
    hasMore: last?.hasNextPage ?? false,
    problem,
    more: () => void load(last?.endCursor ?? null),
    change: (row) =>
      setPages((shown) =>
        (shown ?? []).map((page) => ({ ...page, nodes: page.nodes.map((one) => (one.id === row.id ? row : one)) })),
      ),
  }
}

/** What moved from one page to the next in between is there once. */
function distinct<Row extends { id: string }>(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}
