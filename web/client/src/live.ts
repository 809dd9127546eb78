/** The one websocket to the server: subscriptions that survive its loss, and signs of whether it is alive. */

import { type ReadonlySignal, signal } from '@preact/signals'
import { type Client, createClient } from 'graphql-ws'

import type { LineState } from './freshness'
import type { TypedDocumentString } from './generated/graphql'
import { credentials } from './token'

const FORBIDDEN = 4403
const PING_EVERY = 10_000
const PONG_WITHIN = 5_000
const LONGEST_WAIT = 10_000

export interface Follower<Item> {
  onItem: (item: Item) => void
  /** The server ended this subscription, with a reason or without; it is not resumed. */
  onEnd?: (reason: string | null) => void
}

export interface Line {
  state: ReadonlySignal<LineState>
  /**
   * Subscribes until the returned function is called. After a loss of the line the same `variables` object is sent
   * again: whoever follows the event log sets its `after` with each event, and misses nothing.
   */
  follow: <Result, Variables extends object>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    follower: Follower<Result>,
  ) => () => void
  /** Ends the present socket, so that the next one is opened at once: with a new token, or after a sleep. */
  renew: () => void
}

export interface LineOptions {
  url: string
  token: () => string | null
  onForbidden: () => void
  webSocketImpl?: unknown
  /** How long to wait before the n-th try, in milliseconds. */
  wait?: (tries: number) => number
}

export function createLine(options: LineOptions): Line {
  const state = signal<LineState>({ open: false, refused: false, since: Date.now(), lastSign: null })
  const nudges = new Set<() => void>()
  const client = connect(options, state, nudges)
  return {
    state,
    follow: (document, variables, follower) => subscribe(client, String(document), variables, follower),
    renew: () => {
      state.value = { ...state.value, refused: false }
      client.terminate()
      for (const nudge of [...nudges]) nudge()
    },
  }
}

type Changeable = { value: LineState }

function connect({ wait = jittered, ...options }: LineOptions, state: Changeable, nudges: Set<() => void>): Client {
  let pong: ReturnType<typeof setTimeout> | undefined
  const opened = (open: boolean): void => {
    if (state.value.open !== open) state.value = { ...state.value, open, since: Date.now() }
  }
  const client = createClient({
    url: options.url,
    connectionParams: () => credentials(options.token()),
    ...(options.webSocketImpl ? { webSocketImpl: options.webSocketImpl } : {}),
    keepAlive: PING_EVERY,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (tries) => sleep(wait(tries), nudges),
    shouldRetry: (problem) => codeOf(problem) !== FORBIDDEN,
    on: {
      connected: () => {
        state.value = { ...state.value, refused: false, lastSign: Date.now() }
        opened(true)
      },
      message: () => {
        state.value = { ...state.value, lastSign: Date.now() }
      },
      ping: (received) => {
        if (!received) pong = setTimeout(() => client.terminate(), PONG_WITHIN)
      },
      pong: (received) => {
        if (received) clearTimeout(pong)
      },
      closed: (event) => {
        clearTimeout(pong)
        opened(false)
        if (codeOf(event) !== FORBIDDEN) return
        state.value = { ...state.value, refused: true }
        options.onForbidden()
      },
    },
  })
  return client
}

function subscribe<Result>(
  client: Client,
  query: string,
  variables: object,
  { onItem, onEnd }: Follower<Result>,
): () => void {
  return client.subscribe<Result>(
    { query, variables: variables as Record<string, unknown> },
    {
      next: ({ data, errors }) => {
        if (data) onItem(data)
        else onEnd?.(errors?.[0]?.message ?? null)
      },
      error: (problem) => onEnd?.(reasonOf(problem)),
      complete: () => onEnd?.(null),
    },
  )
}

/** Tries soon, then less often, and never all pages at the same moment. */
export function jittered(tries: number): number {
  const longest = Math.min(LONGEST_WAIT, 250 * 2 ** tries)
  return longest / 2 + (Math.random() * longest) / 2
}

function sleep(milliseconds: number, nudges: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      nudges.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    nudges.add(wake)
  })
}

function codeOf(problem: unknown): number | null {
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : null
  return typeof code === 'number' ? code : null
}

function reasonOf(problem: unknown): string {
  if (Array.isArray(problem)) return String(problem[0]?.message ?? 'refused')
  if (problem instanceof Error) return problem.message
  return `the connection was closed (${codeOf(problem) ?? 'unknown'})`
}
