/** The list: what needs you, what runs, what is done, always in this order. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { May } from '../components/action'
import { Row } from '../components/row'
import { type Group, matches, type PipelineRow } from '../pipeline'
import { paths } from '../router'
import { sentence } from '../request'
import { useSession } from '../session'
import { plain } from '../text'

const TITLES: Record<Group, string> = { needsYou: 'Needs you', running: 'Running', done: 'Done' }
const ORDER: Group[] = ['needsYou', 'running', 'done']

export interface Wanted {
  search: string
  /** Only pipelines of this template; empty: of any. */
  template: string
}

export function PipelinesPage({ search, template }: Wanted) {
  const { feed } = useSession()
  const found = useFound(search, template)
  const arrived = useArrived()
  const loaded = feed.pipelines.value !== null
  const groups = feed.groups.value
  const searching = Boolean(search || template)
  const wanted = (row: PipelineRow): boolean =>
    (!template || row.template === template) && (!search || found.has(row.id) || matches(row, search))
  if (!loaded) return <Loading />
  if (!searching && ORDER.every((group) => groups[group].length === 0)) return <Empty />
  return (
    <>
      <h1 class="hidden">Pipelines</h1>
      <SearchFields search={search} template={template} />
      {ORDER.map((group) => (
        <GroupSection
          key={group}
          group={group}
          arrived={arrived}
          rows={searching ? groups[group].filter(wanted) : groups[group]}
          searching={searching}
        />
      ))}
    </>
  )
}

interface GroupSectionProps {
  group: Group
  rows: PipelineRow[]
  arrived: ReadonlySet<string>
  searching: boolean
}

function GroupSection({ group, rows, arrived, searching }: GroupSectionProps) {
  const { feed } = useSession()
  const shelf = group === 'needsYou' ? 'failed' : group === 'done' ? 'ended' : null
  const hasOlder = !searching && shelf !== null && feed.older.value[shelf] !== null
  return (
    <section class={`group is-${group}`} aria-labelledby={`group-${group}`}>
      <h2 id={`group-${group}`}>
        {TITLES[group]} <span class="count">{rows.length > 0 ? rows.length : ''}</span>
      </h2>
      {rows.length === 0 && <p class="nothing">{searching ? 'Nothing found' : NOTHING[group]}</p>}
      {rows.map((row) => (
        <Row key={row.id} pipeline={row} group={group} arrived={arrived.has(row.id)} />
      ))}
      {hasOlder && shelf && <Older shelf={shelf} />}
    </section>
  )
}

const NOTHING: Record<Group, string> = {
  needsYou: 'Nothing is wrong and nobody is asked.',
  running: 'Nothing runs right now.',
  done: 'Nothing is done yet.',
}

function Older({ shelf }: { shelf: 'failed' | 'ended' }) {
  const { feed } = useSession()
  const [problem, setProblem] = useState<string | null>(null)
  const read = (): void => {
    setProblem(null)
    feed.readOlder(shelf).catch((reason: unknown) => setProblem(sentence(reason)))
  }
  return (
    <p class="older">
      <button type="button" onClick={read}>
        Show older
      </button>
      {problem && <span class="problem">{problem}</span>}
    </p>
  )
}

function SearchFields({ search, template }: Wanted) {
  const { router, feed } = useSession()
  const templates = new Set([...(feed.pipelines.value?.values() ?? [])].map((row) => row.template ?? ''))
  const names = [...templates.add(template)].filter(Boolean).sort()
  return (
    <div class="search" role="search">
      <div class="search-field">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.5 10.5l3 3" />
        </svg>
        <input
          type="search"
          aria-label="Search pipelines"
          placeholder="Search: title, agent, reason …"
          value={search}
          onInput={(event) => router.go(paths.search(event.currentTarget.value.trimStart(), template), 'replace')}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
        />
      </div>
      {names.length > 1 && (
        <select
          aria-label="Template"
          value={template}
          onChange={(event) => router.go(paths.search(search, event.currentTarget.value), 'replace')}
        >
          <option value="">Any template</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {plain(name)}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}

const TYPING = 250

/** What the server finds beyond what is on the page. */
function useFound(search: string, template: string): ReadonlySet<string> {
  const { feed } = useSession()
  const [found, setFound] = useState<ReadonlySet<string>>(new Set())
  const text = search.trim()
  useEffect(() => {
    setFound(new Set())
    if (!text && !template) return
    let wanted = true
    const timer = setTimeout(() => {
      const filter = { ...(text ? { text } : {}), ...(template ? { template } : {}) }
      // What is on the page is searched in any case.
      feed.find(filter).then(
        (ids) => wanted && setFound(ids),
        () => undefined,
      )
    }, TYPING)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [feed, text, template])
  return found
}

const MARKED = 4_000

/** The pipelines that changed their group a moment ago: they slide in with a mark, so that nobody wonders. */
function useArrived(): ReadonlySet<string> {
  const { feed } = useSession()
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set())
  const known = useRef<Map<string, string> | null>(null)
  const groups = feed.groups.value
  const loaded = feed.pipelines.value !== null
  useEffect(() => {
    if (!loaded) return
    const now = new Map(ORDER.flatMap((group) => groups[group].map((row) => [row.id, group] as const)))
    const before = known.current
    known.current = now
    if (!before) return
    const news = [...now].filter(([id, group]) => before.get(id) !== group).map(([id]) => id)
    if (news.length === 0 || news.length > 20) return
    setArrived((shown) => new Set([...shown, ...news]))
    setTimeout(() => setArrived((shown) => new Set([...shown].filter((id) => !news.includes(id)))), MARKED)
  }, [groups, loaded])
  return arrived
}

function Empty() {
  const { router } = useSession()
  return (
    <section class="empty">
      <h1>Nothing has run yet</h1>
      <p>
        stepwire runs a prompt through a list of agent steps on an OpenCode server and tells you, the moment it happens,
        why a step failed or does not move.
      </p>
      <May right="OPERATE">
        <button type="button" onClick={() => router.go('/start')}>
          Choose a template and a prompt
        </button>
      </May>
    </section>
  )
}

const PATIENCE = 300

/** Nothing is said about a wait that nobody notices. */
export function Loading() {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE)
    return () => clearTimeout(timer)
  }, [])
  return late ? (
    <p class="nothing loading" role="status">
      Reading…
    </p>
  ) : null
}
