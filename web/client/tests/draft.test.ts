/** What is typed becomes exactly the input that was meant. */

import { expect, test } from 'vitest'

import { draftStep, emptyDraft, emptyStep, inputOf, moved, problemIn, stepInput } from '../src/draft'
import { fieldPath } from '../src/field-path'

test('a template with a prompt sends nothing that was not filled in', () => {
  expect(inputOf({ ...emptyDraft, prompt: 'Do it', template: 'quick_fix' }, 'key')).toEqual({
    prompt: 'Do it',
    template: 'quick_fix',
    idempotencyKey: 'key',
  })
})

test('a free composition sends its steps, each with what was filled in', () => {
  const steps = [
    { ...emptyStep('AGENT'), agent: 'developer ', model: 'a/b', timeoutSeconds: '60' },
    { ...emptyStep('APPROVAL'), description: 'Deploy?' },
  ]

  expect(inputOf({ ...emptyDraft, way: 'steps', prompt: 'Do it', steps, directory: ' /srv/app ' }, 'key')).toEqual({
    prompt: 'Do it',
    steps: [
      { kind: 'AGENT', agent: 'developer', model: 'a/b', timeoutSeconds: 60 },
      { kind: 'APPROVAL', description: 'Deploy?' },
    ],
    directory: '/srv/app',
    idempotencyKey: 'key',
  })
})

test('a step of a template survives the form', () => {
  const step = {
    kind: 'AGENT',
    agent: 'developer',
    description: 'Writes',
    model: 'a/b',
    timeoutSeconds: 60,
    maxAttempts: 2,
    remindAfterSeconds: null,
    expiresAfterSeconds: null,
    handoffSchema: { type: 'object' },
  } as const
  const { remindAfterSeconds: _, expiresAfterSeconds: __, ...sent } = step

  expect(stepInput(draftStep(step))).toEqual(sent)
})

test('a handoff schema that is no JSON is refused at its field', () => {
  const steps = [emptyStep('AGENT'), { ...emptyStep('AGENT'), handoffSchema: '{type' }]

  expect(problemIn(steps)).toMatchObject({ field: 'steps.1.handoffSchema' })
  expect(problemIn([emptyStep('AGENT')])).toBeNull()
})

test.each([
  [0, 2, ['b', 'c', 'a']],
  [2, 0, ['c', 'a', 'b']],
  [1, 1, ['a', 'b', 'c']],
])('moving %i to %i', (from, to, expected) => {
  expect(moved(['a', 'b', 'c'], from, to)).toEqual(expected)
})

test.each([
  [['steps', '2', 'model'], 'steps.2.model'],
  [['steps.2.model'], 'steps.2.model'],
  [['input', 'prompt'], 'prompt'],
  [['github_issue'], 'githubIssue'],
])('%j is the field %s', (field, path) => {
  expect(fieldPath(field)).toBe(path)
})
