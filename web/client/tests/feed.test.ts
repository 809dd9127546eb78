/** The list is one snapshot and the events after it; what is read besides never undoes what an event said. */

import { signal } from '@preact/signals'
import { expect, test, vi } from 'vitest'

import { createFeed } from '../src/feed'
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

function aFeed(answers: Record<string, (variables: never) => unknown>) {
  const asked: string[] = []
  const followed: { variables: Record<string, unknown>; follower: Follower<{ events: FeedItem }> }[] = []
  const ask: Ask = async (document, variables) => {
    const name = /(?:query) (\w+)/.exec(String(document))?.[1] ?? ''
    asked.push(name)
    return answers[name]?.(variables as never) as never
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
    Pipelines: () => ({ active: page([]), failed: page([]), ended: page([]) }),
  })

  await vi.waitFor(() => expect(followed).toHaveLength(1))

  expect(asked).toEqual(['NewestPlace', 'Pipelines'])
  expect(followed[0]?.variables['after']).toBe('c5')
})

test('whatever is active is read, page by page, and as much as is found', async () => {
  const rows = (from: string) => [aPipeline({ id: `${from}-1` }), aPipeline({ id: `${from}-2` })]
  const after: Record<string, [string, string | null]> = {
    none: ['found', 'x'],
    a: ['b', 'b'],
    b: ['c', null],
    x: ['more', null],
  }
  const { feed, followed } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({ active: page(rows('a'), 'a'), failed: page([], 'older'), ended: page([]) }),
    MorePipelines: (variables: { after: string | null }) => {
      const [from, next] = after[variables.after ?? 'none'] ?? ['', null]
      return { pipelines: page(rows(from), next) }
    },
  })
  await vi.waitFor(() => expect(followed).toHaveLength(1))

  expect([...(feed.pipelines.value?.keys() ?? [])]).toEqual(['a-1', 'a-2', 'b-1', 'b-2', 'c-1', 'c-2'])
  expect(feed.older.value).toEqual({ failed: 'older', ended: null })
  expect([...(await feed.find({}))]).toEqual(['found-1', 'found-2', 'more-1', 'more-2'])
})

test('all three readings and the events make up the list', async () => {
  const { feed, followed, say } = aFeed({
    NewestPlace: place,
    Pipelines: () => ({
      active: page([aPipeline()]),
      failed: page([aFailedPipeline({ id: 'failed' })]),
      ended: page([aPipeline({ id: 'ended', status: 'SUCCEEDED', finishedAt: NOON })]),
    }),
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
    Pipelines: () => ({ active: page([aPipeline()]), failed: page([]), ended: page([]) }),
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
      return { active: page([aPipeline({ id: `reading-${reading}` })]), failed: page([]), ended: page([]) }
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
    Pipelines: () => ({ active: page([]), failed: page([]), ended: page([], 'p1') }),
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

  await feed.readOlder('ended')

  expect(afters).toEqual(['p1'])
  expect(feed.older.value.ended).toBeNull()
  expect(feed.pipelines.value?.get('old')?.status).toBe('SUCCEEDED')
  expect(feed.pipelines.value?.get('retried')?.status).toBe('RUNNING')
})
