// @vitest-environment node
/** What was followed is followed on after any loss of the line, from where it was; and the line says how it is. */

import { effect } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import WebSocket from 'ws'

import { keepUp } from '../src/followed'
import { FeedDocument, type FeedSubscription } from '../src/generated/graphql'
import { createLine, jittered, type Line } from '../src/live'
import { RequestProblem } from '../src/request'
import { anEvent, aPipeline, NOON } from './values'
import { type SocketServer, socketServer } from './socket-server'

type Item = FeedSubscription['events']

let server: SocketServer
let stops: (() => void)[] = []

beforeEach(async () => {
  server = await socketServer()
})

afterEach(async () => {
  for (const stop of stops) stop()
  stops = []
  await server.stop()
})

const soon = (): number => 1

function aLine(token: string | null = 'secret', onForbidden = (): void => undefined): Line {
  return createLine({ url: server.url, token: () => token, onForbidden, webSocketImpl: WebSocket, wait: soon })
}

/** Resolves when the line has come into the state wanted. */
function until(line: Line, wanted: (state: Line['state']['value']) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (wanted(line.state.value)) queueMicrotask(() => (stop(), resolve()))
    })
  })
}

interface Following {
  items: Item[]
  reads: number
  troubles: (string | null)[]
  seen: (count: number) => Promise<void>
}

function follow(line: Line, places: (string | null | Error)[] = ['c0']): Following {
  let wake = (): void => undefined
  const following: Following = {
    items: [],
    reads: 0,
    troubles: [],
    seen: async (count) => {
      while (following.items.length < count) await new Promise<void>((resolve) => (wake = resolve))
    },
  }
  stops.push(
    keepUp(
      line,
      {
        read: async () => {
          const place = places[Math.min(following.reads, places.length - 1)] ?? null
          following.reads += 1
          if (place instanceof Error) throw place
          return place
        },
        document: FeedDocument,
        variables: {},
        onItem: (item: Item) => {
          following.items.push(item)
          wake()
        },
        onTrouble: (trouble) => following.troubles.push(trouble),
      },
      soon,
    ),
  )
  return following
}

const event = (cursor: string): { events: Item } => ({ events: anEvent('StepStarted', aPipeline(), cursor) })
const resync = (cursor: string): { events: Item } => ({ events: { __typename: 'Resync', reason: 'expired', cursor } })

describe('a feed', () => {
  test('is subscribed after the place of the state that was read, with the token', async () => {
    follow(aLine())

    const { variables, connection } = await server.subscription()

    expect(variables).toEqual({ after: 'c0' })
    expect(connection).toEqual({ authorization: 'Bearer secret', 'stepwire-channel': 'page' })
  })

  test.each([1012, 1006, 4410, 1001])(
    'goes on after the last event when the socket is closed with %i',
    async (code) => {
      const following = follow(aLine())
      const first = await server.subscription()
      first.next(event('c1'))
      first.next(event('c2'))
      await following.seen(2)

      first.close(code)
      const second = await server.subscription()
      second.next(event('c3'))
      await following.seen(3)

      expect(second.variables).toEqual({ after: 'c2' })
      expect(following.items.map((item) => item.cursor)).toEqual(['c1', 'c2', 'c3'])
      expect(following.reads).toBe(1)
    },
  )

  test('a heartbeat moves its place too', async () => {
    const following = follow(aLine())
    const first = await server.subscription()
    first.next({ events: { __typename: 'Heartbeat', cursor: 'c7', at: NOON } })
    await following.seen(1)

    first.close(1012)

    expect((await server.subscription()).variables).toEqual({ after: 'c7' })
  })

  test('reads the state anew on Resync and goes on after its cursor', async () => {
    const following = follow(aLine())
    const first = await server.subscription()
    first.next(event('c1'))

    first.next(resync('c9'))
    const second = await server.subscription()

    expect(second.variables).toEqual({ after: 'c9' })
    expect(following.reads).toBe(2)
    expect(following.items.map((item) => item.cursor)).toEqual(['c1'])
  })

  test('that began with an empty log reads again at the first sign, since something may have been missed', async () => {
    const following = follow(aLine(), [null])
    const first = await server.subscription()

    first.next(event('c1'))
    const second = await server.subscription()

    expect(first.variables).toEqual({ after: null })
    expect(second.variables).toEqual({ after: 'c1' })
    expect(following.reads).toBe(2)
  })

  test('says why it is not followed when the server ends it, and begins anew', async () => {
    const following = follow(aLine())
    const first = await server.subscription()

    first.error('too many subscriptions')
    await server.subscription()

    expect(following.troubles).toEqual([null, 'too many subscriptions', null])
  })

  test('tries again when the state cannot be read', async () => {
    const following = follow(aLine(), [new RequestProblem('unreachable', 'stepwire cannot be reached'), 'c0'])

    await server.subscription()

    expect(following.troubles).toEqual(['stepwire cannot be reached', null])
  })

  test('waits for a person when a token is wanted', async () => {
    const following = follow(aLine(), [new RequestProblem('unauthorized', 'stepwire wants a valid token')])

    await vi.waitFor(() => expect(following.troubles).toEqual(['stepwire wants a valid token']))

    expect(server.connections()).toBe(0)
  })
})

describe('a line', () => {
  test('is open once the server has agreed, and not any more when the socket is gone', async () => {
    const line = aLine()
    follow(line)
    const { close } = await server.subscription()
    await until(line, (state) => state.open)

    close(1012)
    await until(line, (state) => !state.open)

    expect(line.state.value.lastSign).not.toBeNull()
  })

  test('is refused by 4403, says so, and does not knock again', async () => {
    const onForbidden = vi.fn()
    server.refuseWith(4403)
    const line = aLine('wrong', onForbidden)

    follow(line, ['c0', new RequestProblem('unauthorized', 'no')])
    await until(line, (state) => state.refused)

    await vi.waitFor(() => expect(onForbidden).toHaveBeenCalledOnce())
    expect(server.connections()).toBe(1)
  })
})

test.each([0, 1, 5, 50])('the %ith wait is longer than nothing and at most ten seconds', (tries) => {
  const waits = Array.from({ length: 50 }, () => jittered(tries))

  expect(Math.min(...waits)).toBeGreaterThan(100)
  expect(Math.max(...waits)).toBeLessThanOrEqual(10_000)
  expect(new Set(waits).size).toBeGreaterThan(10)
})
