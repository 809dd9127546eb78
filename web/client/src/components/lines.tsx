/** One line each at the top for what is wrong with the page itself or its surroundings, and what to do. */

import { useEffect, useState } from 'preact/hooks'

import {
  DefinitionProblemsDocument,
  type DefinitionProblemsQuery,
  StorageDocument,
  type StorageQuery,
} from '../generated/graphql'
import { useSession } from '../session'
import { plain } from '../text'
import { Lazily } from './lazily'

export function PageLines() {
  const { tokenWanted, feed, freshness } = useSession()
  if (tokenWanted.value) return <Lazily load={() => import('./token-line').then((m) => m.TokenLine)} />
  const trouble = feed.trouble.value
  return (
    <>
      {trouble && freshness.value.state === 'stale' && (
        <p class="page-line is-failed" role="alert">
          The list is not being followed: {plain(trouble)}. This page tries again by itself.
        </p>
      )}
      <StorageLine />
      <EngineLine />
      <DefinitionLines />
    </>
  )
}

type Storage = StorageQuery['storage']
type DefinitionProblem = DefinitionProblemsQuery['definitionProblems'][number]

/** Asked again when nothing has happened for a while, as nothing does where nothing can be stored, and when it can. */
function StorageLine() {
  const storage = useAnswer(
    async (ask) => (await ask(StorageDocument, {})).storage,
    (item) => item.__typename === 'Heartbeat' || item.__typename === 'StepSucceeded',
  )
  if (!storage?.message) return null
  return (
    <p class="page-line is-failed" role="alert">
      stepwire cannot store anything now: {plain(storage.message)}. Agents work on; what they answer is kept until then.
    </p>
  )
}

/** Of a line that is not live, nobody can tell how OpenCode is by now. */
function EngineLine() {
  const { engine: known, freshness } = useSession()
  const engine = known.value
  if (!engine || freshness.value.state !== 'live' || (engine.reachable && !engine.message)) return null
  return <Lazily load={() => import('./engine').then((m) => m.EngineTrouble)} engine={engine} />
}

function DefinitionLines() {
  const problems = useAnswer(
    async (ask) => (await ask(DefinitionProblemsDocument, {})).definitionProblems,
    (item) => item.__typename === 'DefinitionChanged',
  )
  return (
    <>
      {problems?.map((problem) => (
        <p class="page-line" key={`${problem.file}:${problem.line}:${problem.message}`} role="status">
          <code>{place(problem)}</code> {plain(problem.message).replace(/\.+$/, '')}.
          {problem.fatal && ' The last good definitions stay in force.'}
        </p>
      ))}
    </>
  )
}

function place({ file, line, column }: DefinitionProblem): string {
  return plain([file, line, column].filter((part) => part !== null && part !== undefined).join(':'))
}

type Session = ReturnType<typeof useSession>
type Listener = Parameters<Session['feed']['listen']>[0]

/** An answer beside the feed, asked for again after the events that may have changed it. */
function useAnswer<Answer extends Storage | DefinitionProblem[]>(
  read: (ask: Session['ask']) => Promise<Answer>,
  changedBy: (item: Parameters<Listener>[0]) => boolean,
): Answer | null {
  const { ask, feed, freshness } = useSession()
  const [answer, setAnswer] = useState<Answer | null>(null)
  const live = freshness.value.state === 'live'
  useEffect(() => {
    if (!live) return
    // An older server may not know the question; the line is then simply not there.
    const update = (): void => void read(ask).then(setAnswer, () => setAnswer(null))
    update()
    return feed.listen((item) => changedBy(item) && update())
  }, [ask, feed, live])
  return answer
}
