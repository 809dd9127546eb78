/** Why a step failed, waits or has not begun, whole, with all that is known of it. */

import { useEffect, useState } from 'preact/hooks'

import { type FailureCardFragment, FailureByIdDocument } from '../generated/graphql'
import { asksOf, currentStep, isActive, stoppedBefore } from '../pipeline'
import { sentence } from '../request'
import { useSession } from '../session'
import type { Story, StoryStep } from '../story'
import { plain } from '../text'
import { lastFailed } from '../verdict'
import { AttentionNote } from './attention'
import { FailureFacts } from './failure-card'
import { ReasonText } from './reason'
import { EarlierReason, Known, RetryNote, stepName, StoppedNote } from './step'

export interface WhyProps {
  story: Story
  step: StoryStep
  /** The number of the attempt that is asked about; null: the one that decided. */
  attempt: number | null
}

export function Why({ story, step, attempt }: WhyProps) {
  const asked = step.attempts.find(({ number, failure }) => number === attempt && failure)?.failure
  if (asked && asked.id !== step.failure?.id) return <AttemptFailure id={asked.id} />
  const before = step.errorMessage ? undefined : lastFailed(step)?.failure
  return (
    <>
      {asksOf(story, step).map((ask) => (
        <AttentionNote key={ask.id} ask={ask} />
      ))}
      {isActive(story) && <RetryNote step={step} />}
      {step.errorMessage && <ReasonText message={step.errorMessage} hint={step.failure?.hint ?? null} />}
      {step.failure?.known && <Known known={step.failure.known} count={step.failure.group.count} />}
      {step.status === 'CANCELLED' && <EarlierReason step={step} />}
      {step.id === stoppedBefore(story)?.id && <StoppedNote pipeline={story} step={step} />}
      <NotBegun story={story} step={step} />
      {step.failure && <FailureFacts failure={step.failure} />}
      {before && <AttemptFailure id={before.id} />}
    </>
  )
}

/** Whose turn it is, or why it never came. */
function NotBegun({ story, step }: { story: Story; step: StoryStep }) {
  if (step.status === 'SKIPPED') return <p>It was skipped. The audit trail says by whom and why.</p>
  if (step.status !== 'PENDING' || stoppedBefore(story)?.id === step.id) return null
  const current = currentStep(story)
  if (!current || current.id === step.id) return <p>It has not begun: the pipeline waits for its turn.</p>
  const before = `step ${current.position + 1}, ${stepName(current)}`
  if (isActive(story)) return <p>It has not begun: its turn comes after {before}.</p>
  return <p>{`It was not begun: ${before}, ${current.status === 'FAILED' ? 'failed' : 'was cancelled'}.`}</p>
}

type Found = { failure: FailureCardFragment | null } | { problem: string }

/** What the story does not carry: what is known of the failure of an attempt that others followed. */
function AttemptFailure({ id }: { id: string }) {
  const { ask } = useSession()
  const [found, setFound] = useState<Found | null>(null)
  useEffect(() => {
    let wanted = true
    // A failure never changes once it is written: read once is enough.
    ask(FailureByIdDocument, { id }).then(
      ({ node }) => wanted && setFound({ failure: node?.__typename === 'Failure' ? node : null }),
      (problem: unknown) => wanted && setFound({ problem: sentence(problem) }),
    )
    return () => {
      wanted = false
    }
  }, [ask, id])
  if (!found) return null
  if ('problem' in found) return <p class="problem">{plain(found.problem)}</p>
  const { failure } = found
  if (!failure) return <p>What is known of this failure was removed.</p>
  return (
    <section aria-label={`Failure of attempt ${failure.attempt}`} data-testid="failure" data-kind={failure.kind}>
      <h3>Attempt {failure.attempt} failed</h3>
      <ReasonText message={failure.message} hint={failure.hint} />
      <FailureFacts failure={failure} />
    </section>
  )
}
