/** The page says who one is, offers what one may, and says where an approval does not bind the agent. */

import { cleanup, screen } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'

import { outcomeOf } from '../../src/actions'
import { Header } from '../../src/components/header'
import type { Role, ViewerQuery } from '../../src/generated/graphql'
import { PipelinesPage } from '../../src/pages/pipelines'
import { StartPage } from '../../src/pages/start'
import { aSession, type FakeSession, show } from '../session'
import { aFailedPipeline, anAsk, aPipeline, aStep, NOON } from '../values'

afterEach(cleanup)

const RIGHTS = ['READ', 'OPERATE', 'DECIDE', 'ADMINISTER'] as const
const ROLES: Role[] = ['VIEWER', 'OPERATOR', 'APPROVER', 'ADMIN']
const UNBOUND = 'Approvals do not bind agents: OpenCode runs as the same user.'

function aViewer(role: Role, approvalsBind: boolean | null = true): ViewerQuery {
  const rights = RIGHTS.slice(0, ROLES.indexOf(role) + 1)
  return { viewer: { name: 'anna', role, rights }, server: { approvalsBind, message: UNBOUND } }
}

const step = aStep({
  kind: 'APPROVAL',
  agent: null,
  status: 'WAITING',
})
const approval = { id: 'app_1', status: 'PENDING' as const, description: 'Deploy?', requestedAt: NOON }
const asks = aPipeline({
  id: 'asks',
  status: 'WAITING',
  steps: [step],
  attention: [anAsk({ kind: 'APPROVAL', message: 'Deploy?', permission: null, step: { ...step, approval } as never })],
})
const rows = [asks, aFailedPipeline({ id: 'failed' }), aPipeline({ id: 'running' })]

function as(role: Role, approvalsBind?: boolean | null): FakeSession {
  const session = aSession(rows)
  return { ...session, viewer: { value: aViewer(role, approvalsBind) } as FakeSession['viewer'] }
}

function buttons(): string[] {
  const all = screen.queryAllByRole('button').map((button) => button.textContent ?? '')
  return all.filter((label) => /^(Approve|Reject…|Try again|Cancel|Start)/.test(label))
}

test.each([
  ['VIEWER', []],
  ['OPERATOR', ['Start a pipeline', 'Try again', 'Cancel']],
  ['APPROVER', ['Start a pipeline', 'Approve', 'Approve with a comment…', 'Reject…', 'Try again', 'Cancel']],
] as [Role, string[]][])('%s is offered what they may', (role, offered) => {
  show(
    as(role),
    <>
      <Header onKeys={() => undefined} />
      <PipelinesPage search="" template="" />
    </>,
  )

  expect(buttons().sort()).toEqual([...offered].sort())
  expect(screen.getByTestId('viewer').textContent).toBe(`anna · ${role.toLowerCase()}`)
})

test.each([
  [false, 1],
  [null, 1],
  [true, 0],
] as [boolean | null, number][])('an approval that binds (%s) or not says so', (binds, notes) => {
  show(as('ADMIN', binds), <PipelinesPage search="" template="" />)

  expect(screen.queryAllByText(UNBOUND)).toHaveLength(notes)
})

test('who may not start is told so in place of the form', () => {
  show(as('VIEWER'), <StartPage />)

  expect(screen.getByText('Your token may not start pipelines.')).toBeTruthy()
})

test('what is forbidden is a refusal with its reason', () => {
  expect(outcomeOf({ __typename: 'Forbidden', message: 'This needs the role approver.' })).toEqual({
    done: false,
    message: 'This needs the role approver.',
    field: [],
  })
})
