/** The ways on from a step that did not succeed. */

import { useRef, useState } from 'preact/hooks'

import { type Insisted, newKey, type Outcome } from '../actions'
import type { Remedy } from '../generated/graphql'
import { isActive, type PipelineRow, type StepRow } from '../pipeline'
import { useSession } from '../session'
import { plain } from '../text'
import { Action, Button, May } from './action'
import { Field } from './field'
import { ModelField, ModelsIn } from './model-field'
import { SavedForm } from './saved-form'

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
      {trying && <TryWith step={onStep.step} onDone={() => setTrying(false)} />}
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

export interface WayProps {
  step: OnStep['step']
  onDone: () => void
}

/** Where the step's pipeline works, as far as the list has it. */
function useDirectory(stepId: string): string | null {
  const { feed } = useSession()
  const all = [...(feed.pipelines.value?.values() ?? [])]
  return all.find(({ steps }) => steps.some(({ id }) => id === stepId))?.directory ?? null
}

export function TryWith({ step, onDone }: WayProps) {
  const retry = useRetry(step.id)
  const wanted = fieldThatHelps(step)
  const directory = useDirectory(step.id)
  const [model, setModel] = useState('')
  const [instruction, setInstruction] = useState('')
  const [seconds, setSeconds] = useState('')
  const [prompt, setPrompt] = useState('')
  const [today, setToday] = useState(false)
  return (
    <SavedForm
      verb="Try again with this"
      busyVerb="Trying again…"
      did="Tried again with changes"
      fields={['model', 'instruction', 'timeoutSeconds', 'prompt', 'today']}
      onDone={onDone}
      onClose={onDone}
      act={(insisted) => {
        const changes = {
          ...(model.trim() ? { model: model.trim() } : {}),
          ...(instruction.trim() ? { instruction: instruction.trim() } : {}),
          ...(seconds ? { timeoutSeconds: Number(seconds) } : {}),
          ...(prompt.trim() ? { prompt: prompt.trim() } : {}),
          ...(today ? { today } : {}),
        }
        return retry(changes, insisted)
      }}
    >
      {(problem) => (
        <>
          <ModelsIn.Provider value={directory ?? ''}>
            <ModelField value={model} onInput={setModel} problem={problem('model')} autofocus={wanted === 'model'} />
          </ModelsIn.Provider>
          <Field
            label="Further instruction"
            hint="goes at the end of this attempt's prompt"
            value={instruction}
            onInput={setInstruction}
            problem={problem('instruction')}
            autofocus={wanted === 'instruction'}
            lines={2}
          />
          <Field
            label="Time limit"
            hint="seconds; empty: as before"
            value={seconds}
            onInput={setSeconds}
            problem={problem('timeoutSeconds')}
            autofocus={wanted === 'timeoutSeconds'}
            type="number"
          />
          <Field
            label="Another prompt"
            hint="in place of the pipeline's, for this step from now on; empty: as before"
            value={prompt}
            onInput={setPrompt}
            problem={problem('prompt')}
            autofocus={wanted === 'prompt'}
            lines={3}
          />
          <div class="field">
            <label>
              <input type="checkbox" checked={today} onInput={(event) => setToday(event.currentTarget.checked)} />{' '}
              Template and agent as they are defined today
            </label>
            {problem('today') && (
              <p class="problem" role="alert">
                {plain(problem('today') ?? '')}
              </p>
            )}
          </div>
        </>
      )}
    </SavedForm>
  )
}

export function Supply({ step, onDone }: WayProps) {
  const { actions } = useSession()
  const [markdown, setMarkdown] = useState('')
  return (
    <SavedForm
      verb="Go on with this"
      busyVerb="Going on…"
      did="Went on with your handoff"
      fields={['markdown']}
      onDone={onDone}
      onClose={onDone}
      act={(insisted) => actions.supply(step.id, markdown, insisted)}
    >
      {(problem) => (
        <Field
          label="What the next step is given"
          hint="Markdown, in place of the agent's answer"
          value={markdown}
          onInput={setMarkdown}
          problem={problem('markdown')}
          lines={6}
        />
      )}
    </SavedForm>
  )
}

export function Skip({ step, onDone }: WayProps) {
  const { actions } = useSession()
  const [why, setWhy] = useState('')
  return (
    <SavedForm
      verb="Skip this step"
      busyVerb="Skipping…"
      did="Skipped"
      fields={['reason']}
      onDone={onDone}
      onClose={onDone}
      act={(insisted) => actions.skip(step.id, why, insisted)}
    >
      {(problem) => (
        <Field label="Why" hint="kept in the audit trail" value={why} onInput={setWhy} problem={problem('reason')} />
      )}
    </SavedForm>
  )
}
