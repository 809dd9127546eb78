/** A pipeline as it is being written, and the input that it becomes. Pure. */

import type { StartPipelineInput, StepInput } from './generated/graphql'

export interface DraftStep {
  /** For the page alone: which one it is while they are moved. */
  key: string
  kind: 'AGENT' | 'APPROVAL'
  agent: string
  description: string
  model: string
  timeoutSeconds: string
  maxAttempts: string
}

export interface Draft {
  way: 'template' | 'steps'
  template: string
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
  steps: [],
  title: '',
  prompt: '',
  directory: '',
  branch: '',
  githubIssue: '',
}

export function emptyStep(key: string, kind: DraftStep['kind']): DraftStep {
  return { key, kind, agent: '', description: '', model: '', timeoutSeconds: '', maxAttempts: '' }
}

/** Only what was filled in: the server's defaults are the server's. */
export function inputOf(draft: Draft, idempotencyKey: string): StartPipelineInput {
  const { way, template, steps, prompt } = draft
  return {
    prompt,
    ...(way === 'template' ? { template } : { steps: steps.map(stepInput) }),
    ...given('title', draft.title),
    ...given('directory', draft.directory),
    ...given('branch', draft.branch),
    ...given('githubIssue', draft.githubIssue),
    idempotencyKey,
  }
}

export function stepInput(step: DraftStep): StepInput {
  const described = { kind: step.kind, ...given('description', step.description) }
  if (step.kind === 'APPROVAL') return described
  return {
    ...described,
    agent: step.agent.trim(),
    ...given('model', step.model),
    ...numeric('timeoutSeconds', step.timeoutSeconds),
    ...numeric('maxAttempts', step.maxAttempts),
  }
}

function given<Name extends string>(name: Name, value: string): { [Key in Name]?: string } {
  return value.trim() ? ({ [name]: value.trim() } as { [Key in Name]?: string }) : {}
}

function numeric<Name extends string>(name: Name, value: string): { [Key in Name]?: number } {
  return value.trim() ? ({ [name]: Number(value) } as { [Key in Name]?: number }) : {}
}

/** The step at one place, moved to another one. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const rest = items.filter((_, place) => place !== from)
  const item = items[from]
  return item === undefined ? rest : [...rest.slice(0, to), item, ...rest.slice(to)]
}

/** Where a refusal belongs: `steps.2.model`, however the server cuts it; `inputs` are not part of it. */
export function fieldPath(field: readonly string[]): string {
  return field
    .flatMap((part) => part.split('.'))
    .filter((part) => part !== 'input')
    .map(camel)
    .join('.')
}

function camel(part: string): string {
  return part.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
