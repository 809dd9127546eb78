/** The list says what is wrong, why, since when, and which button moves it, without a click. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, describe, expect, test } from 'vitest'

import type { Insisted, Outcome } from '../../src/actions'
import { PipelinesPage } from '../../src/pages/pipelines'
import { aSession, show } from '../session'
import {
  aFailedPipeline,
  aFailedStep,
  anAsk,
  anEvent,
  aPipeline,
  aQuestion,
  aReason,
  aStep,
  NOON,
  options,
} from '../values'

afterEach(cleanup)

const failed = aFailedPipeline({
  steps: [aStep({ position: 0, agent: 'architect', status: 'SUCCEEDED' }), aFailedStep({ position: 1 })],
})

function rows(): (string | null)[] {
  return screen.getAllByTestId('pipeline').map((row) => row.getAttribute('data-pipeline-id'))
}

describe('a failed pipeline', () => {
  test('has the reason and the hint, whole, inside the failed step and directly under its badge', () => {
    show(aSession([failed]), <PipelinesPage search="" template="" />)

    const step = screen.getAllByTestId('step').find((one) => one.getAttribute('data-status') === 'FAILED')
    const badge = within(step as HTMLElement).getByTestId('step-badge')
    const message = within(step as HTMLElement).getByTestId('error-message')

    expect(step?.getAttribute('data-agent')).toBe('developer')
    expect(badge.textContent).toContain('failed')
    expect(message.textContent).toBe(failed.errorMessage)
    expect(within(step as HTMLElement).getByTestId('hint').textContent).toContain('Check the key of "anthropic"')
    expect(badge.compareDocumentPosition(message) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy()
  })

  test('says where it stands and since when', () => {
    show(aSession([failed]), <PipelinesPage search="" template="" />)

    expect(screen.getByTestId('pipeline').textContent).toContain('quick_fix · step 2 of 2 · 2 min ago')
  })

  test('of a cause that somebody has seen says who, when and how often, and keeps its buttons', () => {
    const known = { by: { name: 'ana' }, at: NOON, note: 'the key is ordered', count: 2 }
    const failure = aReason({ known, group: { id: 'g', status: 'ACKNOWLEDGED', count: 5 } })
    show(aSession([aFailedPipeline({ steps: [aFailedStep({ failure })] })]), <PipelinesPage search="" template="" />)

    const words = screen.getByTestId('known').textContent

    expect(words).toContain('Known: acknowledged by ana')
    expect(words).toContain('the key is ordered · 5 times, 3 since')
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
  })

  test('says how long was worked and how long only waited', () => {
    const attempts = [...Array(8).keys()].map(
      (place) => ({ number: place + 1, status: 'FAILED', failure: null }) as const,
    )
    const step = aFailedStep({ attempts, workedSeconds: 16.4, waitedSeconds: 1293 })
    show(aSession([aFailedPipeline({ steps: [step] })]), <PipelinesPage search="" template="" />)

    expect(screen.getByTestId('step').textContent).toContain('0:16 in 8 attempts, waited 21:33')
  })

  test.each([
    ['TRY_AGAIN', 'Try again', null],
    ['OTHER_MODEL', 'Try with…', 'Model'],
    ['OTHER_PROMPT', 'Try with…', 'Another prompt'],
    ['FURTHER_INSTRUCTION', 'Try with…', 'Further instruction'],
    ['LONGER_LIMIT', 'Try with…', 'Time limit'],
    ['TODAYS_DEFINITION', "Try with today's definition", null],
  ] as const)('has first and filled what helps most: %s', async (remedy, label, field) => {
    const step = aFailedStep({ position: 0, failure: aReason({ remedies: [remedy, 'TRY_AGAIN'] }) })
    show(aSession([aFailedPipeline({ steps: [step] })]), <PipelinesPage search="" template="" />)

    const [first, ...others] = within(screen.getByTestId('step')).getAllByRole('button')
    expect([first?.textContent, first?.className, first?.dataset.shortcut]).toEqual([label, 'likely', 'r'])
    expect(others.some((other) => other.className === 'likely')).toBe(false)
    if (!field) return
    fireEvent.click(first as HTMLElement)
    const box = await screen.findByLabelText(field)
    await waitFor(() => expect(document.activeElement).toBe(box))
  })

  test('asks back before it goes on beside others, and keeps what was insisted on', async () => {
    const session = aSession([failed])
    const insist = (label: string, on: Insisted): Outcome => ({
      done: false,
      message: 'Is that meant?',
      field: [],
      insist: { label, on },
    })
    session.acts.retry
      .mockResolvedValueOnce(insist('Go on all the same', { force: true }))
      .mockResolvedValueOnce(insist('Create the branch', { createBranch: true }))
    show(session, <PipelinesPage search="" template="" />)

    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    fireEvent.click(await screen.findByRole('button', { name: 'Go on all the same' }))
    fireEvent.click(await screen.findByRole('button', { name: 'Create the branch' }))

    await waitFor(() => expect(session.acts.retry).toHaveBeenCalledTimes(3))
    expect(session.acts.retry.mock.calls.map(([, insisted]) => insisted)).toEqual([
      {},
      { force: true },
      { force: true, createBranch: true },
    ])
    expect(screen.queryByRole('alert')).toBeNull()
  })

  test('is tried again by its button, once however often it is pressed', async () => {
    const session = aSession([failed])
    show(session, <PipelinesPage search="" template="" />)

    const button = screen.getByRole('button', { name: 'Try again' })
    fireEvent.click(button)
    fireEvent.click(button)
    await waitFor(() => expect(session.acts.retry).toHaveBeenCalledOnce())

    expect(session.acts.retry.mock.calls[0]?.[0]).toMatchObject({ stepId: 'step-1' })
  })

  test('shows beside the button why it could not be tried again', async () => {
    const session = aSession([failed])
    session.acts.retry.mockResolvedValue({ done: false, message: 'The step is not failed any more', field: [] })
    show(session, <PipelinesPage search="" template="" />)

    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))

    expect((await screen.findByRole('alert')).textContent).toBe('The step is not failed any more')
  })

  test('is tried with another model and an instruction, and a refusal stands at its field', async () => {
    const session = aSession([failed])
    session.acts.retry.mockResolvedValue({
      done: false,
      message: 'A model is written provider/model',
      field: ['model'],
    })
    show(session, <PipelinesPage search="" template="" />)

    fireEvent.click(screen.getByRole('button', { name: 'Try with…' }))
    fireEvent.input(await screen.findByLabelText(/^Model/), { target: { value: 'wrong' } })
    fireEvent.input(screen.getByLabelText(/^Further instruction/), { target: { value: 'Be brief' } })
    fireEvent.click(screen.getByRole('button', { name: 'Try again with this' }))

    await waitFor(() => expect(screen.getByLabelText(/^Model/).getAttribute('aria-invalid')).toBe('true'))
    expect(session.acts.retry.mock.calls[0]?.[0]).toMatchObject({ model: 'wrong', instruction: 'Be brief' })
    expect(screen.getByRole('alert').textContent).toBe('A model is written provider/model')
  })

  test('folds a very long reason without cutting the fact', () => {
    const message = `The provider rejected the request (status 400): ${'because of this and that '.repeat(40)}`
    const step = aFailedStep({ failure: aReason({ message }) })
    show(aSession([aFailedPipeline({ steps: [step] })]), <PipelinesPage search="" template="" />)

    expect(screen.getByTestId('error-message').textContent).toContain('(status 400)')
    fireEvent.click(screen.getByRole('button', { name: 'Show all' }))
    expect(screen.getByTestId('error-message').textContent).toContain(message.trim())
  })
})

test('the three groups come in the same order, each with its pipelines', () => {
  const session = aSession([
    aPipeline({ id: 'done', status: 'SUCCEEDED', finishedAt: NOON }),
    aPipeline({ id: 'running' }),
    aFailedPipeline({ id: 'failed' }),
  ])
  show(session, <PipelinesPage search="" template="" />)

  expect(screen.getAllByRole('heading', { level: 2 }).map((one) => one.textContent?.trim())).toEqual([
    'Needs you 1',
    'Running 1',
    'Done 1',
  ])
  expect(rows()).toEqual(['failed', 'running', 'done'])
})

test('a failure that arrives is shown at once, and its row keeps what was typed into another one', async () => {
  const session = aSession([aFailedPipeline({ id: 'other' }), aPipeline({ id: 'pipeline-1' })])
  show(session, <PipelinesPage search="" template="" />)
  fireEvent.click(screen.getByRole('button', { name: 'Try with…' }))
  fireEvent.input(await screen.findByLabelText(/^Model/), { target: { value: 'half typed' } })

  const pipeline = aFailedPipeline({ finishedAt: '2026-11-23T12:01:00.000Z' })
  await act(() => session.say(anEvent('PipelineFinished', pipeline)))

  expect(rows()).toEqual(['pipeline-1', 'other'])
  expect((screen.getByLabelText(/^Model/) as HTMLInputElement).value).toBe('half typed')
})

describe('what waits for a person', () => {
  test('a permission is allowed, always allowed or refused with words', async () => {
    const session = aSession([aPipeline({ status: 'WAITING', attention: [anAsk()] })])
    show(session, <PipelinesPage search="" template="" />)

    fireEvent.click(screen.getByRole('button', { name: 'Allow' }))
    fireEvent.click(screen.getByRole('button', { name: 'Always' }))
    fireEvent.click(screen.getByRole('button', { name: 'Refuse…' }))
    fireEvent.input(screen.getByLabelText(/instead/), { target: { value: 'use make clean' } })
    fireEvent.click(screen.getByRole('button', { name: 'Refuse' }))

    expect(session.acts.permit.mock.calls).toEqual([
      ['attention-1', false],
      ['attention-1', true],
    ])
    await waitFor(() => expect(session.acts.forbid).toHaveBeenCalledWith('attention-1', 'use make clean'))
  })

  test('a question is answered once something was chosen', async () => {
    const question = aQuestion([{ kind: 'CHOICE', options: options('red', 'blue') }])
    const session = aSession([
      aPipeline({ status: 'WAITING', attention: [anAsk({ kind: 'QUESTION', permission: null, question })] }),
    ])
    show(session, <PipelinesPage search="" template="" />)

    const answer = await screen.findByRole('button', { name: 'Answer' })
    fireEvent.click(answer)
    expect(answer.getAttribute('aria-disabled')).toBe('true')
    expect(screen.getByText('Choose or write an answer')).toBeTruthy()

    fireEvent.click(screen.getByLabelText('blue'))
    fireEvent.click(screen.getByRole('button', { name: 'Answer' }))
    await waitFor(() =>
      expect(session.acts.answer).toHaveBeenCalledWith('attention-1', [{ key: 'q0', values: ['blue'] }]),
    )
  })

  test('always says what it covers, and is not there where nothing would be kept', async () => {
    const permission = { ...anAsk().permission!, saves: ['rm *', 'make *'] }
    const once = { ...permission, options: [{ id: 'once' }, { id: 'reject' }] }
    const asks = [anAsk({ permission }), anAsk({ id: 'attention-2', permission: once })]
    show(aSession([aPipeline({ status: 'WAITING', attention: asks })]), <PipelinesPage search="" template="" />)

    expect(screen.getAllByRole('button', { name: /^Always/ }).map((one) => one.textContent)).toEqual([
      'Always: rm *, make *',
    ])
  })

  test('an approval is given with one press, or refused with a reason', async () => {
    const step = {
      id: 'step-0',
      agent: null,
      approval: { id: 'approval-1', status: 'PENDING', description: 'Deploy?' },
    } as const
    const ask = anAsk({ kind: 'APPROVAL', message: 'Deploy?', permission: null, step })
    const session = aSession([aPipeline({ status: 'WAITING', attention: [ask] })])
    show(session, <PipelinesPage search="" template="" />)

    fireEvent.click(screen.getByRole('button', { name: 'Approve' }))
    await waitFor(() => expect(session.acts.approve).toHaveBeenCalledWith('approval-1', null))
    fireEvent.click(screen.getByRole('button', { name: 'Reject…' }))
    fireEvent.input(screen.getByLabelText(/Why/), { target: { value: 'not before Friday' } })
    fireEvent.click(screen.getByRole('button', { name: 'Reject' }))

    await waitFor(() => expect(session.acts.reject).toHaveBeenCalledWith('approval-1', 'not before Friday'))
  })
})

test('a coming attempt says why the last one failed and when it comes', () => {
  const retryDecision = { outcome: 'RETRYING', nextAttemptAt: '2026-11-23T12:03:00.000Z', attemptsLeft: 1 } as const
  const failure = { message: 'OpenCode returned empty body (status 200)', occurredAt: NOON, retryDecision }
  const step = aStep({ attempts: [{ number: 1, status: 'FAILED', failure }] })
  show(aSession([aPipeline({ steps: [step] })]), <PipelinesPage search="" template="" />)

  const note = screen.getByTestId('retry-note').textContent
  expect(note).toContain('attempt 1 failed OpenCode returned empty body (status 200)')
  expect(note).toContain('Next try at')
})

test('cancelling asks once, in place', async () => {
  const session = aSession([aPipeline()])
  show(session, <PipelinesPage search="" template="" />)

  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  expect(session.acts.cancel).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Yes, cancel it' }))

  await waitFor(() => expect(session.acts.cancel).toHaveBeenCalledWith('pipeline-1', null))
})

test('what the agent does this second is shown in its row', async () => {
  const session = aSession([aPipeline()])
  show(session, <PipelinesPage search="" template="" />)

  const call = { tool: 'edit', input: { filePath: 'src/parser.py' }, status: 'running', error: null, output: null }
  await act(() =>
    session.push('Activity', { activity: { __typename: 'ToolProgress', callId: 'c', title: null, call } }),
  )
  await act(() => session.push('Activity', { activity: { __typename: 'TextDelta', delta: 'Splitting' } }))

  expect(screen.getByTestId('activity').textContent).toBe('edit src/parser.py · “Splitting”')
})

test('buttons are disabled with the reason while the line is dead', async () => {
  const session = aSession([failed])
  show(session, <PipelinesPage search="" template="" />)

  await act(() => session.become({ state: 'stale', lastSign: 0 }))
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))

  expect(screen.getByRole('button', { name: 'Try again' }).getAttribute('aria-disabled')).toBe('true')
  expect(screen.getByRole('button', { name: 'Try again' }).getAttribute('title')).toBe('No connection to stepwire')
  expect(session.acts.retry).not.toHaveBeenCalled()
})

test.each([
  [true, ['quick_fix'], [true, true, false], ['Choose a template and a prompt']],
  [true, [], [true, false, false], ['Write a first template', 'Start without a template']],
  [false, ['quick_fix'], [false, true, false], ['Choose a template and a prompt']],
  [false, [], [false, false, false], ['Write a first template', 'Start without a template']],
])('an empty page says what it takes to begin: %s, %j', async (reachable, names, ticks, buttons) => {
  const templates = names.map((name) => ({ name }))
  const session = aSession([], { TemplateNames: { templates } })
  session.engineIs({ reachable })
  show(session, <PipelinesPage search="" template="" />)

  expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('Nothing has run yet')
  await waitFor(() =>
    expect(screen.getAllByTestId('tick').map((tick) => tick.dataset['done'] === 'true')).toEqual(ticks),
  )
  expect(screen.getAllByRole('button').map((button) => button.textContent)).toEqual(buttons)
  fireEvent.click(screen.getAllByRole('button')[0]!)
  expect(session.paths).toEqual([names.length > 0 ? '/start' : '/definitions?new=template'])
})

test('hostile text is text', () => {
  const message = '<img src=x onerror=alert(1)> \u202egpj.exe \u001b[31mred'
  show(
    aSession([aFailedPipeline({ steps: [aFailedStep({ failure: aReason({ message }) })] })]),
    <PipelinesPage search="" template="" />,
  )

  expect(screen.getByTestId('error-message').textContent).toBe('<img src=x onerror=alert(1)> [U+202E]gpj.exe red')
  expect(document.querySelector('img')).toBeNull()
})
