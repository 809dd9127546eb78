/** The forms of the ways on that want more words; their code comes when one is opened. */

import { useState } from 'preact/hooks'

import type { StepRow } from '../pipeline'
import { useSession } from '../session'
import { plain } from '../text'
import { Field } from './field'
import { ModelField, ModelsIn } from './model-field'
import { fieldThatHelps, useRetry } from './retry'
import { SavedForm } from './saved-form'

export interface WayProps {
  step: Pick<StepRow, 'id' | 'failure'>
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
