/** What the list shows, as a fold: a snapshot and the events after it. Pure; the same events give the same screen. */

import type { FeedSubscription, PipelineRowFragment } from './generated/graphql'

export type PipelineRow = PipelineRowFragment
export type StepRow = PipelineRow['steps'][number]
export type Reason = NonNullable<StepRow['failure']>
export type Ask = PipelineRow['attention'][number]
export type FeedItem = FeedSubscription['events']

export type Pipelines = ReadonlyMap<string, PipelineRow>
export type Group = 'needsYou' | 'running' | 'done'

export function fromRows(rows: Iterable<PipelineRow>): Pipelines {
  return new Map([...rows].map((row) => [row.id, row]))
}

/** Adds rows that were read besides the feed; what the feed has already said about a pipeline is newer and stays. */
export function withOlder(pipelines: Pipelines, rows: Iterable<PipelineRow>): Pipelines {
  return new Map([...fromRows(rows), ...pipelines])
}

/** Events come in order and carry the pipeline as of themselves, so the last word on each pipeline is the state. */
export function fold(pipelines: Pipelines, item: FeedItem): Pipelines {
  if ('pipeline' in item) return new Map(pipelines).set(item.pipeline.id, item.pipeline)
  return item.__typename === 'FailureGroupChanged' ? withGroup(pipelines, item.group) : pipelines
}

/** What somebody says of a group is said of the failures that there are; one that opens it again comes by itself. */
function withGroup(pipelines: Pipelines, { id, status, count }: Reason['group']): Pipelines {
  const group = { id, status, count }
  const said = status === 'OPEN' ? {} : { settled: true, known: null }
  const touched = [...pipelines.values()].filter((row) => row.steps.some((step) => step.failure?.group.id === group.id))
  if (touched.length === 0) return pipelines
  const changed = new Map(pipelines)
  for (const row of touched) {
    const steps = row.steps.map((step) =>
      step.failure?.group.id === group.id ? { ...step, failure: { ...step.failure, ...said, group } } : step,
    )
    changed.set(row.id, { ...row, steps })
  }
  return changed
}

/** The step that this pipeline stands at: the troubled one, else the one at work, else the next one. */
export function currentStep(row: PipelineRow): StepRow | null {
  const by = (...statuses: StepRow['status'][]): StepRow | undefined =>
    row.steps.find((step) => statuses.includes(step.status))
  return by('FAILED', 'CANCELLED') ?? by('WAITING', 'RUNNING') ?? by('PENDING') ?? row.steps.at(-1) ?? null
}

/** What became of it, for the eye: where nothing was done because every step was skipped, it is not plainly green. */
export function outcomeOf(row: PipelineRow): PipelineRow['status'] | 'SKIPPED' {
  const nothingDone = row.steps.every((step) => step.status === 'SKIPPED')
  return row.status === 'SUCCEEDED' && nothingDone ? 'SKIPPED' : row.status
}

/** The step that had not begun, or was to be tried again, when the pipeline was cancelled; it can still be tried. */
export function stoppedBefore(row: PipelineRow): StepRow | null {
  if (row.status !== 'CANCELLED' || row.steps.some((step) => step.status === 'CANCELLED')) return null
  return row.steps.find((step) => step.status === 'PENDING') ?? null
}

/** Whether an agent works at it this moment; else only time passes. */
export function isWorking(row: Pick<PipelineRow, 'status'>, step: Pick<StepRow, 'status' | 'attempts'>): boolean {
  return isActive(row) && step.status === 'RUNNING' && step.attempts.at(-1)?.status === 'RUNNING'
}

export interface ComingTry {
  number: number
  message: string
  nextAt: string | null
}

/** The attempt that failed while the next one is awaited; null: none is. */
export function comingTry(step: Pick<StepRow, 'status' | 'attempts'>): ComingTry | null {
  const last = step.attempts.at(-1)
  if (!last?.failure || last.failure.retryDecision.outcome !== 'RETRYING') return null
  if (step.status !== 'RUNNING' && step.status !== 'PENDING' && step.status !== 'WAITING') return null
  return { number: last.number, message: last.failure.message, nextAt: last.failure.retryDecision.nextAttemptAt }
}

export function failedStep(row: PipelineRow): StepRow | null {
  return row.steps.find((step) => step.status === 'FAILED') ?? null
}

export function asksPerson(ask: Ask): boolean {
  return ask.kind === 'PERMISSION' || ask.kind === 'QUESTION' || ask.kind === 'APPROVAL'
}

/** What one step of it waits for. */
export function asksOf(row: Pick<PipelineRow, 'attention'>, step: Pick<StepRow, 'id'>): Ask[] {
  return row.attention.filter((ask) => ask.step.id === step.id)
}

export function isActive(row: Pick<PipelineRow, 'status'>): boolean {
  return row.status === 'PENDING' || row.status === 'RUNNING' || row.status === 'WAITING'
}

export function groupOf(row: PipelineRow): Group {
  if (isActive(row)) return row.status === 'WAITING' || row.attention.some(asksPerson) ? 'needsYou' : 'running'
  if (row.status !== 'FAILED') return 'done'
  return failedStep(row)?.failure?.settled ? 'done' : 'needsYou'
}

/** Where a row stands in the list: its group, and what it is sorted by in there. */
export interface Standing {
  group: Group
  since: string
}

export function standingOf(row: PipelineRow): Standing {
  const group = groupOf(row)
  switch (group) {
    case 'needsYou':
      return { group, since: needsYouSince(row) }
    case 'running':
      return { group, since: row.createdAt }
    case 'done':
      return { group, since: row.finishedAt ?? row.createdAt }
  }
}

/** Newest first, by what brought a pipeline into its group; those that are held stay where they are held. */
export function grouped(
  rows: Iterable<PipelineRow>,
  held: ReadonlyMap<string, Standing> = new Map(),
): Record<Group, PipelineRow[]> {
  const groups: Record<Group, Placed[]> = { needsYou: [], running: [], done: [] }
  for (const row of rows) {
    const { group, since } = held.get(row.id) ?? standingOf(row)
    groups[group].push({ row, since })
  }
  const sorted = (group: Group): PipelineRow[] => groups[group].sort(newestFirst).map(({ row }) => row)
  return { needsYou: sorted('needsYou'), running: sorted('running'), done: sorted('done') }
}

/** Since when a person is wanted: the failure, or the oldest ask that is open. */
export function needsYouSince(row: PipelineRow): string {
  const asked = row.attention.filter(asksPerson).map((ask) => ask.since)
  return asked.sort()[0] ?? row.finishedAt ?? row.startedAt ?? row.createdAt
}

interface Placed {
  row: PipelineRow
  since: string
}

function newestFirst(one: Placed, other: Placed): number {
  return compare(other.since, one.since) || compare(other.row.id, one.row.id)
}

// Instants come in one form, so their texts sort as they do.
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Whether the words typed into the search field are all found in what the row shows. */
export function matches(row: PipelineRow, text: string): boolean {
  const shown = [row.title, row.template, row.directory, row.branch, row.errorMessage, ...row.steps.map((s) => s.agent)]
  const shelf = shown.join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shelf.includes(word))
}
