/** The trail's export is the same from page and terminal; the terminal's half is tests/web/test_trail_export.py. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { asJson, asMarkdown, type AuditLine, everything, type Shelf, SHELVES, typesOn } from '../src/audit'
import type { Ask } from '../src/request'

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../tests/web/exported', name), 'utf8')
const answered = JSON.parse(read('answered.json')) as AuditLine[]

test('JSON is what the terminal writes', () => {
  expect(JSON.parse(asJson(answered))).toEqual(JSON.parse(read('trail.json')))
})

test('Markdown is what the terminal writes', () => {
  expect(asMarkdown(answered)).toBe(read('trail.md'))
})

test('all of it is read, page by page', async () => {
  const afters: unknown[] = []
  const ask: Ask = async (_, variables) => {
    const { after } = variables as { after: string | null }
    afters.push(after)
    const pageInfo = { hasNextPage: after === null, endCursor: 'c1', hasPreviousPage: false, startCursor: null }
    return { events: { nodes: answered, pageInfo } } as never
  }

  expect(await everything(ask, {})).toHaveLength(2 * answered.length)
  expect(afters).toEqual([null, 'c1'])
})

test('everything is of every type, and each other shelf has some', () => {
  expect(typesOn('all')).toBeNull()
  for (const shelf of Object.keys(SHELVES) as Shelf[]) expect(typesOn(shelf)).not.toEqual([])
  expect(typesOn('wrong')).toEqual(['STEP_RETRYING', 'STEP_FAILED', 'ATTENTION_RAISED', 'ATTENTION_CLEARED'])
})
