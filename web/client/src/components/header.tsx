/** The two lines at the top: is it live, what can be started, where to go. */

import { focusSearch } from '../keyboard'
import { bell, toggleBell } from '../bell'
import type { Route } from '../router'
import { useSession } from '../session'
import { plain } from '../text'
import { May } from './action'
import { Badge } from './freshness'
import { Lazily } from './lazily'

export function Header({ onKeys }: { onKeys: () => void }) {
  const { router, theme, feed, tokenWanted, viewer } = useSession()
  const who = viewer.value?.viewer
  const route = router.route.value
  const calm = feed.groups.value.needsYou.length === 0 && !tokenWanted.value
  return (
    <header class="frame">
      <div class="bar">
        <a class="brand" href="/">
          stepwire
        </a>
        <Badge />
        {who && (
          <span class="meta who" data-testid="viewer" title={`Your token: ${who.name}, ${who.role.toLowerCase()}`}>
            {plain(who.name)}
            <span class="roomy"> · {who.role.toLowerCase()}</span>
          </span>
        )}
        {route.page !== 'start' && (
          <May right="OPERATE">
            <button type="button" class={calm ? 'start likely' : 'start'} onClick={() => router.go('/start')}>
              Start<span class="roomy"> a pipeline</span>
            </button>
          </May>
        )}
      </div>
      <div class="bar">
        <Nav route={route} />
        <div class="tools">
          <button
            type="button"
            class="icon find"
            aria-label="Search"
            title="Search (/)"
            onClick={() => focusSearch(document, router)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.5 10.5l3 3" />
            </svg>
          </button>
          <BellButton />
          <button
            type="button"
            class="icon"
            aria-label={theme.dark.value ? 'Use light colours' : 'Use dark colours'}
            title={theme.dark.value ? 'Light colours' : 'Dark colours'}
            onClick={theme.toggle}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path
                d={
                  theme.dark.value
                    ? 'M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1'
                    : 'M13.5 9.5A5.75 5.75 0 0 1 6.5 2.5a5.75 5.75 0 1 0 7 7z'
                }
              />
            </svg>
          </button>
          <Lazily load={() => import('./main-menu').then((m) => m.MainMenu)} onKeys={onKeys} />
        </div>
      </div>
    </header>
  )
}

function Nav({ route }: { route: Route }) {
  const { feed } = useSession()
  const { failed, asks } = feed.totals.value
  return (
    <nav aria-label="Pages">
      <Tab href="/" label="Pipelines" here={route.page === 'pipelines' || route.page === 'pipeline'} />
      <Tab
        href="/failures"
        label="Failures"
        count={failed}
        here={route.page === 'failures' || route.page === 'failure'}
      />
      <Tab href="/approvals" label="Approvals" count={asks} here={route.page === 'approvals'} />
      <Tab href="/definitions" label="Definitions" here={route.page === 'definitions'} />
      <Tab href="/audit" label="Audit" here={route.page === 'audit'} />
    </nav>
  )
}

function Tab({ href, label, count = 0, here }: { href: string; label: string; count?: number; here: boolean }) {
  return (
    <a href={href} aria-current={here ? 'page' : undefined}>
      {label}
      {count > 0 && <span class="count"> {count}</span>}
    </a>
  )
}

const BELL_TITLES = {
  on: 'Notifications are on while this tab is hidden',
  off: 'Notify me of failures and asks while this tab is hidden',
  denied: 'The browser does not allow notifications from this page',
  missing: 'This browser has no notifications for this page',
}

function BellButton() {
  const state = bell.value
  const impossible = state === 'denied' || state === 'missing'
  return (
    <button
      type="button"
      class="icon"
      aria-label="Notifications"
      aria-pressed={state === 'on'}
      aria-disabled={impossible}
      title={BELL_TITLES[state]}
      onClick={() => !impossible && void toggleBell()}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M3.5 12h9c-1-1-1.25-2-1.25-4.5a3.25 3.25 0 0 0-6.5 0C4.75 10 4.5 11 3.5 12zM6.75 14h2.5" />
        {state !== 'on' && <path d="M2.5 2.5l11 11" />}
      </svg>
    </button>
  )
}
