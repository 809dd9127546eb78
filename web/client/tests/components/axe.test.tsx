// @vitest-environment jsdom
/** The main screens have no fault that a machine can find for those who use them without sight or mouse. */

import { cleanup, screen, waitFor } from '@testing-library/preact'
import axe from 'axe-core'
import type { ComponentChildren } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { App } from '../../src/app'
import { ApprovalsPage } from '../../src/pages/approvals'
import { PipelinesPage } from '../../src/pages/pipelines'
import { StartPage } from '../../src/pages/start'
import { StoryPage } from '../../src/pages/story'
import { aSession, show } from '../session'
import { aFailedStoryStep, aStory } from '../story-values'
import { aFailedPipeline, anAsk, aPipeline, aQuestion, NOON, options } from '../values'

afterEach(() => {
  cleanup()
  sessionStorage.clear()
})

beforeEach(() => {
  HTMLElement.prototype.scrollIntoView = () => undefined
})

const question = aQuestion([
  { kind: 'MULTI', options: options('red', 'blue') },
  { kind: 'CHOICE', title: 'Size', text: 'Which size?', options: options('S', 'L') },
  { kind: 'INTEGER', text: 'How many?' },
  { kind: 'BOOLEAN', text: 'Now?' },
  { kind: 'LINK', text: 'Look there', url: 'https://example.org/' },
])
const rows = [
  aFailedPipeline({ id: 'failed' }),
  aPipeline({ id: 'asks', status: 'WAITING', attention: [anAsk()] }),
  aPipeline({
    id: 'question',
    status: 'WAITING',
    attention: [anAsk({ kind: 'QUESTION', permission: null, question })],
  }),
  aPipeline({ id: 'running' }),
  aPipeline({ id: 'done', status: 'SUCCEEDED', finishedAt: NOON }),
]
const answers = {
  PipelineStory: { pipeline: aStory({ status: 'FAILED', finishedAt: NOON, steps: [aFailedStoryStep()] }) },
  Definitions: { templates: [], agents: [] },
  DefinitionProblems: { definitionProblems: [] },
}

// Colours need a browser that paints; they are looked at there.
HTMLCanvasElement.prototype.getContext = () => null

const RULES = { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } }

test.each<[string, ComponentChildren]>([
  ['the whole page', <App />],
  ['the list', <PipelinesPage search="" template="" />],
  ['an empty search', <PipelinesPage search="nothing like this" template="" />],
  ['the inbox', <ApprovalsPage ask={null} />],
  ['the form to start', <StartPage />],
  ['a story', <StoryPage id="pipeline-1" stepId={null} tab={null} attempt={null} />],
])('%s', async (name, page) => {
  show(aSession(rows, answers), page)
  if (name === 'a story') await waitFor(() => screen.getByTestId('pipeline'))
  await act(async () => undefined)

  const { violations } = await axe.run(document.body, RULES)

  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
})
