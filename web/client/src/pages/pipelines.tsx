/** The list: what needs you, what runs, what is done, always in this order. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { type Card, cards } from '../cards'
import { CauseCard } from '../components/cause-card'
import { Lazily } from '../components/lazily'
import { OlderButton } from '../components/older'
import { Row } from '../components/row'
import type { Shelf } from '../feed'
import { type FoundList, useFound } from '../found'
import { type Beyond, totals } from '../overview'
import { type Group, grouped, type PipelineRow } from '../pipeline'
import { paths } from '../router'
import { sentence } from '../request'
import { useSession } from '../session'
import { useSight } from '../sight'
import { ANY, isAny, type Wanted } from '../wanted'

const TITLES: Record<Group, string> = { needsYou: 'Needs you', running: 'Running', done: 'Done' }
const ORDER: Group[] = ['needsYou', 'running', 'done']
const SHELVES: Record<Group, Shelf[]> = { needsYou: ['asking', 'causes'], running: ['running'], done: ['done'] }

export function PipelinesPage(given: Partial<Wanted>) {
  const { feed, held } = useSession()
  const wanted = wantedOf(given)
  const found = useFound(wanted)
  const arrived = useArrived()
  const known = feed.pipelines.value
  const searching = !isAny(wanted)
  if (known === null) return <Loading />
  if (!searching && known.size === 0) return <Lazily load={() => import('../components/empty').then((m) => m.Empty)} />
  const rows = searching ? [...known.values()].filter(found.has) : [...known.values()]
  const beyond = searching ? found.beyond : feed.beyond.value
  const groups = grouped(rows, held.now.value)
  const counts = totals(rows, beyond)
  return (
    <>
      <h1 class="hidden">Pipelines</h1>
      <SearchFields wanted={wanted} />
      {wanted.cause && <TheCause id={wanted.cause} rows={groups.needsYou} beyond={beyond} />}
      {ORDER.map((group) => (
        <GroupSection
          key={group}
          group={group}
          arrived={arrived}
          // A list of one cause shows each of its pipelines.
          beyond={wanted.cause ? null : beyond}
          rows={groups[group]}
          count={searching && !found.isTold ? 0 : counts[group]}
          searching={searching}
        />
      ))}
      {searching && <OlderFound found={found} />}
    </>
  )
}

function wantedOf(given: Partial<Wanted>): Wanted {
  return Object.fromEntries(Object.entries(ANY).map(([key, any]) => [key, given[key as keyof Wanted] ?? any])) as never
}

interface GroupSectionProps {
  group: Group
  rows: PipelineRow[]
  /** All that is stored included. */
  count: number
  /** null: every pipeline by itself. */
  beyond: Beyond | null
  arrived: ReadonlySet<string>
  searching: boolean
}

function GroupSection({ group, rows, count, beyond, arrived, searching }: GroupSectionProps) {
  const { held } = useSession()
  const now = held.now.value
  const list = useRef<HTMLElement>(null)
  const shown: Card[] =
    group === 'needsYou' && beyond ? cards(rows, beyond, now, isInUse) : rows.map((row) => ({ id: row.id, row }))
  const isNear = useSight(list, `${shown.length} ${shown[0]?.id}`)
  return (
    <section ref={list} class={`group is-${group}`} aria-labelledby={`group-${group}`}>
      <h2 id={`group-${group}`}>
        {TITLES[group]} <span class="count">{count > 0 ? count : ''}</span>
      </h2>
      {shown.length === 0 && <p class="nothing">{searching ? 'Nothing found' : NOTHING[group]}</p>}
      {shown.map(({ id, row, cause }, place) =>
        row ? (
          <Row
            key={id}
            pipeline={row}
            group={group}
            arrived={arrived.has(id)}
            holding={held}
            held={now.get(id)}
            near={isNear(place)}
          />
        ) : (
          <CauseCard key={id} cause={cause} held={now.get(id)} />
        ),
      )}
      {!searching && <Older shelves={SHELVES[group]} />}
    </section>
  )
}

/** Whoever writes in a row goes on writing there, although others have failed for the same cause meanwhile. */
function isInUse(id: string): boolean {
  const forms = [...document.querySelectorAll('[data-pipeline-id] form')]
  return forms.some((form) => form.closest<HTMLElement>('[data-pipeline-id]')?.dataset['pipelineId'] === id)
}

/** The cause whose pipelines stand below. */
function TheCause({ id, rows, beyond }: { id: string; rows: PipelineRow[]; beyond: Beyond }) {
  const { held } = useSession()
  const now = held.now.value
  const card = cards(rows, beyond, now, () => false).find(({ cause }) => cause?.id === id)
  return card?.cause ? (
    <section class="group is-needsYou" aria-label="Their cause">
      <CauseCard cause={card.cause} held={now.get(card.id)} alone />
    </section>
  ) : null
}

const NOTHING: Record<Group, string> = {
  needsYou: 'Nothing is wrong and nobody is asked.',
  running: 'Nothing runs right now.',
  done: 'Nothing is done yet.',
}

export function Older({ shelves }: { shelves: readonly Shelf[] }) {
  const { feed } = useSession()
  const [problem, setProblem] = useState<string | null>(null)
  const older = shelves.filter((shelf) => feed.older.value[shelf] !== null)
  if (older.length === 0) return null
  const read = (): void => {
    setProblem(null)
    Promise.all(older.map(feed.readOlder)).catch((reason: unknown) => setProblem(sentence(reason)))
  }
  return <OlderButton read={read} problem={problem} />
}

function OlderFound({ found }: { found: FoundList }) {
  if (!found.hasOlder && !found.problem) return null
  return <OlderButton read={found.readOlder} problem={found.problem} />
}

function SearchFields({ wanted }: { wanted: Wanted }) {
  const { router } = useSession()
  return (
    <div class="search" role="search">
      <div class="search-field">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.5 10.5l3 3" />
        </svg>
        <input
          type="search"
          dir="auto"
          aria-label="Search pipelines"
          placeholder="Search everything: title, agent, reason …"
          value={wanted.search}
          onInput={(event) => {
            const search = event.currentTarget.value.trimStart()
            router.go(paths.list({ ...wanted, search }), 'replace')
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
        />
      </div>
      <div class="chips">
        <Lazily load={() => import('../components/chips').then((m) => m.Chips)} wanted={wanted} />
      </div>
    </div>
  )
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
