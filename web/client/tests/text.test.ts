/** Hostile text is harmless to look at, and nothing that matters is cut. */

import { describe, expect, test } from 'vitest'

import { bytes, folded, head, pieces, plain } from '../src/text'

describe('plain', () => {
  test.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a cursor that moves up and rewrites', 'ok\u001b[1A\u001b[2Kfailed', 'okfailed'],
    ['a title of the terminal', '\u001b]0;owned\u0007text', 'text'],
    ['a link of the terminal', '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['an unfinished sequence', 'a\u001b[', 'a'],
    ['the one-byte form', '\u009b31mred', 'red'],
    ['bytes that ring, erase and end', 'a\u0007b\u0008c\u0000d', 'abcd'],
    ['a line that writes over itself', 'secret\rpublic', 'secret\npublic'],
    ['marks of direction', 'a\u202egpj.exe', 'a[U+202E]gpj.exe'],
    ['what has no ink', 'pay\u200bpal soft\u00ad \u3164', 'pay[U+200B]pal soft[U+00AD] [U+3164]'],
    ['tags', 'hi\u{e0041}', 'hi[U+E0041]'],
    ['joiners and selectors', '👩‍💻 ❤\ufe0f', '👩‍💻 ❤\ufe0f'],
    ['isolates', '\u2066x\u2069', '[U+2066]x[U+2069]'],
  ])('%s', (_, text, expected) => {
    expect(plain(text)).toBe(expected)
  })

  test('leaves lines, tabs and other languages alone', () => {
    expect(plain('a\n\tb שלום 👩‍💻')).toBe('a\n\tb שלום 👩‍💻')
  })
})

describe('folded', () => {
  test('a sentence that fits is whole', () => {
    expect(folded('The provider is not available (status 503)', 240)).toEqual({
      shown: 'The provider is not available (status 503)',
      rest: '',
    })
  })

  test('a long one is cut after a word, and nothing is lost', () => {
    const text = 'word '.repeat(100)

    const { shown, rest } = folded(text, 52)

    expect(shown.endsWith('word')).toBe(true)
    expect(shown + rest).toBe(text)
  })

  test.each([
    [
      'parentheses',
      `The provider rejected it (status 401, request id ${'x '.repeat(30)}): and more ${'y '.repeat(200)}`,
    ],
    ['quotes', `Agent "${'a name '.repeat(12)}" does not exist ${'y '.repeat(200)}`],
  ])('never inside %s', (_, text) => {
    const { shown } = folded(text, 60)

    expect((shown.match(/\(/g) ?? []).length).toBe((shown.match(/\)/g) ?? []).length)
    expect((shown.match(/"/g) ?? []).length % 2).toBe(0)
  })

  test.each([
    ['quote', `The agent said "${'a word '.repeat(200)}" and stopped`],
    ['parenthesis', `It failed (${'a word '.repeat(200)})`],
    ['quote from the first letter on', `"${'a word '.repeat(200)}"`],
    ['quote that never ends', `The agent said "${'a word '.repeat(200)}`],
  ])('a long %s is shown from its beginning, and cut after a word', (_, text) => {
    const { shown, rest } = folded(text, 240)

    expect(shown.length).toBeGreaterThan(200)
    expect(shown.length).toBeLessThanOrEqual(240)
    expect(rest.startsWith(' ')).toBe(true)
    expect(shown + rest).toBe(text)
  })

  test('a line of a megabyte without a space is cut all the same, and fast', () => {
    const start = performance.now()

    expect(folded('x'.repeat(1_000_000), 240).shown).toHaveLength(240)
    expect(performance.now() - start).toBeLessThan(100)
  })
})

test('the head of a text ends at a line if one ends nearby', () => {
  expect(head('aaaa\nbbbb\ncccc', 10)).toBe('aaaa\nbbbb')
  expect(head('a'.repeat(20), 10)).toBe('a'.repeat(10))
  expect(head('short', 10)).toBe('short')
})

test.each([
  ['one line that is too long', 'abcdefg', ['abc', 'def', 'g']],
  ['lines', 'a\nb\nc\nd', ['a\nb', 'c\nd']],
  ['an empty line', 'ab\n\ncd', ['ab\n', 'cd']],
  ['nothing', '', []],
])('pieces of %s', (_, text, expected) => {
  expect(pieces(text, 3)).toEqual(expected)
})

test.each([
  [12, '12 B'],
  [45_000, '45 kB'],
  [1_234_567, '1.2 MB'],
])('%i bytes are %s', (length, words) => {
  expect(bytes(length)).toBe(words)
})
