/** The form to start a pipeline; what the server refuses stands at its field. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { type Insisted, insisting, newKey, outcomeOf, type Refusal } from '../actions'
import { Button, Problem } from '../components/action'
import { Composer } from '../components/composer'
import { ConflictLinks, ConflictNote, DirectoryField } from '../components/directory'
import { Field } from '../components/field'
import { ModelsIn } from '../components/model-field'
import { IssueField } from '../components/issue'
import { Models, TemplateChoice } from '../components/template-choice'
import { TrustNote } from '../components/trust'
import { type Draft, emptyDraft, inputOf, problemIn, renamed } from '../draft'
import { fieldPath } from '../field-path'
import {
  type ConflictsQuery,
  DefinitionsDocument,
  type DefinitionsQuery,
  StartPipelineDocument,
} from '../generated/graphql'
import { useKept } from '../kept'
import { sentence } from '../request'
import { paths } from '../router'
import { useSession } from '../session'
import { useSettled } from '../settled'
import { plain } from '../text'
import { mayIn } from '../viewer'
import { useFocusOnWrong } from '../wrong'
import { Loading } from './pipelines'

interface Refused extends Pick<Refusal, 'message' | 'insist'> {
  /** Empty: about the whole. */
  field: string
  conflicts?: Pick<ConflictsQuery['conflicts'][number], 'id' | 'title' | 'status'>[]
  /** Branches that may have been meant. */
  near?: string[]
}

export function StartPage() {
  const may = mayIn(useSession().viewer.value, 'OPERATE')
  return may ? <StartForm /> : <p class="nothing">Your token may not start pipelines.</p>
}

function StartForm() {
  const kept = useKept<Draft>(
    'start',
    () => emptyDraft,
    (left) => ({ ...left, steps: renamed(left.steps) }),
  )
  const { draft, set: setDraft } = kept
  const { refusal, busy, start } = useStart(draft, kept.forget)
  const form = useFocusOnWrong(refusal)
  const [trusts, setTrusts] = useState(0)
  const definitions = useDefinitions(draft.directory, trusts)
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change })
  const problem = (field: string): string | null => (refusal?.field === field ? refusal.message : null)
  const known = ['prompt', 'title', 'directory', 'branch', 'githubIssue', 'template']
  const placed = refusal && (known.includes(refusal.field) || /^(steps|models)\./.test(refusal.field))
  const insist = refusal?.insist
  return (
    <ModelsIn.Provider value={draft.directory}>
      <form
        ref={form}
        class="page-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          start({})
        }}
      >
        <h1>Start a pipeline</h1>
        {kept.restored && draft !== emptyDraft && (
          <p class="meta">
            As you left it.{' '}
            <button
              type="button"
              class="more"
              onClick={() => {
                setDraft(emptyDraft)
                kept.forget()
              }}
            >
              Begin anew
            </button>
          </p>
        )}
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
        {/* Its height is not known before: what came below would jump while one reads it. */}
        {definitions !== undefined && (
          <>
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
            {!refusal?.conflicts && <ConflictNote directory={draft.directory} />}
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
            {refusal && !placed && !insist && <Problem text={plain(refusal.message)} />}
            {refusal && insist && (
              <div class="note" role="alert">
                {refusal.conflicts ? (
                  <p>
                    At work there already: <ConflictLinks conflicts={refusal.conflicts} />
                  </p>
                ) : (
                  <p>{plain(refusal.message)}</p>
                )}
                <div class="actions">
                  {refusal.near?.map((branch) => (
                    <Button key={branch} label={`Take ${plain(branch)}`} press={() => set({ branch })} />
                  ))}
                  <Button
                    label={refusal.conflicts ? 'Start all the same' : insist.label}
                    press={() => start(insist.on)}
                  />
                </div>
              </div>
            )}
            <div class="actions">
              <Button label={busy ? 'Starting…' : 'Start a pipeline'} likely busy={busy} press={() => start({})} />
              <a href="/">Back to the list</a>
            </div>
          </>
        )}
      </form>
    </ModelsIn.Provider>
  )
}

interface WaysProps {
  draft: Draft
  set: (change: Partial<Draft>) => void
  /** undefined: not told yet; null: it cannot be told. */
  definitions: DefinitionsQuery | null | undefined
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
      {draft.way === 'template' && definitions === undefined ? (
        <Loading />
      ) : draft.way === 'template' ? (
        <>
          <TemplateChoice
            templates={definitions?.templates ?? null}
            chosen={draft.template}
            onChoose={(template) => set({ template, models: {} })}
            problem={problem('template')}
          />
          <Models
            template={definitions?.templates.find((template) => template.name === draft.template)}
            models={draft.models}
            onChange={(models) => set({ models })}
            problem={problem}
          />
        </>
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
function useStart(draft: Draft, onStarted: () => void) {
  const { ask, router, toasts } = useSession()
  const [refusal, setRefusal] = useState<Refused | null>(null)
  const [busy, setBusy] = useState(false)
  const key = useRef(newKey())
  useEffect(() => {
    key.current = newKey()
    setRefusal(null)
  }, [draft])

  const send = async ({ force = false, createBranch = false }: Insisted): Promise<void> => {
    const seen = draft.way === 'steps' ? problemIn(draft.steps) : null
    if (seen) return setRefusal(seen)
    setBusy(true)
    setRefusal(null)
    try {
      const input = { ...inputOf(draft, key.current), createBranch }
      const { startPipeline: answer } = await ask(StartPipelineDocument, { input, force })
      const outcome = outcomeOf(answer)
      if (outcome.done) {
        toasts.say('Started')
        onStarted()
        if (answer.__typename === 'Pipeline') router.go(paths.pipeline(answer.id))
      } else {
        const { message, field, insist } = outcome
        setRefusal({
          message,
          field: fieldPath(field),
          ...(insist && { insist: insisting(insist, { force, createBranch }) }),
          ...(answer.__typename === 'DirectoryBusy' && { conflicts: answer.conflicts }),
          ...(answer.__typename === 'UnknownBranch' && { near: answer.near }),
        })
      }
    } catch (problem) {
      setRefusal({ message: sentence(problem), field: '' })
    } finally {
      setBusy(false)
    }
  }
  return { refusal, busy, start: (insisted: Insisted) => void (busy || send(insisted)) }
}

/** Templates and agents of the directory, asked again when a person stops typing it, and when it is trusted. */
function useDefinitions(directory: string, trusts: number): DefinitionsQuery | null | undefined {
  const { ask } = useSession()
  const [found, setFound] = useState<DefinitionsQuery | null | undefined>()
  useSettled(`${directory}\n${trusts}`, () => {
    const variables = { directory: directory.trim() || null }
    ask(DefinitionsDocument, variables).then(setFound, () => setFound((before) => before ?? null))
  })
  return found
}
