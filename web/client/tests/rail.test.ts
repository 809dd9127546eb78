/** A rail of many steps shows those that matter: what went well and what is to come is folded. */

import { expect, test } from 'vitest'

import { railLines } from '../src/rail'
import type { StoryStep } from '../src/story'
import { aStory, aStoryStep } from './story-values'

const none = new Set<string>()

function steps(...statuses: StoryStep['status'][]): StoryStep[] {
  return statuses.map((status, position) => aStoryStep({ id: `step-${position}`, position, status }))
}

function told(all: StoryStep[], selected: string | null, opened = none, status: 'FAILED' | 'RUNNING' = 'FAILED') {
  return railLines(aStory({ steps: all, status }), selected, opened).map((line) =>
    'step' in line ? line.step.id : `${line.run.status} × ${line.run.steps.length}`,
  )
}

const many = (status: StoryStep['status'], count: number) => Array.from({ length: count }, () => status)

test('a few steps are all there', () => {
  expect(told(steps(...many('SUCCEEDED', 9), 'FAILED'), 'step-9')).toHaveLength(10)
})

test('of thirty, the one that failed is in sight', () => {
  expect(told(steps(...many('SUCCEEDED', 29), 'FAILED'), 'step-29')).toEqual(['SUCCEEDED × 29', 'step-29'])
})

test('of two hundred, what is to come is folded too', () => {
  const all = steps(...many('SUCCEEDED', 120), 'FAILED', ...many('PENDING', 79))

  expect(told(all, 'step-120')).toEqual(['SUCCEEDED × 120', 'step-120', 'PENDING × 79'])
})

test('the step that comes next stays in sight while it can come', () => {
  const all = steps(...many('SUCCEEDED', 10), 'RUNNING', ...many('PENDING', 10))

  expect(told(all, 'step-10', none, 'RUNNING')).toEqual(['SUCCEEDED × 10', 'step-10', 'step-11', 'PENDING × 9'])
})

test('the selected step is never folded away', () => {
  expect(told(steps(...many('SUCCEEDED', 29), 'FAILED'), 'step-14')).toEqual([
    'SUCCEEDED × 14',
    'step-14',
    'SUCCEEDED × 14',
    'step-29',
  ])
})

test('two in a row are no run', () => {
  const all = steps('SUCCEEDED', 'SUCCEEDED', 'SKIPPED', ...many('SUCCEEDED', 9))

  expect(told(all, null)).toEqual(['step-0', 'step-1', 'step-2', 'SUCCEEDED × 9'])
})

test('a run that was opened stays open, whichever of its steps is selected', () => {
  const all = steps(...many('SUCCEEDED', 29), 'FAILED')
  const opened = new Set(all.slice(0, 29).map(({ id }) => id))

  expect(told(all, 'step-29', opened)).toHaveLength(30)
  expect(told(all, 'step-3', opened)).toHaveLength(30)
})
