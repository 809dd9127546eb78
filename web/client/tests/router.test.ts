/** Every address leads to one page, and every thing has an address. */

import { expect, test } from 'vitest'

import { parse, paths } from '../src/router'
import { ANY } from '../src/wanted'

const nothing = { stepId: null, tab: null, attempt: null }

test.each([
  ['/', { page: 'pipelines', ...ANY }],
  ['/pipelines/p1', { page: 'pipeline', id: 'p1', ...nothing }],
  ['/pipelines/p1/steps/s1', { page: 'pipeline', id: 'p1', ...nothing, stepId: 's1' }],
  ['/failures', { page: 'failures', view: 'cause' }],
  ['/failures/f1', { page: 'failure', id: 'f1' }],
  ['/approvals', { page: 'approvals', ask: null }],
  ['/definitions', { page: 'definitions', adding: false }],
  ['/audit', { page: 'audit', pipelineId: null, shelf: '', since: '', until: '' }],
  ['/start', { page: 'start' }],
  ['/nonsense', { page: 'nowhere', path: '/nonsense' }],
  ['/start/more', { page: 'nowhere', path: '/start/more' }],
  ['/pipelines/p1/steps', { page: 'nowhere', path: '/pipelines/p1/steps' }],
  ['/pipelines/%E0%A4%A', { page: 'pipeline', id: '%E0%A4%A', ...nothing }],
])('%s', (path, route) => {
  expect(parse(path)).toEqual(route)
})

test('ids of any shape survive the address', () => {
  const id = 'Pipeline:ä/1?#='

  expect(parse(paths.pipeline(id))).toEqual({ page: 'pipeline', id, ...nothing })
  expect(parse(paths.step(id, 'a/b'))).toEqual({ page: 'pipeline', id, ...nothing, stepId: 'a/b' })
  expect(parse(paths.failure(id))).toEqual({ page: 'failure', id })
})

test.each([
  ['?tab=why&attempt=2', { tab: 'why', attempt: 2 }],
  ['?tab=output', { tab: 'output', attempt: null }],
  ['?attempt=two', { tab: null, attempt: null }],
])('%s says what of a step is looked at', (query, looked) => {
  const route = parse('/pipelines/p1/steps/s1', new URLSearchParams(query))

  expect(route).toEqual({ page: 'pipeline', id: 'p1', stepId: 's1', ...looked })
})

test('the address of a tab leads there', () => {
  const url = new URL(paths.tab('p1', 's1', 'why', 3), 'http://localhost')

  expect(parse(url.pathname, url.searchParams)).toMatchObject({ stepId: 's1', tab: 'why', attempt: 3 })
})

test('what the list is narrowed down to is part of the address', () => {
  const wanted = { ...ANY, search: 'a b', template: 'quick', status: 'failed', since: '24h', cause: 'fgr_1' }
  const query = new URLSearchParams(paths.list(wanted).slice(2))

  expect(parse('/', query)).toEqual({ page: 'pipelines', ...wanted })
  expect(paths.list(ANY)).toBe('/')
})

test.each([
  [{ pipelineId: 'p1', shelf: 'wrong', since: '2026-11-01', until: '2026-11-02' }],
  [{ pipelineId: null, shelf: '', since: '', until: '2026-11-02' }],
  [{ pipelineId: null, shelf: '', since: '', until: '' }],
])('the part of the audit trail %j is part of the address', (wanted) => {
  const url = new URL(paths.audit(wanted), 'http://localhost')

  expect(parse(url.pathname, url.searchParams)).toEqual({ page: 'audit', ...wanted })
})

test('a day that is none is no filter', () => {
  expect(parse('/audit', new URLSearchParams('since=yesterday'))).toMatchObject({ since: '' })
})

test('what is open on a page is part of the address', () => {
  expect(parse('/approvals', new URLSearchParams(paths.ask('att/1').split('?')[1]))).toEqual({
    page: 'approvals',
    ask: 'att/1',
  })
  expect(parse('/failures', new URLSearchParams(paths.failures('each').split('?')[1]))).toEqual({
    page: 'failures',
    view: 'each',
  })
  expect(paths.failures('cause')).toBe('/failures')
})
