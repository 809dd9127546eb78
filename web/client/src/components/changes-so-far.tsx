/** What the steps of a pipeline have changed by now, for whoever decides whether it goes on. */

import { useEffect, useState } from 'preact/hooks'

import { changedWords } from '../changes'
import { ChangesSoFarDocument, type ChangesSoFarQuery } from '../generated/graphql'
import type { PipelineRow } from '../pipeline'
import { useSession } from '../session'
import { plain } from '../text'
import { Changes } from './changes'
import { stepName } from './step'

type Step = NonNullable<ChangesSoFarQuery['pipeline']>['steps'][number]

export function ChangesSoFar({ row, stepId }: { row: PipelineRow; stepId: string }) {
  const { feed } = useSession()
  const [news, setNews] = useState(0)
  const steps = useSteps(row.id, news)
  useEffect(
    () =>
      feed.listen((item) => {
        if (item.__typename === 'ChangesFound' && item.pipeline.id === row.id) setNews((before) => before + 1)
      }),
    [feed, row.id],
  )
  const upTo = row.steps.slice(0, row.steps.findIndex(({ id }) => id === stepId) + 1)
  const told = upTo.flatMap((step) => {
    const words = wordsOf(steps.find(({ id }) => id === step.id))
    return words ? [{ step, words }] : []
  })
  if (told.length === 0) return null
  return (
    <section aria-label="Changes so far" data-testid="changes-so-far">
      <h3>Changes so far</h3>
      {told.map(({ step, words }) => (
        <Folded key={step.id} stepId={step.id} version={String(news)}>
          {`${stepName(step)}: ${plain(words)}`}
        </Folded>
      ))}
    </section>
  )
}

function Folded({ stepId, version, children }: { stepId: string; version: string; children: string }) {
  const [wanted, setWanted] = useState(false)
  return (
    <details class="fold" onToggle={(event) => event.currentTarget.open && setWanted(true)}>
      <summary>{children}</summary>
      {wanted && <Changes stepId={stepId} version={version} />}
    </details>
  )
}

/** In words, of its newest attempt; null of an approval, and of a step that has not begun. */
function wordsOf(step: Step | undefined): string | null {
  const changes = step?.attempts.at(-1)?.changes
  return changes ? (changes.unknown ?? changedWords(changes)) : null
}

function useSteps(id: string, news: number): readonly Step[] {
  const { ask } = useSession()
  const [steps, setSteps] = useState<readonly Step[]>([])
  useEffect(() => {
    let wanted = true
    ask(ChangesSoFarDocument, { id }).then(
      ({ pipeline }) => wanted && setSteps(pipeline?.steps ?? []),
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [ask, id, news])
  return steps
}
