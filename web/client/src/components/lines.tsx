/** One line each at the top for what is wrong with the page itself or its surroundings, and what to do. */

import { useEffect, useState } from 'preact/hooks'

import type { Outcome } from '../actions'
import {
  DefinitionProblemsDocument,
  type DefinitionProblemsQuery,
  EngineDocument,
  type EngineQuery,
  StartEngineDocument,
} from '../generated/graphql'
import { sentence } from '../request'
import { useSession } from '../session'
import { plain } from '../text'
import { Action } from './action'

export function PageLines() {
  const { tokenWanted, feed, freshness } = useSession()
  if (tokenWanted.value) return <TokenLine />
  const trouble = feed.trouble.value
  return (
    <>
      {trouble && freshness.value.state === 'stale' && (
        <p class="page-line is-failed" role="alert">
          The list is not being followed: {plain(trouble)}. This page tries again by itself.
        </p>
      )}
      <EngineLine />
      <DefinitionLines />
    </>
  )
}

function TokenLine() {
  const { useToken } = useSession()
  const [token, setToken] = useState('')
  return (
    <form
      class="page-line is-failed token"
      onSubmit={(event) => {
        event.preventDefault()
        if (token.trim()) useToken(token.trim())
      }}
    >
      <label for="token">
        This server wants a token: open the address that <code>stepwire serve</code> printed, or paste its token here.
      </label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <button type="submit" class="likely">
        Use this token
      </button>
    </form>
  )
}

type Engine = EngineQuery['engine']
type DefinitionProblem = DefinitionProblemsQuery['definitionProblems'][number]

/** Asked once the list is there, and again whenever the state of the line changes. */
function EngineLine() {
  const engine = useAnswer(
    async (ask) => (await ask(EngineDocument, {})).engine,
    (item) => item.__typename === 'StepFailed' || item.__typename === 'StepSucceeded',
  )
  if (!engine) return null
  if (!engine.reachable) return <EngineDown engine={engine} />
  return engine.message ? (
    <p class="page-line" role="status">
      <WithCommand text={engine.message} />
    </p>
  ) : null
}

function EngineDown({ engine }: { engine: Engine }) {
  const { ask } = useSession()
  const [started, setStarted] = useState(false)
  if (started) return null
  const start = async (): Promise<Outcome> => {
    try {
      const { startEngine: now } = await ask(StartEngineDocument, {})
      return now.reachable
        ? { done: true }
        : { done: false, message: plain(now.message ?? 'It did not start'), field: [] }
    } catch (problem) {
      return { done: false, message: sentence(problem), field: [] }
    }
  }
  return (
    <div class="page-line" role="status">
      Pipelines cannot run. <WithCommand text={engine.message ?? `OpenCode is not reachable at ${engine.url}.`} />{' '}
      {/* Beside something that answers, although it cannot be used, nothing can be started. */}
      {!engine.support && (
        <Action label="Start OpenCode" busyLabel="Starting OpenCode…" act={start} onDone={() => setStarted(true)} />
      )}
    </div>
  )
}

/** The server's words, in which a command to be typed stands out, and is copied without what surrounds it. */
function WithCommand({ text }: { text: string }) {
  const [before, command, after] = plain(text).split(/(npm install -g [\w@./-]*\w)/)
  return (
    <>
      {before}
      {command && <code>{command}</code>}
      {after}
    </>
  )
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
          <code>{place(problem)}</code> {plain(problem.message).replace(/\.+$/, '')}. The last good definitions stay in
          force.
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
function useAnswer<Answer extends Engine | DefinitionProblem[]>(
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
