/** The address is the state: every pipeline, step and failure has one that can be sent to a colleague. */

import { type ReadonlySignal, signal } from '@preact/signals'

import { addressOf, type Wanted, wantedFrom } from './wanted'

/** Failures by what caused them, or each by itself. */
export type FailuresView = 'cause' | 'each'

export type Route =
  | ({ page: 'pipelines' } & Wanted)
  | ({ page: 'pipeline'; id: string } & InPipeline)
  | { page: 'failures'; view: FailuresView }
  | { page: 'failure'; id: string }
  | { page: 'approvals'; ask: string | null }
  | { page: 'definitions'; adding: boolean }
  | ({ page: 'audit' } & AuditWanted)
  | { page: 'start' }
  | { page: 'nowhere'; path: string }

/** What of a pipeline is looked at; null: what matters now. */
export interface InPipeline {
  stepId: string | null
  tab: string | null
  /** The number of the attempt whose failure is looked into. */
  attempt: number | null
}

/** Which part of the audit trail: what was chosen in the form, empty for all of it. */
export interface AuditWanted {
  pipelineId: string | null
  shelf: string
  since: string
  until: string
}

const DAY = /^\d{4}-\d\d-\d\d$/

function auditWanted(query: URLSearchParams): AuditWanted {
  const day = (name: string): string => (DAY.test(query.get(name) ?? '') ? query.get(name)! : '')
  return {
    pipelineId: query.get('pipeline'),
    shelf: query.get('what') ?? '',
    since: day('since'),
    until: day('until'),
  }
}

export interface Router {
  route: ReadonlySignal<Route>
  go: (path: string, how?: 'push' | 'replace') => void
}

export function parse(path: string, query: URLSearchParams = new URLSearchParams()): Route {
  const [page = '', id, part, partId, ...rest] = path.split('/').slice(1).map(decoded)
  if (rest.length > 0) return { page: 'nowhere', path }
  const inside = { tab: query.get('tab'), attempt: Number(query.get('attempt')) || null }
  if (page === 'pipelines' && id && !part) return { page: 'pipeline', id, stepId: null, ...inside }
  if (page === 'pipelines' && id && part === 'steps' && partId)
    return { page: 'pipeline', id, stepId: partId, ...inside }
  if (page === 'failures' && id && !part) return { page: 'failure', id }
  if (id) return { page: 'nowhere', path }
  switch (page) {
    case '':
    case 'pipelines':
      return { page: 'pipelines', ...wantedFrom(query) }
    case 'failures':
      return { page, view: query.get('view') === 'each' ? 'each' : 'cause' }
    case 'approvals':
      return { page, ask: query.get('ask') }
    case 'definitions':
      return { page, adding: query.get('new') === 'template' }
    case 'start':
      return { page }
    case 'audit':
      return { page, ...auditWanted(query) }
    default:
      return { page: 'nowhere', path }
  }
}

export const paths = {
  pipeline: (id: string): string => `/pipelines/${encodeURIComponent(id)}`,
  step: (id: string, stepId: string): string => `${paths.pipeline(id)}/steps/${encodeURIComponent(stepId)}`,
  tab: (id: string, stepId: string, tab: string, attempt: number | null = null): string =>
    `${paths.step(id, stepId)}?${new URLSearchParams({ tab, ...(attempt ? { attempt: String(attempt) } : {}) })}`,
  failure: (id: string): string => `/failures/${encodeURIComponent(id)}`,
  failures: (view: FailuresView): string => (view === 'each' ? '/failures?view=each' : '/failures'),
  ask: (id: string): string => `/approvals?ask=${encodeURIComponent(id)}`,
  list: addressOf,
  audit: ({ pipelineId, shelf, since, until }: AuditWanted): string => {
    const given = { pipeline: pipelineId ?? '', what: shelf, since, until }
    const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value))
    return query.size > 0 ? `/audit?${query}` : '/audit'
  },
}

export function createRouter(window: Window): Router {
  const here = (): Route => parse(window.location.pathname, new URLSearchParams(window.location.search))
  const route = signal(here())
  const go: Router['go'] = (path, how = 'push') => {
    window.history[how === 'push' ? 'pushState' : 'replaceState'](null, '', path)
    route.value = here()
    if (how === 'push') window.scrollTo(0, 0)
  }
  window.addEventListener('popstate', () => {
    route.value = here()
  })
  window.document.addEventListener('click', (event) => {
    const path = innerPath(event, window.location.origin)
    if (path === null) return
    event.preventDefault()
    go(path)
  })
  return { route, go }
}

/** The path of a link of this page that was clicked to be followed here; null: the browser's business. */
function innerPath(event: MouseEvent, origin: string): string | null {
  if (event.defaultPrevented || event.button !== 0) return null
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null
  if (!link || link.target || link.hasAttribute('download') || link.dataset['foreign'] !== undefined) return null
  const url = new URL(link.href)
  if (url.origin !== origin || parse(url.pathname).page === 'nowhere') return null
  return url.pathname + url.search
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
