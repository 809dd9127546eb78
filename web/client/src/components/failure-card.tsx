/** All that is known about a failure, in the order in which one asks: why, what then, who said so, what was true. */

import { useState } from 'preact/hooks'

import { callWords } from '../activity'
import { type FailureCardFragment, FailureReportDocument } from '../generated/graphql'
import type { Ask } from '../request'
import { useSession } from '../session'
import { kindWords } from '../status'
import { plain } from '../text'
import { Action, May } from './action'
import { Todos } from './activity'
import { CopyButton } from './copy'
import { RawText } from './raw'
import { Sentence } from './reason'
import { At } from './times'

type Failure = FailureCardFragment
type FailureEvidence = NonNullable<Failure['evidence']>

/** Everything but message and hint, which stand above it. */
export function FailureFacts({ failure }: { failure: Failure }) {
  const { ask } = useSession()
  return (
    <div class="facts">
      <dl class="fact-list">
        <Fact name="kind">{kindWords(failure.kind)}</Fact>
        <Fact name="origin">{failure.origin.toLowerCase()}</Fact>
        {failure.statusCode !== null && <Fact name="status">{failure.statusCode}</Fact>}
        <Fact name="attempt">{failure.attempt}</Fact>
        <Fact name="at">
          <At at={failure.occurredAt} seconds />
        </Fact>
        <Fact name="retry">{decisionWords(failure)}</Fact>
      </dl>
      {failure.causes.length > 0 && (
        <details class="fold" open>
          <summary>Causes</summary>
          <ol class="causes">
            {failure.causes.map((cause, place) => (
              <li key={place}>
                <span class="meta">{plain(cause.source)}</span> <Sentence text={cause.message} />
              </li>
            ))}
          </ol>
        </details>
      )}
      {failure.detail && (
        <details class="fold">
          <summary>Detail</summary>
          <RawText text={failure.detail} label="Detail" />
        </details>
      )}
      {failure.evidence && (
        <details class="fold">
          <summary>What was true at that moment</summary>
          <EvidenceFacts evidence={failure.evidence} directory={failure.pipeline.directory} />
        </details>
      )}
      <div class="actions">
        <CopyButton text={() => report(ask, failure.id)} what="this failure as Markdown" label="Copy as Markdown" />
        <Acknowledge failure={failure} />
      </div>
    </div>
  )
}

/** The server's own words for all of it, asked for when they are wanted: they say again what the card has. */
async function report(ask: Ask, id: string): Promise<string> {
  const { node } = await ask(FailureReportDocument, { id })
  if (node?.__typename !== 'Failure') throw new Error('The failure is not there any more')
  return plain(node.report)
}

/** Takes this failure, and those of the same cause that there are, out of what needs a person. */
function Acknowledge({ failure: { group, settled } }: { failure: Failure }) {
  const { actions, toasts } = useSession()
  const [done, setDone] = useState(false)
  const acknowledged = (): void => {
    setDone(true)
    toasts.say('Acknowledged, with all failures of this cause so far')
  }
  if (done || settled) return <span class="meta">{group.status === 'RESOLVED' ? 'resolved' : 'acknowledged'}</span>
  return (
    <May right="OPERATE">
      <Action
        label="Acknowledge"
        busyLabel="Acknowledging…"
        act={() => actions.acknowledge(group.id)}
        onDone={acknowledged}
      />
    </May>
  )
}

export function decisionWords({ retryDecision, remedies }: Pick<Failure, 'retryDecision' | 'remedies'>): string {
  switch (retryDecision.outcome) {
    case 'RETRYING':
      return `tries again by itself, ${retryDecision.attemptsLeft} left`
    case 'EXHAUSTED':
      return 'no attempts left'
    case 'NOT_RETRYABLE':
      return remedies[0] === 'TRY_AGAIN' ? 'not tried again by itself' : 'trying again alone would not help'
  }
}

function EvidenceFacts({ evidence, directory }: { evidence: FailureEvidence; directory: string | null }) {
  const { lastTool } = evidence
  return (
    <div class="evidence">
      <dl class="fact-list">
        {evidence.model && <Fact name="model">{plain(evidence.model)}</Fact>}
        {evidence.sessionId && <Fact name="session">{plain(evidence.sessionId)}</Fact>}
      </dl>
      {evidence.sessionId && <SessionCommand sessionId={evidence.sessionId} directory={directory} />}
      {evidence.sideEffects.length > 0 && (
        <>
          <h3>Already changed (a retry does not undo it)</h3>
          <ul>
            {evidence.sideEffects.map((effect, place) => (
              <li key={place}>
                <code>{plain(effect)}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      {lastTool && (
        <>
          <h3>
            Last tool call: <code>{plain(callWords(lastTool))}</code>, {plain(lastTool.status)}
          </h3>
          {(lastTool.error ?? lastTool.output) && (
            <RawText text={lastTool.error ?? lastTool.output ?? ''} label="Last tool call" />
          )}
        </>
      )}
      {evidence.lastText && (
        <>
          <h3>Last words</h3>
          <RawText text={evidence.lastText} label="Last words" />
        </>
      )}
      {evidence.engineRetries.length > 0 && (
        <>
          <h3>OpenCode's own retries</h3>
          <ol>
            {evidence.engineRetries.map((retry) => (
              <li key={retry.attempt} value={retry.attempt}>
                {plain(retry.message)}
              </li>
            ))}
          </ol>
        </>
      )}
      {evidence.todos.length > 0 && (
        <>
          <h3>Its to-do list</h3>
          <Todos todos={evidence.todos} />
        </>
      )}
    </div>
  )
}

export function SessionCommand({ sessionId, directory }: { sessionId: string; directory: string | null }) {
  const command = `${directory ? `cd ${quoted(directory)} && ` : ''}opencode --session ${quoted(sessionId)}`
  return (
    <p class="command">
      <span class="meta">Open in OpenCode</span> <code>{plain(command)}</code>
      <CopyButton text={command} what="the command" />
    </p>
  )
}

function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

export function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
