/** A form whose refusals stand at the field that they are about; what belongs to no field stands at its end. */

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

import type { Insisted, Outcome } from '../actions'
import { fieldPath } from '../field-path'
import { useFocusOnWrong } from '../wrong'
import { Button, Problem, usePress } from './action'

export interface SavedFormProps {
  verb: string
  busyVerb: string
  /** What is said where the form stood once it is done. */
  did?: string
  act: (insisted: Insisted) => Promise<Outcome>
  onDone: () => void
  onClose: () => void
  /** Which fields the form has, by how their names begin. */
  fields: readonly string[]
  children: (problem: (field: string) => string | null) => ComponentChildren
}

export function SavedForm({ verb, busyVerb, did, act, onDone, onClose, fields, children }: SavedFormProps) {
  const [refusal, setRefusal] = useState<{ field: string; message: string } | null>(null)
  const send = async (insisted: Insisted): Promise<Outcome> => {
    setRefusal(null)
    const outcome = await act(insisted)
    if (!outcome.done) setRefusal({ field: fieldPath(outcome.field), message: outcome.message })
    return outcome
  }
  const { busy, problem, press, insist, forget } = usePress(send, onDone, did)
  const placed =
    refusal !== null && fields.some((field) => refusal.field === field || refusal.field.startsWith(`${field}.`))
  const form = useFocusOnWrong(refusal)
  return (
    <form
      ref={form}
      class="way"
      noValidate
      onInput={() => {
        setRefusal(null)
        forget()
      }}
      onSubmit={(event) => {
        event.preventDefault()
        press()
      }}
    >
      {children((field) => (refusal?.field === field ? refusal.message : null))}
      <div class="actions">
        <Button label={busy ? busyVerb : verb} likely busy={busy} press={press} />
        <Button label="Close" press={onClose} />
      </div>
      {!placed && <Problem text={problem}>{insist}</Problem>}
    </form>
  )
}
