/** The badge: how fresh the page is, and whether OpenCode answers; both said and not claimed. */

import type { Engine } from '../engine'
import type { Freshness } from '../freshness'
import { useSession } from '../session'
import { plain } from '../text'
import { age, clockTime, instant } from '../time'

export function Badge() {
  const { freshness, engine } = useSession()
  const now = freshness.value
  const state = engineState(now, engine.value)
  return (
    <p class="halves">
      <span class={`freshness is-${now.state}`} data-testid="freshness" data-state={now.state}>
        <Sign state={now.state} />
        <span>
          <span class="roomy">stepwire </span>
          {words(now)}
        </span>
      </span>
      <span class={`freshness is-${SIGNS[state]}`} data-testid="engine-state" data-state={state}>
        <Sign state={SIGNS[state]} />
        <span>
          {state === 'unknown' ? 'OpenCode not known' : engine.value && <EngineWords engine={engine.value} />}
        </span>
      </span>
    </p>
  )
}

type EngineState = 'up' | 'down' | 'unusable' | 'unknown'

const SIGNS = { up: 'live', down: 'stale', unusable: 'stale', unknown: 'reconnecting' } as const

/** Of a line that is not live nobody can tell how OpenCode is by now. */
function engineState(now: Freshness, engine: Engine | null): EngineState {
  if (now.state !== 'live' || !engine) return 'unknown'
  if (engine.reachable) return 'up'
  return engine.support ? 'unusable' : 'down'
}

function EngineWords({ engine }: { engine: Engine }) {
  const { clock } = useSession()
  const since = engine.since && clockTime(instant(engine.since), clock.halfMinutes.value, true)
  return (
    <>
      {plain(engine.product ?? 'OpenCode')}
      <span class="roomy">{engine.version && ` ${plain(engine.version)}`}</span>{' '}
      {engine.reachable ? 'up' : `${engine.support ? 'unusable' : 'down'}${since ? ` since ${since}` : ''}`}
    </>
  )
}

/** Status is shape, too. */
function Sign({ state }: { state: Freshness['state'] }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      {state === 'live' && <circle class="solid" cx="8" cy="8" r="4" />}
      {state === 'reconnecting' && <path d="M8 3.5a4.5 4.5 0 1 1-4.5 4.5" />}
      {state === 'stale' && <path d="M4 4l8 8M12 4l-8 8" />}
    </svg>
  )
}

export function words(now: Freshness): string {
  switch (now.state) {
    case 'live':
      return `live ${age(now.age)}`
    case 'reconnecting':
      return now.first ? 'connecting…' : `reconnecting since ${clockTime(now.since, Date.now(), true)}`
    case 'stale':
      return now.lastSign === null ? 'not connected' : `stale since ${clockTime(now.lastSign, Date.now(), true)}`
  }
}
