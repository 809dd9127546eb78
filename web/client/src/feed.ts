/** The list of pipelines, kept up with the log: one snapshot, then one subscription. */

import { computed, type ReadonlySignal, signal } from '@preact/signals'

import { keepUp } from './followed'
import {
  FeedDocument,
  MorePipelinesDocument,
  NewestPlaceDocument,
  type PipelineFilter,
  type PipelinePageFragment,
  PipelinesDocument,
  type PipelineStatus,
} from './generated/graphql'
import type { Line } from './live'
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

type Shelf = 'failed' | 'ended'

const STATUSES: Record<'active' | Shelf, PipelineStatus[]> = {
  active: ['PENDING', 'RUNNING', 'WAITING'],
  failed: ['FAILED'],
  ended: ['SUCCEEDED', 'CANCELLED'],
}

const MOST_FOUND = 100

export interface Feed {
  /** null: nothing was read yet. */
  pipelines: ReadonlySignal<Pipelines | null>
  groups: ReadonlySignal<Record<Group, PipelineRow[]>>
  /** Why the feed is not followed right now. */
  trouble: ReadonlySignal<string | null>
  /** Which shelves have older pipelines on the server than were read. */
  older: ReadonlySignal<Record<Shelf, string | null>>
  readOlder: (shelf: Shelf) => Promise<void>
  /** Reads pipelines that the server finds, and answers with their ids. */
  find: (filter: PipelineFilter) => Promise<ReadonlySet<string>>
  /** Calls back for each event that arrives, until the returned function is called. */
  listen: (listener: (item: FeedItem, now: Pipelines, before: Pipelines) => void) => () => void
  stop: () => void
}

export function createFeed(ask: Ask, line: Line, wait?: (tries: number) => number): Feed {
  const pipelines = signal<Pipelines | null>(null)
  const trouble = signal<string | null>(null)
  const older = signal<Record<Shelf, string | null>>({ failed: null, ended: null })
  const listeners = new Set<Parameters<Feed['listen']>[0]>()

  const merge = (page: PipelinePageFragment): void => {
    pipelines.value = withOlder(pipelines.value ?? new Map(), page.nodes)
  }
  const stop = keepUp(
    line,
    {
      read: async () => {
        const place = await newestPlace(ask)
        const { active, failed, ended } = await ask(PipelinesDocument, {
          active: { status: STATUSES.active },
          failed: { status: STATUSES.failed },
          ended: { status: STATUSES.ended },
        })
        const moreActive = await readOn(ask, { status: STATUSES.active }, active)
        pipelines.value = fromRows([...active.nodes, ...moreActive, ...failed.nodes, ...ended.nodes])
        older.value = { failed: next(failed), ended: next(ended) }
        return place
      },
      document: FeedDocument,
      variables: {},
      onItem: (item: FeedItem) => {
        const before = pipelines.value ?? new Map()
        const now = fold(before, item)
        pipelines.value = now
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
    groups: computed(() => grouped(pipelines.value?.values() ?? [])),
    trouble,
    older,
    readOlder: async (shelf) => {
      const page = await readPage(ask, { status: STATUSES[shelf] }, older.value[shelf])
      merge(page)
      older.value = { ...older.value, [shelf]: next(page) }
    },
    find: async (filter) => {
      const page = await readPage(ask, filter, null)
      const found = [...page.nodes, ...(await readOn(ask, filter, page, MOST_FOUND))]
      pipelines.value = withOlder(pipelines.value ?? new Map(), found)
      return new Set(found.map((row) => row.id))
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop,
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

/** What comes after a page, up to so many rows in all. Page by page: a large one keeps the server from all others. */
async function readOn(
  ask: Ask,
  filter: PipelineFilter,
  first: PipelinePageFragment,
  most = Infinity,
): Promise<PipelinePageFragment['nodes']> {
  const rows: PipelinePageFragment['nodes'] = []
  let page = first
  for (let after = next(page); after !== null && first.nodes.length + rows.length < most; after = next(page)) {
    page = await readPage(ask, filter, after)
    rows.push(...page.nodes)
  }
  return rows
}

function next(page: PipelinePageFragment): string | null {
  return page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null
}
