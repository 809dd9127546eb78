/** What is off with what answers as OpenCode, and what helps: a command, or a button that starts it. */

import type { Outcome } from '../actions'
import type { Engine } from '../engine'
import { StartEngineDocument } from '../generated/graphql'
import { sentence } from '../request'
import { useSession } from '../session'
import { plain } from '../text'
import { inZone } from '../time'
import { Action, May } from './action'

export function EngineTrouble({ engine }: { engine: Engine }) {
  if (!engine.reachable) return <EngineDown engine={engine} />
  return (
    <p class="page-line" role="status">
      <WithCommand text={engine.message ?? ''} />
    </p>
  )
}

function EngineDown({ engine }: { engine: Engine }) {
  const { ask } = useSession()
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
        <May right="OPERATE">
          <Action label="Start OpenCode" busyLabel="Starting OpenCode…" act={start} />
        </May>
      )}
    </div>
  )
}

/** The server's words, in which a command to be typed stands out, and is copied without what surrounds it. */
function WithCommand({ text }: { text: string }) {
  const [before, command, after] = inZone(plain(text)).split(/(npm install -g [\w@./-]*\w)/)
  return (
    <>
      {before}
      {command && <code>{command}</code>}
      {after}
    </>
  )
}
