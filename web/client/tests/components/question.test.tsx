/** What an agent asks is answered field by field, each by an input of its kind; a refusal stands at its field. */

import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'

import { QuestionAnswers } from '../../src/components/question'
import { aSession, show } from '../session'
import { aQuestion, options } from '../values'

afterEach(cleanup)

function asking(...fields: NonNullable<Parameters<typeof aQuestion>[0]>) {
  const session = aSession([])
  show(session, <QuestionAnswers id="attention-1" question={aQuestion(fields)} />)
  return session
}

const field = (text: string) => within(screen.getByRole('group', { name: text }))
const answer = () => fireEvent.click(screen.getByRole('button', { name: 'Answer' }))

test('every field is answered under its key, by an input of its kind', async () => {
  const session = asking(
    { kind: 'CHOICE', text: 'Which colour?', options: options('red', 'blue') },
    { kind: 'MULTI', text: 'Which sizes?', options: options('S', 'M', 'L') },
    { kind: 'TEXT', text: 'What name?' },
    { kind: 'INTEGER', text: 'How many?' },
    { kind: 'BOOLEAN', text: 'Now?' },
  )

  fireEvent.click(field('Which colour?').getByRole('radio', { name: 'blue' }))
  fireEvent.click(field('Which sizes?').getByRole('checkbox', { name: 'S' }))
  fireEvent.click(field('Which sizes?').getByRole('checkbox', { name: 'L' }))
  fireEvent.input(field('What name?').getByRole('textbox'), { target: { value: 'Sky' } })
  fireEvent.input(field('How many?').getByRole('spinbutton'), { target: { value: '3' } })
  fireEvent.click(field('Now?').getByRole('radio', { name: 'Yes' }))
  answer()

  await waitFor(() =>
    expect(session.acts.answer).toHaveBeenCalledWith('attention-1', [
      { key: 'q0', values: ['blue'] },
      { key: 'q1', values: ['S', 'L'] },
      { key: 'q2', values: ['Sky'] },
      { key: 'q3', values: ['3'] },
      { key: 'q4', values: ['true'] },
    ]),
  )
})

test('of one answer, what is typed takes the place of what was chosen', async () => {
  const session = asking({ kind: 'CHOICE', text: 'Which colour?', options: options('red', 'blue') })

  fireEvent.click(screen.getByRole('radio', { name: 'red' }))
  fireEvent.input(screen.getByRole('textbox'), { target: { value: 'green' } })
  answer()

  await waitFor(() =>
    expect(session.acts.answer).toHaveBeenCalledWith('attention-1', [{ key: 'q0', values: ['green'] }]),
  )
})

test('a field begins with what is set, and is not asked where its condition does not hold', async () => {
  const session = asking(
    { kind: 'BOOLEAN', text: 'Deploy?', default: false },
    { kind: 'TEXT', text: 'Where to?', conditions: [{ key: 'q0', value: true, equal: true }] },
  )

  expect(screen.queryByRole('group', { name: 'Where to?' })).toBeNull()
  fireEvent.click(field('Deploy?').getByRole('radio', { name: 'Yes' }))
  fireEvent.input(field('Where to?').getByRole('textbox'), { target: { value: 'staging' } })
  fireEvent.click(field('Deploy?').getByRole('radio', { name: 'No' }))
  answer()

  await waitFor(() =>
    expect(session.acts.answer).toHaveBeenCalledWith('attention-1', [{ key: 'q0', values: ['false'] }]),
  )
})

test('what must be answered is named as long as it is not', () => {
  const session = asking({ title: 'Colour' }, { title: 'Size', text: 'Which size?', required: false })

  answer()

  expect(screen.getByText('Answer first: Colour')).toBeTruthy()
  expect(session.acts.answer).not.toHaveBeenCalled()
})

test('a refusal stands at its field, and the answer can be given again', async () => {
  const session = asking({ text: 'Which colour?' }, { text: 'How many?', kind: 'NUMBER' })
  session.acts.answer.mockResolvedValueOnce({ done: false, message: 'At most 5.', field: ['fields', 'q1'] })

  fireEvent.input(field('Which colour?').getByRole('textbox'), { target: { value: 'blue' } })
  fireEvent.input(field('How many?').getByRole('spinbutton'), { target: { value: '9' } })
  answer()

  expect(await field('How many?').findByText('At most 5.')).toBeTruthy()
  fireEvent.input(field('How many?').getByRole('spinbutton'), { target: { value: '4' } })
  answer()
  await waitFor(() => expect(session.acts.answer).toHaveBeenCalledTimes(2))
})

test('a link that is none of the web is not to be followed', () => {
  asking(
    { kind: 'LINK', text: 'Look there', url: 'https://example.org/' },
    { kind: 'LINK', text: 'Or there', url: 'javascript:alert(1)' },
  )

  expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(['https://example.org/'])
  expect(screen.getByText('javascript:alert(1)')).toBeTruthy()
})
