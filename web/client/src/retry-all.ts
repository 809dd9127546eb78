/** Trying again all pipelines that stand failed for one cause, a few at a time. */

import { type Insisted, newKey, type Outcome } from './actions'
import { OfCauseDocument, type OfCauseQuery, type RetryStepInput } from './generated/graphql'
import type { Ask } from './request'

type Retry = (input: RetryStepInput, insisted: Insisted) => Promise<Outcome>

/** Raises what reading them raises; a refusal of one of them keeps none of the others. */
export async function retryAll(
  ask: Ask,
  retry: Retry,
  cause: string,
  onProgress: (done: number) => void,
): Promise<Outcome> {
  let done = 0
  const outcomes = await fewAtATime(await failedSteps(ask, cause), async (stepId) => {
    const outcome = await retry({ stepId, idempotencyKey: newKey() }, {})
    onProgress((done += 1))
    return outcome
  })
  return together(outcomes)
}

async function failedSteps(ask: Ask, cause: string): Promise<string[]> {
  const filter = { cause, section: 'NEEDS_YOU' as const }
  const found: string[] = []
  let after: string | null = null
  do {
    const { pipelines }: OfCauseQuery = await ask(OfCauseDocument, { filter, after })
    for (const { steps } of pipelines.nodes) found.push(...steps.flatMap((s) => (s.status === 'FAILED' ? [s.id] : [])))
    after = pipelines.pageInfo.hasNextPage ? pipelines.pageInfo.endCursor : null
  } while (after !== null)
  return found
}

const FEW = 4

async function fewAtATime<Item, Result>(items: Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const left = items.entries()
  const results: Result[] = []
  const worker = async (): Promise<void> => {
    for (const [place, item] of left) results[place] = await work(item)
  }
  await Promise.all(Array.from({ length: FEW }, worker))
  return results
}

/** One outcome of many: done if all are; else how many were, and the reason of the first that was not. */
function together(outcomes: readonly Outcome[]): Outcome {
  const refused = outcomes.filter((outcome) => !outcome.done)
  const [first] = refused
  if (!first || first.done) return { done: true }
  const tried = outcomes.length - refused.length
  return { done: false, message: `${tried} of ${outcomes.length} tried again. The others: ${first.message}`, field: [] }
}
