/** The forms of a template and of an agent, with every field that they have. */

import { useState } from 'preact/hooks'

import type { Outcome } from '../actions'
import { type DraftStep, draftStep, problemIn, stepInput } from '../draft'
import type { AgentCardFragment, TemplateCardFragment } from '../generated/graphql'
import { useSession } from '../session'
import { Composer } from './composer'
import { Field, ModelField } from './field'
import { SavedForm } from './saved-form'

interface TemplateFormProps {
  /** null: a new one. */
  template: TemplateCardFragment | null
  agents: readonly string[]
  onClose: () => void
}

export function TemplateForm({ template, agents, onClose }: TemplateFormProps) {
  const { actions } = useSession()
  const [name, setName] = useState(template?.name ?? '')
  const [description, setDescription] = useState(template?.description ?? '')
  const [steps, setSteps] = useState<DraftStep[]>(() => template?.steps.map(draftStep) ?? [])
  const save = async (): Promise<Outcome> => {
    const seen = problemIn(steps)
    if (seen) return { done: false, message: seen.message, field: [seen.field] }
    return actions.saveTemplate(template?.name ?? null, { name, description, steps: steps.map(stepInput) })
  }
  return (
    <Saved act={save} onClose={onClose} fields={['name', 'description', 'steps']}>
      {(problem) => (
        <>
          <div class="two">
            <Field label="Name" value={name} onInput={setName} problem={problem('name')} required autofocus />
            <Field label="Description" value={description} onInput={setDescription} problem={problem('description')} />
          </div>
          <Composer steps={steps} agents={agents} onChange={setSteps} problem={problem} />
        </>
      )}
    </Saved>
  )
}

export function AgentForm({ agent, onClose }: { agent: AgentCardFragment | null; onClose: () => void }) {
  const { actions } = useSession()
  const [draft, setDraft] = useState({
    name: agent?.name ?? '',
    description: agent?.description ?? '',
    engineAgent: agent?.engineAgent ?? '',
    model: agent?.model ?? '',
    instructions: agent?.instructions ?? '',
  })
  const bound = (name: keyof typeof draft, problem: (field: string) => string | null) => ({
    value: draft[name],
    onInput: (value: string) => setDraft({ ...draft, [name]: value }),
    problem: problem(name),
  })
  const save = (): Promise<Outcome> =>
    actions.saveAgent(agent?.name ?? null, { ...draft, model: draft.model.trim() || null })
  return (
    <Saved act={save} onClose={onClose} fields={Object.keys(draft)}>
      {(problem) => (
        <>
          <div class="two">
            <Field label="Name" {...bound('name', problem)} required autofocus />
            <Field label="OpenCode's agent" hint="as OpenCode knows it" {...bound('engineAgent', problem)} required />
          </div>
          <div class="two">
            <Field label="Description" {...bound('description', problem)} />
            <ModelField {...bound('model', problem)} hint="empty: OpenCode's" />
          </div>
          <Field label="Instructions" hint="added to what it is told" lines={4} {...bound('instructions', problem)} />
        </>
      )}
    </Saved>
  )
}

type SavedProps = Pick<Parameters<typeof SavedForm>[0], 'act' | 'onClose' | 'fields' | 'children'>

function Saved(props: SavedProps) {
  const { toasts } = useSession()
  const done = (): void => {
    toasts.say('Saved')
    props.onClose()
  }
  return <SavedForm {...props} verb="Save" busyVerb="Saving…" onDone={done} />
}
