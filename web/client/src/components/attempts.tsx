/** The attempts of a step, newest first: how each went, what was sent, and how to look into its session. */

import { useState } from 'preact/hooks'

import { PromptsSentDocument } from '../generated/graphql'
import { isWorking } from '../pipeline'
import { sentence } from '../request'
import { paths } from '../router'
import { useSession } from '../session'
import { statusWord } from '../status'
import type { Story, StoryStep } from '../story'
import { plain } from '../text'
import { Fact, SessionCommand } from './failure-card'
import { Glyph } from './glyph'
import { RawText } from './raw'
import { Sentence } from './reason'
import { At, Took } from './times'
import { UsageWords } from './usage'

export function Attempts({ story, step }: { story: Story; step: StoryStep }) {
  return (
    <ol class="attempts" data-testid="attempts">
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
              <Sentence text={attempt.failure.message} />{' '}
              <a href={paths.tab(story.id, step.id, 'why', attempt.number)}>Why</a>
            </p>
          )}
          <dl class="fact-list">
            {attempt.engineAgent && <Fact name="agent">{plain(attempt.engineAgent)}</Fact>}
            {attempt.model && <Fact name="model">{plain(attempt.model)}</Fact>}
            {attempt.sessionId && <Fact name="session">{plain(attempt.sessionId)}</Fact>}
          </dl>
          {attempt.sessionId && <SessionCommand sessionId={attempt.sessionId} directory={story.directory} />}
          <PromptSent stepId={step.id} attempt={attempt.number} />
        </li>
      ))}
    </ol>
  )
}

/** Read when it is wanted; it never changes. */
function PromptSent({ stepId, attempt }: { stepId: string; attempt: number }) {
  const { ask } = useSession()
  const [text, setText] = useState<string | null>(null)
  const read = async (): Promise<string> => {
    const { node } = await ask(PromptsSentDocument, { stepId })
    const attempts = node?.__typename === 'Step' ? node.attempts : []
    return attempts.find(({ number }) => number === attempt)?.prompt ?? 'Nothing was sent.'
  }
  return (
    <details class="fold" onToggle={() => void read().then(setText, (problem: unknown) => setText(sentence(problem)))}>
      <summary>Prompt sent</summary>
      {text !== null && <RawText text={text} label="Prompt sent" />}
    </details>
  )
}
