/** A labelled place to type, with its hint and, when the server refused it, the reason right there. */

import { useEffect, useId, useRef } from 'preact/hooks'

import { plain } from '../text'

export interface FieldProps {
  label: string
  value: string
  onInput: (value: string) => void
  hint?: string | undefined
  problem?: string | null | undefined
  /** More than one: a text area of that height. */
  lines?: number
  type?: 'text' | 'number'
  required?: boolean
  placeholder?: string
  options?: readonly string[]
  autofocus?: boolean
  onFocus?: () => void
}

export function Field({ label, value, onInput, hint, problem, lines = 1, type = 'text', ...more }: FieldProps) {
  const id = useId()
  const box = useRef<HTMLTextAreaElement & HTMLInputElement>(null)
  useEffect(() => {
    // The attribute alone counts for the first place of a document only.
    if (more.autofocus) box.current?.focus()
  }, [])
  const shared = {
    id,
    ref: box,
    value,
    required: more.required ?? false,
    placeholder: more.placeholder,
    dir: 'auto' as const,
    spellcheck: lines > 1,
    onFocus: more.onFocus,
    'aria-invalid': Boolean(problem),
    'aria-describedby': [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined,
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <span class="field-hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {lines > 1 ? (
        <textarea {...shared} rows={lines} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          type={type}
          min={type === 'number' ? 1 : undefined}
          list={more.options ? `${id}-options` : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
      {more.options && (
        <datalist id={`${id}-options`}>
          {more.options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
      {problem && (
        <p class="problem" role="alert" id={`${id}-problem`}>
          {plain(problem)}
        </p>
      )}
    </div>
  )
}
