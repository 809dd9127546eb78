/** A pipeline as it is being written, and the input that it becomes. Pure. */

import type { StartPipelineInput, StepInput, TemplateCardFragment } from './generated/graphql'

/** Everything as typed: numbers and JSON are texts until they are sent. */
export interface DraftStep {
  /** For the page alone: which one it is while they are moved. */
  key: string
  kind: 'AGENT' | 'APPROVAL'
  agent: string
  description: string
  model: string
  timeoutSeconds: string
  maxAttempts: string
  remindAfterSeconds: string
  expiresAfterSeconds: string
  handoffSchema: string
}

/** By the place of the step. */
export type Models = { [place: number]: string }

export interface Draft {
  way: 'template' | 'steps'
  template: string
  models: Models
  steps: DraftStep[]
  title: string
  prompt: string
  directory: string
  branch: string
  githubIssue: string
}

export const emptyDraft: Draft = {
  way: 'template',
  template: '',
  models: {},
  steps: [],
  title: '',
  prompt: '',
  directory: '',
  branch: '',
  githubIssue: '',
}

let steps = 0

export function emptyStep(kind: DraftStep['kind']): DraftStep {
  steps += 1
  return {
    key: `step-${steps}`,
    kind,
    agent: '',
    description: '',
    model: '',
    timeoutSeconds: '',
    maxAttempts: '',
    remindAfterSeconds: '',
    expiresAfterSeconds: '',
    handoffSchema: '',
  }
}

/** Steps that come from before this page was loaded, told apart from those that it makes. */
export function renamed(steps: readonly DraftStep[]): DraftStep[] {
  return steps.map((step) => ({ ...step, key: emptyStep(step.kind).key }))
}

export function draftStep(step: TemplateCardFragment['steps'][number]): DraftStep {
  const text = (value: string | number | null): string => (value === null ? '' : String(value))
  return {
    ...emptyStep(step.kind),
    agent: text(step.agent),
    description: text(step.description),
    model: text(step.model),
    timeoutSeconds: text(step.timeoutSeconds),
    maxAttempts: text(step.maxAttempts),
    remindAfterSeconds: text(step.remindAfterSeconds),
    expiresAfterSeconds: text(step.expiresAfterSeconds),
    handoffSchema: step.handoffSchema ? JSON.stringify(step.handoffSchema, null, 2) : '',
  }
}

/** Only what was filled in: the server's defaults are the server's. */
export function inputOf(draft: Draft, idempotencyKey: string): StartPipelineInput {
  const { way, template, prompt } = draft
  const chosen = chosenModels(draft.models)
  const models = chosen.length > 0 ? { models: chosen } : {}
  return {
    prompt,
    ...(way === 'template' ? { template, ...models } : { steps: draft.steps.map(stepInput) }),
    ...given('title', draft.title),
    ...given('directory', draft.directory),
    ...given('branch', draft.branch),
    ...given('githubIssue', draft.githubIssue),
    idempotencyKey,
  }
}

/** As they are sent, in the order of the steps. */
export function chosenModels(models: Models): { position: number; model: string }[] {
  return Object.entries(models)
    .filter(([, model]) => model.trim())
    .map(([place, model]) => ({ position: Number(place), model: model.trim() }))
}

export function stepInput(step: DraftStep): StepInput {
  const described = { kind: step.kind, ...given('description', step.description) }
  if (step.kind === 'APPROVAL') {
    return {
      ...described,
      ...numeric('remindAfterSeconds', step.remindAfterSeconds),
      ...numeric('expiresAfterSeconds', step.expiresAfterSeconds),
    }
  }
  return {
    ...described,
    agent: step.agent.trim(),
    ...given('model', step.model),
    ...numeric('timeoutSeconds', step.timeoutSeconds),
    ...numeric('maxAttempts', step.maxAttempts),
    ...(step.handoffSchema.trim() ? { handoffSchema: JSON.parse(step.handoffSchema) as unknown } : {}),
  }
}

/** What can be told without asking the server: where it belongs, and why. */
export function problemIn(drafts: readonly DraftStep[]): { field: string; message: string } | null {
  for (const [place, { handoffSchema }] of drafts.entries()) {
    const problem = handoffSchema.trim() ? jsonProblem(handoffSchema) : null
    if (problem) return { field: `steps.${place}.handoffSchema`, message: problem }
  }
  return null
}

function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

function given<Name extends string>(name: Name, value: string): { [Key in Name]?: string } {
  return value.trim() ? ({ [name]: value.trim() } as { [Key in Name]?: string }) : {}
}

function numeric<Name extends string>(name: Name, value: string): { [Key in Name]?: number } {
  return value.trim() ? ({ [name]: Number(value) } as { [Key in Name]?: number }) : {}
}

/** The item at one place, moved to another one. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const rest = items.filter((_, place) => place !== from)
  const item = items[from]
  return item === undefined ? rest : [...rest.slice(0, to), item, ...rest.slice(to)]
}
