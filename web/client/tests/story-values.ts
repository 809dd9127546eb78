/** Builders of a pipeline in full. */

import type { Story, StoryFailure, StoryStep } from '../src/story'
import { aFailedStep, aPipeline, aReason, aStep, NOON } from './values'

const usage = { knownInputTokens: 0, knownOutputTokens: 0, knownCost: 0 }

export function aStoryFailure(change: Partial<StoryFailure> = {}): StoryFailure {
  return {
    ...aReason(),
    detail: '{"error":"invalid_api_key"}',
    statusCode: 401,
    causes: [
      { source: 'OpenCode', message: 'APIError' },
      { source: 'anthropic', message: 'Incorrect API key provided.' },
    ],
    evidence: {
      sessionId: 'ses_1',
      model: 'anthropic/claude',
      lastText: 'I will look.',
      lastTool: { tool: 'bash', input: { command: 'make' }, status: 'error', error: 'exit 2', output: null },
      todos: [{ content: 'Read', status: 'completed' }],
      engineRetries: [{ attempt: 1, message: 'rate limited' }],
      sideEffects: ['edited src/login.tsx'],
    },
    pipeline: { id: 'pipeline-1', directory: "/srv/it's" },
    step: { id: 'step-0' },
    ...change,
  }
}

export function aStoryStep(change: Partial<StoryStep> = {}): StoryStep {
  const { attempts: _, failure: __, ...step } = aStep()
  const own = { model: null, description: null, usage, failure: null, handoff: null, approval: null, attempts: [] }
  return { ...step, ...own, ...change }
}

export function aFailedStoryStep(change: Partial<StoryStep> = {}): StoryStep {
  const failure = aStoryFailure()
  const { attempts: _, ...step } = aFailedStep({ failure })
  const attempt = {
    number: 1,
    status: 'FAILED',
    engineAgent: 'build',
    model: 'anthropic/claude',
    sessionId: 'ses_1',
    startedAt: NOON,
    finishedAt: NOON,
    workedSeconds: 0,
    waitedSeconds: 0,
    usage,
    failure: aReason(),
  } as const
  return { ...aStoryStep(), ...step, failure, attempts: [attempt], ...change }
}

export function aStory(change: Partial<Story> = {}): Story {
  const { steps: _, ...pipeline } = aPipeline()
  return {
    ...pipeline,
    prompt: 'Fix the login form.',
    cursor: 'c1',
    startedBy: { name: 'local' },
    usage,
    steps: [aStoryStep()],
    ...change,
  }
}
