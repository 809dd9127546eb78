/** The list is a fold: the last word on each pipeline is what is shown, in the group where it belongs. */

import { describe, expect, test } from 'vitest'

import { currentStep, fold, fromRows, groupOf, grouped, matches, withOlder } from '../src/pipeline'
import { aFailedPipeline, aFailedStep, anAsk, anEvent, aPipeline, aReason, aStep, NOON, withStatus } from './values'

const empty = fromRows([])

describe('fold', () => {
  test('an event brings a pipeline that was not there', () => {
    const now = fold(empty, anEvent('PipelineStarted', aPipeline()))

    expect([...now.keys()]).toEqual(['pipeline-1'])
  })

  test('the pipeline of the newest event is the state', () => {
    const before = fromRows([aPipeline()])

    const now = fold(before, anEvent('PipelineFinished', aPipeline({ status: 'SUCCEEDED' })))

    expect(now.get('pipeline-1')?.status).toBe('SUCCEEDED')
    expect(before.get('pipeline-1')?.status).toBe('RUNNING')
  })

  test('other pipelines stay the same objects, so that their rows are not drawn again', () => {
    const other = aPipeline({ id: 'other' })

    const now = fold(fromRows([other, aPipeline()]), anEvent('StepStarted', aPipeline()))

    expect(now.get('other')).toBe(other)
  })

  test('folding the same events again ends in the same state', () => {
    const events = [anEvent('PipelineStarted', aPipeline()), anEvent('StepSucceeded', aPipeline({ title: 'later' }))]

    const once = events.reduce(fold, empty)
    const twice = [...events, ...events].reduce(fold, empty)

    expect(twice).toEqual(once)
  })

  test.each(['Heartbeat', 'Resync', 'LogPruned', 'DefinitionChanged'] as const)('%s changes no pipeline', (kind) => {
    const before = fromRows([aPipeline()])
    const item = { __typename: kind, cursor: 'c', at: NOON, reason: '', definition: '', change: '' }

    expect(fold(before, item)).toBe(before)
  })

  test('an event of a kind that this page does not know changes nothing', () => {
    const before = fromRows([aPipeline()])
    const unknown = { __typename: 'PipelinePainted', cursor: 'c', at: NOON } as unknown as Parameters<typeof fold>[1]

    expect(fold(before, unknown)).toBe(before)
  })

  test('acknowledging a group takes its failures out of what needs you', () => {
    const before = fromRows([aFailedPipeline(), aPipeline({ id: 'other' })])
    const group = {
      id: 'group-1',
      kind: 'PROVIDER_AUTH',
      title: '',
      count: 1,
      firstSeenAt: NOON,
      lastSeenAt: NOON,
    } as const

    const now = fold(before, {
      __typename: 'FailureGroupChanged',
      cursor: 'c',
      at: NOON,
      group: { ...group, lastSuccessAt: null, status: 'ACKNOWLEDGED', acknowledgement: null },
    })

    expect(grouped(now.values()).needsYou).toEqual([])
    expect(now.get('other')).toBe(before.get('other'))
  })
})

test('a row that was read late does not undo what an event has said', () => {
  const now = withOlder(fromRows([aPipeline({ status: 'SUCCEEDED' })]), [aPipeline(), aPipeline({ id: 'old' })])

  expect(now.get('pipeline-1')?.status).toBe('SUCCEEDED')
  expect(now.has('old')).toBe(true)
})

describe('groups', () => {
  test.each([
    ['PENDING', 'running'],
    ['RUNNING', 'running'],
    ['WAITING', 'needsYou'],
    ['FAILED', 'needsYou'],
    ['SUCCEEDED', 'done'],
    ['CANCELLED', 'done'],
  ] as const)('%s is in %s', (status, group) => {
    expect(groupOf(withStatus(status))).toBe(group)
  })

  test('a running pipeline of which a step asks a person needs you', () => {
    expect(groupOf(aPipeline({ attention: [anAsk()] }))).toBe('needsYou')
  })

  test('a running pipeline that OpenCode retries runs', () => {
    expect(groupOf(aPipeline({ attention: [anAsk({ kind: 'RETRYING', permission: null })] }))).toBe('running')
  })

  test.each(['ACKNOWLEDGED', 'RESOLVED', 'OPEN'] as const)(
    'a settled failure of a group that is %s is done',
    (status) => {
      const failure = aReason({ settled: true, group: { id: 'g', status, count: 1 } })

      expect(groupOf(aFailedPipeline({ steps: [aFailedStep({ failure })] }))).toBe('done')
    },
  )

  test('a failure that came after the acknowledgement of its cause needs you', () => {
    const known = { by: { name: 'ana' }, at: NOON, note: null, count: 1 }
    const failure = aReason({ known, group: { id: 'g', status: 'ACKNOWLEDGED', count: 2 } })

    expect(groupOf(aFailedPipeline({ steps: [aFailedStep({ failure })] }))).toBe('needsYou')
  })

  test('a group that is opened again brings back nothing that was settled', () => {
    const settled = aReason({ settled: true, group: { id: 'g', status: 'RESOLVED', count: 1 } })
    const row = aFailedPipeline({ id: 'settled', steps: [aFailedStep({ failure: settled })] })

    const now = fold(fromRows([row]), {
      __typename: 'FailureGroupChanged',
      cursor: 'c',
      at: NOON,
      group: {
        id: 'g',
        kind: 'PROVIDER_AUTH',
        title: '',
        count: 2,
        firstSeenAt: NOON,
        lastSeenAt: NOON,
        lastSuccessAt: null,
        status: 'OPEN',
        acknowledgement: null,
      },
    })

    expect(grouped(now.values()).needsYou).toEqual([])
  })

  test('the newest comes first', () => {
    const old = aFailedPipeline({ id: 'old', finishedAt: '2026-11-23T10:00:00.000Z' })
    const young = aFailedPipeline({ id: 'young', finishedAt: '2026-11-23T11:00:00.000Z' })

    expect(grouped([old, young]).needsYou.map((row) => row.id)).toEqual(['young', 'old'])
  })
})

test.each([
  ['the failed one', ['SUCCEEDED', 'FAILED', 'PENDING'], 1],
  ['the running one', ['SUCCEEDED', 'RUNNING', 'PENDING'], 1],
  ['the next one', ['SUCCEEDED', 'PENDING', 'PENDING'], 1],
  ['the last one', ['SUCCEEDED', 'SUCCEEDED'], 1],
] as const)('a pipeline stands at %s', (_, statuses, position) => {
  const steps = statuses.map((status, place) => aStep({ position: place, status }))

  expect(currentStep(aPipeline({ steps }))?.position).toBe(position)
})

test.each([
  ['login', true],
  ['LOGIN quick', true],
  ['developer', true],
  ['401', true],
  ['login nothing', false],
])('searching for %j finds the row: %s', (text, found) => {
  expect(matches(aFailedPipeline(), text)).toBe(found)
})
