/** The list is one snapshot and the events after it; what is read besides never undoes what an event said. */

import { signal } from '@preact/signals'
import { expect, test, vi } from 'vitest'

import { createFeed } from '../src/feed'
import type { OverviewQuery } from '../src/generated/graphql'
import type { Follower, Line } from '../src/live'
import type { FeedItem, PipelineRow } from '../src/pipeline'
import type { Ask } from '../src/request'
import { anEvent, aFailedPipeline, aPipeline, NOON } from './values'

interface Page {
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  nodes: PipelineRow[]
}

function page(nodes: PipelineRow[], next: string | null = null): Page {
  return { totalCount: nodes.length, pageInfo: { hasNextPage: next !== null, endCursor: next }, nodes }
}

function overview(
  counts: Partial<OverviewQuery['counts']> = {},
  rows: PipelineRow[] = [],
  more = 0,
  next: string | null = null,
): OverviewQuery {
  const group = { id: 'group-1' }
  const nodes = rows.length > 0 ? [{ pipelineCount: rows.length + more, since: NOON, group, pipelines: rows }] : []
  return {
    counts: { asking: 0, failed: 0, running: 0, done: 0, ...counts },
    openCauses: { pageInfo: { hasNextPage: next !== null, endCursor: next }, nodes },
  }
}

function aFeed(answers: Record<string, (variables: never) => unknown>) {
  const asked: string[] = []
  const followed: { variables: Record<string, unknown>; follower: Follower<{ events: FeedItem }> }[] = []
  const ask: Ask = async (document, variables) => {
    const name = /(?:query) (\w+)/.exec(String(document))?.[1] ?? ''
    asked.push(name)
    return (answers[name] ?? (name === 'Overview' ? () => overview() : undefined))?.(variables as never) as never
  }
  const line: Line = {
    state: signal({ open: true, refused: false, since: 0, lastSign: 0 }),
    follow: (_, variables, follower) => {
      followed.push({ variables: variables as Record<string, unknown>, follower: follower as never })
      return () => undefined
    },
    renew: () => undefined,
  }
  const feed = createFeed(ask, line, () => 0)
  return { feed, asked, followed, say: (item: FeedItem) => followed.at(-1)?.follower.onItem({ events: item }) }
}

const place = () => ({ events: { edges: [{ cursor: 'c5' }] } })

test('the place is read before the state, so that nothing falls between them', async () => {
  const { asked, followed } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([]), done: page([]) }),
  })

  await vi.waitFor(() => expect(followed).toHaveLength(1))

  expect(asked).toEqual(['NewestPlace', 'Pipelines', 'Overview'])
  expect(followed[0]?.variables['after']).toBe('c5')
})

test('all three readings and the events make up the list', async () => {
  const { feed, followed, say } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({
      asking: page([]),
      running: page([aPipeline()]),
      done: page([aPipeline({ id: 'ended', status: 'SUCCEEDED', finishedAt: NOON })]),
    }),
    Overview: () => overview({ failed: 1, running: 1, done: 1 }, [aFailedPipeline({ id: 'failed' })]),
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))

  say(anEvent('PipelineStarted', aPipeline({ id: 'new' })))

  const { needsYou, running, done } = feed.groups.value
  expect([needsYou, running, done].map((rows) => rows.map((row) => row.id))).toEqual([
    ['failed'],
    ['pipeline-1', 'new'],
    ['ended'],
  ])
})

test('listeners hear each event with the state before and after it', async () => {
  const { feed, followed, say } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([aPipeline()]), done: page([]) }),
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))
  const heard: (string | undefined)[][] = []
  feed.listen((item, now, before) =>
    heard.push([item.__typename, before.get('pipeline-1')?.status, now.get('pipeline-1')?.status]),
  )

  say(anEvent('PipelineFinished', aPipeline({ status: 'SUCCEEDED' })))

  expect(heard).toEqual([['PipelineFinished', 'RUNNING', 'SUCCEEDED']])
})

test('Resync reads everything anew', async () => {
  let reading = 0
  const { feed, followed, say } = aFeed({
    NewestPlace: place,
    Pipelines: () => {
      reading += 1
      return { asking: page([]), running: page([aPipeline({ id: `reading-${reading}` })]), done: page([]) }
    },
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))

  say({ __typename: 'Resync', reason: 'foreign', cursor: 'c9' })
  await vi.waitFor(() => expect(followed).toHaveLength(2))

  expect([...(feed.pipelines.value?.keys() ?? [])]).toEqual(['reading-2'])
  expect(followed[1]?.variables['after']).toBe('c9')
})

test('older ones are added page by page, and do not undo what an event said', async () => {
  const afters: unknown[] = []
  const { feed, followed, say } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([]), done: page([], 'p1') }),
    MorePipelines: ({ after }: { after: string }) => {
      afters.push(after)
      return {
        pipelines: page([
          aPipeline({ id: 'old', status: 'SUCCEEDED' }),
          aPipeline({ id: 'retried', status: 'CANCELLED' }),
        ]),
      }
    },
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))
  say(anEvent('PipelineResumed', aPipeline({ id: 'retried', status: 'RUNNING' })))

  await feed.readOlder('done')

  expect(afters).toEqual(['p1'])
  expect(feed.older.value.done).toBeNull()
  expect(feed.pipelines.value?.get('old')?.status).toBe('SUCCEEDED')
  expect(feed.pipelines.value?.get('retried')?.status).toBe('RUNNING')
})

test('what is counted is what is here and what the server has beyond it', async () => {
  const { feed, followed, say } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([aPipeline()]), done: page([], 'p1') }),
    Overview: () => overview({ failed: 12, running: 1, done: 1900 }, [aFailedPipeline({ id: 'failed' })], 11),
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))
  expect(feed.totals.value).toMatchObject({ needsYou: 12, failed: 12, running: 1, done: 1900 })

  say(anEvent('PipelineFinished', aFailedPipeline({ id: 'pipeline-1' })))

  expect(feed.totals.value).toMatchObject({ needsYou: 13, running: 0, done: 1900 })
  feed.stop()
})

test('a list that was read to its end is counted by itself, whatever an answer that crossed an event says', async () => {
  const { feed, followed } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([aPipeline()]), done: page([]) }),
    Overview: () => overview({ failed: 2, running: 7, done: 3 }, [aFailedPipeline({ id: 'failed' })]),
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))

  expect(feed.totals.value).toMatchObject({ failed: 1, running: 1, done: 0 })
})

test('reading on lessens what is beyond', async () => {
  const { feed, followed } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([]), done: page([], 'p1') }),
    Overview: () => overview({ done: 2 }),
    MorePipelines: () => ({ pipelines: page([aPipeline({ id: 'old', status: 'SUCCEEDED' })], 'p2') }),
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))

  await feed.readOlder('done')

  expect(feed.beyond.value.counts.done).toBe(1)
  expect(feed.totals.value.done).toBe(2)
})

test('further causes are read after those that are here', async () => {
  const afters: unknown[] = []
  const { feed, followed } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ asking: page([]), running: page([]), done: page([]) }),
    Overview: ({ after }: { after: string | null }) => {
      afters.push(after)
      return after === null ? overview({ failed: 1 }, [], 0, 'c1') : overview({ failed: 1 }, [aFailedPipeline()])
    },
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))

  await feed.readOlder('causes')

  expect(afters).toEqual([null, 'c1'])
  expect([...(feed.pipelines.value?.values() ?? [])].map((row) => row.status)).toEqual(['FAILED'])
  expect(feed.older.value.causes).toBeNull()
})
