/** Many steps in one line of shapes; runs of one status are one shape with their number. */

import type { StepRow } from '../pipeline'
import { statusWord } from '../status'
import { Glyph } from './glyph'
import { stepName } from './step'

/** With more of them a row is a strip. */
export const FEW_STEPS = 8
/** A shorter run is shown step by step. */
const RUN = 4

export function StepStrip({ steps }: { steps: readonly StepRow[] }) {
  return (
    <ol class="steps strip" aria-label={`${steps.length} steps`}>
      {runs(steps).map(({ first, number }) => (
        <li
          key={first.id}
          class={`step is-${statusWord(first.status)}`}
          title={number > 1 ? undefined : `${stepName(first)}: ${statusWord(first.status)}`}
        >
          <Glyph status={first.status} />
          {number > 1 && <span class="meta">{number} </span>}
          <span class="hidden">
            {number > 1 ? '' : `${stepName(first)} `}
            {statusWord(first.status)}
          </span>
        </li>
      ))}
    </ol>
  )
}

interface Run {
  first: StepRow
  number: number
}

function runs(steps: readonly StepRow[]): Run[] {
  const found: StepRow[][] = []
  for (const step of steps) {
    const last = found.at(-1)
    if (last?.[0]?.status === step.status) last.push(step)
    else found.push([step])
  }
  return found.flatMap((run) =>
    run.length < RUN ? run.map((first) => ({ first, number: 1 })) : [{ first: run[0] as StepRow, number: run.length }],
  )
}
