/** The story of one pipeline: asked for once, then followed; everything known about a failure is there. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { FailurePage } from '../../src/pages/failure'
import { StoryPage } from '../../src/pages/story'
import { aSession, show } from '../session'
import { aFailedStoryStep, aStory, aStoryFailure, aStoryStep } from '../story-values'
import { NOON } from '../values'

afterEach(cleanup)

beforeEach(() => {
  HTMLElement.prototype.scrollIntoView = () => undefined
})

const failed = aStory({ status: 'FAILED', finishedAt: NOON, steps: [aFailedStoryStep()] })

async function shown(pipeline: unknown, stepId: string | null = null) {
  const session = aSession([], { PipelineStory: { pipeline } })
  show(session, <StoryPage id="pipeline-1" stepId={stepId} />)
  await waitFor(() => expect(document.querySelector('article, .empty')).toBeTruthy())
  return session
}

test('what nobody has told of tokens and cost is unknown, and not nothing', async () => {
  const told = { knownInputTokens: 1200, knownOutputTokens: 300, knownCost: 0.00039 }
  const untold = { knownInputTokens: null, knownOutputTokens: null, knownCost: null }
  await shown({ ...failed, usage: told, steps: [{ ...aFailedStoryStep(), usage: untold }] })

  expect(await screen.findByText(/1\.5K tokens · \$0\.0004/)).toBeTruthy()
  expect(screen.getByText('unknown tokens · unknown cost')).toBeTruthy()
})

test('a failed step has its reason under its badge, then the ways on, then what is known', async () => {
  await shown(failed)

  const step = screen.getByTestId('step')
  const order = [
    within(step).getByTestId('step-badge'),
    within(step).getByTestId('error-message'),
    within(step).getByTestId('hint'),
    within(step).getByRole('button', { name: 'Try again' }),
    within(step).getByText('Causes'),
    within(step).getByText('Detail'),
  ]
  for (const [at, element] of order.slice(1).entries())
    expect(order[at]?.compareDocumentPosition(element)).toBe(Node.DOCUMENT_POSITION_FOLLOWING)
  expect(within(step).getByText('exit 2')).toBeTruthy()
  expect(within(step).getAllByText("cd '/srv/it'\\''s' && opencode --session ses_1")).toHaveLength(1)
})

test('a pipeline that was cancelled before its turn says who did, why, what failed before, and can go on', async () => {
  const attempts = aFailedStoryStep().attempts
  const step = aStoryStep({ status: 'PENDING', attempts })
  const errorMessage = 'Cancelled by Ana: not today'
  const session = await shown(aStory({ status: 'CANCELLED', finishedAt: NOON, errorMessage, steps: [step] }))

  const item = screen.getByTestId('step')
  expect(within(item).getByTestId('error-message').textContent).toBe(errorMessage)
  expect(within(item).getByTestId('earlier-reason').textContent).toBe(
    `Before that, attempt 1 failed: ${attempts[0]?.failure?.message}`,
  )
  fireEvent.click(within(item).getByRole('button', { name: 'Try again' }))
  await waitFor(() => expect(session.acts.retry).toHaveBeenCalled())
})

test('a step that never began cannot be skipped or written by hand', async () => {
  const step = aStoryStep({ status: 'PENDING', attempts: [] })
  await shown(aStory({ status: 'CANCELLED', finishedAt: NOON, errorMessage: 'Cancelled by Ana', steps: [step] }))

  expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Skip…' })).toBeNull()
  expect(screen.queryByTestId('earlier-reason')).toBeNull()
})

test('a pipeline of which every step was skipped is not green', async () => {
  await shown(aStory({ status: 'SUCCEEDED', finishedAt: NOON, steps: [aStoryStep({ status: 'SKIPPED' })] }))

  const title = screen.getByRole('heading', { level: 1 })
  expect(title.querySelector('.is-succeeded')).toBeNull()
  expect(title.textContent).toContain('skipped')
})

test('events paint it anew without asking again', async () => {
  const session = await shown(failed)
  await waitFor(() => expect(session.follows('Story')).toBe(true))

  const pipeline = aStory({ status: 'RUNNING', steps: [aStoryStep()] })
  const events = { __typename: 'PipelineResumed', cursor: 'c2', at: NOON, pipeline }
  await act(() => session.push('Story', { events }))

  expect(screen.getByTestId('pipeline').getAttribute('data-status')).toBe('RUNNING')
  expect(screen.queryByTestId('error-message')).toBeNull()
  expect(session.asked.filter(({ operation }) => operation === 'PipelineStory')).toHaveLength(1)
})

test('the output is written by hand in place of the agent', async () => {
  const session = await shown(failed)

  fireEvent.click(screen.getByRole('button', { name: 'Write the handoff…' }))
  fireEvent.input(screen.getByLabelText('What the next step is given'), { target: { value: 'It is done.' } })
  fireEvent.click(screen.getByRole('button', { name: 'Go on with this' }))

  await waitFor(() => expect(session.acts.supply).toHaveBeenCalledWith('step-0', 'It is done.', {}))
})

test('the structured part of a handoff is shown beside its text, folded when it is long', async () => {
  const handoff = (data: unknown) => ({ markdown: 'Passed.', data, createdAt: NOON, suppliedBy: null })
  const long = Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`key${number}`, number]))
  const steps = [{ verdict: 'pass' }, long, null].map((data, position) =>
    aStoryStep({ id: `step-${position}`, position, status: 'SUCCEEDED', handoff: handoff(data) }),
  )
  await shown(aStory({ status: 'SUCCEEDED', finishedAt: NOON, steps }))

  const [short, folded, ...more] = screen.getAllByTestId('handoff-data')
  expect(more).toEqual([])
  expect(short?.hasAttribute('open')).toBe(true)
  expect(within(short as HTMLElement).getByRole('group', { name: 'Structured part' }).textContent).toBe(
    '{\n  "verdict": "pass"\n}',
  )
  expect(folded?.hasAttribute('open')).toBe(false)
})

test('a step is tried again with another prompt and with the definition of today', async () => {
  const session = await shown(failed)

  fireEvent.click(screen.getByRole('button', { name: 'Try with…' }))
  fireEvent.input(screen.getByLabelText('Another prompt'), { target: { value: 'Mend only the login' } })
  fireEvent.click(screen.getByLabelText('Template and agent as they are defined today'))
  fireEvent.click(screen.getByRole('button', { name: 'Try again with this' }))

  await waitFor(() =>
    expect(session.acts.retry).toHaveBeenCalledWith(
      expect.objectContaining({ prompt: 'Mend only the login', today: true }),
      {},
    ),
  )
})

test('a step is skipped with a reason', async () => {
  const session = await shown(failed)

  fireEvent.click(screen.getByRole('button', { name: 'Skip…' }))
  fireEvent.input(screen.getByLabelText('Why'), { target: { value: 'not needed' } })
  fireEvent.click(screen.getByRole('button', { name: 'Skip this step' }))

  await waitFor(() => expect(session.acts.skip).toHaveBeenCalledWith('step-0', 'not needed', {}))
})

test('a failure is acknowledged with its cause', async () => {
  const session = await shown(failed)

  fireEvent.click(screen.getByRole('button', { name: 'Acknowledge' }))

  expect(await screen.findByText('acknowledged')).toBeTruthy()
  expect(session.acts.acknowledge).toHaveBeenCalledWith('group-1')
})

test('a step that failed before the pipeline went on cannot be tried again, and says why', async () => {
  await shown(aStory({ status: 'RUNNING', steps: [aFailedStoryStep(), aStoryStep({ id: 'step-1', position: 1 })] }))

  const button = screen.getByRole('button', { name: 'Try again' })
  expect(button.getAttribute('aria-disabled')).toBe('true')
  expect(screen.getAllByText('This pipeline has gone on').length).toBeGreaterThan(0)
})

test('what the agent does this second is in its step', async () => {
  const session = await shown(aStory())
  await waitFor(() => expect(session.follows('Activity')).toBe(true))

  await act(() => session.push('Activity', { activity: { __typename: 'TextDelta', delta: 'Splitting the tokenizer' } }))

  expect(screen.getByTestId('activity').textContent).toContain('Splitting the tokenizer')
})

test('a decision says who, when and with which words', async () => {
  const approval = {
    id: 'approval-1',
    status: 'APPROVED',
    description: 'Deploy?',
    comment: 'go ahead',
    requestedAt: NOON,
    decidedAt: NOON,
    expiresAt: null,
    decidedBy: { name: 'local' },
  } as const
  await shown(aStory({ steps: [aStoryStep({ kind: 'APPROVAL', agent: null, status: 'SUCCEEDED', approval })] }))

  expect(screen.getByTestId('step').textContent).toMatch(/approved by local at .*: “go ahead”/)
})

test('an address of nothing says so', async () => {
  await shown(null)

  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('There is no such pipeline')
})

test('a failure has an address of its own', async () => {
  const node = { __typename: 'Failure', ...aStoryFailure() }
  show(aSession([], { FailureById: { node } }), <FailurePage id="failure-1" />)

  expect((await screen.findByTestId('error-message')).textContent).toBe(node.message)
  expect(screen.getByRole('link', { name: 'Go to this step' }).getAttribute('href')).toBe(
    '/pipelines/pipeline-1/steps/step-0',
  )
})

test('a failure is copied as the server tells it', async () => {
  const node = { __typename: 'Failure', ...aStoryFailure() }
  const report = { node: { __typename: 'Failure', report: '## No key\n' } }
  const session = aSession([], { FailureById: { node }, FailureReport: report })
  show(session, <FailurePage id="failure-1" />)

  fireEvent.click(await screen.findByText('Copy as Markdown'))

  expect(await screen.findByText('Copied')).toBeTruthy()
  expect(await navigator.clipboard.readText()).toBe('## No key\n')
  expect(session.asked.at(-1)).toEqual({ operation: 'FailureReport', variables: { id: node.id } })
})
