/** The frame: is it live, where to go, which keys, what is said to those who hear the page. */

import { cleanup, fireEvent, screen, waitFor } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { App } from '../../src/app'
import type { FeedItem } from '../../src/pipeline'
import { chooseZone } from '../../src/zone'
import { aSession, type FakeSession, show } from '../session'
import { aFailedPipeline, aPipeline, NOON } from '../values'

afterEach(cleanup)

beforeEach(() => {
  HTMLElement.prototype.scrollIntoView = () => undefined
})

const CALM = {
  Storage: { storage: { message: null } },
  DefinitionProblems: { definitionProblems: [] },
}

function stepFailed(): FeedItem {
  const pipeline = aFailedPipeline()
  const step = { id: 'step-0', agent: 'developer' }
  return { __typename: 'StepFailed', cursor: 'c1', at: NOON, pipeline, errorMessage: pipeline.errorMessage ?? '', step }
}

const DOWN = { reachable: false, version: null, support: null, message: 'OpenCode is not reachable' } as const

async function shown(session: FakeSession): Promise<void> {
  show(session, <App />)
  await act(async () => undefined)
}

test.each([
  [{ state: 'live', age: 3000 }, 'live 3 s'],
  [{ state: 'reconnecting', since: 0, first: true }, 'connecting…'],
  [{ state: 'reconnecting', since: 0, first: false }, 'reconnecting since'],
  [{ state: 'stale', lastSign: 0 }, 'stale since'],
  [{ state: 'stale', lastSign: null }, 'not connected'],
] as const)('freshness %j is said', async (freshness, words) => {
  const session = aSession([], CALM)
  await shown(session)

  await act(() => session.become(freshness))

  const badge = screen.getByTestId('freshness')
  expect(badge.getAttribute('data-state')).toBe(freshness.state)
  expect(badge.textContent).toContain(words)
  expect(document.querySelector('main')?.className === 'stale').toBe(freshness.state === 'stale')
})

test.each([
  [{}, 'up', 'OpenCode 1.18.33 up'],
  [{ version: null }, 'up', 'OpenCode up'],
  [DOWN, 'down', 'OpenCode down since 12:00:00'],
  [{ reachable: false, version: '1.0.1', support: 'TOO_OLD' }, 'unusable', 'OpenCode 1.0.1 unusable since 12:00:00'],
  [{ ...DOWN, since: null }, 'down', 'OpenCode down'],
] as const)('OpenCode that is %j is said beside it', async (engine, state, words) => {
  chooseZone('UTC')
  const session = aSession([], CALM)
  await shown(session)

  await act(() => session.engineIs(engine))

  const badge = screen.getByTestId('engine-state')
  expect([badge.getAttribute('data-state'), badge.textContent]).toEqual([state, words])
  chooseZone(undefined)
})

test('how OpenCode is by now nobody knows without a line to stepwire', async () => {
  const session = aSession([], CALM)
  session.engineIs(DOWN)
  await shown(session)

  await act(() => session.become({ state: 'reconnecting', since: 0, first: false }))

  expect(screen.getByTestId('engine-state').getAttribute('data-state')).toBe('unknown')
  expect(screen.queryByText(/not reachable/)).toBeNull()
})

test('a new failure is said politely', async () => {
  const session = aSession([aPipeline()], CALM)
  await shown(session)

  await act(() => session.say(stepFailed()))

  const announcer = screen.getByTestId('announcer')
  expect(announcer.getAttribute('aria-live')).toBe('polite')
  expect(announcer.textContent).toBe(`Fix login on mobile: ${aFailedPipeline().errorMessage}`)
  expect(document.title).toBe('(1) stepwire')
})

test('the number of failures stands beside their page', async () => {
  await shown(aSession([aFailedPipeline()], CALM))

  expect(screen.getByRole('link', { name: 'Failures 1' })).toBeTruthy()
})

test('the button to start leads to the form', async () => {
  const session = aSession([aPipeline()], CALM)
  await shown(session)

  fireEvent.click(screen.getByRole('button', { name: 'Start a pipeline' }))

  expect(session.paths).toEqual(['/start'])
})

test('j and k move, r tries the one in focus again', async () => {
  const session = aSession([aFailedPipeline({ id: 'first' }), aPipeline({ id: 'second' })], CALM)
  await shown(session)

  fireEvent.keyDown(document.body, { key: 'j' })
  expect(document.activeElement?.getAttribute('href')).toBe('/pipelines/first')
  fireEvent.keyDown(document.activeElement ?? document.body, { key: 'j' })
  expect(document.activeElement?.getAttribute('href')).toBe('/pipelines/second')
  fireEvent.keyDown(document.activeElement ?? document.body, { key: 'k' })
  fireEvent.keyDown(document.activeElement ?? document.body, { key: 'r' })

  await waitFor(() => expect(session.acts.retry).toHaveBeenCalledOnce())
})

test('keys are letters while one types', async () => {
  const session = aSession([aFailedPipeline()], CALM)
  await shown(session)
  const search = screen.getByRole('searchbox')

  search.focus()
  fireEvent.keyDown(search, { key: 'n' })

  expect(session.paths).toEqual([])
})

test('OpenCode that cannot be reached is one line with what to do', async () => {
  const session = aSession([], CALM)
  session.engineIs(DOWN)
  await shown(session)

  expect(await screen.findByText(/OpenCode is not reachable/)).toBeTruthy()
})

test.each([
  ['REDUCED', true],
  ['TOO_OLD', false],
  ['PREVIEW', false],
  ['FOREIGN', false],
] as const)(
  'what answers and is %s is one line with the command that helps, and nothing to start',
  async (support, reachable) => {
    const message = 'It is what it is. Install one that is tested: npm install -g opencode-ai@1.18.34'
    const session = aSession([], CALM)
    session.engineIs({ reachable, support, message })
    await shown(session)

    const line = (await screen.findByText('npm install -g opencode-ai@1.18.34', { selector: 'code' })).parentElement
    expect(line?.textContent).toContain('It is what it is.')
    expect(line?.textContent?.includes('Pipelines cannot run.')).toBe(!reachable)
    expect(screen.queryByText(/not reachable/)).toBeNull()
    expect(screen.queryByRole('button', { name: 'Start OpenCode' })).toBeNull()
  },
)

test('OpenCode is started from that line', async () => {
  const session = aSession([], { ...CALM, StartEngine: { startEngine: { reachable: true } } })
  session.engineIs(DOWN)
  await shown(session)

  fireEvent.click(await screen.findByRole('button', { name: 'Start OpenCode' }))
  await waitFor(() => expect(session.asked.map(({ operation }) => operation)).toContain('StartEngine'))
  await act(() => session.engineIs({}))

  await waitFor(() => expect(screen.queryByText(/OpenCode is not reachable/)).toBeNull())
})

test('a server that cannot store says so in the words of its database, until it can again', async () => {
  const answers = { ...CALM, Storage: { storage: { message: 'stepwire.db cannot be used: disk is full' } } }
  const session = aSession([], answers)
  await shown(session)

  expect((await screen.findByRole('alert')).textContent).toContain('stepwire.db cannot be used: disk is full. Agents')

  answers.Storage = { storage: { message: null as unknown as string } }
  await act(() => session.say({ __typename: 'Heartbeat', cursor: 'c1', at: NOON }))

  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
})

test('a broken YAML file is one line with its place', async () => {
  const definitionProblems = [{ file: 'pipelines.yaml', line: 12, column: 5, message: 'expected a list', since: NOON }]
  await shown(aSession([], { ...CALM, DefinitionProblems: { definitionProblems } }))

  expect(await screen.findByText('pipelines.yaml:12:5')).toBeTruthy()
})

test.each([
  [false, /wants a token, and this page has none/],
  [true, /token of this page is wrong, or revoked or expired/],
])('a token is asked for in one line (one at hand: %s)', async (hasToken, words) => {
  const session = aSession(null, CALM)
  Object.assign(session, { tokenWanted: { value: true }, hasToken })
  await shown(session)

  fireEvent.input(await screen.findByLabelText(words), { target: { value: 'pasted' } })
  fireEvent.click(screen.getByRole('button', { name: 'Use this token' }))

  expect(session.useToken).toHaveBeenCalledWith('pasted')
})
