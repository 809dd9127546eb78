/** What an agent is doing, folded from its pieces, stays small however much it writes. */

import { expect, test } from 'vitest'

import { type ActivityItem, callWords, lastWords, nothing, unfolded } from '../src/activity'

const call = (tool: string, status = 'running', input: unknown = {}) => ({
  tool,
  status,
  input,
  error: null,
  output: null,
})

function after(...items: ActivityItem[]) {
  return items.reduce(unfolded, nothing)
}

test('text grows by its pieces', () => {
  const { text } = after(
    { __typename: 'ActivitySnapshot', text: 'I ', tools: [], todos: [] },
    { __typename: 'TextDelta', delta: 'will' },
  )

  expect(text).toBe('I will')
})

const progress = (callId: string, status: string, input: unknown = {}): ActivityItem => {
  return { __typename: 'ToolProgress', callId, title: null, call: call('bash', status, input) }
}

test('a further word on a call takes the place of the one before it', () => {
  const { tools } = after(
    progress('a', 'pending'),
    progress('b', 'running', { command: 'make' }),
    progress('a', 'completed', { command: 'ls' }),
  )

  expect(tools.map((one) => [one.id, one.status])).toEqual([
    ['a', 'completed'],
    ['b', 'running'],
  ])
})

test('a call that was under way in the snapshot goes on as itself', () => {
  const { tools } = after(
    { __typename: 'ActivitySnapshot', text: '', tools: [call('bash', 'running')], todos: [] },
    progress('a', 'completed'),
  )

  expect(tools.map((one) => one.status)).toEqual(['completed'])
})

test('a megabyte of text keeps only its end', () => {
  expect(after({ __typename: 'TextDelta', delta: 'x'.repeat(1_000_000) }).text.length).toBeLessThan(50_000)
})

test('a new snapshot replaces what was there', () => {
  const { text } = after(
    { __typename: 'TextDelta', delta: 'old' },
    { __typename: 'ActivitySnapshot', text: 'new', tools: [], todos: [] },
  )

  expect(text).toBe('new')
})

test.each([
  [{ filePath: 'src/parser.py' }, 'edit src/parser.py'],
  [{ command: 'make' }, 'edit make'],
  [{ other: 1 }, 'edit'],
  [null, 'edit'],
])('%j reads as %j', (input, words) => {
  expect(callWords({ tool: 'edit', input })).toBe(words)
})

test('the last words are the last line', () => {
  expect(lastWords('first\nlast one\n')).toBe('last one')
})
