/** Starting: what is refused stands at its field, and pressing twice starts once. */

import { cleanup, fireEvent, screen, waitFor } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'

import { StartPage } from '../../src/pages/start'
import { type Answers, aSession, show } from '../session'

afterEach(() => {
  cleanup()
  sessionStorage.clear()
})

const step = {
  kind: 'AGENT',
  agent: 'developer',
  description: null,
  model: null,
  timeoutSeconds: null,
  maxAttempts: null,
  remindAfterSeconds: null,
  expiresAfterSeconds: null,
  handoffSchema: null,
}
const Definitions = {
  templates: [{ name: 'quick_fix', description: 'Plan, then build', problems: [], steps: [step] }],
  agents: [{ name: 'developer' }],
}

async function shown(answers: Answers) {
  const session = aSession([], { Definitions, Conflicts: { conflicts: [] }, ...answers })
  show(session, <StartPage />)
  await screen.findByLabelText(/quick_fix/)
  return { session, sent: () => session.asked.filter(({ operation }) => operation === 'StartPipeline') }
}

function fill(label: string | RegExp, value: string): void {
  fireEvent.input(screen.getByLabelText(label), { target: { value } })
}

const press = () => fireEvent.click(screen.getByRole('button', { name: 'Start a pipeline' }))

test('a template and a prompt lead to the pipeline that was started', async () => {
  const { session, sent } = await shown({ StartPipeline: { startPipeline: { __typename: 'Pipeline', id: 'p9' } } })

  fill('Prompt', 'Fix the login')
  fireEvent.click(screen.getByLabelText(/quick_fix/))
  const button = screen.getByRole('button', { name: 'Start a pipeline' })
  fireEvent.click(button)
  fireEvent.click(button)

  await waitFor(() => expect(session.paths).toEqual(['/pipelines/p9']))
  expect(sent()).toHaveLength(1)
  expect(sent()[0]?.variables).toMatchObject({
    force: false,
    input: { prompt: 'Fix the login', template: 'quick_fix', idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/) },
  })
})

test.each([
  ['prompt', 'Prompt', 'The prompt must not be empty'],
  ['directory', 'Directory', 'Directory /nope does not exist'],
  ['branch', 'Branch', 'No such branch'],
])('a refusal of %s stands at its field', async (field, label, message) => {
  await shown({ StartPipeline: { startPipeline: { __typename: 'InvalidInput', message, field: [field] } } })

  press()

  expect((await screen.findByRole('alert')).textContent).toBe(message)
  expect(screen.getByLabelText(label).getAttribute('aria-invalid')).toBe('true')
})

test('a refusal of a step stands at that step', async () => {
  const refusal = { __typename: 'InvalidInput', message: 'Model "x" is malformed', field: ['steps', '1', 'model'] }
  await shown({ StartPipeline: { startPipeline: refusal } })

  fireEvent.click(screen.getByRole('button', { name: 'Free composition' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add an agent' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add an agent' }))
  press()

  await screen.findByRole('alert')
  expect(screen.getAllByLabelText('Model').map((one) => one.getAttribute('aria-invalid'))).toEqual(['false', 'true'])
})

test('steps are moved by keyboard', async () => {
  const { sent } = await shown({ StartPipeline: { startPipeline: { __typename: 'Pipeline', id: 'p9' } } })
  fireEvent.click(screen.getByRole('button', { name: 'Free composition' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add an agent' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add an approval' }))
  fill('Agent', 'developer')

  fireEvent.click(screen.getByRole('button', { name: 'Move step 2 up' }))
  press()

  await waitFor(() => expect(sent()).toHaveLength(1))
  expect(sent()[0]?.variables).toMatchObject({ input: { steps: [{ kind: 'APPROVAL' }, { agent: 'developer' }] } })
})

test('a busy directory names who is at work there, and can be started all the same', async () => {
  const conflicts = [{ id: 'p1', title: 'Refactor parser', status: 'RUNNING' }]
  const { sent } = await shown({
    StartPipeline: { startPipeline: { __typename: 'DirectoryBusy', message: '/srv/app is in use', conflicts } },
  })

  press()
  expect((await screen.findByRole('link', { name: 'Refactor parser' })).getAttribute('href')).toBe('/pipelines/p1')
  fireEvent.click(screen.getByRole('button', { name: 'Start all the same' }))

  await waitFor(() => expect(sent().at(-1)?.variables).toMatchObject({ force: true }))
})

test('a directory is chosen by going into it', async () => {
  const entry = { name: 'app', path: '/srv/app', isRepository: true }
  const directory = { __typename: 'Directory', path: '/srv', parent: '/', isRepository: false, entries: [entry] }
  const { session } = await shown({ Directory: { directory } })

  fireEvent.click(screen.getByRole('button', { name: 'Choose from a list…' }))
  fireEvent.click(await screen.findByRole('button', { name: 'app' }))

  await waitFor(() => expect((screen.getByLabelText('Directory') as HTMLInputElement).value).toBe('/srv'))
  expect(session.asked.filter(({ operation }) => operation === 'Directory').map(({ variables }) => variables)).toEqual([
    { path: null },
    { path: '/srv/app' },
  ])
})

test('an issue is shown as it would go before the prompt, once its reference is whole', async () => {
  const githubIssue = { __typename: 'GithubIssue', reference: 'a/b#1', markdown: 'The login fails' }
  const { session } = await shown({ GithubIssue: { githubIssue } })

  fill('GitHub issue', 'a/b')
  fill('GitHub issue', 'a/b#1')

  expect(await screen.findByTestId('issue-preview')).toBeTruthy()
  expect(session.asked.filter(({ operation }) => operation === 'GithubIssue')).toHaveLength(1)
})

test('an issue that cannot be read says so at its field', async () => {
  await shown({ GithubIssue: { githubIssue: { __typename: 'InvalidInput', message: 'a/b has no issue 9' } } })

  fill('GitHub issue', 'a/b#9')

  expect((await screen.findByRole('alert')).textContent).toBe('a/b has no issue 9')
})

const folder = { __typename: 'Directory', path: '/srv/clone' }

test('a folder that nobody trusts is asked about, and looked into once it is trusted', async () => {
  const { session } = await shown({ Trust: { directory: { ...folder, trusted: false } } })

  fill('Directory', '/srv/clone/.')
  fireEvent.click(await screen.findByRole('button', { name: 'Trust this folder' }))

  await waitFor(() => expect(screen.queryByText(/Do you trust/)).toBeNull())
  expect(session.acts.trust).toHaveBeenCalledWith('/srv/clone')
  const looks = () => session.asked.filter(({ operation }) => operation === 'Definitions')
  await waitFor(() => expect(looks()).toHaveLength(3))
  expect(looks().at(-1)?.variables).toEqual({ directory: '/srv/clone/.' })
})

test('what keeps every template from working is said once', async () => {
  const [template] = Definitions.templates
  const problems = ['/srv/clone is not trusted yet.']
  const templates = [
    { ...template, problems },
    { ...template, name: 'slow_fix', problems: [...problems, 'step 1: nobody there'] },
  ]

  await shown({ Definitions: { ...Definitions, templates } })

  expect(screen.getAllByText('/srv/clone is not trusted yet.')).toHaveLength(1)
  expect(screen.getByText('step 1: nobody there')).toBeTruthy()
})

test('a folder that is trusted is not asked about', async () => {
  const { session } = await shown({ Trust: { directory: { ...folder, trusted: true } } })

  fill('Directory', '/srv/clone')

  await waitFor(() => expect(session.asked.some(({ operation }) => operation === 'Trust')).toBe(true))
  expect(screen.queryByText(/Do you trust/)).toBeNull()
})

test('why a folder cannot be trusted is said', async () => {
  const { session } = await shown({ Trust: { directory: { ...folder, trusted: false } } })
  session.acts.trust.mockResolvedValue({ done: false, message: 'It is gone.', field: ['path'] })

  fill('Directory', '/srv/clone')
  fireEvent.click(await screen.findByRole('button', { name: 'Trust this folder' }))

  expect((await screen.findByRole('alert')).textContent).toBe('It is gone.')
})

test('what may collide is told while one types', async () => {
  await shown({
    Conflicts: { conflicts: [{ id: 'p1', title: 'Refactor parser', status: 'RUNNING', directory: '/srv' }] },
  })

  fill('Directory', '/srv/app')

  expect(await screen.findByRole('link', { name: 'Refactor parser' })).toBeTruthy()
})

test('a branch that is not there is asked about, with those that may have been meant', async () => {
  const startPipeline = { __typename: 'UnknownBranch', message: 'There is no branch "fix/logni".', near: ['fix/login'] }
  const { sent } = await shown({ StartPipeline: { startPipeline } })
  const branch = screen.getByLabelText('Branch') as HTMLInputElement

  fill('Branch', 'fix/logni')
  press()
  expect((await screen.findByRole('alert')).textContent).toContain('There is no branch "fix/logni".')
  fireEvent.click(screen.getByRole('button', { name: 'Create the branch' }))
  await waitFor(() => expect(sent()).toHaveLength(2))
  fireEvent.click(await screen.findByRole('button', { name: 'Take fix/login' }))

  expect(branch.value).toBe('fix/login')
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  expect(sent().map(({ variables }) => (variables as { input: object }).input)).toMatchObject([
    { branch: 'fix/logni', createBranch: false },
    { branch: 'fix/logni', createBranch: true },
  ])
})

test('what was insisted on stays when one is asked something else', async () => {
  const startPipeline = { __typename: 'UnknownBranch', message: 'There is no such branch.', near: [] }
  const answers = { StartPipeline: { startPipeline: startPipeline as object } }
  const { sent } = await shown(answers)

  press()
  const create = await screen.findByRole('button', { name: 'Create the branch' })
  answers.StartPipeline.startPipeline = { __typename: 'DirectoryBusy', message: 'Busy.', conflicts: [] }
  fireEvent.click(create)
  fireEvent.click(await screen.findByRole('button', { name: 'Start all the same' }))

  await waitFor(() => expect(sent()).toHaveLength(3))
  expect(sent()[2]?.variables).toMatchObject({ force: true, input: { createBranch: true } })
})

test('other models are sent for the steps that they were typed for, and refused there', async () => {
  const field = ['models', '0', 'model']
  const startPipeline = { __typename: 'InvalidInput', message: 'No such model.', field }
  const { sent } = await shown({ StartPipeline: { startPipeline } })

  fireEvent.click(screen.getByLabelText(/quick_fix/))
  fill('Model of step 1, developer', ' acme/small ')
  press()

  const refusal = await screen.findByText('No such model.')
  expect(refusal.closest('.field')).toBe(screen.getByLabelText('Model of step 1, developer').closest('.field'))
  expect(sent()[0]?.variables).toMatchObject({ input: { models: [{ position: 0, model: 'acme/small' }] } })
})

test.each([
  [['prompt'], 'Prompt'],
  [['directory'], 'Directory'],
  [['branch'], 'Branch'],
  [['models', '0', 'model'], 'Model of step 1, developer'],
  [['template'], /quick_fix/],
])('a refusal of %j leads the focus there, and goes while one types', async (field, label) => {
  const startPipeline = { __typename: 'InvalidInput', message: 'This will not do', field }
  await shown({ StartPipeline: { startPipeline } })
  fireEvent.click(screen.getByLabelText(/quick_fix/))
  fireEvent.input(screen.getByLabelText('Model of step 1, developer'), { target: { value: 'x' } })

  press()

  expect(await screen.findByText('This will not do')).toBeTruthy()
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText(label)))
  fill('Prompt', 'Another one')
  expect(screen.queryByText('This will not do')).toBeNull()
})

test('what was typed is there after a look elsewhere, until one begins anew', async () => {
  const prompt = (): string => screen.getByLabelText<HTMLTextAreaElement>('Prompt').value
  await shown({})
  fill('Prompt', 'Half a thought')
  fireEvent.click(screen.getByRole('button', { name: 'Free composition' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add an agent' }))
  cleanup()

  show(aSession([], { Definitions, Conflicts: { conflicts: [] } }), <StartPage />)
  await screen.findByLabelText('Agent')
  expect(prompt()).toBe('Half a thought')
  fireEvent.click(screen.getByRole('button', { name: 'Add an approval' }))
  expect(screen.getAllByRole('button', { name: /^Remove step/ })).toHaveLength(2)
  fireEvent.click(screen.getByRole('button', { name: 'Begin anew' }))
  expect(prompt()).toBe('')
  cleanup()

  await shown({})
  expect(screen.queryByText(/As you left it/)).toBeNull()
})

test('what was started is not typed any more', async () => {
  await shown({ StartPipeline: { startPipeline: { __typename: 'Pipeline', id: 'p9' } } })
  fill('Prompt', 'Fix the login')
  press()
  await waitFor(() => expect(sessionStorage.length).toBe(0))
})

test('models are those of the directory, as the server finds them by what was typed', async () => {
  const models = [{ name: 'acme/large' }, { name: 'acme/small' }]
  const { session } = await shown({ Models: { models } })
  fill('Directory', '/srv/shop')
  fireEvent.click(screen.getByLabelText(/quick_fix/))
  const field = screen.getByLabelText<HTMLInputElement>('Model of step 1, developer')

  field.focus()
  fireEvent.input(field, { target: { value: 'acm' } })

  await waitFor(() =>
    expect(session.asked.filter(({ operation }) => operation === 'Models').at(-1)?.variables).toEqual({
      directory: '/srv/shop',
      search: 'acm',
    }),
  )
  await waitFor(() =>
    expect([...(field.list?.options ?? [])].map(({ value }) => value)).toEqual(['acme/large', 'acme/small']),
  )
})
