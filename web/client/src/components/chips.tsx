/** What the list is narrowed down to: a chip for each thing that pipelines differ by. */

import { useState } from 'preact/hooks'

import { PipelineNamesDocument, type PipelineNamesQuery } from '../generated/graphql'
import type { PipelineRow } from '../pipeline'
import { paths } from '../router'
import { useSession } from '../session'
import { kindWords, statusWord } from '../status'
import { plain } from '../text'
import { isAny, SPANS, STATUSES, type Wanted } from '../wanted'

type Names = PipelineNamesQuery['pipelineNames']
type Choice = readonly [value: string, label: string]

export function Chips({ wanted }: { wanted: Wanted }) {
  const { ask, feed, router } = useSession()
  const [names, setNames] = useState<Names | null>(null)
  const go = (change: Partial<Wanted>): void => router.go(paths.list({ ...wanted, ...change }), 'replace')
  const read = (): void => void ask(PipelineNamesDocument, {}).then((answer) => setNames(answer.pipelineNames), ignored)
  const rows = [...(feed.pipelines.value?.values() ?? [])]
  const here = (name: keyof Names): Choice[] => {
    const told: readonly string[] = names?.[name] ?? known(name, rows)
    return told.map((one) => [one, name === 'kinds' ? kindWords(one as Names['kinds'][number]) : plain(one)])
  }
  const shared = { wanted, go }
  return (
    <div
      class="chips-row"
      role="group"
      aria-label="Filters"
      onPointerEnter={read}
      onFocusCapture={names ? undefined : read}
    >
      <Chip label="Status" name="status" choices={STATUSES.map((one) => [one, statusWord(one)])} {...shared} />
      <Chip label="Kind" name="kind" choices={here('kinds')} {...shared} />
      <Chip label="Template" name="template" choices={here('templates')} {...shared} />
      <Chip label="Agent" name="agent" choices={here('agents')} {...shared} />
      <Chip
        label="Time"
        name="since"
        choices={Object.entries(SPANS).map(([key, { label }]) => [key, label])}
        {...shared}
      />
      {!isAny(wanted) && (
        <button type="button" class="more" onClick={() => router.go('/', 'replace')}>
          Clear filters
        </button>
      )}
    </div>
  )
}

const ignored = (): undefined => undefined

interface ChipProps {
  label: string
  name: keyof Wanted
  choices: readonly Choice[]
  wanted: Wanted
  go: (change: Partial<Wanted>) => void
}

function Chip({ label, name, choices, wanted, go }: ChipProps) {
  const said = wanted[name]
  const isUpper = name === 'status' || name === 'kind'
  const chosen = isUpper ? said.toUpperCase() : said
  // What the address says can be chosen, whether or not anything has it.
  const all = !chosen || choices.some(([value]) => value === chosen) ? choices : [...choices, [said, said] as const]
  return (
    <select
      class={chosen ? 'chip is-set' : 'chip'}
      aria-label={label}
      value={all.some(([value]) => value === chosen) ? chosen : said}
      onChange={({ currentTarget: { value } }) => go({ [name]: isUpper ? value.toLowerCase() : value })}
    >
      <option value="">{chosen ? `Any ${label.toLowerCase()}` : label}</option>
      {all.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  )
}

/** Until the server has told: what the rows have that were read. */
function known(name: keyof Names, rows: readonly PipelineRow[]): string[] {
  const found = rows.flatMap((row): (string | null | undefined)[] => {
    switch (name) {
      case 'templates':
        return [row.template]
      case 'agents':
        return row.steps.map((step) => step.agent)
      case 'kinds':
        return row.steps.map((step) => step.failure?.kind)
    }
  })
  return [...new Set(found.filter((one): one is string => Boolean(one)))].sort()
}
