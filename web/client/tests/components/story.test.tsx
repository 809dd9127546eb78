/** The story of one pipeline: asked for once, then followed; everything known about a failure is there. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { FailureAddress, StoryPage } from '../../src/pages/story'
import { type Answers, aSession, show } from '../session'
import { subject } from '../../src/title'
import { aFailedStoryStep, aStory, aStoryFailure, aStoryStep } from '../story-values'
import { aReason, NOON } from '../values'

afterEach(cleanup)

beforeEach(() => {
  HTMLElement.prototype.scrollIntoView = () => undefined
})

const handoff = { markdown: 'Passed.', data: null, createdAt: NOON, suppliedBy: null }
const failed = aStory({ status: 'FAILED', finishedAt: NOON, steps: [aFailedStoryStep()] })

/** The page at an address, which follows where its links lead. */
async function shown(pipeline: unknown, path = '/pipelines/pipeline-1', answers: Answers = {}) {
  const session = aSession([], { PipelineStory: { pipeline }, ...answers }, path)
  const Here = () => {
    const route = session.router.route.value
    return route.page === 'pipeline' ? <StoryPage {...route} /> : null
  }
  show(session, <Here />)
  await waitFor(() => expect(document.querySelector('article, .empty')).toBeTruthy())
  return session
}

const panel = () => screen.getByTestId('step')
const tabs = () => screen.getAllByRole('tab').map((tab) => tab.textContent)
const chosen = () => screen.getByRole('tab', { selected: true }).textContent

test('what nobody has told of tokens and cost is unknown, and not nothing', async () => {
  const told = { knownInputTokens: 1200, knownOutputTokens: 300, knownCost: 0.00039 }
  const untold = { knownInputTokens: null, knownOutputTokens: null, knownCost: null }
  await shown({ ...failed, usage: told, steps: [{ ...aFailedStoryStep(), usage: untold }] })

  expect(screen.getByTestId('pipeline').querySelector('.verdict')?.textContent).toContain('1.5K tokens · $0.0004')
  expect(panel().textContent).toContain('unknown tokens · unknown cost')
})

test('the head says why and has the ways on; under the badge of the step is all that is known', async () => {
  await shown(failed)

  const step = panel()
  const order = [
    screen.getByRole('heading', { level: 1 }),
    screen.getAllByTestId('error-message')[0] as HTMLElement,
    screen.getAllByTestId('hint')[0] as HTMLElement,
    screen.getByRole('button', { name: 'Try again' }),
    within(step).getByTestId('step-badge'),
    within(step).getByTestId('error-message'),
    within(step).getByTestId('hint'),
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

  const item = panel()
  expect(within(item).getByTestId('error-message').textContent).toBe(errorMessage)
  expect(within(item).getByTestId('earlier-reason').textContent).toBe(
    `Before that, attempt 1 failed: ${attempts[0]?.failure?.message}`,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
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
  expect(title.parentElement?.querySelector('.is-succeeded')).toBeNull()
  expect(title.parentElement?.textContent).toContain('skipped')
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

  fireEvent.click(screen.getByRole('button', { name: 'More' }))
  fireEvent.click(screen.getByRole('button', { name: 'Write the handoff…' }))
  fireEvent.input(screen.getByLabelText('What the next step is given'), { target: { value: 'It is done.' } })
  fireEvent.click(screen.getByRole('button', { name: 'Go on with this' }))

  await waitFor(() => expect(session.acts.supply).toHaveBeenCalledWith('step-0', 'It is done.', {}))
})

test('the structured part of a handoff is shown beside its text, folded when it is long', async () => {
  const long = Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`key${number}`, number]))
  const steps = [{ verdict: 'pass' }, long, null].map((data, position) =>
    aStoryStep({ id: `step-${position}`, position, status: 'SUCCEEDED', handoff: { ...handoff, data } }),
  )
  const open: (boolean | undefined)[] = []
  for (const step of steps) {
    await shown(aStory({ status: 'SUCCEEDED', finishedAt: NOON, steps }), `/pipelines/pipeline-1/steps/${step.id}`)
    open.push(screen.queryByTestId('handoff-data')?.hasAttribute('open'))
    if (step.id === 'step-0') {
      expect(screen.getByRole('group', { name: 'Structured part' }).textContent).toBe('{\n  "verdict": "pass"\n}')
    }
    cleanup()
  }

  expect(open).toEqual([true, false, undefined])
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
  fireEvent.input(screen.getByRole('textbox', { name: 'Why' }), { target: { value: 'not needed' } })
  fireEvent.click(screen.getByRole('button', { name: 'Skip this step' }))

  await waitFor(() => expect(session.acts.skip).toHaveBeenCalledWith('step-0', 'not needed', {}))
})

test('the prompt of an attempt is read when somebody wants to see it', async () => {
  const attempts = [{ number: 1, prompt: 'You are the developer. Fix it.' }]
  const answers = { PromptsSent: { node: { __typename: 'Step', attempts } } }
  const session = await shown(failed, '/pipelines/pipeline-1/steps/step-0?tab=attempts', answers)
  expect(session.asked.map(({ operation }) => operation)).toEqual(['PipelineStory'])

  const fold = screen.getByText('Prompt sent').closest('details') as HTMLDetailsElement
  fold.open = true
  fireEvent(fold, new Event('toggle'))

  expect(await screen.findByText('You are the developer. Fix it.')).toBeTruthy()
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

  expect(panel().textContent).toMatch(/approved by local at .*: “go ahead”/)
})

test('an address of nothing says so', async () => {
  await shown(null)

  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('There is no such pipeline')
})

const node = { __typename: 'Failure', ...aStoryFailure() }

test('the address of a failure leads to why, in the step that it happened in', async () => {
  const session = aSession([], { FailureById: { node } }, '/failures/failure-1')
  show(session, <FailureAddress id="failure-1" />)

  await waitFor(() => expect(session.paths).toEqual(['/pipelines/pipeline-1/steps/step-0?tab=why&attempt=1']))
})

test('the address of a failure that was removed says so', async () => {
  show(aSession([], { FailureById: { node: null } }), <FailureAddress id="failure-1" />)

  expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('There is no such failure')
})

test('the failure of an attempt that others followed is read when it is wanted', async () => {
  const [attempt] = aFailedStoryStep().attempts
  const first = { ...attempt!, failure: aReason({ id: 'failure-0' }) }
  const steps = [aFailedStoryStep({ attempts: [first, { ...attempt!, number: 2 }] })]
  const earlier = { ...node, id: 'failure-0', message: 'No connection' }
  await shown(
    aStory({ status: 'FAILED', finishedAt: NOON, steps }),
    '/pipelines/pipeline-1/steps/step-0?tab=why&attempt=1',
    { FailureById: { node: earlier } },
  )

  expect(await within(panel()).findByText('No connection')).toBeTruthy()
})

test('a failure is copied as the server tells it', async () => {
  const report = { node: { __typename: 'Failure', report: '## No key\n' } }
  const session = await shown(failed, undefined, { FailureReport: report })

  fireEvent.click(await screen.findByText('Copy as Markdown'))

  expect(await screen.findByText('Copied')).toBeTruthy()
  expect(await navigator.clipboard.readText()).toBe('## No key\n')
  expect(session.asked.at(-1)).toEqual({ operation: 'FailureReport', variables: { id: node.id } })
})

test('the step that failed is shown first, and each step by its address', async () => {
  const steps = [
    aStoryStep({ id: 'step-0', status: 'SUCCEEDED', handoff }),
    aFailedStoryStep({ id: 'step-1', position: 1 }),
    aStoryStep({ id: 'step-2', position: 2, status: 'PENDING' }),
  ]
  const session = await shown(aStory({ status: 'FAILED', finishedAt: NOON, steps }))
  expect(panel().getAttribute('data-step-id')).toBe('step-1')
  expect(chosen()).toBe('Why')

  await act(() => session.router.go('/pipelines/pipeline-1/steps/step-0'))
  expect(panel().getAttribute('data-step-id')).toBe('step-0')
  expect(chosen()).toBe('Output')

  await act(() => session.router.go('/pipelines/pipeline-1/steps/step-2'))
  expect(panel().textContent).toContain('It was not begun: step 2, developer, failed.')
})

test('no tab is empty, and the one of the address is shown where it is', async () => {
  const attempts = aFailedStoryStep().attempts
  const steps = [aStoryStep({ id: 'step-0', status: 'SUCCEEDED', handoff, attempts })]
  const session = await shown(aStory({ status: 'SUCCEEDED', finishedAt: NOON, steps }), undefined, {
    FailureById: { node },
  })
  expect(tabs()).toEqual(['Why', 'Output', 'Attempts'])

  await act(() => session.router.go('/pipelines/pipeline-1/steps/step-0?tab=attempts'))
  expect(chosen()).toBe('Attempts')

  await act(() => session.router.go('/pipelines/pipeline-1/steps/step-0?tab=live'))
  expect(chosen()).toBe('Output')
})

test('the arrows go round the tabs', async () => {
  const session = await shown(failed)
  const press = (key: string) => act(() => void fireEvent.keyDown(screen.getByRole('tablist'), { key }))

  await press('ArrowRight')
  expect(chosen()).toBe('Attempts')
  await press('ArrowRight')
  expect(chosen()).toBe('Why')
  await press('End')
  expect(chosen()).toBe('Attempts')
  expect(document.activeElement?.textContent).toBe('Attempts')
  expect(session.paths.at(-1)).toBe('/pipelines/pipeline-1/steps/step-0?tab=attempts')
})

test('what an acknowledged failure can be mended with stays', async () => {
  const settled = aFailedStoryStep({ failure: aStoryFailure({ settled: true }) })
  await shown(aStory({ status: 'FAILED', finishedAt: NOON, steps: [settled] }))

  for (const name of ['Try again', 'Try with…', 'Skip…']) expect(screen.getByRole('button', { name })).toBeTruthy()
})

test('a button that took itself away leaves the focus at the title', async () => {
  const session = await shown(failed)
  await waitFor(() => expect(session.follows('Story')).toBe(true))
  await waitFor(() => expect(subject.value).not.toBeNull())
  screen.getByRole('button', { name: 'Try again' }).focus()

  const events = { __typename: 'PipelineResumed', cursor: 'c2', at: NOON, pipeline: aStory() }
  await act(() => session.push('Story', { events }))

  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 })))
})

test('the title of the browser tab says how the pipeline stands', async () => {
  await shown(failed)

  await waitFor(() => expect(subject.value).toBe('✗ Fix login on mobile'))
})
