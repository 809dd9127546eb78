/** A model, typed or chosen from those that OpenCode has where the work is done. */

import { createContext } from 'preact'
import { useContext, useState } from 'preact/hooks'

import { ModelsDocument } from '../generated/graphql'
import { useSession } from '../session'
import { useSettled } from '../settled'
import { Field, type FieldProps } from './field'

/** The directory whose models are offered; empty: where OpenCode was started. */
export const ModelsIn = createContext('')

/** A browser shows no more than these in a list that one can still read. */
const SHOWN = 100

export function ModelField({
  value,
  onInput,
  problem,
  hint = 'provider/model; empty: as before',
  label = 'Model',
  autofocus = false,
}: Omit<FieldProps, 'label'> & { label?: string }) {
  const [wanted, setWanted] = useState(false)
  const options = useModels(wanted ? value : null)
  const shared = { label, hint, value, onInput, problem, autofocus, options, onFocus: () => setWanted(true) }
  return <Field placeholder="provider/model" {...shared} />
}

/** Those that the server finds for what was typed; null: nobody has looked into the field yet. */
function useModels(search: string | null): readonly string[] {
  const { ask } = useSession()
  const directory = useContext(ModelsIn).trim() || null
  const [names, setNames] = useState<readonly string[]>([])
  useSettled(`${directory}\n${search}`, () => {
    if (search === null) return
    // What cannot be told is not offered; it may be typed all the same.
    ask(ModelsDocument, { directory, search }).then(
      ({ models }) => setNames((models ?? []).slice(0, SHOWN).map(({ name }) => name)),
      () => setNames([]),
    )
  })
  return names
}
