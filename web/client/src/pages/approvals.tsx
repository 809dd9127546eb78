/** What waits for a person: on the left all of it, oldest first; on the right what one decides on. */

import { useEffect, useRef } from 'preact/hooks'

import '../styles/panes.css'

import { chosen, type OpenAsk, openAsks } from '../asks'
import { DecisionPane } from '../components/decision'
import { Glyph } from '../components/glyph'
import { HeldNote } from '../components/held-note'
import { Age } from '../components/times'
import { stepName } from '../components/step'
import type { Shelf } from '../feed'
import { paths } from '../router'
import { Loading, Older } from './pipelines'
import { useSession } from '../session'
import { attentionWord } from '../status'
import { plain } from '../text'

const ASKING: readonly Shelf[] = ['asking']

export function ApprovalsPage({ ask: wanted }: { ask: string | null }) {
  const { feed, held, router } = useSession()
  const now = held.now.value
  const asks = openAsks(feed.groups.value.needsYou, now)
  const open = asks.filter(({ ask }) => !now.get(ask.id)?.words)
  const before = useRef<string[]>([])
  const last = useRef<string | null>(null)
  const shown = chosen(open, wanted ?? last.current, before.current)
  const id = shown?.ask.id ?? null
  useEffect(() => {
    before.current = asks.map(({ ask }) => ask.id)
    last.current = id
    // The address follows what is open, so that it can be sent to somebody.
    if (id !== null && wanted !== null && id !== wanted) router.go(paths.ask(id), 'replace')
  })
  if (feed.pipelines.value === null) return <Loading />
  return (
    <>
      <h1>Waiting for you</h1>
      {asks.length === 0 && <p class="nothing">Nobody waits for you.</p>}
      <div class="panes">
        <div class="inbox">
          <ol class="lines">
            {asks.map((each) => (
              <InboxLine key={each.ask.id} open={each} current={each.ask.id === id} />
            ))}
          </ol>
          <Older shelves={ASKING} />
        </div>
        {shown && <DecisionPane key={shown.ask.id} row={shown.row} ask={shown.ask} follows={last.current !== null} />}
      </div>
    </>
  )
}

function InboxLine({ open: { row, ask }, current }: { open: OpenAsk; current: boolean }) {
  const { held } = useSession()
  const note = held.now.value.get(ask.id)
  const step = row.steps.find(({ id }) => id === ask.step.id)
  return (
    <li class="line" data-row data-testid="ask" data-kind={ask.kind}>
      <p class="line-head">
        <Glyph status={note?.words ? row.status : 'WAITING'} />
        <a href={paths.ask(ask.id)} aria-current={current ? 'true' : undefined} dir="auto">
          {plain(row.title)}
        </a>
      </p>
      <p class="meta">
        {step ? stepName(step) : 'approval'} {attentionWord(ask.kind)} · <Age at={ask.since} />
      </p>
      <HeldNote held={note} />
    </li>
  )
}
