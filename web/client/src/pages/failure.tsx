/** One failure at its own address. */

import { useEffect, useState } from 'preact/hooks'

import { FailureFacts } from '../components/failure-card'
import { Glyph } from '../components/glyph'
import { ReasonText } from '../components/reason'
import { stepName } from '../components/step'
import { Ago } from '../components/times'
import { type FailureCardFragment, FailureByIdDocument } from '../generated/graphql'
import { sentence } from '../request'
import { paths } from '../router'
import { useSession } from '../session'
import { plain } from '../text'
import { Loading } from './pipelines'

type Found = { failure: FailureCardFragment | null } | { problem: string }

export function FailurePage({ id }: { id: string }) {
  const { ask } = useSession()
  const [found, setFound] = useState<Found | null>(null)
  useEffect(() => {
    // A failure never changes once it is written: read once is enough.
    ask(FailureByIdDocument, { id }).then(
      ({ node }) => setFound({ failure: node?.__typename === 'Failure' ? node : null }),
      (problem: unknown) => setFound({ problem: sentence(problem) }),
    )
  }, [ask, id])
  if (!found) return <Loading />
  if ('problem' in found) return <p class="page-line is-failed">{plain(found.problem)}</p>
  return found.failure ? <Failure failure={found.failure} /> : <Missing />
}

function Failure({ failure }: { failure: FailureCardFragment }) {
  const { pipeline, step } = failure
  return (
    <article class="story" data-testid="failure" data-failure-id={failure.id} data-kind={failure.kind}>
      <header>
        <p class="up">
          <a href="/failures">Failures</a>
        </p>
        <h1>
          <Glyph status="FAILED" /> <span class="word is-failed">failed</span>{' '}
          <a href={paths.step(pipeline.id, step.id)}>{plain(pipeline.title)}</a>
        </h1>
        <p class="meta">
          {plain(pipeline.template ?? 'free composition')} · step {step.position + 1},{' '}
          {stepName({ ...step, kind: step.agent ? 'AGENT' : 'APPROVAL' })} · attempt {failure.attempt} ·{' '}
          <Ago at={failure.occurredAt} />
        </p>
      </header>
      <ReasonText message={failure.message} hint={failure.hint} />
      <div class="actions">
        <a href={paths.step(pipeline.id, step.id)}>Go to this step</a>
      </div>
      <FailureFacts failure={failure} />
    </article>
  )
}

function Missing() {
  return (
    <section class="empty">
      <h1>There is no such failure</h1>
      <p>
        It was removed, or it belongs to another server. <a href="/failures">All failures</a>
      </p>
    </section>
  )
}
