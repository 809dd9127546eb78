/** The steps of a pipeline as the lines of a rail: one each, and runs of those that need no look as one. */

import { isActive } from './pipeline'
import type { Story, StoryStep } from './story'

export type RailLine = { step: StoryStep } | { run: Run }

export interface Run {
  status: StoryStep['status']
  steps: readonly StoryStep[]
}

/** A pipeline that has no more is in sight as it is. */
const MANY = 10
const SHORTEST_RUN = 3
const QUIET: readonly StoryStep['status'][] = ['SUCCEEDED', 'PENDING', 'SKIPPED']

/** Never folded away are the selected step, the one that comes next, and those of a run that somebody has opened. */
export function railLines(story: Story, selected: string | null, opened: ReadonlySet<string>): RailLine[] {
  if (story.steps.length <= MANY) return story.steps.map((step) => ({ step }))
  const next = isActive(story) ? story.steps.find((step) => step.status === 'PENDING') : undefined
  const folds = ({ id, status }: StoryStep): boolean =>
    QUIET.includes(status) && id !== selected && id !== next?.id && !opened.has(id)
  return runs(story.steps, folds).flatMap(({ status, steps }): RailLine[] =>
    steps.length < SHORTEST_RUN ? steps.map((step) => ({ step })) : [{ run: { status, steps } }],
  )
}

/** A step that does not fold is a run of its own. */
function runs(steps: readonly StoryStep[], folds: (step: StoryStep) => boolean): Run[] {
  const found: { status: StoryStep['status']; steps: StoryStep[]; open: boolean }[] = []
  for (const step of steps) {
    const [last, goesOn] = [found.at(-1), folds(step)]
    if (last?.open && goesOn && last.status === step.status) last.steps.push(step)
    else found.push({ status: step.status, steps: [step], open: goesOn })
  }
  return found
}
