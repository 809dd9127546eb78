/** What keeps agents and templates from working is shown as the server says it, and nothing is judged here. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'

import { DefinitionsPage } from '../../src/pages/definitions'
import { aSession, show } from '../session'
import { NOON } from '../values'

afterEach(() => {
  cleanup()
  sessionStorage.clear()
})

const agent = {
  description: '',
  model: null,
  instructions: '',
  defined: true,
  available: true,
  problems: [],
  revision: 'r1',
}
const step = { kind: 'AGENT', agent: 'ghost', description: null, model: null, handoffSchema: null }
const limits = { timeoutSeconds: null, maxAttempts: null, remindAfterSeconds: null, expiresAfterSeconds: null }
const Definitions = {
  templates: [
    {
      name: 'haunted',
      description: '',
      problems: ['Step 1: It is gone.'],
      steps: [{ ...step, ...limits }],
      revision: 't1',
    },
  ],
  agents: [
    { ...agent, name: 'ghost', engineAgent: 'gone', available: false, problems: ['It is gone.', 'Its model, too.'] },
    { ...agent, name: 'quiet', engineAgent: 'quiet', available: false },
  ],
}
async function line(name: string): Promise<HTMLElement> {
  const line = (await screen.findByText(name, { selector: 'strong' })).closest('li')
  if (!line) throw new Error(`no line of ${name}`)
  return line
}

const problems = (line: HTMLElement) => [...line.querySelectorAll('.problem')].map((one) => one.textContent)

test('problems are shown in the words that were sent', async () => {
  show(aSession([], { Definitions }), <DefinitionsPage adding={false} />)

  expect(problems(await line('haunted'))).toEqual(['Step 1: It is gone.'])
  expect(problems(await line('ghost'))).toEqual(['It is gone.', 'Its model, too.'])
  expect(problems(await line('quiet'))).toEqual([])
})

test('what runs the agents is said, and how far it can be worked with', async () => {
  const session = aSession([], { Definitions })
  session.engineIs({ version: '1.2.3', url: 'http://engine' })
  show(session, <DefinitionsPage adding={false} />)

  const line = (await screen.findByText('http://engine', { selector: 'code' })).parentElement
  expect(line?.textContent).toBe('OpenCode 1.2.3 at http://engine, tested')
})

test('a refusal stands at its field', async () => {
  const session = aSession([], { Definitions })
  session.acts.saveTemplate.mockResolvedValue({
    done: false,
    message: 'No such model.',
    field: ['steps', '0', 'model'],
  })
  show(session, <DefinitionsPage adding={false} />)
  const haunted = within(await line('haunted'))

  fireEvent.click(haunted.getByRole('button', { name: 'Edit' }))
  fireEvent.click(haunted.getByRole('button', { name: 'Save' }))

  expect((await haunted.findByText('No such model.')).closest('.field')).toBe(
    haunted.getByLabelText('Model').closest('.field'),
  )
})

test('what somebody else has saved meanwhile is shown beside yours, and one chooses', async () => {
  const session = aSession([], { Definitions })
  const stored = { ...Definitions.agents[1], description: 'Theirs', revision: 'r2' }
  session.acts.saveAgent.mockResolvedValueOnce({ done: false, message: 'Choose.', field: [], stored })
  show(session, <DefinitionsPage adding={false} />)
  const quiet = within(await line('quiet'))

  fireEvent.click(quiet.getByRole('button', { name: 'Edit' }))
  fireEvent.input(quiet.getByLabelText('Description'), { target: { value: 'Mine' } })
  fireEvent.click(quiet.getByRole('button', { name: 'Save' }))
  const versions = (await quiet.findByTestId('edit-conflict')).querySelectorAll('dt, dd')
  expect([...versions].map((part) => part.textContent)).toEqual([
    'description, theirs',
    'Theirs',
    'description, yours',
    'Mine',
  ])

  fireEvent.click(quiet.getByRole('button', { name: 'Keep yours, then save' }))
  fireEvent.click(quiet.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(session.acts.saveAgent).toHaveBeenCalledTimes(2))
  expect(
    session.acts.saveAgent.mock.calls.map(([name, input, revision]) => [name, input.description, revision]),
  ).toEqual([
    ['quiet', 'Mine', 'r1'],
    ['quiet', 'Mine', 'r2'],
  ])
})

test('their version of a template is taken, and one that is gone is made anew', async () => {
  const session = aSession([], { Definitions })
  const stored = { ...Definitions.templates[0], steps: [{ ...step, ...limits, agent: 'coder' }], revision: 't2' }
  session.acts.saveTemplate
    .mockResolvedValueOnce({ done: false, message: 'Choose.', field: [], stored })
    .mockResolvedValueOnce({ done: false, message: 'Gone.', field: [], stored: null })
  show(session, <DefinitionsPage adding={false} />)
  const haunted = within(await line('haunted'))
  const save = () => fireEvent.click(haunted.getByRole('button', { name: 'Save' }))

  fireEvent.click(haunted.getByRole('button', { name: 'Edit' }))
  save()
  fireEvent.click(await haunted.findByRole('button', { name: 'Take theirs' }))
  expect((haunted.getByLabelText('Agent') as HTMLInputElement).value).toBe('coder')
  save()
  fireEvent.click(await haunted.findByRole('button', { name: 'Keep yours, then save' }))
  save()

  await waitFor(() => expect(session.acts.saveTemplate).toHaveBeenCalledTimes(3))
  expect(session.acts.saveTemplate.mock.calls.map(([name, , revision]) => [name, revision])).toEqual([
    ['haunted', 't1'],
    ['haunted', 't2'],
    [null, null],
  ])
})

test('what is deleted is what was seen', async () => {
  const session = aSession([], { Definitions })
  show(session, <DefinitionsPage adding={false} />)
  const quiet = within(await line('quiet'))

  fireEvent.click(quiet.getByRole('button', { name: 'Delete' }))
  fireEvent.click(quiet.getByRole('button', { name: 'Yes, delete it' }))

  await waitFor(() => expect(session.acts.deleteAgent).toHaveBeenCalledWith('quiet', 'r1'))
})

test('what is being edited stays when somebody else deletes it', async () => {
  const answers = { Definitions }
  const session = aSession([], answers)
  show(session, <DefinitionsPage adding={false} />)
  const quiet = await line('quiet')

  fireEvent.click(within(quiet).getByRole('button', { name: 'Edit' }))
  fireEvent.input(within(quiet).getByLabelText('Description'), { target: { value: 'Mine' } })
  answers.Definitions = { ...Definitions, agents: [] }
  session.say({ __typename: 'DefinitionChanged', cursor: 'c1', at: NOON, definition: 'agent quiet', change: 'deleted' })
  await waitFor(() => expect(screen.queryByText('ghost', { selector: 'strong' })).toBeNull())

  expect((within(await line('quiet')).getByLabelText('Description') as HTMLInputElement).value).toBe('Mine')
  fireEvent.click(within(quiet).getByRole('button', { name: 'Close' }))
  await waitFor(() => expect(screen.queryByText('quiet', { selector: 'strong' })).toBeNull())
})

test('a first template can be begun by its address', async () => {
  show(aSession([], { Definitions }), <DefinitionsPage adding />)

  expect((await screen.findByRole('button', { name: 'New template' })).getAttribute('aria-expanded')).toBe('true')
})

test.each(['New template', 'New agent'])(
  '%s: what was typed is there after a look elsewhere, until it is closed',
  async (what) => {
    const session = aSession([], { Definitions })
    const name = (): HTMLInputElement => screen.getByLabelText('Name')
    const first = show(session, <DefinitionsPage adding={false} />)
    fireEvent.click(await screen.findByRole('button', { name: what }))
    fireEvent.input(name(), { target: { value: 'half a na' } })
    first.unmount()

    const second = show(session, <DefinitionsPage adding={false} />)
    await screen.findByRole('button', { name: what })
    expect(name().value).toBe('half a na')
    fireEvent.click(screen.getByRole('button', { name: 'Close' }))
    second.unmount()

    show(session, <DefinitionsPage adding={false} />)
    await screen.findByRole('button', { name: what })
    expect(screen.queryByLabelText('Name')).toBeNull()
  },
)

test('the first field that is wrong has the focus', async () => {
  const session = aSession([], { Definitions })
  session.acts.saveAgent.mockResolvedValue({ done: false, message: 'No such agent', field: ['engineAgent'] })
  show(session, <DefinitionsPage adding={false} />)
  fireEvent.click(await screen.findByRole('button', { name: 'New agent' }))

  fireEvent.click(screen.getByRole('button', { name: 'Save' }))

  await screen.findByText('No such agent')
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("OpenCode's agent")))
  fireEvent.input(document.activeElement!, { target: { value: 'b' } })
  expect(screen.queryByText('No such agent')).toBeNull()
})
