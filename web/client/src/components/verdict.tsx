/** The head of a pipeline's page, which stays in sight: how it stands, why, and the button that can help. */

import type { RefObject } from 'preact'

import { asksPerson, comingTry, currentStep, isWorking, outcomeOf } from '../pipeline'
import { attentionWord, statusWord } from '../status'
import type { Story, StoryStep } from '../story'
import { folded, plain } from '../text'
import { Glyph } from './glyph'
import { stepName } from './step'
import { Age, Ago, At, Took } from './times'
import { UsageWords } from './usage'
import { WayButtons, type WaysProps } from './ways'

export interface VerdictProps extends WaysProps {
  title: RefObject<HTMLHeadingElement | null>
}

export function Verdict({ title, ...props }: VerdictProps) {
  const { story } = props
  const outcome = outcomeOf(story)
  return (
    <>
      <div class="verdict-title">
        <Glyph status={outcome} />
        <h1 ref={title} tabIndex={-1} title={plain(story.title)} dir="auto">
          {plain(story.title)}
        </h1>
        <span class={`word is-${statusWord(outcome)}`}>{statusWord(outcome)}</span>
      </div>
      <Sentences {...props} />
      <WayButtons {...props} />
      <Facts story={story} />
    </>
  )
}

/** `step 2 of 30, developer`, while that says something. */
function Place({ story }: { story: Story }) {
  const step = currentStep(story)
  if (!step || story.status === 'SUCCEEDED') return null
  return (
    <span class="place">
      step {step.position + 1} of {story.steps.length}, {stepName(step)}
    </span>
  )
}

/** Reason and hint, as much as fits; the whole is below. */
function Sentences({ story, step }: { story: Story; step: StoryStep | undefined }) {
  const message = step?.errorMessage ?? story.errorMessage
  if (!message) return <Waiting story={story} />
  const hint = step?.failure?.hint
  return (
    <div class="verdict-reason">
      <p class="message" data-testid="error-message" title={plain(message)}>
        {shortened(message)}
      </p>
      {hint && (
        <p class="hint" data-testid="hint" title={plain(hint)}>
          <span aria-hidden="true">→ </span>
          {plain(hint)}
        </p>
      )}
    </div>
  )
}

/** What holds it up, though nothing has failed. */
function Waiting({ story }: { story: Story }) {
  const ask = story.attention.find(asksPerson) ?? story.attention[0]
  const coming = story.steps.map(comingTry).find((one) => one !== null)
  if (!ask && !coming) return null
  return (
    <div class="verdict-reason">
      {ask ? (
        <p class={asksPerson(ask) ? 'message waits' : 'message'} title={plain(ask.message)}>
          <strong>{attentionWord(ask.kind)}</strong> {!ask.question && shortened(ask.message)}{' '}
          <span class="meta">
            since <Age at={ask.since} />
          </span>
        </p>
      ) : (
        coming && (
          <p class="message" title={plain(coming.message)}>
            <strong>attempt {coming.number} failed</strong> {shortened(coming.message)}{' '}
            {coming.nextAt && (
              <span class="meta">
                next try at <At at={coming.nextAt} seconds />
              </span>
            )}
          </p>
        )
      )}
    </div>
  )
}

const SHOWN = 320

function shortened(text: string): string {
  const { shown, rest } = folded(plain(text), SHOWN)
  return rest ? `${shown}…` : shown
}

/** Where it came from and what it has cost. */
function Facts({ story }: { story: Story }) {
  const attempts = story.steps.reduce((sum, step) => sum + step.attempts.length, 0)
  const again = story.steps.some((step) => step.attempts.length > 1)
  const working = story.steps.some((step) => isWorking(story, step))
  return (
    <p class="meta facts-line">
      <Place story={story} />
      <span>{plain(story.template ?? 'free composition')}</span>
      {story.directory && <Folder path={plain(story.directory)} />}
      {story.branch && (
        <span>
          branch <code>{plain(story.branch)}</code>
        </span>
      )}
      {story.startedAt && (
        <span data-testid="took">
          <Took part={story} from={story.createdAt} working={working} attempts={again ? attempts : 1} />
        </span>
      )}
      <UsageWords usage={story.usage} />
      <span class="roomy">
        started by {plain(story.startedBy.name)} <Ago at={story.createdAt} />
      </span>
    </p>
  )
}

/** Its end says most, so that is what stays on a narrow screen. */
function Folder({ path }: { path: string }) {
  const cut = path.lastIndexOf('/', path.length - 2) + 1
  return (
    <span class="folder" title={path}>
      <code>
        <span class="roomy">{path.slice(0, cut)}</span>
        {path.slice(cut)}
      </code>
    </span>
  )
}
