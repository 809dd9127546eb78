/** The list of pipelines, kept up with the log: one snapshot, then one subscription. */

import { computed, type ReadonlySignal, signal } from '@preact/signals'

import { keepUp } from './followed'
import {
  FeedDocument,
  MorePipelinesDocument,
  NewestPlaceDocument,
  OverviewDocument,
  type OverviewQuery,
  type PipelineFilter,
  type PipelinePageFragment,
  PipelinesDocument,
} from './generated/graphql'
import type { Line } from './live'
import { type Beyond, beyondOf, lessened, NOTHING_BEYOND, type Totals, totals } from './overview'
import { atMostEvery } from './one-at-a-time'
import {
  type FeedItem,
  fold,
  fromRows,
  type Group,
  grouped,
  type PipelineRow,
  type Pipelines,
  withOlder,
} from './pipeline'
import type { Ask } from './request'

/** What is read page by page. Failed pipelines are read by their causes: a hundred of one cause are one thing. */
export type Shelf = 'asking' | 'causes' | 'running' | 'done'

const FILTERS: Record<Exclude<Shelf, 'causes'>, PipelineFilter> = {
  asking: { section: 'NEEDS_YOU', status: ['WAITING'] },
  running: { section: 'RUNNING' },
  done: { section: 'DONE' },
}

const NOTHING_OLDER: Record<Shelf, string | null> = { asking: null, causes: null, running: null, done: null }

export interface Found {
  ids: readonly string[]
  /** Where the next page begins; null: this was the last one. */
  next: string | null
}

export interface Feed {
  /** null: nothing was read yet. */
  pipelines: ReadonlySignal<Pipelines | null>
  groups: ReadonlySignal<Record<Group, PipelineRow[]>>
  /** What the server has beyond what was read. */
  beyond: ReadonlySignal<Beyond>
  /** How many there are, all that is stored included. */
  totals: ReadonlySignal<Totals>
  /** Why the feed is not followed right now. */
  trouble: ReadonlySignal<string | null>
  /** Where what was not read of a shelf begins; null: it was read to its end. */
  older: ReadonlySignal<Record<Shelf, string | null>>
  readOlder: (shelf: Shelf) => Promise<void>
  /** Reads a page of the pipelines that the server finds. */
  find: (filter: PipelineFilter, after: string | null) => Promise<Found>
  /** Reads how many the server has of those that fit, and for what they stand failed. */
  look: (filter: PipelineFilter) => Promise<OverviewQuery>
  /** Calls back for each event that arrives, until the returned function is called. */
  listen: (listener: (item: FeedItem, now: Pipelines, before: Pipelines) => void) => () => void
  stop: () => void
}

/** What was not read may have changed with any event; it is asked for this often at most. */
const LOOK_EVERY = 2_000

export function createFeed(ask: Ask, line: Line, wait?: (tries: number) => number): Feed {
  const pipelines = signal<Pipelines | null>(null)
  const trouble = signal<string | null>(null)
  const beyond = signal<Beyond>(NOTHING_BEYOND)
  const older = signal<Record<Shelf, string | null>>(NOTHING_OLDER)
  const listeners = new Set<Parameters<Feed['listen']>[0]>()
  const rows = (): Iterable<PipelineRow> => pipelines.value?.values() ?? []

  const merge = (read: readonly PipelineRow[]): void => {
    const known = pipelines.value ?? new Map()
    beyond.value = lessened(
      beyond.value,
      read.filter((row) => !known.has(row.id)),
    )
    pipelines.value = withOlder(known, read)
  }
  const look = async (filter: PipelineFilter | null, after: string | null = null): Promise<OverviewQuery> => {
    const overview = await ask(OverviewDocument, { filter, after })
    merge(overview.openCauses.nodes.flatMap((cause) => cause.pipelines))
    return overview
  }
  const measure = (overview: OverviewQuery): void => {
    const told = beyondOf(overview, rows())
    const isWhole = !overview.openCauses.pageInfo.hasNextPage
    const causes = isWhole ? told.causes : new Map([...beyond.value.causes, ...told.causes])
    const counts = { ...told.counts }
    // What was read to its end is all here, whatever has happened between two answers.
    for (const shelf of ['asking', 'running', 'done'] as const) if (older.value[shelf] === null) counts[shelf] = 0
    if (isWhole) counts.failed = [...causes.values()].reduce((sum, { more }) => sum + more, 0)
    beyond.value = { counts, causes }
  }
  const again = atMostEvery(LOOK_EVERY, async () => {
    const overview = await look(null).catch(() => null)
    if (overview) measure(overview)
  })
  const isPartial = (): boolean =>
    Object.values(older.value).some((place) => place !== null) || beyond.value.counts.failed > 0

  const stopFollowing = keepUp(
    line,
    {
      read: async () => {
        const place = await newestPlace(ask)
        const [read, overview] = await Promise.all([
          ask(PipelinesDocument, FILTERS),
          ask(OverviewDocument, { filter: null, after: null }),
        ])
        const failed = overview.openCauses.nodes.flatMap((cause) => cause.pipelines)
        pipelines.value = fromRows([...failed, ...read.asking.nodes, ...read.running.nodes, ...read.done.nodes])
        older.value = {
          asking: next(read.asking),
          causes: next(overview.openCauses),
          running: next(read.running),
          done: next(read.done),
        }
        measure(overview)
        return place
      },
      document: FeedDocument,
      variables: {},
      onItem: (item: FeedItem) => {
        const before = pipelines.value ?? new Map()
        const now = fold(before, item)
        pipelines.value = now
        if (now !== before && isPartial()) again.soon()
        for (const listener of listeners) listener(item, now, before)
      },
      onTrouble: (reason) => {
        trouble.value = reason
      },
    },
    wait,
  )

  return {
    pipelines,
    groups: computed(() => grouped(rows())),
    beyond,
    totals: computed(() => totals(rows(), beyond.value)),
    trouble,
    older,
    readOlder: async (shelf) => {
      const after = older.value[shelf]
      if (shelf === 'causes') {
        const overview = await look(null, after)
        const found = beyondOf(overview, rows()).causes
        beyond.value = { ...beyond.value, causes: new Map([...beyond.value.causes, ...found]) }
        older.value = { ...older.value, causes: next(overview.openCauses) }
        return
      }
      const page = await readPage(ask, FILTERS[shelf], after)
      merge(page.nodes)
      older.value = { ...older.value, [shelf]: next(page) }
    },
    find: async (filter, after) => {
      const page = await readPage(ask, filter, after)
      merge(page.nodes)
      return { ids: page.nodes.map((row) => row.id), next: next(page) }
    },
    look,
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => {
      again.stop()
      stopFollowing()
    },
  }
}

/** Read before the state: events between the two readings are then told twice, which is harmless, and never missed. */
async function newestPlace(ask: Ask): Promise<string | null> {
  const { events } = await ask(NewestPlaceDocument, {})
  return events.edges.at(-1)?.cursor ?? null
}

async function readPage(ask: Ask, filter: PipelineFilter, after: string | null): Promise<PipelinePageFragment> {
  const { pipelines } = await ask(MorePipelinesDocument, { filter, after })
  return pipelines
}

function next({ pageInfo }: { pageInfo: { hasNextPage: boolean; endCursor: string | null } }): string | null {
  return pageInfo.hasNextPage ? pageInfo.endCursor : null
}
