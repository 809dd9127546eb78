/** The frame around every page, and which page is shown. */

import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import { Header } from './components/header'
import { KeysDialog } from './components/keys'
import { LiveRegion } from './components/announce'
import { PageLines } from './components/lines'
import { Toasts } from './components/toasts'
import { installKeys } from './keyboard'
import { PipelinesPage } from './pages/pipelines'
import { type Route } from './router'
import { useSession } from './session'

export function App() {
  const session = useSession()
  const [keysShown, setKeysShown] = useState(false)
  const route = session.router.route.value
  useEffect(() => installKeys(document, session.router, () => setKeysShown(true)), [session])
  useTitle(route)
  const stale = session.freshness.value.state === 'stale'
  return (
    <>
      <a class="skip" href="#main" data-foreign>
        Skip to the content
      </a>
      <Header />
      <PageLines />
      <main id="main" tabIndex={-1} class={stale ? 'stale' : undefined}>
        {session.tokenWanted.value && session.feed.pipelines.value === null ? null : <Page route={route} />}
      </main>
      <LiveRegion />
      <Toasts />
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </>
  )
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'pipelines':
      return <PipelinesPage search={route.search} template={route.template} />
    case 'pipeline':
      return <Lazily load={() => import('./pages/story').then((m) => m.StoryPage)} key={route.id} {...route} />
    case 'failures':
      return <Lazily load={() => import('./pages/failures').then((m) => m.FailuresPage)} key="failures" />
    case 'failure':
      return <Lazily load={() => import('./pages/failure').then((m) => m.FailurePage)} key={route.id} id={route.id} />
    case 'approvals':
      return <Lazily load={() => import('./pages/approvals').then((m) => m.ApprovalsPage)} key="approvals" />
    case 'definitions':
      return <Lazily load={() => import('./pages/definitions').then((m) => m.DefinitionsPage)} key="definitions" />
    case 'audit':
      return <Lazily load={() => import('./pages/audit').then((m) => m.AuditPage)} key="audit" {...route} />
    case 'start':
      return <Lazily load={() => import('./pages/start').then((m) => m.StartPage)} key="start" />
    case 'nowhere':
      return (
        <section class="empty">
          <h1>Nothing is at this address</h1>
          <p>
            <code>{route.path}</code> does not lead anywhere. <a href="/">All pipelines</a>
          </p>
        </section>
      )
  }
}

type LazilyProps<Props> = Props & { load: () => Promise<ComponentType<Props>> }

/** A page whose code comes when it is first wanted; nothing is drawn for the moment that it takes. */
function Lazily<Props extends object>({ load, ...props }: LazilyProps<Props>) {
  const [loaded, setLoaded] = useState<{ page: ComponentType<Props> } | null>(null)
  const [failed, setFailed] = useState(false)
  const first = useRef(load)
  useEffect(() => {
    first.current().then(
      (page) => setLoaded({ page }),
      () => setFailed(true),
    )
  }, [])
  if (failed) return <p class="page-line">A part of this page could not be loaded. Reload it.</p>
  if (!loaded) return null
  const Loaded = loaded.page
  return <Loaded {...(props as unknown as Props)} />
}

function useTitle(route: Route): void {
  const { feed } = useSession()
  const wanted = feed.groups.value.needsYou.length
  useEffect(() => {
    const page = route.page === 'pipelines' || route.page === 'pipeline' ? 'stepwire' : `${route.page} · stepwire`
    document.title = wanted > 0 ? `(${wanted}) ${page}` : page
  }, [route, wanted])
}
