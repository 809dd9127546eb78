/** Everything that one open page holds, assembled in one place and handed to the components. */

import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

import { type Actions, createActions } from './actions'
import { type Clock, createClock } from './clock'
import { createEngine, type Engine } from './engine'
import { createFeed, type Feed } from './feed'
import { type Freshness, freshness } from './freshness'
import type { ViewerQuery } from './generated/graphql'
import { createHolding, type Holding } from './held'
import { createLine, type Line } from './live'
import { type Ask, createAsk } from './request'
import { createRouter, type Router } from './router'
import { createTheme, type Theme } from './theme'
import { createToasts, type Toasts } from './toasts'
import { keepToken, takeToken } from './token'
import { createViewer } from './viewer'

export interface Session {
  ask: Ask
  actions: Actions
  line: Line
  feed: Feed
  clock: Clock
  router: Router
  theme: Theme
  toasts: Toasts
  freshness: ReadonlySignal<Freshness>
  /** Nothing of it can be trusted to be so now: changes seldom, whereas freshness does each second. */
  stale: ReadonlySignal<boolean>
  /** What was acted on a moment ago. */
  held: Holding
  /** null: not known. */
  engine: ReadonlySignal<Engine | null>
  /** The server wants another token than the one at hand, or any. */
  tokenWanted: ReadonlySignal<boolean>
  /** Whether there is one at hand. */
  hasToken: boolean
  /** null: not known yet. */
  viewer: ReadonlySignal<ViewerQuery | null>
  useToken: (token: string) => void
}

const SessionContext = createContext<Session | null>(null)

export const SessionProvider = SessionContext.Provider

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('a component was rendered outside of the session')
  return session
}

export function createSession(window: Window & typeof globalThis): Session {
  const token = takeToken(window)
  const tokenWanted = signal(false)
  const refused = (): void => {
    tokenWanted.value = true
  }
  const useToken = (given: string): void => {
    keepToken(window, given)
    // Everything begins anew with it: simpler to trust than a page that mends itself in parts.
    window.location.reload()
  }
  window.addEventListener('hashchange', () => {
    if (new URLSearchParams(window.location.hash.slice(1)).has('token')) useToken(takeToken(window) ?? '')
  })

  const ask = createAsk({
    url: '/graphql',
    token: () => token,
    fetch: (...request) => window.fetch(...request),
    onUnauthorized: refused,
  })
  const line = createLine({ url: socketUrl(window.location), token: () => token, onForbidden: refused })
  window.addEventListener('online', () => line.renew())

  const clock = createClock()
  const feed = createFeed(ask, line)
  feed.listen((item) => {
    if (item.__typename === 'Heartbeat') clock.setTo(Date.parse(item.at))
  })
  const fresh = createFreshness(line, feed, clock, tokenWanted)
  return {
    ask,
    actions: createActions(ask),
    line,
    feed,
    clock,
    router: createRouter(window),
    theme: createTheme(window),
    toasts: createToasts(),
    freshness: fresh,
    stale: computed(() => fresh.value.state === 'stale'),
    held: createHolding(),
    engine: createEngine(line, window.document),
    tokenWanted,
    hasToken: token !== null,
    viewer: createViewer(ask, line),
    useToken,
  }
}

/** An open socket alone is not live: the list must be followed over it. */
function createFreshness(
  line: Line,
  feed: Feed,
  clock: Clock,
  tokenWanted: ReadonlySignal<boolean>,
): ReadonlySignal<Freshness> {
  return computed(() => {
    // Time alone can make it stale.
    clock.seconds.value
    const state = line.state.value
    const open = state.open && feed.trouble.value === null
    return freshness({ ...state, open, refused: state.refused || tokenWanted.value }, Date.now())
  })
}

function socketUrl({ protocol, host }: Location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/graphql`
}
