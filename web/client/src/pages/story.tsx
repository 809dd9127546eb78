/** One pipeline: the verdict on it stays in sight, its steps lie on one axis, and the selected one tells all of it. */

import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import { Rail } from '../components/rail'
import { RawText } from '../components/raw'
import { StepPanel } from '../components/step-panel'
import { Verdict } from '../components/verdict'
import { useWays, WayForm } from '../components/ways'
import { useKeptFocus } from '../focus'
import { FailureByIdDocument } from '../generated/graphql'
import { outcomeOf } from '../pipeline'
import { sentence } from '../request'
import { type InPipeline, paths } from '../router'
import { useSession } from '../session'
import { statusMark } from '../status'
import { type Story, useStory } from '../story'
import '../styles/pipeline.css'
import { head, plain } from '../text'
import { useSubject } from '../title'
import { chosenStep, stoppedAt } from '../verdict'
import { Loading } from './pipelines'

export function StoryPage({ id, ...inside }: { id: string } & InPipeline) {
  const { story, missing, trouble } = useStory(id)
  if (missing) return <Missing id={id} />
  if (!story) return trouble ? <p class="page-line is-failed">{plain(trouble)}</p> : <Loading />
  return <Whole story={story} {...inside} />
}

function Whole({ story, stepId, tab, attempt }: { story: Story } & InPipeline) {
  const box = useRef<HTMLElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const ways = useWays()
  const stopped = stoppedAt(story)
  const step = chosenStep(story, stepId)
  useKeptFocus(box, () => title.current)
  useSubject(`${statusMark(outcomeOf(story))} ${plain(story.title)}`)
  return (
    <article class="story" ref={box} data-testid="pipeline" data-pipeline-id={story.id} data-status={story.status}>
      <header class="verdict" ref={useHeight(box)}>
        <Verdict title={title} story={story} step={stopped} ways={ways} />
      </header>
      <WayForm step={stopped} ways={ways} />
      <Prompt text={story.prompt} />
      <div class="rail-and-panel">
        <Rail story={story} selected={step?.id} />
        {step && <StepPanel story={story} step={step} tab={tab} attempt={attempt} />}
      </div>
    </article>
  )
}

/** Tells the styles how high the head is: what stays in sight beside the panel begins below it. */
function useHeight(box: RefObject<HTMLElement | null>): RefObject<HTMLElement | null> {
  const measured = useRef<HTMLElement>(null)
  useEffect(() => box.current?.style.setProperty('--head', `${measured.current?.offsetHeight ?? 0}px`))
  return measured
}

const LINE = 200

function Prompt({ text }: { text: string }) {
  const line = plain(head(text, LINE)).trim().split('\n')[0]
  return (
    <details class="fold prompt">
      <summary>
        Prompt <span dir="auto">{line}</span>
      </summary>
      <RawText text={text} label="Prompt" />
    </details>
  )
}

/** The address of a failure leads to the step that it happened in, and there to why. */
export function FailureAddress({ id }: { id: string }) {
  const { ask, router } = useSession()
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let wanted = true
    ask(FailureByIdDocument, { id }).then(
      ({ node }) => {
        if (!wanted) return
        if (node?.__typename !== 'Failure') return setProblem('')
        router.go(paths.tab(node.pipeline.id, node.step.id, 'why', node.attempt), 'replace')
      },
      (reason: unknown) => wanted && setProblem(sentence(reason)),
    )
    return () => {
      wanted = false
    }
  }, [ask, router, id])
  if (problem === null) return <Loading />
  return problem ? <p class="page-line is-failed">{plain(problem)}</p> : <NoFailure />
}

function NoFailure() {
  return (
    <section class="empty">
      <h1>There is no such failure</h1>
      <p>
        It was removed, or it belongs to another server. <a href="/failures">All failures</a>
      </p>
    </section>
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
