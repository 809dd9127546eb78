/** The forms of a template and of an agent, with every field that they have. */

import { useState } from 'preact/hooks'

import type { Outcome } from '../actions'
import { type DraftStep, draftStep, problemIn, renamed, stepInput } from '../draft'
import type { AgentCardFragment, TemplateCardFragment } from '../generated/graphql'
import { useKept } from '../kept'
import { useSession } from '../session'
import { plain } from '../text'
import { Button } from './action'
import { Composer } from './composer'
import { Field } from './field'
import { ModelField } from './model-field'
import { SavedForm } from './saved-form'

interface TemplateFormProps {
  /** null: a new one. */
  template: TemplateCardFragment | null
  agents: readonly string[]
  onClose: () => void
}

export function TemplateForm({ template, agents, onClose }: TemplateFormProps) {
  const { actions } = useSession()
  const kept = useKept(
    `template:${template?.name ?? ''}`,
    () => ({ draft: templateDraft(template), from: template }),
    ({ draft, from }) => ({ draft: { ...draft, steps: renamed(draft.steps) }, from }),
  )
  const { draft, from } = kept.draft
  const setDraft = (changed: typeof draft): void => kept.set({ draft: changed, from })
  const version = useVersion(from)
  const { name, description, steps } = draft
  const save = async (): Promise<Outcome> => {
    const seen = problemIn(steps)
    if (seen) return { done: false, message: seen.message, field: [seen.field] }
    const { seen: known, compared } = version
    const input = { name, description, steps: steps.map(stepInput) }
    return compared(await actions.saveTemplate(known?.name ?? null, input, known?.revision ?? null))
  }
  return (
    <Saved act={save} onClose={closing(kept, onClose)} fields={['name', 'description', 'steps']}>
      {(problem) => (
        <>
          <div class="two">
            <Field
              label="Name"
              value={name}
              onInput={(text) => setDraft({ ...draft, name: text })}
              problem={problem('name')}
              required
              autofocus
            />
            <Field
              label="Description"
              hint="for people"
              value={description}
              onInput={(text) => setDraft({ ...draft, description: text })}
              problem={problem('description')}
            />
          </div>
          <Composer
            steps={steps}
            agents={agents}
            onChange={(changed) => setDraft({ ...draft, steps: changed })}
            problem={problem}
          />
          <Theirs version={version} yours={draft} draftOf={templateDraft} words={templateWords} onTake={setDraft} />
        </>
      )}
    </Saved>
  )
}

function templateDraft(template: TemplateCardFragment | null) {
  const steps: DraftStep[] = template?.steps.map(draftStep) ?? []
  return { name: template?.name ?? '', description: template?.description ?? '', steps }
}

/** A step on each line, as it would be sent. */
function templateWords({ steps, ...texts }: ReturnType<typeof templateDraft>): Words {
  return { ...texts, steps: steps.map((step) => JSON.stringify(stepInput(step))).join('\n') }
}

export function AgentForm({ agent, onClose }: { agent: AgentCardFragment | null; onClose: () => void }) {
  const { actions } = useSession()
  const kept = useKept(`agent:${agent?.name ?? ''}`, () => ({ draft: agentDraft(agent), from: agent }))
  const { draft, from } = kept.draft
  const setDraft = (changed: typeof draft): void => kept.set({ draft: changed, from })
  const version = useVersion(from)
  const bound = (name: keyof typeof draft, problem: (field: string) => string | null) => ({
    value: draft[name],
    onInput: (value: string) => setDraft({ ...draft, [name]: value }),
    problem: problem(name),
  })
  const save = async (): Promise<Outcome> => {
    const { seen, compared } = version
    const input = { ...draft, model: draft.model.trim() || null }
    return compared(await actions.saveAgent(seen?.name ?? null, input, seen?.revision ?? null))
  }
  return (
    <Saved act={save} onClose={closing(kept, onClose)} fields={Object.keys(draft)}>
      {(problem) => (
        <>
          <div class="two">
            <Field label="Name" {...bound('name', problem)} required autofocus />
            <Field label="OpenCode's agent" hint="as OpenCode knows it" {...bound('engineAgent', problem)} required />
          </div>
          <div class="two">
            <Field label="Description" hint="for people" {...bound('description', problem)} />
            <ModelField {...bound('model', problem)} hint="empty: OpenCode's" />
          </div>
          <Field label="Instructions" hint="added to what it is told" lines={4} {...bound('instructions', problem)} />
          <Theirs version={version} yours={draft} draftOf={agentDraft} words={(words) => words} onTake={setDraft} />
        </>
      )}
    </Saved>
  )
}

function agentDraft(agent: AgentCardFragment | null) {
  return {
    name: agent?.name ?? '',
    description: agent?.description ?? '',
    engineAgent: agent?.engineAgent ?? '',
    model: agent?.model ?? '',
    instructions: agent?.instructions ?? '',
  }
}

/** Saved or closed, what was typed is not wanted any more. */
function closing({ forget }: { forget: () => void }, onClose: () => void): () => void {
  return () => {
    forget()
    onClose()
  }
}

type Words = { [field: string]: string }

/** Which version the form was begun from, and the one by somebody else that the server has told of since. */
function useVersion<Card>(card: Card | null) {
  const [seen, setSeen] = useState(card)
  const [theirs, setTheirs] = useState<Card | null | undefined>()
  return {
    seen,
    theirs,
    /** From now on the form is one of theirs; a save replaces that. */
    settle: () => {
      setSeen(theirs ?? null)
      setTheirs(undefined)
    },
    compared: (outcome: Outcome): Outcome => {
      if (!outcome.done && 'stored' in outcome) setTheirs(outcome.stored as Card | null)
      return outcome
    },
  }
}

interface TheirsProps<Card, Draft> {
  version: ReturnType<typeof useVersion<Card>>
  yours: Draft
  draftOf: (card: Card | null) => Draft
  words: (draft: Draft) => Words
  onTake: (draft: Draft) => void
}

/** Both versions where they differ, and the choice between them. */
function Theirs<Card, Draft>({ version, yours, draftOf, words, onTake }: TheirsProps<Card, Draft>) {
  const { theirs, settle } = version
  if (theirs === undefined) return null
  const [stored, mine] = [words(draftOf(theirs)), words(yours)]
  const differing = Object.keys(mine).filter((field) => stored[field] !== mine[field])
  return (
    <div class="note" data-testid="edit-conflict">
      {theirs &&
        differing.map((field) => (
          <dl key={field} class="versions">
            <dt>{field}, theirs</dt>
            <dd>{plain(stored[field] ?? '')}</dd>
            <dt>{field}, yours</dt>
            <dd>{plain(mine[field] ?? '')}</dd>
          </dl>
        ))}
      <div class="actions">
        <Button label="Keep yours, then save" press={settle} />
        {theirs && (
          <Button
            label="Take theirs"
            press={() => {
              onTake(draftOf(theirs))
              settle()
            }}
          />
        )}
      </div>
    </div>
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
