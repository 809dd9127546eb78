/** What waits for a person shows what one decides on, and after a decision the next thing is open. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, test } from 'vitest'

import { ApprovalsPage } from '../../src/pages/approvals'
import { aSession, type FakeSession, show } from '../session'
import { anAsk, anEvent, aPipeline, aStep } from '../values'

afterEach(cleanup)

function asking(id: string, minute: number, change: Partial<Parameters<typeof anAsk>[0]> = {}) {
  const since = `2026-11-23T12:0${minute}:00.000Z`
  const steps = [aStep({ position: 0, agent: 'architect', status: 'SUCCEEDED' }), aStep({ position: 1 })]
  const step = { id: 'step-1', agent: 'developer', approval: null }
  return aPipeline({
    id,
    title: `Pipeline ${id}`,
    directory: '/srv/app',
    status: 'WAITING',
    steps,
    attention: [anAsk({ id: `ask-${id}`, since, step, ...change })],
  })
}

const permission = { ...anAsk().permission!, patterns: ['cat /etc/hostname'], saves: ['/etc/*'] }

async function pane(session: FakeSession, ask: string | null = null): Promise<HTMLElement> {
  show(session, <ApprovalsPage ask={ask} />)
  return screen.findByTestId('decision')
}

test('a permission shows what exactly, who, where, the last words, and how far "always" reaches', async () => {
  const session = aSession([asking('a', 1, { permission })])
  const shown = await pane(session)
  await act(() =>
    session.push('Activity', {
      activity: { __typename: 'ActivitySnapshot', text: 'I need the name of this machine.', tools: [], todos: [] },
    }),
  )

  for (const words of ['cat /etc/hostname', 'developer', '/srv/app', 'I need the name of this machine.']) {
    expect(shown.textContent).toContain(words)
  }
  expect(screen.getByTestId('always').textContent).toContain('more than this: whatever matches /etc/*')
  const names = within(shown)
    .getAllByRole('button')
    .map((button) => button.textContent)
  expect(names).toEqual(expect.arrayContaining(['Allow once', 'Always allow /etc/*', 'Refuse…']))
})

test('an approval shows what the step before handed over', async () => {
  const approval = { id: 'apr-1', status: 'PENDING', description: 'Shall it be built?' } as const
  const step = { id: 'step-1', agent: null, approval }
  const known = {
    pipeline: {
      prompt: 'Mend it',
      steps: [
        { id: 'step-0', agent: 'architect', position: 0, handoff: { markdown: '**The plan** is short' } },
        { id: 'step-1', agent: null, position: 1, handoff: null },
      ],
    },
  }
  const row = asking('a', 1, { kind: 'APPROVAL', message: 'Shall it be built?', permission: null, step })

  const shown = await pane(aSession([row], { Decision: known }))

  expect(shown.textContent).toContain('Shall it be built?')
  await waitFor(() => expect(shown.querySelector('strong')?.textContent).toBe('The plan'))
  expect(shown.textContent).toContain('What architect handed over')
})

test('after a decision the next one is open, and the decided one stays with what became of it', async () => {
  const session = aSession([asking('a', 1), asking('b', 2), asking('c', 3)])
  const shown = await pane(session, 'ask-b')
  expect(shown.textContent).toContain('Pipeline b')

  fireEvent.click(screen.getByRole('button', { name: 'Allow once' }))
  await waitFor(() => expect(screen.getByTestId('decision').textContent).toContain('Pipeline c'))
  await act(() => session.say(anEvent('AttentionCleared', aPipeline({ id: 'b' }))))

  const lines = screen.getAllByTestId('ask').map((line) => line.textContent)
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain('✓ Allowed once')
  expect(session.paths.at(-1)).toBe('/approvals?ask=ask-c')
})

test('nothing is shown on the right when nobody waits', () => {
  show(aSession([]), <ApprovalsPage ask="ask-gone" />)

  expect(screen.getByText('Nobody waits for you.')).toBeTruthy()
  expect(screen.queryByTestId('decision')).toBeNull()
})
