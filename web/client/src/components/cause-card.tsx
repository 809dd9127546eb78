/** Pipelines that stand failed for one cause: the reason once, how many and since when, and what is done for all of them. */

import { useMemo, useRef, useState } from 'preact/hooks'

import type { Outcome } from '../actions'
import { type Cause, cardId } from '../cards'
import { type Acted, ActedContext, type Held } from '../held'
import { paths } from '../router'
import { useSession } from '../session'
import { kindWords } from '../status'
import { plain } from '../text'
import { Action, May } from './action'
import { Glyph } from './glyph'
import { HeldNote } from './held-note'
import { ReasonText } from './reason'
import { Known } from './step'
import { At } from './times'

const TITLES = 3

export interface CauseCardProps {
  cause: Cause
  held?: Held | undefined
  /** The pipelines themselves stand below it. */
  alone?: boolean
}

export function CauseCard({ cause, held, alone = false }: CauseCardProps) {
  const { actions } = useSession()
  const { reason, count, since, rows } = cause
  const [progress, setProgress] = useState<string | null>(null)
  const card = useRef<HTMLElement>(null)
  const acted = useActed(cause, card)
  const more = count - Math.min(rows.length, TITLES)
  const tryAll = (): Promise<Outcome> => actions.retryAll(cause.id, (done) => setProgress(`${done} of ${count}`))
  return (
    <article
      ref={card}
      class={`row card in-needsYou${held?.words ? ' acted' : ''}`}
      style={held ? { minHeight: `${held.height}px` } : undefined}
      data-testid="cause"
      data-kind={reason.kind}
      data-row
      aria-label={`${count} pipelines failed for one cause`}
    >
      <header>
        <Glyph status="FAILED" />
        <h3>
          <a href={paths.list({ cause: cause.id })}>{count} pipelines</a>
        </h3>
        <p class="meta">
          {kindWords(reason.kind)} · since <At at={since} />
        </p>
      </header>
      <ActedContext.Provider value={acted}>
        <HeldNote held={held} />
        <ReasonText message={reason.message} hint={reason.hint} />
        {reason.known && <Known known={reason.known} count={reason.group.count} />}
        {!held?.words && (
          <div class="actions">
            <May right="OPERATE">
              <Action
                label="Try all again"
                busyLabel={progress ? `Trying again… ${progress}` : 'Trying again…'}
                did="All tried again"
                likely={reason.remedies[0] === 'TRY_AGAIN'}
                shortcut="r"
                act={tryAll}
              />
              <Action
                label="Acknowledge"
                busyLabel="Acknowledging…"
                did="Acknowledged"
                act={() => actions.acknowledge(reason.group.id)}
              />
            </May>
          </div>
        )}
      </ActedContext.Provider>
      {!alone && (
        <ul class="titles">
          {rows.slice(0, TITLES).map((row) => (
            <li key={row.id} dir="auto">
              <a href={paths.pipeline(row.id)}>{plain(row.title)}</a>
            </li>
          ))}
          {more > 0 && (
            <li>
              <a href={paths.list({ cause: cause.id })}>and {more} more</a>
            </li>
          )}
        </ul>
      )}
    </article>
  )
}

function useActed(cause: Cause, card: { current: HTMLElement | null }): Acted {
  const { held } = useSession()
  const latest = useRef(cause)
  latest.current = cause
  return useMemo(() => {
    const id = cardId(cause.id)
    return {
      begin: () => {
        const height = card.current?.offsetHeight ?? 0
        held.begin(id, { group: 'needsYou', since: latest.current.newest, height, shown: latest.current })
      },
      done: (words) => held.done(id, words),
      drop: () => held.drop(id),
    }
  }, [cause.id])
}
