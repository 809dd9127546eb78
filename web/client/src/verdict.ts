/** What a pipeline's page says first: where it stands, and what of a step there is to look at. */

import { asksOf, asksPerson, comingTry, currentStep, isActive, stoppedBefore } from './pipeline'
import type { Story, StoryStep } from './story'

export type Tab = 'why' | 'output' | 'changes' | 'live' | 'attempts'

/** Those that are not empty, in the order of the page. */
export function tabsOf(story: Story, step: StoryStep): Tab[] {
  const all: Tab[] = ['why', 'output', 'changes', 'live', 'attempts']
  return all.filter((tab) => isThere(tab, story, step))
}

function isThere(tab: Tab, story: Story, step: StoryStep): boolean {
  switch (tab) {
    case 'why':
      return needsWord(story, step)
    case 'output':
      return step.handoff !== null || Boolean(step.approval?.decidedAt)
    case 'live':
      return step.kind === 'AGENT' && isActive(story) && (step.status === 'RUNNING' || step.status === 'WAITING')
    case 'changes':
    case 'attempts':
      return step.kind === 'AGENT' && step.attempts.length > 0
  }
}

/** All but a step that does, or did at once, what it should. */
function needsWord(story: Story, step: StoryStep): boolean {
  const smooth = step.status === 'RUNNING' || step.status === 'SUCCEEDED'
  return !smooth || asksOf(story, step).length > 0 || lastFailed(step) !== undefined
}

/** The tab of the address where there is one, else the one that is wanted. */
export function chosenTab(story: Story, step: StoryStep, wanted: string | null): Tab | undefined {
  const tabs = tabsOf(story, step)
  return tabs.find((tab) => tab === wanted) ?? tabs.find((tab) => tab === likelyTab(story, step)) ?? tabs[0]
}

function likelyTab(story: Story, step: StoryStep): Tab {
  if (asksOf(story, step).some(asksPerson) || comingTry(step)) return 'why'
  switch (step.status) {
    case 'RUNNING':
      return 'live'
    case 'SUCCEEDED':
      return 'output'
    case 'PENDING':
    case 'WAITING':
    case 'FAILED':
    case 'CANCELLED':
    case 'SKIPPED':
      return 'why'
  }
}

export function lastFailed(step: StoryStep): StoryStep['attempts'][number] | undefined {
  return step.attempts.findLast((attempt) => attempt.failure !== null)
}

/** The step of the address, else the one that failed, waits or runs. */
export function chosenStep(story: Story, id: string | null): StoryStep | undefined {
  const there = id ?? currentStep(story)?.id
  return story.steps.find((step) => step.id === there) ?? story.steps[0]
}

/** The step that stopped the pipeline, from which there are ways on; also one that it was cancelled before. */
export function stoppedAt(story: Story): StoryStep | undefined {
  const id = stoppedBefore(story)?.id
  return story.steps.find((step) => step.status === 'FAILED' || step.status === 'CANCELLED' || step.id === id)
}
