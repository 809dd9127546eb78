/** One step: its badge, and directly under it why it failed, what it waits for, what it is doing. */

import type { ComponentChildren } from 'preact'

import { isActive, isWorking, type Ask, type PipelineRow, type Reason, type StepRow } from '../pipeline'
import { statusWord } from '../status'
import { plain } from '../text'
import { Action, May } from './action'
import { AttentionNote } from './attention'
import { Glyph } from './glyph'
import { ReasonText } from './reason'
import { useRetry } from './retry'
import { Ago, At, Took } from './times'

export function stepName(step: Pick<StepRow, 'agent' | 'kind' | 'position'>): string {
  return plain(step.agent ?? (step.kind === 'APPROVAL' ? 'approval' : `step ${step.position + 1}`))
}

export interface StepItemProps {
  pipeline: PipelineRow
  step: StepRow
  /** Only the shapes, for pipelines of which nobody wants more. */
  small?: boolean
  /** The word of every status, not only of those that matter in a list. */
  words?: boolean
  /** The address of the page leads here. */
  marked?: boolean
  children?: ComponentChildren
}

export function StepItem({ pipeline, step, small = false, words = false, marked = false, children }: StepItemProps) {
  const asks = pipeline.attention.filter((ask) => ask.step.id === step.id)
  const open =
    Boolean(step.errorMessage) ||
    asks.length > 0 ||
    (isActive(pipeline) && retryNote(step) !== null) ||
    Boolean(children)
  const quiet = !words && ['SUCCEEDED', 'RUNNING', 'PENDING'].includes(step.status)
  return (
    <li
      class={`step is-${statusWord(step.status)}${open ? ' open' : ''}${small ? ' small' : ''}${marked ? ' marked' : ''}`}
      data-testid="step"
      data-status={step.status}
      data-step-id={step.id}
      data-agent={step.agent ?? ''}
      title={small ? `${stepName(step)}: ${statusWord(step.status)}` : undefined}
    >
      <p class="badge-line">
        <span class="badge" data-testid="step-badge">
          <Glyph status={step.status} />
          <span class={small && !open ? 'hidden' : 'agent'}>{stepName(step)}</span>{' '}
          <span class={quiet || (small && !open) ? 'hidden' : 'word'}>{statusWord(step.status)}</span>
        </span>
        {!small && step.startedAt && (step.finishedAt || isActive(pipeline)) && (
          <span class="meta">
            <Took
              part={step}
              from={step.startedAt}
              working={isWorking(pipeline, step)}
              attempts={step.attempts.length}
            />
          </span>
        )}
      </p>
      {step.errorMessage && <ReasonText message={step.errorMessage} hint={hintOf(step, words)} />}
      {step.failure?.known && <Known known={step.failure.known} count={step.failure.group.count} />}
      {step.status === 'CANCELLED' && <EarlierReason step={step} />}
      {asks.map((ask: Ask) => (
        <AttentionNote key={ask.id} ask={ask} />
      ))}
      {isActive(pipeline) && <RetryNote step={step} />}
      {children}
    </li>
  )
}

/** Somebody has seen this cause before, and it goes on. */
export function Known({ known, count }: { known: NonNullable<Reason['known']>; count: number }) {
  return (
    <p class="meta" data-testid="known">
      Known: acknowledged{known.by && ` by ${plain(known.by.name)}`} <Ago at={known.at} />
      {known.note && `: ${plain(known.note)}`} · {count} times, {count - known.count} since
    </p>
  )
}

/** In a list, who cancelled knows what then. */
function hintOf(step: StepRow, words: boolean): string | null {
  return step.status === 'FAILED' || words ? (step.failure?.hint ?? null) : null
}

interface ComingTry {
  number: number
  message: string
  nextAt: string | null
}

/** The attempt that failed while the next one is awaited; null: none is. */
function retryNote(step: StepRow): ComingTry | null {
  const last = step.attempts.at(-1)
  if (!last?.failure || last.failure.retryDecision.outcome !== 'RETRYING') return null
  if (step.status !== 'RUNNING' && step.status !== 'PENDING' && step.status !== 'WAITING') return null
  return { number: last.number, message: last.failure.message, nextAt: last.failure.retryDecision.nextAttemptAt }
}

/** Why a step that was to begin never did: who cancelled, and what had failed before that. */
export function StoppedNote({ pipeline, step }: { pipeline: PipelineRow; step: StepRow }) {
  return (
    <>
      {pipeline.errorMessage && <ReasonText message={pipeline.errorMessage} hint={null} />}
      <EarlierReason step={step} />
    </>
  )
}

/** A cancel between two attempts does not put the failure before it out of sight. */
function EarlierReason({ step }: { step: StepRow }) {
  const before = step.attempts.at(-1)
  if (!before?.failure || before.failure.message === step.errorMessage) return null
  return (
    <p class="meta" data-testid="earlier-reason">
      Before that, attempt {before.number} failed: {plain(before.failure.message)}
    </p>
  )
}

function RetryNote({ step }: { step: StepRow }) {
  const retry = useRetry(step.id)
  const note = retryNote(step)
  if (!note) return null
  return (
    <div class="attention" data-testid="retry-note">
      <p>
        <strong>attempt {note.number} failed</strong> {plain(note.message)}
        {note.nextAt && (
          <span class="meta">
            {' '}
            Next try at <At at={note.nextAt} seconds />
          </span>
        )}
      </p>
      <May right="OPERATE">
        <div class="actions">
          <Action label="Try now" busyLabel="Trying…" act={(insisted) => retry({}, insisted)} />
        </div>
      </May>
    </div>
  )
}
