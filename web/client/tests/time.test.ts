/** Durations are m:ss, ages relative. */

import { expect, test } from 'vitest'

import { age, clockTime, duration, exactTime, inZone } from '../src/time'
import { chooseZone, dayStart } from '../src/zone'

test.each([
  [0, '0:00'],
  [-5_000, '0:00'],
  [41_999, '0:41'],
  [192_000, '3:12'],
  [3_600_000, '1:00:00'],
])('%i ms last %s', (milliseconds, words) => {
  expect(duration(milliseconds)).toBe(words)
})

test.each([
  [1_000, '1 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
  [86_400_000, '1 day'],
  [200_000_000, '2 days'],
])('%i ms are %s', (milliseconds, words) => {
  expect(age(milliseconds)).toBe(words)
})

test('the date is said when it is not of today', () => {
  const now = new Date(2026, 10, 23, 12).getTime()

  expect(clockTime(new Date(2026, 10, 23, 9, 5).getTime(), now)).toMatch(/^09:05$/)
  expect(clockTime(new Date(2026, 10, 22, 9, 5).getTime(), now)).toMatch(/22.*09:05$/)
})

test.each([
  ['Gives up at 14:40:00 UTC.', 'Gives up at 14:40:00.'],
  [
    'until 14:32:07 UTC: "slow down" (429). Gives up at 14:40:00 UTC.',
    'until 14:32:07: "slow down" (429). Gives up at 14:40:00.',
  ],
  ['expired at 2026-11-28T09:05:00.123Z', 'expired at 28 Nov, 09:05:00'],
  ['since 2026-11-28 09:05 UTC', 'since 28 Nov, 09:05'],
  ['is no time: 99:99 UTC, 12:30, UTC, 1:2:3Z', 'is no time: 99:99 UTC, 12:30, UTC, 1:2:3Z'],
])('in a sentence %j, times are those of the zone that was chosen', (said, shown) => {
  chooseZone('UTC')
  const now = Date.parse('2026-11-29T01:00:00Z')

  expect(inZone(said, now).replace('Nov 28', '28 Nov')).toBe(shown)
  chooseZone(undefined)
  // In the browser's own zone they are the same instants.
  const minutes = new Date(now).getTimezoneOffset()
  if (minutes === 0) expect(inZone(said, now).replace('Nov 28', '28 Nov')).toBe(shown)
})

test('the zone that was chosen holds for times, titles and days', () => {
  const at = Date.parse('2026-11-23T23:30:00Z')
  chooseZone('UTC')

  expect(clockTime(at, Date.parse('2026-11-23T00:10:00Z'))).toBe('23:30')
  expect(exactTime('2026-11-23T23:30:00Z')).toContain('11:30:00')
  expect(new Date(dayStart('2026-11-23', 1)).toISOString()).toBe('2026-11-24T00:00:00.000Z')
  chooseZone(undefined)
  expect(new Date(dayStart('2026-11-23', 0)).getHours()).toBe(0)
})
