/** One step of the story: its reason and ways on first, then what it handed on and what was sent. */

import type { Story, StoryStep } from '../story'
import { isActive, isWorking, stoppedBefore } from '../pipeline'
import { paths } from '../router'
import { statusWord } from '../status'
import { plain } from '../text'
import { ActivityPanel } from './activity'
import { Fact, FailureFacts, SessionCommand } from './failure-card'
import { Glyph } from './glyph'
import { Markdown } from './markdown'
import { RawText } from './raw'
import { Sentence } from './reason'
import { StepActions } from './retry'
import { StepItem, StoppedNote } from './step'
import { At, Took } from './times'
import { UsageWords } from './usage'

const LINES_IN_SIGHT = 20

interface StoryStepProps {
  story: Story
  step: StoryStep
  /** The address leads to this step. */
  marked: boolean
}

export function StoryStepItem({ story, step, marked }: StoryStepProps) {
  const neverBegan = step.id === stoppedBefore(story)?.id
  const stopped = step.status === 'FAILED' || step.status === 'CANCELLED'
  return (
    <StepItem pipeline={story} step={step} words marked={marked}>
      {neverBegan && <StoppedNote pipeline={story} step={step} />}
      {(stopped || neverBegan) && <StepActions pipeline={story} step={step} all={step.attempts.length > 0} />}
      <p class="meta parts">
        {step.description && <span>{plain(step.description)}</span>}
        {step.model && <span>{plain(step.model)}</span>}
        <UsageWords usage={step.usage} />
        {step.failure && <a href={paths.failure(step.failure.id)}>Address of this failure</a>}
      </p>
      {step.failure && <FailureFacts failure={step.failure} />}
      {step.status === 'RUNNING' && isActive(story) && <ActivityPanel stepId={step.id} />}
      {step.approval && <Decision approval={step.approval} />}
      {step.handoff && step.kind === 'AGENT' && <HandoffPart handoff={step.handoff} agent={step.agent} />}
      {step.kind === 'AGENT' && <Attempts story={story} step={step} />}
    </StepItem>
  )
}

function Decision({ approval }: { approval: NonNullable<StoryStep['approval']> }) {
  if (!approval.decidedAt) return null
  return (
    <p>
      {approval.status.toLowerCase()}
      {approval.decidedBy && <> by {plain(approval.decidedBy.name)}</>} at <At at={approval.decidedAt} />
      {approval.comment && <>: “{plain(approval.comment)}”</>}
    </p>
  )
}

function HandoffPart({ handoff, agent }: { handoff: NonNullable<StoryStep['handoff']>; agent: string | null }) {
  return (
    <details class="fold" open data-testid="handoff">
      <summary>
        Handoff
        {handoff.suppliedBy && <span class="meta"> written by {plain(handoff.suppliedBy.name)}</span>}
      </summary>
      <Markdown text={handoff.markdown} label={`Handoff of ${plain(agent ?? 'this step')}`} />
      {handoff.data !== null && <HandoffData data={handoff.data} />}
    </details>
  )
}

/** The structured part as it was understood, which may be another than the eye finds in the text. */
function HandoffData({ data }: { data: unknown }) {
  const text = JSON.stringify(data, null, 2)
  return (
    <details class="fold" open={text.split('\n').length <= LINES_IN_SIGHT} data-testid="handoff-data">
      <summary>Structured part</summary>
      <RawText text={text} label="Structured part" />
    </details>
  )
}

function Attempts({ story, step }: { story: Story; step: StoryStep }) {
  if (step.attempts.length === 0) return null
  const count = step.attempts.length
  return (
    <details class="fold" data-testid="attempts">
      <summary>
        {count === 1 ? '1 attempt' : `${count} attempts`}
        <span class="meta"> · prompt sent, session</span>
      </summary>
      <ol class="attempts">
        {[...step.attempts].reverse().map((attempt) => (
          <li key={attempt.number} data-testid="attempt" data-status={attempt.status}>
            <p class="badge-line">
              <span class={`badge is-${statusWord(attempt.status)}`}>
                <Glyph status={attempt.status} /> attempt {attempt.number}{' '}
                <span class="word">{statusWord(attempt.status)}</span>
              </span>
              <span class="meta">
                <At at={attempt.startedAt} seconds />
                {' · '}
                <Took
                  part={attempt}
                  from={attempt.startedAt}
                  working={attempt.status === 'RUNNING' && isWorking(story, step)}
                />
                <UsageWords usage={attempt.usage} before=" · " />
              </span>
            </p>
            {attempt.failure && (
              <p class="message">
                <Sentence text={attempt.failure.message} />
              </p>
            )}
            <dl class="fact-list">
              {attempt.engineAgent && <Fact name="agent">{plain(attempt.engineAgent)}</Fact>}
              {attempt.model && <Fact name="model">{plain(attempt.model)}</Fact>}
              {attempt.sessionId && <Fact name="session">{plain(attempt.sessionId)}</Fact>}
            </dl>
            {attempt.sessionId && <SessionCommand sessionId={attempt.sessionId} directory={story.directory} />}
            {attempt.prompt && <RawText text={attempt.prompt} label="Prompt sent" />}
          </li>
        ))}
      </ol>
    </details>
  )
}
