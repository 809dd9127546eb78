/** One pipeline from top to bottom: what was asked, and what each step made of it. */

import { useEffect } from 'preact/hooks'

import { UsageWords } from '../components/usage'
import { Glyph } from '../components/glyph'
import { RawText } from '../components/raw'
import { CancelAction, PipelineTook } from '../components/row'
import { StoryStepItem } from '../components/story-step'
import { Ago } from '../components/times'
import { isActive, outcomeOf } from '../pipeline'
import { useSession } from '../session'
import { statusWord } from '../status'
import { type Story, useStory } from '../story'
import { plain } from '../text'
import { Loading } from './pipelines'

export function StoryPage({ id, stepId }: { id: string; stepId: string | null }) {
  const { story, missing, trouble } = useStory(id)
  useScrollTo(stepId, story !== null)
  if (missing) return <Missing id={id} />
  if (!story) return trouble ? <p class="page-line is-failed">{plain(trouble)}</p> : <Loading />
  return (
    <article class="story" data-testid="pipeline" data-pipeline-id={story.id} data-status={story.status}>
      <StoryHeader story={story} />
      <section aria-labelledby="prompt">
        <h2 id="prompt">Prompt</h2>
        <RawText text={story.prompt} label="Prompt" />
      </section>
      <section aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        <ol class="story-steps">
          {story.steps.map((step) => (
            <StoryStepItem key={step.id} story={story} step={step} marked={step.id === stepId} />
          ))}
        </ol>
      </section>
    </article>
  )
}

function StoryHeader({ story }: { story: Story }) {
  const outcome = outcomeOf(story)
  return (
    <header>
      <p class="up">
        <a href="/">Pipelines</a>
      </p>
      <h1>
        <Glyph status={outcome} /> {plain(story.title)}
        <span class={`word is-${statusWord(outcome)}`}> {statusWord(outcome)}</span>
      </h1>
      <p class="meta">
        {plain(story.template ?? 'free composition')} · started by {plain(story.startedBy.name)}{' '}
        <Ago at={story.createdAt} />
        {story.startedAt && (
          <>
            {story.finishedAt ? ' · took ' : ' · running for '}
            <PipelineTook pipeline={story} />
          </>
        )}
        <UsageWords usage={story.usage} before=" · " />
      </p>
      {(story.directory || story.branch) && (
        <p class="meta">
          {story.directory && <code>{plain(story.directory)}</code>}
          {story.branch && (
            <>
              {' '}
              branch <code>{plain(story.branch)}</code>
            </>
          )}
        </p>
      )}
      <div class="actions">
        {isActive(story) && <CancelAction id={story.id} />}
        <a href={`/audit?pipeline=${encodeURIComponent(story.id)}`}>Audit trail</a>
      </div>
    </header>
  )
}

function Missing({ id }: { id: string }) {
  return (
    <section class="empty">
      <h1>There is no such pipeline</h1>
      <p>
        <code>{plain(id)}</code> is not known to this server: it was removed, or it belongs to another one.{' '}
        <a href="/">All pipelines</a>
      </p>
    </section>
  )
}

/** An address of a step leads to the step, once it is there; later news leave the reading place alone. */
function useScrollTo(stepId: string | null, there: boolean): void {
  const { router } = useSession()
  useEffect(() => {
    if (!there || !stepId) return
    document.querySelector(`[data-step-id="${CSS.escape(stepId)}"]`)?.scrollIntoView({ block: 'start' })
  }, [stepId, there, router])
}
