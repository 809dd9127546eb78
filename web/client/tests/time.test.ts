/** Durations are m:ss, ages relative. */

import { expect, test } from 'vitest'

import { age, clockTime, duration } from '../src/time'

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
