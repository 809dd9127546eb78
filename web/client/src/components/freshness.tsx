/** How fresh the page is, said and not claimed. */

import { useSession } from '../session'
import { age, clockTime } from '../time'
import type { Freshness } from '../freshness'

export function FreshnessBadge() {
  const { freshness } = useSession()
  const now = freshness.value
  return (
    <p class={`freshness is-${now.state}`} data-testid="freshness" data-state={now.state}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {now.state === 'live' && <circle class="solid" cx="8" cy="8" r="4" />}
        {now.state === 'reconnecting' && <path d="M8 3.5a4.5 4.5 0 1 1-4.5 4.5" />}
        {now.state === 'stale' && <path d="M4 4l8 8M12 4l-8 8" />}
      </svg>
      <span>{words(now)}</span>
    </p>
  )
}

export function words(now: Freshness): string {
  switch (now.state) {
    case 'live':
      return `live · ${age(now.age)}`
    case 'reconnecting':
      return now.first ? 'connecting…' : `reconnecting since ${clockTime(now.since, Date.now(), true)}`
    case 'stale':
      return now.lastSign === null ? 'not connected' : `stale · as of ${clockTime(now.lastSign, Date.now(), true)}`
  }
}
