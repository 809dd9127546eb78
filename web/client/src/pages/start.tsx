/** The form to start a pipeline; what the server refuses stands at its field. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { newKey } from '../actions'
import { Button, Problem } from '../components/action'
import { Composer } from '../components/composer'
import { ConflictLinks, ConflictNote, DirectoryField } from '../components/directory'
import { Field } from '../components/field'
import { IssueField } from '../components/issue'
import { TemplateChoice } from '../components/template-choice'
import { TrustNote } from '../components/trust'
import { type Draft, emptyDraft, fieldPath, inputOf, problemIn } from '../draft'
import {
  type ConflictsQuery,
  DefinitionsDocument,
  type DefinitionsQuery,
  StartPipelineDocument,
} from '../generated/graphql'
import { sentence } from '../request'
import { paths } from '../router'
import { useSession } from '../session'
import { useSettled } from '../settled'
import { plain } from '../text'

interface Refusal {
  message: string
  /** Empty: about the whole. */
  field: string
  conflicts: Pick<ConflictsQuery['conflicts'][number], 'id' | 'title' | 'status'>[]
}

export function StartPage() {
  const [draft, setDraft] = useState<Draft>(emptyDraft)
  const { refusal, busy, start } = useStart(draft)
  const [trusts, setTrusts] = useState(0)
  const definitions = useDefinitions(draft.directory, trusts)
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change })
  const problem = (field: string): string | null => (refusal?.field === field ? refusal.message : null)
  const known = ['prompt', 'title', 'directory', 'branch', 'githubIssue', 'template']
  const elsewhere = refusal && !known.includes(refusal.field) && !refusal.field.startsWith('steps.')
  return (
    <form
      class="page-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        start(false)
      }}
    >
      <h1>Start a pipeline</h1>
      <Field
        label="Prompt"
        hint="what is to be done; every step is given it"
        value={draft.prompt}
        onInput={(prompt) => set({ prompt })}
        problem={problem('prompt')}
        lines={5}
        required
        autofocus
      />
      <Ways draft={draft} set={set} definitions={definitions} problem={problem} />
      <div class="two">
        <DirectoryField
          value={draft.directory}
          onInput={(directory) => set({ directory })}
          problem={problem('directory')}
        />
        <Field
          label="Branch"
          hint="optional"
          value={draft.branch}
          onInput={(branch) => set({ branch })}
          problem={problem('branch')}
        />
      </div>
      <TrustNote directory={draft.directory} onTrusted={() => setTrusts(trusts + 1)} />
      {!refusal?.conflicts.length && <ConflictNote directory={draft.directory} />}
      <div class="two">
        <Field
          label="Title"
          hint="optional; else from the prompt"
          value={draft.title}
          onInput={(title) => set({ title })}
          problem={problem('title')}
        />
        <IssueField
          value={draft.githubIssue}
          onInput={(githubIssue) => set({ githubIssue })}
          problem={problem('githubIssue')}
        />
      </div>
      {elsewhere && refusal && <Problem text={plain(refusal.message)} />}
      {refusal && refusal.conflicts.length > 0 && <Busy conflicts={refusal.conflicts} onForce={() => start(true)} />}
      <div class="actions">
        <Button label={busy ? 'Starting…' : 'Start a pipeline'} likely busy={busy} press={() => start(false)} />
        <a href="/">Back to the list</a>
      </div>
    </form>
  )
}

interface WaysProps {
  draft: Draft
  set: (change: Partial<Draft>) => void
  definitions: DefinitionsQuery | null
  problem: (field: string) => string | null
}

function Ways({ draft, set, definitions, problem }: WaysProps) {
  return (
    <fieldset class="ways">
      <legend>Steps</legend>
      <div class="views" role="group" aria-label="Where the steps come from">
        <button type="button" aria-pressed={draft.way === 'template'} onClick={() => set({ way: 'template' })}>
          From a template
        </button>
        <button type="button" aria-pressed={draft.way === 'steps'} onClick={() => set({ way: 'steps' })}>
          Free composition
        </button>
      </div>
      {draft.way === 'template' ? (
        <TemplateChoice
          templates={definitions?.templates ?? null}
          chosen={draft.template}
          onChoose={(template) => set({ template })}
          problem={problem('template')}
        />
      ) : (
        <Composer
          steps={draft.steps}
          agents={definitions?.agents.map((agent) => agent.name) ?? []}
          onChange={(steps) => set({ steps })}
          problem={problem}
        />
      )}
    </fieldset>
  )
}

/** Starts with one key per draft, so that an impatient second press starts nothing more. */
function useStart(draft: Draft) {
  const { ask, router, toasts } = useSession()
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [busy, setBusy] = useState(false)
  const key = useRef(newKey())
  useEffect(() => {
    key.current = newKey()
  }, [draft])

  const send = async (force: boolean): Promise<void> => {
    const seen = draft.way === 'steps' ? problemIn(draft.steps) : null
    if (seen) return setRefusal({ ...seen, conflicts: [] })
    setBusy(true)
    setRefusal(null)
    try {
      const { startPipeline: answer } = await ask(StartPipelineDocument, { input: inputOf(draft, key.current), force })
      if (answer.__typename === 'Pipeline') {
        toasts.say('Started')
        router.go(paths.pipeline(answer.id))
      } else {
        setRefusal({
          message: answer.message,
          field: answer.__typename === 'InvalidInput' ? fieldPath(answer.field) : '',
          conflicts: answer.__typename === 'DirectoryBusy' ? answer.conflicts : [],
        })
      }
    } catch (problem) {
      setRefusal({ message: sentence(problem), field: '', conflicts: [] })
    } finally {
      setBusy(false)
    }
  }
  return { refusal, busy, start: (force: boolean) => void (busy || send(force)) }
}

/** Templates and agents of the directory, asked again when a person stops typing it, and when it is trusted. */
function useDefinitions(directory: string, trusts: number): DefinitionsQuery | null {
  const { ask } = useSession()
  const [found, setFound] = useState<DefinitionsQuery | null>(null)
  useSettled(`${directory}\n${trusts}`, () => {
    const variables = { directory: directory.trim() || null }
    ask(DefinitionsDocument, variables).then(setFound, () => undefined)
  })
  return found
}

function Busy({ conflicts, onForce }: { conflicts: Refusal['conflicts']; onForce: () => void }) {
  return (
    <div class="note" role="alert">
      <p>
        At work there already: <ConflictLinks conflicts={conflicts} />
      </p>
      <Button label="Start all the same" press={onForce} />
    </div>
  )
}
