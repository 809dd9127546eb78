/** What keeps agents and templates from working is shown as the server says it, and nothing is judged here. */

import { cleanup, fireEvent, screen, within } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'

import { DefinitionsPage } from '../../src/pages/definitions'
import { aSession, show } from '../session'

afterEach(cleanup)

const agent = { description: '', model: null, instructions: '', defined: true, available: true, problems: [] }
const step = { kind: 'AGENT', agent: 'ghost', description: null, model: null, handoffSchema: null }
const limits = { timeoutSeconds: null, maxAttempts: null, remindAfterSeconds: null, expiresAfterSeconds: null }
const Definitions = {
  templates: [{ name: 'haunted', description: '', problems: ['Step 1: It is gone.'], steps: [{ ...step, ...limits }] }],
  agents: [
    { ...agent, name: 'ghost', engineAgent: 'gone', available: false, problems: ['It is gone.', 'Its model, too.'] },
    { ...agent, name: 'quiet', engineAgent: 'quiet', available: false },
  ],
}
const Engine = {
  engine: {
    reachable: true,
    product: 'OpenCode',
    version: '1.2.3',
    url: 'http://engine',
    support: 'TESTED',
    message: null,
  },
}

async function line(name: string): Promise<HTMLElement> {
  const line = (await screen.findByText(name, { selector: 'strong' })).closest('li')
  if (!line) throw new Error(`no line of ${name}`)
  return line
}

const problems = (line: HTMLElement) => [...line.querySelectorAll('.problem')].map((one) => one.textContent)

test('problems are shown in the words that were sent', async () => {
  show(aSession([], { Definitions, Engine }), <DefinitionsPage />)

  expect(problems(await line('haunted'))).toEqual(['Step 1: It is gone.'])
  expect(problems(await line('ghost'))).toEqual(['It is gone.', 'Its model, too.'])
  expect(problems(await line('quiet'))).toEqual([])
})

test('what runs the agents is said, and how far it can be worked with', async () => {
  show(aSession([], { Definitions, Engine }), <DefinitionsPage />)

  const line = (await screen.findByText('http://engine', { selector: 'code' })).parentElement
  expect(line?.textContent).toBe('OpenCode 1.2.3 at http://engine, tested')
})

test('a refusal stands at its field', async () => {
  const session = aSession([], { Definitions, Engine })
  session.acts.saveTemplate.mockResolvedValue({
    done: false,
    message: 'No such model.',
    field: ['steps', '0', 'model'],
  })
  show(session, <DefinitionsPage />)
  const haunted = within(await line('haunted'))

  fireEvent.click(haunted.getByRole('button', { name: 'Edit' }))
  fireEvent.click(haunted.getByRole('button', { name: 'Save' }))

  expect((await haunted.findByText('No such model.')).closest('.field')).toBe(
    haunted.getByLabelText('Model').closest('.field'),
  )
})
