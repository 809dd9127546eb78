/** One step: its badge, and directly under it why it failed, what it waits for, what it is doing. */

import type { ComponentChildren } from 'preact'

import { asksOf, comingTry, isActive, isWorking, type PipelineRow, type Reason, type StepRow } from '../pipeline'
import { statusWord } from '../status'
import { plain } from '../text'
import { Action, May } from './action'
import { AttentionNote } from './attention'
import { Glyph } from './glyph'
import { ReasonText, Sentence } from './reason'
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
  children?: ComponentChildren
}

export function StepItem({ pipeline, step, small = false, children }: StepItemProps) {
  const asks = asksOf(pipeline, step)
  const open =
    Boolean(step.errorMessage) ||
    asks.length > 0 ||
    (isActive(pipeline) && comingTry(step) !== null) ||
    Boolean(children)
  const quiet = ['SUCCEEDED', 'RUNNING', 'PENDING'].includes(step.status)
  return (
    <li
      class={`step is-${statusWord(step.status)}${open ? ' open' : ''}${small ? ' small' : ''}`}
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
      {step.errorMessage && (
        // Who cancelled knows what then.
        <ReasonText message={step.errorMessage} hint={(step.status === 'FAILED' && step.failure?.hint) || null} />
      )}
      {step.failure?.known && <Known known={step.failure.known} count={step.failure.group.count} />}
      {step.status === 'CANCELLED' && <EarlierReason step={step} />}
      {asks.map((ask) => (
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
export function EarlierReason({ step }: { step: StepRow }) {
  const before = step.attempts.at(-1)
  if (!before?.failure || before.failure.message === step.errorMessage) return null
  return (
    <p class="meta" data-testid="earlier-reason">
      Before that, attempt {before.number} failed: <Sentence text={before.failure.message} />
    </p>
  )
}

export function RetryNote({ step }: { step: StepRow }) {
  const retry = useRetry(step.id)
  const note = comingTry(step)
  if (!note) return null
  return (
    <div class="attention" data-testid="retry-note">
      <p>
        <strong>attempt {note.number} failed</strong> <Sentence text={note.message} />
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
