/** What an attempt changed is read when somebody looks, folded by file, and read anew when there is news. */

import { cleanup, fireEvent, screen, waitFor } from '@testing-library/preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, test } from 'vitest'

import { Changes } from '../../src/components/changes'
import { ChangesSoFar } from '../../src/components/changes-so-far'
import type { ChangedFragment } from '../../src/generated/graphql'
import { aSession, show } from '../session'
import { anEvent, aPipeline, aStep } from '../values'

afterEach(cleanup)

const file = {
  path: 'src/login.py',
  previousPath: null,
  status: 'MODIFIED',
  added: 1,
  removed: 1,
  binary: false,
  diff: '@@ -1 +1 @@\n-old <b>\n+new',
  truncated: false,
} as const

function changed(change: Partial<ChangedFragment> = {}): ChangedFragment {
  const files = [file]
  return {
    source: 'GIT',
    unknown: null,
    fileCount: 1,
    added: 1,
    removed: 1,
    truncated: false,
    sharedWith: [],
    files,
    ...change,
  }
}

async function shown(...changes: (ChangedFragment | null)[]) {
  const attempts = changes.map((each, place) => ({ number: place + 1, changes: each }))
  const session = aSession([], { StepChanges: { node: { __typename: 'Step', attempts } } })
  show(session, <Changes stepId="step-1" version="1" />)
  await waitFor(() => expect(screen.queryAllByTestId('changes')).toHaveLength(changes.length))
  return session
}

test('a single file is open, line by line with its signs', async () => {
  await shown(changed())

  const diff = screen.getByRole('group', { name: 'Diff of src/login.py' })
  expect(screen.getByTestId('changes').textContent).toContain('1 file changed, +1 −1')
  expect([...diff.children].map((line) => [line.className, line.textContent])).toEqual([
    ['is-place', '@@ -1 +1 @@\n'],
    ['is-removed', '-old <b>\n'],
    ['is-added', '+new\n'],
  ])
})

test('of several files each is folded, and its diff is drawn when it is unfolded', async () => {
  await shown(changed({ fileCount: 2, files: [file, { ...file, path: 'other.py' }] }))

  expect(document.querySelectorAll('.diff')).toHaveLength(0)
  const [first] = document.querySelectorAll('details')
  await act(() => {
    first!.open = true
    fireEvent(first!, new Event('toggle'))
  })
  expect(document.querySelectorAll('.diff')).toHaveLength(1)
})

test('what cannot be shown says why', async () => {
  const binary = { ...file, path: 'a.png', binary: true, diff: '', status: 'ADDED' } as const
  const long = { ...file, path: 'long', diff: '', truncated: true }
  const moved = { ...file, path: 'new', previousPath: 'old', diff: '', status: 'RENAMED' } as const
  await shown(changed({ fileCount: 400, files: [binary, long, moved], sharedWith: ['Write docs'] }))

  const words = screen.getByTestId('changes').textContent
  for (const each of ['a.png', 'binary', 'not shown: there is too much', 'old → new', 'and 397 more files']) {
    expect(words).toContain(each)
  }
  expect(words).toContain('“Write docs” worked in the same files meanwhile')
})

test('of several attempts the newest comes first, and each says what is not known', async () => {
  await shown(changed(), changed({ unknown: 'It is in no git repository.', fileCount: 0, files: [] }))

  expect(screen.getAllByRole('heading').map((heading) => heading.textContent)).toEqual(['Attempt 2', 'Attempt 1'])
  expect(screen.getAllByTestId('changes')[0]?.textContent).toContain('It is in no git repository.')
})

test('trouble in reading is told', async () => {
  show(aSession([]), <Changes stepId="step-1" version="1" />)

  expect(await screen.findByText(/nobody answers StepChanges/)).toBeTruthy()
})

test('whoever decides sees what the steps up to then have changed, and anew when there is news', async () => {
  const steps = [aStep({ id: 'step-1' }), aStep({ id: 'step-2', position: 1 }), aStep({ id: 'step-3', position: 2 })]
  const row = aPipeline({ steps })
  const told = { unknown: null, fileCount: 3, added: 40, removed: 2 }
  const known = ['step-1', 'step-2', 'step-3'].map((id) => ({
    id,
    attempts: [{ changes: id === 'step-2' ? null : told }],
  }))
  const session = aSession([row], { ChangesSoFar: { pipeline: { steps: known } } })
  show(session, <ChangesSoFar row={row} stepId="step-2" />)

  const section = await screen.findByTestId('changes-so-far')
  expect([...section.querySelectorAll('summary')].map((words) => words.textContent)).toEqual([
    'developer: 3 files changed, +40 −2',
  ])
  await act(() => session.say(anEvent('ChangesFound', row)))
  expect(session.asked.filter(({ operation }) => operation === 'ChangesSoFar')).toHaveLength(2)
})
