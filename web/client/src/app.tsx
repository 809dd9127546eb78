/** The frame around every page, and which page is shown. */

import { useEffect, useState } from 'preact/hooks'

import { Header } from './components/header'
import { Lazily } from './components/lazily'
import { LiveRegion } from './components/announce'
import { PageLines } from './components/lines'
import { Toasts } from './components/toasts'
import { installKeys } from './keyboard'
import { PipelinesPage } from './pages/pipelines'
import { type Route } from './router'
import { useSession } from './session'
import { subject } from './title'

export function App() {
  const session = useSession()
  const [keysShown, setKeysShown] = useState(false)
  const route = session.router.route.value
  useEffect(() => installKeys(document, session.router, () => setKeysShown(true)), [session])
  useEffect(() => void import('./guard').then(({ installGuard }) => installGuard(document)), [])
  useTitle(route)
  return (
    <>
      <a class="skip" href="#main" data-foreign>
        Skip to the content
      </a>
      <Header onKeys={() => setKeysShown(true)} />
      <PageLines />
      <main id="main" tabIndex={-1} class={session.stale.value ? 'stale' : undefined}>
        {session.tokenWanted.value && session.feed.pipelines.value === null ? null : <Page route={route} />}
      </main>
      <LiveRegion />
      <Toasts />
      {keysShown && (
        <Lazily
          load={() => import('./components/keys').then((m) => m.KeysDialog)}
          onClose={() => setKeysShown(false)}
        />
      )}
    </>
  )
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'pipelines':
      return <PipelinesPage {...route} />
    case 'pipeline':
      return <Lazily load={() => import('./pages/story').then((m) => m.StoryPage)} key={route.id} {...route} />
    case 'failures':
      return <Lazily load={() => import('./pages/failures').then((m) => m.FailuresPage)} key="failures" {...route} />
    case 'failure':
      return <Lazily load={() => import('./pages/story').then((m) => m.FailureAddress)} key={route.id} id={route.id} />
    case 'approvals':
      return <Lazily load={() => import('./pages/approvals').then((m) => m.ApprovalsPage)} key="approvals" {...route} />
    case 'definitions':
      return (
        <Lazily
          load={() => import('./pages/definitions').then((m) => m.DefinitionsPage)}
          key="definitions"
          {...route}
        />
      )
    case 'audit':
      return <Lazily load={() => import('./pages/audit').then((m) => m.AuditPage)} key="audit" {...route} />
    case 'start':
      return <Lazily load={() => import('./pages/start').then((m) => m.StartPage)} key="start" />
    case 'nowhere':
      return <Lazily load={() => import('./pages/nowhere').then((m) => m.NowherePage)} path={route.path} />
  }
}

function useTitle(route: Route): void {
  const { feed } = useSession()
  const wanted = feed.totals.value.needsYou
  useEffect(() => {
    const own = subject.value ?? (route.page === 'pipelines' || route.page === 'pipeline' ? null : route.page)
    const page = own === null ? 'stepwire' : `${own} · stepwire`
    document.title = wanted > 0 ? `(${wanted}) ${page}` : page
  }, [route, wanted, subject.value])
}
