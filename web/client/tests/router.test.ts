/** Every address leads to one page, and every thing has an address. */

import { expect, test } from 'vitest'

import { parse, paths } from '../src/router'

test.each([
  ['/', { page: 'pipelines', search: '', template: '' }],
  ['/pipelines/p1', { page: 'pipeline', id: 'p1', stepId: null }],
  ['/pipelines/p1/steps/s1', { page: 'pipeline', id: 'p1', stepId: 's1' }],
  ['/failures', { page: 'failures' }],
  ['/failures/f1', { page: 'failure', id: 'f1' }],
  ['/approvals', { page: 'approvals' }],
  ['/definitions', { page: 'definitions' }],
  ['/audit', { page: 'audit', pipelineId: null }],
  ['/start', { page: 'start' }],
  ['/nonsense', { page: 'nowhere', path: '/nonsense' }],
  ['/start/more', { page: 'nowhere', path: '/start/more' }],
  ['/pipelines/p1/steps', { page: 'nowhere', path: '/pipelines/p1/steps' }],
  ['/pipelines/%E0%A4%A', { page: 'pipeline', id: '%E0%A4%A', stepId: null }],
])('%s', (path, route) => {
  expect(parse(path)).toEqual(route)
})

test('ids of any shape survive the address', () => {
  const id = 'Pipeline:ä/1?#='

  expect(parse(paths.pipeline(id))).toEqual({ page: 'pipeline', id, stepId: null })
  expect(parse(paths.step(id, 'a/b'))).toEqual({ page: 'pipeline', id, stepId: 'a/b' })
  expect(parse(paths.failure(id))).toEqual({ page: 'failure', id })
})

test('a search is part of the address', () => {
  const query = new URLSearchParams(paths.search('a b', 'quick').slice(2))

  expect(parse('/', query)).toEqual({ page: 'pipelines', search: 'a b', template: 'quick' })
  expect(paths.search('', '')).toBe('/')
})
