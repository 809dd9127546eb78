/** The audit trail: what happened, when, and who did it. */

import { useState } from 'preact/hooks'

import { asJson, asMarkdown, type AuditLine, everything, type Shelf, SHELVES, typesOn, who } from '../audit'
import { Problem } from '../components/action'
import { OlderButton } from '../components/older'
import { Sentence } from '../components/reason'
import { At } from '../components/times'
import { AuditDocument, type AuditQueryVariables } from '../generated/graphql'
import { type PagedList, usePagedList } from '../paged-list'
import { sentence } from '../request'
import { type AuditWanted, paths } from '../router'
import { useSession } from '../session'
import { plain } from '../text'
import { dayStart as dayStartIn } from '../zone'
import { Loading } from './pipelines'

export function AuditPage(wanted: AuditWanted) {
  const { router } = useSession()
  const { pipelineId } = wanted
  const shelf = wanted.shelf in SHELVES ? (wanted.shelf as Shelf) : 'all'
  const asked: AuditQueryVariables = {
    pipelineId,
    types: typesOn(shelf),
    since: dayStart(wanted.since, 0),
    until: dayStart(wanted.until, 1),
  }
  const list = useAudit(asked)
  return (
    <>
      <h1>Audit</h1>
      {pipelineId && (
        <p class="meta">
          Of one pipeline only. <a href="/audit">Of all</a> · <a href={paths.pipeline(pipelineId)}>To the pipeline</a>
        </p>
      )}
      <Filters filter={{ ...wanted, shelf }} onChange={(filter) => router.go(paths.audit(filter), 'replace')} />
      <Export asked={asked} />
      <Lines list={list} withTitle={pipelineId === null} />
    </>
  )
}

type Row = AuditLine & { id: string }

function useAudit(asked: AuditQueryVariables): PagedList<Row> {
  return usePagedList<Row>(
    async (ask, before) => {
      const { events } = await ask(AuditDocument, { ...asked, last: 50, before })
      const { hasPreviousPage, startCursor } = events.pageInfo
      return {
        // An event has no id but its place.
        nodes: events.nodes.map((line) => ({ ...line, id: line.cursor })).reverse(),
        pageInfo: { hasNextPage: hasPreviousPage, endCursor: startCursor ?? null },
      }
    },
    (item) => item.__typename !== 'Heartbeat' && item.__typename !== 'Resync',
    JSON.stringify(asked),
  )
}

function Filters({ filter, onChange }: { filter: AuditWanted; onChange: (filter: AuditWanted) => void }) {
  const day = (name: 'since' | 'until', label: string) => (
    <label class="field">
      <span>{label}</span>
      <input
        type="date"
        value={filter[name]}
        onInput={(event) => onChange({ ...filter, [name]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <div class="filters">
      <label class="field">
        <span>What</span>
        <select
          value={filter.shelf}
          onChange={(event) =>
            onChange({ ...filter, shelf: event.currentTarget.value === 'all' ? '' : event.currentTarget.value })
          }
        >
          {Object.entries(SHELVES).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {day('since', 'From')}
      {day('until', 'To')}
    </div>
  )
}

function Lines({ list, withTitle }: { list: PagedList<Row>; withTitle: boolean }) {
  const { rows, problem, hasMore, more } = list
  if (!rows) return problem ? <p class="page-line is-failed">{plain(problem)}</p> : <Loading />
  return (
    <>
      <Problem text={problem} />
      {rows.length === 0 && <p class="nothing">Nothing of this kind has happened.</p>}
      <ol class="lines audit">
        {rows.map((line) => (
          <li key={line.id} class="line" data-testid="event" data-type={line.__typename} data-row tabIndex={-1}>
            <span class="meta">
              <At at={line.at} seconds />
            </span>
            <span class="who">{plain(who(line) || 'stepwire')}</span>
            <span class={line.__typename === 'StepFailed' ? 'what is-failed' : 'what'}>
              {withTitle && 'pipeline' in line && (
                <>
                  <a href={paths.pipeline(line.pipeline.id)}>{plain(line.pipeline.title)}</a>{' '}
                </>
              )}
              <Sentence text={line.sentence} />
            </span>
          </li>
        ))}
      </ol>
      {hasMore && <OlderButton read={more} />}
    </>
  )
}

/** All that the filter lets through, as a file. */
function Export({ asked }: { asked: AuditQueryVariables }) {
  const { ask } = useSession()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const save = async (name: string, type: string, write: (lines: readonly AuditLine[]) => string): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      download(name, type, write(await everything(ask, asked)))
    } catch (reason) {
      setProblem(sentence(reason))
    }
    setBusy(false)
  }
  const button = (label: string, name: string, type: string, write: typeof asJson) => (
    <button type="button" aria-busy={busy} onClick={() => busy || void save(name, type, write)}>
      {label}
    </button>
  )
  return (
    <div class="actions">
      {button('Save as JSON', 'stepwire-events.json', 'application/json', asJson)}
      {button('Save as Markdown', 'stepwire-events.md', 'text/markdown', asMarkdown)}
      <Problem text={problem} />
    </div>
  )
}

function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  Object.assign(link, { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}

/** null: no day was chosen. */
function dayStart(day: string, later: number): string | null {
  return day ? new Date(dayStartIn(day, later)).toISOString() : null
}
