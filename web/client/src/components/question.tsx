/** What an agent asks: an input for each field, of the kind that it takes, and one button for them all. */

import { useId, useState } from 'preact/hooks'

import type { Outcome } from '../actions'
import type { Ask } from '../pipeline'
import { useSession } from '../session'
import { plain } from '../text'
import { Action } from './action'

type Question = NonNullable<Ask['question']>
type Field = Question['fields'][number]
/** What was chosen, by its value, and what was typed beside it. */
interface Draft {
  chosen: string[]
  own: string
}

const EMPTY: Draft = { chosen: [], own: '' }

export function QuestionAnswers({ id, question }: { id: string; question: Question }) {
  const { actions } = useSession()
  const [drafts, setDrafts] = useState(() => begun(question.fields))
  const [wrong, setWrong] = useState<{ key: string; message: string } | null>(null)
  const asked = question.fields.filter((field) => isAsked(field, question.fields, drafts))
  const fields = asked.map(({ key }) => ({ key, values: valuesOf(drafts[key]) })).filter(({ values }) => values.length)
  const answer = async (): Promise<Outcome> => {
    const outcome = await actions.answer(id, fields)
    const key = outcome.done ? undefined : outcome.field[1]
    // A problem with a field stands beside it; only what is about none of them stands beside the button.
    if (outcome.done || !key) return outcome
    setWrong({ key, message: outcome.message })
    return { ...outcome, message: 'Something is not right yet' }
  }
  return (
    <div class="question">
      {question.title && (
        <p class="described" dir="auto">
          {plain(question.title)}
        </p>
      )}
      {asked.map((field) => (
        <FieldInput
          key={field.key}
          field={field}
          draft={drafts[field.key] ?? EMPTY}
          problem={wrong?.key === field.key ? wrong.message : null}
          change={(draft) => {
            setWrong(null)
            setDrafts({ ...drafts, [field.key]: draft })
          }}
        />
      ))}
      <div class="actions">
        <Action
          label="Answer"
          busyLabel="Answering…"
          likely
          reason={missing(asked, drafts)}
          act={answer}
          did="Answered"
        />
        <Action label="Dismiss" busyLabel="Dismissing…" act={() => actions.dismiss(id)} did="Dismissed" />
      </div>
    </div>
  )
}

interface FieldProps {
  field: Field
  draft: Draft
  problem: string | null
  change: (draft: Draft) => void
}

function FieldInput({ field, draft, problem, change }: FieldProps) {
  return (
    <fieldset>
      <legend dir="auto">
        {field.title && field.title !== field.text && <strong>{plain(field.title)} </strong>}
        {plain(field.text)}
      </legend>
      <Blank field={field} draft={draft} change={change} />
      {problem && (
        <p class="problem" role="alert">
          {plain(problem)}
        </p>
      )}
    </fieldset>
  )
}

function Blank({ field, draft, change }: Omit<FieldProps, 'problem'>) {
  switch (field.kind) {
    case 'LINK':
      return <LinkToLookAt url={field.url} />
    case 'BOOLEAN':
      return <Choices field={{ ...field, options: YES_OR_NO }} draft={draft} change={change} />
    case 'CHOICE':
    case 'MULTI':
      return (
        <>
          <Choices field={field} draft={draft} change={change} />
          {field.custom && <OwnWords label="Or in your own words" field={field} draft={draft} change={change} />}
        </>
      )
    case 'TEXT':
    case 'NUMBER':
    case 'INTEGER':
      return <OwnWords label="Your answer" field={field} draft={draft} change={change} />
  }
}

const YES_OR_NO = [
  { value: 'true', label: 'Yes', description: null },
  { value: 'false', label: 'No', description: null },
]

function Choices({ field, draft, change }: Omit<FieldProps, 'problem'>) {
  const name = useId()
  const many = field.kind === 'MULTI'
  const choose = (value: string, on: boolean): void => {
    const others = many ? draft.chosen.filter((one) => one !== value) : []
    change({ chosen: on ? [...others, value] : others, own: many ? draft.own : '' })
  }
  return (
    <>
      {field.options.map(({ value, label, description }) => (
        <label key={value} class="choice">
          <input
            type={many ? 'checkbox' : 'radio'}
            name={name}
            checked={draft.chosen.includes(value)}
            onChange={(event) => choose(value, event.currentTarget.checked)}
          />
          <span dir="auto">
            {plain(label)}
            {description && <span class="meta"> {plain(description)}</span>}
          </span>
        </label>
      ))}
    </>
  )
}

function OwnWords({ label, field, draft, change }: Omit<FieldProps, 'problem'> & { label: string }) {
  const onInput = (event: { currentTarget: HTMLInputElement }): void => {
    const own = event.currentTarget.value
    // Of one answer, what was typed takes the place of what was chosen.
    change({ chosen: field.kind === 'CHOICE' && own.trim() ? [] : draft.chosen, own })
  }
  return (
    <label class="field">
      <span>{label}</span>
      {field.kind === 'NUMBER' || field.kind === 'INTEGER' ? (
        <input
          type="number"
          step={field.kind === 'INTEGER' ? 1 : 'any'}
          min={field.minimum ?? undefined}
          max={field.maximum ?? undefined}
          value={draft.own}
          onInput={onInput}
        />
      ) : (
        <input type="text" dir="auto" value={draft.own} onInput={onInput} />
      )}
    </label>
  )
}

/** An address that an agent gives is shown whole, and is a link only where it leads to a web page. */
function LinkToLookAt({ url }: { url: string | null }) {
  if (!url) return null
  return /^https?:\/\//i.test(url) ? (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {plain(url)}
    </a>
  ) : (
    <code>{plain(url)}</code>
  )
}

function begun(fields: readonly Field[]): Record<string, Draft> {
  return Object.fromEntries(fields.map((field) => [field.key, draftOf(field)]))
}

function draftOf({ kind, options, default: first }: Field): Draft {
  if (first === null || first === undefined) return EMPTY
  const values = (Array.isArray(first) ? first : [first]).map(String)
  if (kind === 'BOOLEAN') return { chosen: values, own: '' }
  const offered = options.map((option) => option.value)
  return {
    chosen: values.filter((value) => offered.includes(value)),
    own: values.filter((value) => !offered.includes(value)).join(', '),
  }
}

function valuesOf(draft: Draft = EMPTY): string[] {
  const own = draft.own.trim()
  return own ? [...draft.chosen, own] : draft.chosen
}

/** As the server judges it, so that nothing is asked for that would be passed over. */
function isAsked(field: Field, fields: readonly Field[], drafts: Record<string, Draft>): boolean {
  return field.conditions.every(({ key, value, equal }) => {
    const kind = fields.find((other) => other.key === key)?.kind
    const values = valuesOf(drafts[key])
    const wanted = Array.isArray(value) ? value.map(String) : value === null ? [] : [String(value)]
    const same = wanted.length === values.length && wanted.every((one, place) => one === values[place])
    return (kind !== undefined && same) === equal
  })
}

function missing(asked: readonly Field[], drafts: Record<string, Draft>): string | null {
  const open = asked.filter(({ kind }) => kind !== 'LINK')
  const first = open.find(({ key, required }) => required && valuesOf(drafts[key]).length === 0)
  if (first && open.length > 1) return `Answer first: ${plain(first.title ?? first.text)}`
  return open.some(({ key }) => valuesOf(drafts[key]).length > 0) ? null : 'Choose or write an answer'
}
