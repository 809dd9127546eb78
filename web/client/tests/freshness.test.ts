/** The badge tells the truth: stale data never looks live. */

import { expect, test } from 'vitest'

import { freshness, type LineState } from '../src/freshness'

const NOW = 1_000_000

function line(change: Partial<LineState>): LineState {
  return { open: true, refused: false, since: NOW - 60_000, lastSign: NOW - 1_000, ...change }
}

test.each([
  ['a sign of life a second ago', line({}), 'live'],
  ['open, but silent for longer than the server ever is', line({ lastSign: NOW - 26_000 }), 'stale'],
  ['closed a second ago', line({ open: false, since: NOW - 1_000 }), 'reconnecting'],
  ['closed for longer than a blink', line({ open: false, since: NOW - 11_000 }), 'stale'],
  [
    'never connected, a second after loading',
    line({ open: false, lastSign: null, since: NOW - 1_000 }),
    'reconnecting',
  ],
  ['never connected', line({ open: false, lastSign: null }), 'stale'],
  ['refused', line({ open: false, refused: true, since: NOW }), 'stale'],
] as const)('%s', (_, state, expected) => {
  expect(freshness(state, NOW).state).toBe(expected)
})

test('live says how old the newest sign of life is', () => {
  expect(freshness(line({ lastSign: NOW - 3_000 }), NOW)).toEqual({ state: 'live', age: 3_000 })
})
