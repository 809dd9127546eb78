/** A page without a server: what it would say is said by the test. */

import { computed, type Signal, signal } from '@preact/signals'
import { render } from '@testing-library/preact'
import type { ComponentChildren } from 'preact'
import { vi } from 'vitest'

import type { Actions, Outcome } from '../src/actions'
import type { Shelf } from '../src/feed'
import type { Engine } from '../src/engine'
import type { Freshness } from '../src/freshness'
import type { OverviewQuery, TypedDocumentString } from '../src/generated/graphql'
import { createHolding } from '../src/held'
import type { Follower } from '../src/live'
import { type Beyond, NOTHING_BEYOND, totals } from '../src/overview'
import { type FeedItem, fold, fromRows, grouped, type PipelineRow, type Pipelines } from '../src/pipeline'
import { parse, type Route } from '../src/router'
import { type Session, SessionProvider } from '../src/session'
import { instant } from '../src/time'
import { createToasts } from '../src/toasts'
import { NOON } from './values'

/** Answers by the name of the operation. */
export type Answers = Record<string, unknown>

export interface FakeSession extends Session {
  say: (item: FeedItem) => void
  become: (freshness: Freshness) => void
  /** OpenCode is like this from now on. */
  engineIs: (engine: Partial<Engine>) => void
  /** Feeds the subscription of that name, as a server would. */
  push: (operation: string, data: unknown) => void
  /** Whether the subscription of that name is open. */
  follows: (operation: string) => boolean
  asked: { operation: string; variables: unknown }[]
  paths: string[]
  /** What the server has beyond the rows that are here. */
  beyond: Signal<Beyond>
  older: Signal<Record<Shelf, string | null>>
  acts: { [Name in keyof Actions]: ReturnType<typeof vi.fn> }
}

const ENGINE: Engine = {
  reachable: true,
  product: 'OpenCode',
  version: '1.18.33',
  url: 'http://127.0.0.1:4096',
  support: 'TESTED',
  message: null,
  since: NOON,
}

const DONE: Outcome = { done: true }

export const NO_OVERVIEW: OverviewQuery = {
  counts: { asking: 0, failed: 0, running: 0, done: 0 },
  openCauses: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] },
}

/** Two minutes after noon, when everything in the builders happened. */
export const NOW = instant(NOON) + 120_000

export function aSession(rows: PipelineRow[] | null, answers: Answers = {}, path = '/'): FakeSession {
  const pipelines = signal<Pipelines | null>(rows && fromRows(rows))
  const listeners = new Set<(item: FeedItem, now: Pipelines, before: Pipelines) => void>()
  const fresh = signal<Freshness>({ state: 'live', age: 1000 })
  const route = signal<Route>(routeOf(path))
  const beyond = signal<Beyond>(NOTHING_BEYOND)
  const older = signal<Record<Shelf, string | null>>({ asking: null, causes: null, running: null, done: null })
  const followers = new Map<string, Follower<never>>()
  const engine = signal<Engine | null>(null)
  const asked: FakeSession['asked'] = []
  const paths: string[] = []
  const acts = fakeActions()
  return {
    acts,
    asked,
    paths,
    actions: acts as unknown as Actions,
    ask: async (document, variables) => {
      const operation = nameOf(document)
      asked.push({ operation, variables })
      if (!(operation in answers)) throw new Error(`nobody answers ${operation}`)
      return answers[operation] as never
    },
    line: {
      state: signal({ open: true, refused: false, since: NOW, lastSign: NOW }),
      follow: (document, _, follower) => {
        followers.set(nameOf(document), follower as Follower<never>)
        return () => followers.delete(nameOf(document))
      },
      renew: () => undefined,
    },
    feed: {
      pipelines,
      groups: computed(() => grouped(pipelines.value?.values() ?? [])),
      trouble: signal(null),
      beyond,
      totals: computed(() => totals(pipelines.value?.values() ?? [], beyond.value)),
      older,
      readOlder: vi.fn(async () => undefined),
      find: vi.fn(async () => ({ ids: [], next: null })),
      look: vi.fn(async () => NO_OVERVIEW),
      listen: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      stop: () => undefined,
    },
    clock: { seconds: signal(NOW), halfMinutes: signal(NOW), setTo: () => undefined },
    router: {
      route,
      go: (to) => {
        paths.push(to)
        route.value = routeOf(to)
      },
    },
    theme: { dark: signal(false), toggle: vi.fn() },
    toasts: createToasts(),
    freshness: fresh,
    stale: computed(() => fresh.value.state === 'stale'),
    held: createHolding(),
    beyond,
    older,
    engine,
    tokenWanted: signal(false),
    hasToken: false,
    viewer: signal(null),
    useToken: vi.fn(),
    say: (item) => {
      const before = pipelines.value ?? new Map()
      pipelines.value = fold(before, item)
      for (const listener of listeners) listener(item, pipelines.value, before)
    },
    engineIs: (now) => {
      engine.value = { ...ENGINE, ...now }
    },
    become: (freshness) => {
      fresh.value = freshness
    },
    follows: (operation) => followers.has(operation),
    push: (operation, data) => followers.get(operation)?.onItem(data as never),
  }
}

function routeOf(path: string): Route {
  const [pathname = '/', query] = path.split('?')
  return parse(pathname, new URLSearchParams(query))
}

function fakeActions(): FakeSession['acts'] {
  const act = () => vi.fn(async () => DONE)
  return {
    retry: act(),
    retryAll: act(),
    cancel: act(),
    trust: act(),
    skip: act(),
    supply: act(),
    permit: act(),
    forbid: act(),
    answer: act(),
    dismiss: act(),
    approve: act(),
    reject: act(),
    acknowledge: act(),
    resolve: act(),
    saveAgent: act(),
    deleteAgent: act(),
    saveTemplate: act(),
    deleteTemplate: act(),
  }
}

function nameOf(document: TypedDocumentString<unknown, unknown> | { toString(): string }): string {
  return /(?:query|mutation|subscription) (\w+)/.exec(String(document))?.[1] ?? ''
}

export function show(session: Session, children: ComponentChildren) {
  return render(<SessionProvider value={session}>{children}</SessionProvider>)
}
