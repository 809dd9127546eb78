/** One thing to decide, with all that one decides on: who asks, for what, where, and what has been done so far. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'

import { callWords, type Doing } from '../activity'
import { DecisionDocument, type DecisionQuery } from '../generated/graphql'
import { type Acted, ActedContext } from '../held'
import { type Ask, type PipelineRow, standingOf } from '../pipeline'
import { paths } from '../router'
import { useSession } from '../session'
import { attentionWord } from '../status'
import { plain } from '../text'
import { May } from './action'
import { useActivity } from './activity'
import { Answers, Next } from './attention'
import { Fact } from './failure-card'
import { Markdown } from './markdown'
import { RawText } from './raw'
import { stepName } from './step'
import { Age } from './times'

type Permission = NonNullable<Ask['permission']>
type Known = NonNullable<DecisionQuery['pipeline']>

export interface DecisionProps {
  row: PipelineRow
  ask: Ask
  /** Another one was open before it. */
  follows: boolean
}

export function DecisionPane({ row, ask, follows }: DecisionProps) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // Who decided by key goes on by key; the title and not the button, so that a second Enter decides nothing.
    if (follows && document.activeElement === document.body) title.current?.focus()
  }, [])
  const step = row.steps.find(({ id }) => id === ask.step.id)
  const place = step ? ` · step ${step.position + 1} of ${row.steps.length}` : ''
  return (
    <section class="pane" data-testid="decision" data-kind={ask.kind} aria-labelledby="decision-title">
      <h2 id="decision-title" ref={title} tabIndex={-1} dir="auto">
        <a href={paths.step(row.id, ask.step.id)}>{plain(row.title)}</a>
      </h2>
      <p class="meta">
        {plain(row.template ?? 'free composition')}
        {place} · {attentionWord(ask.kind)} since <Age at={ask.since} />
        <Next ask={ask} />
      </p>
      <dl class="fact-list">
        {step?.agent && <Fact name="agent">{stepName(step)}</Fact>}
        <Fact name="folder">
          {row.directory ? <code>{plain(row.directory)}</code> : 'where OpenCode was started'}
          {row.branch && <> · {plain(row.branch)}</>}
        </Fact>
      </dl>
      <ActedContext.Provider value={useActed(row, ask)}>
        {ask.kind === 'APPROVAL' ? <Decide ask={ask} /> : <AgentAsks ask={ask} />}
      </ActedContext.Provider>
      <WhatCameBefore row={row} stepId={ask.step.id} />
    </section>
  )
}

function Decide({ ask }: { ask: Ask }) {
  return (
    <div class="decide">
      <May right={ask.question ? 'OPERATE' : 'DECIDE'}>
        <Answers ask={ask} whole />
      </May>
    </div>
  )
}

/** An agent is in the middle of its work: what it has just said and done tells what it asks for. */
function AgentAsks({ ask }: { ask: Ask }) {
  const doing = useActivity(ask.step.id).value
  return (
    <>
      {ask.permission && <PermissionFacts permission={ask.permission} doing={doing} />}
      <Decide ask={ask} />
      <LastWords doing={doing} />
    </>
  )
}

function useActed(row: PipelineRow, ask: Ask): Acted {
  const { held } = useSession()
  const latest = useRef({ row, ask })
  latest.current = { row, ask }
  return useMemo(
    () => ({
      begin: () => held.begin(ask.id, { ...standingOf(latest.current.row), height: 0, shown: latest.current }),
      done: (words) => held.done(ask.id, words),
      drop: () => held.drop(ask.id),
    }),
    [ask.id],
  )
}

/** The exact thing that is asked for, and everything that "always" would let through from now on. */
function PermissionFacts({ permission, doing }: { permission: Permission; doing: Doing }) {
  const call = doing.tools.findLast(({ status }) => status === 'running' || status === 'pending')
  const command = call && commandOf(call.input)
  const asked =
    command && !permission.patterns.includes(command) ? [command, ...permission.patterns] : permission.patterns
  const hasAlways = permission.options.some(({ id }) => id === 'always')
  return (
    <>
      <h3>{plain(permission.permission).replaceAll('_', ' ')}</h3>
      {asked.map((pattern) => (
        <pre key={pattern} class="asked" tabIndex={0} role="group" aria-label="What is asked for">
          {plain(pattern)}
        </pre>
      ))}
      {permission.reason && (
        <p class="described" dir="auto">
          {plain(permission.reason)}
        </p>
      )}
      {hasAlways && <Always permission={permission} />}
    </>
  )
}

function Always({ permission: { saves, patterns } }: { permission: Permission }) {
  if (saves.length === 0) {
    return <p class="meta">OpenCode does not say what “always” would allow.</p>
  }
  const isWider = saves.some((pattern) => !patterns.includes(pattern))
  return (
    <p class="meta always" data-testid="always">
      “Always” allows, from now on, {isWider ? 'more than this: whatever matches' : 'the same again:'}{' '}
      {saves.map((pattern) => (
        <code key={pattern}>{plain(pattern)}</code>
      ))}
    </p>
  )
}

function commandOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null || !('command' in input)) return null
  return typeof input.command === 'string' ? input.command : null
}

function LastWords({ doing: { text, tools } }: { doing: Doing }) {
  const call = tools.at(-1)
  if (!text && !call) return null
  return (
    <section aria-label="The agent's last words">
      <h3>Last words</h3>
      {call && (
        <p>
          <code>{plain(callWords(call))}</code> <span class="meta">{plain(call.status)}</span>
        </p>
      )}
      {text && <RawText text={text} label="Last words" follow />}
    </section>
  )
}

/** What the step before handed over, and what all of it is for. */
function WhatCameBefore({ row, stepId }: { row: PipelineRow; stepId: string }) {
  const known = useKnown(row.id, row.steps.filter((step) => step.status === 'SUCCEEDED').length)
  if (!known) return null
  const place = known.steps.findIndex((step) => step.id === stepId)
  const before = known.steps.slice(0, place).findLast((step) => step.handoff)
  const name = before && row.steps.find((step) => step.id === before.id)
  return (
    <>
      {before?.handoff && name && (
        <section aria-label="Handoff">
          <h3>What {stepName(name)} handed over</h3>
          <Markdown text={before.handoff.markdown} label="Handoff" />
        </section>
      )}
      <details class="fold">
        <summary>Prompt</summary>
        <RawText text={known.prompt} label="Prompt" />
      </details>
    </>
  )
}

function useKnown(id: string, finished: number): Known | null {
  const { ask } = useSession()
  const [known, setKnown] = useState<Known | null>(null)
  useEffect(() => {
    let wanted = true
    ask(DecisionDocument, { id }).then(
      ({ pipeline }) => wanted && setKnown(pipeline),
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [ask, id, finished])
  return known
}
