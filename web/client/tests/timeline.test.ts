/** Bars show when attempts worked and waited, to one scale; long idle times leave room for the rest. */

import { describe, expect, test } from 'vitest'

import type { StoryStep } from '../src/story'
import { axisOf, barWords, type Segment, segmentsOf } from '../src/timeline'
import { aFailedStoryStep, aStory, aStoryStep } from './story-values'
import { anAsk, NOON } from './values'

type Attempt = StoryStep['attempts'][number]

const noon = Date.parse(NOON)
const at = (seconds: number): string => new Date(noon + seconds * 1000).toISOString()
const [template] = aFailedStoryStep().attempts

function anAttempt(from: number, to: number | null, change: Partial<Attempt> = {}): Attempt {
  const ended = { startedAt: at(from), finishedAt: to === null ? null : at(to) }
  return { ...template!, status: 'SUCCEEDED', failure: null, ...ended, ...change }
}

/** `5-7 failed`: in seconds from noon. */
function told(segments: Segment[]): string[] {
  return segments.map(({ from, to, look }) => `${(from - noon) / 1000}-${(to - noon) / 1000} ${look}`)
}

function drawn(attempts: Attempt[], story = aStory(), now = 100): string[] {
  return told(segmentsOf(story, aStoryStep({ attempts }), noon + now * 1000))
}

describe('an attempt', () => {
  test.each<[string, Attempt, string[]]>([
    ['that went well', anAttempt(0, 5), ['0-5 well']],
    ['that failed', anAttempt(0, 5, { status: 'FAILED' }), ['0-5 failed']],
    ['that was cancelled', anAttempt(0, 5, { status: 'CANCELLED' }), ['0-5 stopped']],
    ['that runs goes on until now', anAttempt(90, null, { status: 'RUNNING' }), ['90-100 working']],
    ['that ended as it began', anAttempt(3, 3), ['3-3 well']],
    ['of a clock that went back', anAttempt(5, 3), ['5-5 well']],
    [
      'that went on after it had waited',
      anAttempt(0, 10, { waitedSeconds: 6 }),
      ['0-2 well', '2-8 waiting', '8-10 well'],
    ],
    [
      'that ended with its wait',
      anAttempt(0, 10, { status: 'FAILED', waitedSeconds: 6 }),
      ['0-4 failed', '4-10 waiting'],
    ],
    ['of an approval only waits', anAttempt(0, 10, { waitedSeconds: 10 }), ['0-10 waiting']],
    ['cannot have waited longer than it took', anAttempt(0, 10, { waitedSeconds: 60 }), ['0-10 waiting']],
  ])('%s', (_, attempt, expected) => {
    expect(drawn([attempt])).toEqual(expected)
  })

  test('waits from the moment at which a person was asked', () => {
    const attention = [anAsk({ since: at(30) })]

    expect(drawn([anAttempt(0, null, { status: 'RUNNING' })], aStory({ attention }))).toEqual([
      '0-30 working',
      '30-100 waiting',
    ])
  })

  test('works while OpenCode tries again by itself', () => {
    const attention = [anAsk({ kind: 'RETRYING', since: at(30) })]

    expect(drawn([anAttempt(0, null, { status: 'RUNNING' })], aStory({ attention }))).toEqual(['0-100 working'])
  })
})

describe('the axis', () => {
  const segment = (from: number, to: number): Segment => ({ from, to, look: 'well' })

  test('of nothing there is none', () => {
    expect(axisOf([])).toBeNull()
  })

  test('reaches from the first attempt to the last, to scale', () => {
    const axis = axisOf([segment(100, 200), segment(200, 500)])

    expect([100, 200, 300, 500].map((instant) => axis?.place(instant))).toEqual([0, 0.25, 0.5, 1])
    expect(axis?.shortened).toEqual([])
  })

  test('what lies outside of it is at its ends', () => {
    expect(axisOf([segment(100, 200)])?.place(5000)).toBe(1)
    expect(axisOf([segment(100, 200)])?.place(0)).toBe(0)
  })

  test('a night between two attempts does not make them invisible', () => {
    const axis = axisOf([segment(0, 1000), segment(50_000_000, 50_001_000)])

    expect(axis?.shortened).toEqual([{ from: 1000, to: 50_000_000 }])
    expect(axis?.place(1000)).toBeCloseTo(1000 / 2300)
    expect(axis?.place(50_000_000)).toBeCloseTo(1300 / 2300)
    expect(axis?.place(50_001_000)).toBe(1)
  })

  test('idle is only the time in which no step did anything', () => {
    expect(axisOf([segment(0, 10), segment(5, 90), segment(80, 100)])?.shortened).toEqual([])
  })

  test('attempts without any length have their place', () => {
    expect(axisOf([segment(7, 7)])?.place(7)).toBe(0)
  })
})

test.each<[string, Attempt[], number, string]>([
  ['one attempt', [anAttempt(0, 16)], 0, '0:16'],
  [
    'eight attempts',
    Array.from({ length: 8 }, (_, n) => anAttempt(n * 100, n * 100 + 2, { status: n < 7 ? 'FAILED' : 'SUCCEEDED' })),
    1293,
    '0:16 in 8 attempts, 7 failed, waited 21:33',
  ],
])('%s in words', (_, attempts, waitedSeconds, words) => {
  const step = aStoryStep({ attempts, waitedSeconds })

  expect(barWords([step], segmentsOf(aStory(), step, noon))).toBe(words)
})
