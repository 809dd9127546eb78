/** One card per cause, rows that stay where they were acted on, and totals of the server. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, describe, expect, test } from 'vitest'

import { PipelinesPage } from '../../src/pages/pipelines'
import { aSession, show } from '../session'
import { aFailedPipeline, aFailedStep, anAsk, anEvent, aPipeline, aReason, aStep } from '../values'

afterEach(cleanup)

const many = ['a', 'b', 'c', 'd'].map((id) => aFailedPipeline({ id, title: `Pipeline ${id}` }))

const needsYou = (): HTMLElement => screen.getByRole('region', { name: /Needs you/ })

describe('failures of one cause', () => {
  test('have the reason and the hint once, three titles, and how many more there are', () => {
    const session = aSession(many)
    session.beyond.value = {
      counts: { asking: 0, failed: 8, running: 0, done: 0 },
      causes: new Map([['group-1', { since: '2026-11-23T11:05:00.000Z', more: 8 }]]),
    }
    show(session, <PipelinesPage />)

    const card = within(needsYou()).getByTestId('cause')
    expect(card.textContent).toContain('12 pipelines')
    expect(within(card).getAllByTestId('error-message')).toHaveLength(1)
    expect(
      within(card)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual(['Pipeline d', 'Pipeline c', 'Pipeline b', 'and 9 more'])
    expect(within(card).getByRole('link', { name: 'and 9 more' }).getAttribute('href')).toBe('/?cause=group-1')
    expect(needsYou().querySelector('h2')?.textContent).toBe('Needs you 12')
  })

  test('are tried again all at once, and the card says so in its place', async () => {
    const session = aSession([...many, aFailedPipeline({ id: 'single', steps: [aFailedStep({ failure: other })] })])
    show(session, <PipelinesPage />)

    fireEvent.click(screen.getByRole('button', { name: 'Try all again' }))
    await screen.findByTestId('became')
    await act(() => {
      for (const row of many) session.say(anEvent('PipelineResumed', aPipeline({ id: row.id, status: 'RUNNING' })))
    })

    expect(session.acts.retryAll.mock.calls[0]?.[0]).toBe('group-1')
    expect(within(screen.getByTestId('cause')).getByTestId('became').textContent).toBe('✓ All tried again')
    expect(screen.queryByRole('button', { name: 'Try all again' })).toBeNull()
  })

  test('of a list narrowed down to it are shown each, below their cause', () => {
    show(aSession(many), <PipelinesPage cause="group-1" />)

    expect(screen.getAllByTestId('pipeline')).toHaveLength(4)
    expect(screen.getByTestId('cause').textContent).not.toContain('more')
  })
})

const other = aReason({ id: 'failure-2', group: { id: 'group-2', status: 'OPEN', count: 1 } })

describe('a row that was acted on', () => {
  test('stays in its place, says what became of it, and cannot be pressed twice', async () => {
    const asking = aPipeline({ id: 'asking', status: 'WAITING', attention: [anAsk()] })
    const session = aSession([asking, aPipeline({ id: 'running' })])
    show(session, <PipelinesPage />)

    const allow = screen.getByRole('button', { name: 'Allow' })
    fireEvent.click(allow)
    fireEvent.click(allow)
    await waitFor(() => expect(screen.getByTestId('became').textContent).toBe('✓ Allowed once'))
    fireEvent.click(allow)
    await act(() => session.say(anEvent('AttentionCleared', aPipeline({ id: 'asking' }))))

    expect(session.acts.permit).toHaveBeenCalledOnce()
    expect(within(needsYou()).getByTestId('pipeline').getAttribute('data-pipeline-id')).toBe('asking')
    expect(screen.queryByRole('button', { name: 'Allow' })).toBeNull()
  })

  test('is not held when it was refused', async () => {
    const session = aSession([aPipeline({ status: 'WAITING', attention: [anAsk()] })])
    session.acts.permit.mockResolvedValue({ done: false, message: 'Somebody was faster', field: [] })
    show(session, <PipelinesPage />)

    fireEvent.click(screen.getByRole('button', { name: 'Allow' }))

    expect((await screen.findByRole('alert')).textContent).toBe('Somebody was faster')
    expect(session.held.now.value.size).toBe(0)
  })
})

test('an acknowledged failure keeps its buttons', () => {
  const failure = aReason({ settled: true, group: { id: 'group-1', status: 'ACKNOWLEDGED', count: 1 } })
  show(aSession([aFailedPipeline({ steps: [aFailedStep({ failure })] })]), <PipelinesPage />)

  const done = screen.getByRole('region', { name: /Done/ })
  expect(within(done).getByRole('button', { name: 'Try again' })).toBeTruthy()
})

test('what was refused is not said any more once something else is typed', async () => {
  const session = aSession([aPipeline({ status: 'WAITING', attention: [anAsk()] })])
  session.acts.forbid.mockResolvedValue({ done: false, message: 'Too long', field: [] })
  show(session, <PipelinesPage />)
  fireEvent.click(screen.getByRole('button', { name: 'Refuse…' }))
  fireEvent.click(screen.getByRole('button', { name: 'Refuse' }))
  await screen.findByRole('alert')

  fireEvent.input(screen.getByLabelText(/instead/), { target: { value: 'shorter' } })

  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
})

test.each([
  [8, 8, 0],
  [9, 0, 2],
  [200, 0, 2],
])('a row with %i steps shows %i by name and the others as a strip', (number, named, shapes) => {
  const steps = Array.from({ length: number }, (_, position) =>
    aStep({ position, status: position === number - 1 ? 'PENDING' : 'SUCCEEDED' }),
  )
  show(aSession([aPipeline({ status: 'SUCCEEDED', steps })]), <PipelinesPage />)

  expect(screen.queryAllByTestId('step')).toHaveLength(named)
  expect(document.querySelectorAll('.strip > li')).toHaveLength(shapes)
})

test('a strip shows the step that failed with its reason', () => {
  const steps = [...Array(9).keys()].map((position) => aStep({ position, status: 'SUCCEEDED' }))
  show(aSession([aFailedPipeline({ steps: [...steps, aFailedStep({ position: 9 })] })]), <PipelinesPage />)

  expect(screen.getByTestId('step').getAttribute('data-status')).toBe('FAILED')
  expect(screen.getByTestId('error-message')).toBeTruthy()
})

describe('filters', () => {
  const rows = [aFailedPipeline({ id: 'failed' }), aPipeline({ id: 'running', template: 'review' })]

  test('are chosen by chips and go into the address', async () => {
    const names = { pipelineNames: { templates: ['quick_fix', 'review', 'stored long ago'], agents: [], kinds: [] } }
    const session = aSession(rows, { PipelineNames: names })
    show(session, <PipelinesPage />)
    const chip = await screen.findByRole('combobox', { name: 'Template' })
    fireEvent.focus(chip)
    await within(chip).findByRole('option', { name: 'stored long ago' })

    fireEvent.change(chip, { target: { value: 'stored long ago' } })

    expect(session.paths.at(-1)).toBe('/?template=stored+long+ago')
  })

  test('are asked of the server, and hold for what is here at once', async () => {
    const session = aSession(rows)
    show(session, <PipelinesPage status="failed" />)

    expect(screen.getAllByTestId('pipeline').map((row) => row.dataset['pipelineId'])).toEqual(['failed'])
    await waitFor(() => expect(session.feed.find).toHaveBeenCalledWith({ status: ['FAILED'] }, null))
    expect(session.feed.look).toHaveBeenCalledWith({ status: ['FAILED'] })
  })
})
