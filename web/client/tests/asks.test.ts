/** After a decision the next thing is open, and what was decided is still there to be seen. */

import { expect, test } from 'vitest'

import { chosen, openAsks } from '../src/asks'
import { anAsk, aPipeline, NOON } from './values'

const row = (id: string, since: string) =>
  aPipeline({ id, status: 'WAITING', attention: [anAsk({ id: `ask-${id}`, since })] })
const rows = [row('b', '2026-11-23T12:02:00.000Z'), row('a', NOON), row('c', '2026-11-23T12:03:00.000Z')]
const all = openAsks(rows, new Map())
const before = ['ask-a', 'ask-b', 'ask-c']

test('the oldest is first', () => {
  expect(all.map(({ ask }) => ask.id)).toEqual(before)
})

test.each([
  ['the one that is wanted', 'ask-b', all, 'ask-b'],
  ['the oldest when none is', null, all, 'ask-a'],
  ['the one after it when it is decided', 'ask-b', all.filter(({ ask }) => ask.id !== 'ask-b'), 'ask-c'],
  ['the oldest when it was the last', 'ask-c', all.slice(0, 2), 'ask-a'],
  ['the oldest when nobody knows it', 'ask-x', all, 'ask-a'],
  ['nothing when nothing is open', 'ask-a', [], undefined],
] as const)('%s', (_, wanted, open, id) => {
  expect(chosen(open, wanted, before)?.ask.id).toBe(id)
})

test('what was decided a moment ago stays among them', () => {
  const [first] = all
  const held = { group: 'needsYou', since: NOON, height: 0, words: 'Allowed once', shown: first } as const

  const shown = openAsks(rows.slice(0, 1), new Map([['ask-a', held]]))

  expect(shown.map(({ ask }) => ask.id)).toEqual(['ask-a', 'ask-b'])
})
