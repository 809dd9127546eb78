/** What was changed in files is said in words, and each line of a diff by what became of it. */

import { expect, test } from 'vitest'

import { changedWords, linesOf, mark } from '../src/changes'

test.each([
  [0, 'no files changed'],
  [1, '1 file changed, +1,040 −2'],
  [10_000, '10,000 files changed, +1,040 −2'],
])('%d files', (fileCount, words) => {
  expect(changedWords({ fileCount, added: 1040, removed: 2 })).toBe(words)
})

test('a line is what its sign says', () => {
  expect(linesOf('@@ -1 +1 @@\n-old\n+new\n same\n').map(({ kind }) => kind)).toEqual([
    'place',
    'removed',
    'added',
    undefined,
    undefined,
  ])
})

test('each status has a letter of its own', () => {
  expect((['ADDED', 'MODIFIED', 'DELETED', 'RENAMED'] as const).map(mark)).toEqual(['A', 'M', 'D', 'R'])
})
