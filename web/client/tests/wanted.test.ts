/** What the list is narrowed down to means the same in the address, for the server, and for the rows that are here. */

import { expect, test } from 'vitest'

import { addressOf, ANY, filterOf, fits, isAny, type Wanted, wantedFrom } from '../src/wanted'
import { aFailedPipeline, aFailedStep, aPipeline, aReason, aStep, NOON } from './values'

const NOW = Date.parse(NOON) + 3 * 3_600_000
const row = aFailedPipeline({ template: 'quick_fix', steps: [aStep({ agent: 'architect' }), aFailedStep()] })

test.each<[Partial<Wanted>, object, boolean]>([
  [{}, {}, true],
  [{ search: '  ' }, {}, true],
  [{ search: ' two words ' }, { text: 'two words' }, true],
  [{ status: 'failed' }, { status: ['FAILED'] }, true],
  [{ status: 'running' }, { status: ['RUNNING'] }, false],
  [{ status: 'nonsense' }, {}, true],
  [{ kind: 'provider_auth' }, { failureKind: ['PROVIDER_AUTH'] }, true],
  [{ kind: 'step_timeout' }, { failureKind: ['STEP_TIMEOUT'] }, false],
  [{ kind: '"}' }, {}, true],
  [{ template: 'quick_fix' }, { template: 'quick_fix' }, true],
  [{ template: 'quick' }, { template: 'quick' }, false],
  [{ agent: 'architect' }, { agent: 'architect' }, true],
  [{ agent: 'nobody' }, { agent: 'nobody' }, false],
  [{ cause: 'group-1' }, { cause: 'group-1' }, true],
  [{ cause: 'group-2' }, { cause: 'group-2' }, false],
  [{ since: '24h' }, { since: '2026-11-22T15:00:00.000Z' }, true],
  [{ since: '1h' }, { since: '2026-11-23T14:00:00.000Z' }, false],
  [{ since: 'ever' }, {}, true],
])('%o', (said, filter, fitting) => {
  const wanted = { ...ANY, ...said }

  expect(filterOf(wanted, NOW)).toEqual(filter)
  expect(fits(row, wanted, NOW)).toBe(fitting)
})

test('a failure that was tried again is of no kind any more', () => {
  const again = aPipeline({ steps: [aStep({ failure: aReason() })] })

  expect(fits(again, { ...ANY, kind: 'provider_auth' }, NOW)).toBe(false)
})

test('the address says all of it, and nothing more', () => {
  const wanted: Wanted = {
    search: 'ä b',
    status: 'failed',
    kind: 'x',
    template: 't',
    agent: 'a',
    since: '7d',
    cause: 'c',
  }

  expect(wantedFrom(new URLSearchParams(addressOf(wanted).slice(2)))).toEqual(wanted)
  expect(addressOf({ ...ANY, since: '7d' })).toBe('/?since=7d')
  expect([isAny(ANY), isAny({ ...ANY, cause: 'c' })]).toEqual([true, false])
})
