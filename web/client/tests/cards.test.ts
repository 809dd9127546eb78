/** Pipelines that stand failed for one cause are one thing to do, and whoever is at work in one is not disturbed. */

import { expect, test } from 'vitest'

import { type Card, cardId, cards } from '../src/cards'
import type { Held } from '../src/held'
import { NOTHING_BEYOND } from '../src/overview'
import type { PipelineRow } from '../src/pipeline'
import { aFailedPipeline, aFailedStep, anAsk, aPipeline, aReason } from './values'

const NOBODY = new Map<string, Held>()
const no = (): boolean => false

function failed(id: string, minute: number, cause = 'key'): PipelineRow {
  const failure = aReason({ group: { id: cause, status: 'OPEN', count: 1 } })
  return aFailedPipeline({ id, finishedAt: at(minute), steps: [aFailedStep({ failure })] })
}

const at = (minute: number): string => `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`

const ids = (found: Card[]): string[] => found.map(({ id }) => id)

test('two of one cause are one card, where the newer one would stand; one is a row as ever', () => {
  const rows = [failed('c', 9), failed('alone', 8, 'other'), failed('b', 7), failed('a', 5)]

  const found = cards(rows, NOTHING_BEYOND, NOBODY, no)

  expect(ids(found)).toEqual(['cause:key', 'alone'])
  expect(found[0]?.cause).toMatchObject({ count: 3, since: at(5), newest: at(9) })
  expect(found[0]?.cause?.rows.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
})

test('what the server has beyond is counted, with its beginning', () => {
  const beyond = { ...NOTHING_BEYOND, causes: new Map([['key', { since: at(1), more: 11 }]]) }

  const [card] = cards([failed('a', 5)], beyond, NOBODY, no)

  expect(card?.cause).toMatchObject({ count: 12, since: at(1) })
})

test('what asks is never part of a card', () => {
  const asking = aPipeline({ id: 'asking', status: 'WAITING', attention: [anAsk()] })

  expect(ids(cards([asking, failed('b', 7), failed('a', 5)], NOTHING_BEYOND, NOBODY, no))).toEqual([
    'asking',
    'cause:key',
  ])
})

test('a row that somebody writes in stays a row', () => {
  const rows = [failed('c', 9), failed('b', 7), failed('a', 5)]

  expect(ids(cards(rows, NOTHING_BEYOND, NOBODY, (id) => id === 'b'))).toEqual(['cause:key', 'b'])
})

test('a card that was acted on stays in its place when all of it has gone on', () => {
  const cause = cards([failed('b', 7), failed('a', 5)], NOTHING_BEYOND, NOBODY, no)[0]?.cause
  const place = { group: 'needsYou', since: at(7), height: 90, words: 'All tried again', shown: cause } as const
  const held = new Map<string, Held>([[cardId('key'), place]])

  const found = cards([failed('new', 9, 'x'), failed('old', 3, 'y')], NOTHING_BEYOND, held, no)

  expect(ids(found)).toEqual(['new', 'cause:key', 'old'])
})
