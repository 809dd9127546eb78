/** The ways on from a step that did not succeed. */

import { useRef, useState } from 'preact/hooks'

import { type Insisted, newKey, type Outcome } from '../actions'
import type { Remedy } from '../generated/graphql'
import { isActive, type PipelineRow, type StepRow } from '../pipeline'
import { useSession } from '../session'
import { Action, Button, May } from './action'
import { Lazily } from './lazily'

interface OnStep {
  pipeline: Pick<PipelineRow, 'id' | 'status'>
  step: Pick<StepRow, 'id' | 'agent' | 'kind' | 'status' | 'failure'>
}

/** Which field of the form a remedy is about; the others need none. */
const FIELDS: { [remedy in Remedy]?: keyof Changes } = {
  OTHER_MODEL: 'model',
  OTHER_PROMPT: 'prompt',
  FURTHER_INSTRUCTION: 'instruction',
  LONGER_LIMIT: 'timeoutSeconds',
}

/** The field of "Try with…" that can help, as the server says. */
export function fieldThatHelps(step: Pick<StepRow, 'failure'>): keyof Changes | undefined {
  return FIELDS[step.failure?.remedies[0] ?? 'TRY_AGAIN']
}

/** Why nothing leads on from this step any more. */
export function goneOn(pipeline: Pick<PipelineRow, 'status'>): string | null {
  return isActive(pipeline) ? 'This pipeline has gone on' : null
}

/** The likely ways on, and under them the form of one that wants more words. */
export function StepActions({ details, ...onStep }: OnStep & { details?: string }) {
  const [trying, setTrying] = useState(false)
  return (
    <>
      <div class="actions">
        <RetryButtons {...onStep} open={trying ? 'with' : null} onTryWith={() => setTrying(!trying)} />
        {details && <a href={details}>Details</a>}
      </div>
      {trying && (
        <Lazily
          load={() => import('./retry-forms').then((m) => m.TryWith)}
          step={onStep.step}
          onDone={() => setTrying(false)}
        />
      )}
    </>
  )
}

export interface RetryButtonsProps extends OnStep {
  /** Which form is open already. */
  open: string | null
  onTryWith: () => void
}

/** The first button is the one that can help. */
export function RetryButtons({ pipeline, step, open, onTryWith }: RetryButtonsProps) {
  const retry = useRetry(step.id)
  const reason = goneOn(pipeline)
  const remedy = step.failure?.remedies[0] ?? 'TRY_AGAIN'
  const field = fieldThatHelps(step)
  const first = { likely: open === null, shortcut: 'r' }
  const tryWith = step.kind === 'AGENT' && (
    <Button
      label="Try with…"
      expanded={open === 'with'}
      quiet={!field}
      reason={reason}
      press={onTryWith}
      {...(field && first)}
    />
  )
  return (
    <May right="OPERATE">
      {remedy === 'TODAYS_DEFINITION' && (
        <Action
          label="Try with today's definition"
          busyLabel="Trying again…"
          reason={reason}
          act={(insisted) => retry({ today: true }, insisted)}
          did="Tried again with today's definition"
          {...first}
        />
      )}
      {field && tryWith}
      <Action
        label="Try again"
        busyLabel="Trying again…"
        reason={remedy === 'TRY_AGAIN' ? reason : null}
        act={(insisted) => retry({}, insisted)}
        did="Tried again"
        {...(remedy === 'TRY_AGAIN' && first)}
      />
      {!field && tryWith}
    </May>
  )
}

interface Changes {
  model?: string
  instruction?: string
  timeoutSeconds?: number
  prompt?: string
  today?: boolean
}

type Retry = (changes: Changes, insisted: Insisted) => Promise<Outcome>

/** Retries with one key until the server has answered, so that an impatient second press is the same retry. */
export function useRetry(stepId: string): Retry {
  const { actions, toasts } = useSession()
  const key = useRef(newKey())
  return async (changes, insisted) => {
    const outcome = await actions.retry({ stepId, ...changes, idempotencyKey: key.current }, insisted)
    key.current = newKey()
    if (outcome.done) toasts.say('Trying again')
    return outcome
  }
}
