/** Why a step is not moving, since when, what would move it, and the buttons that do. */

import { useState } from 'preact/hooks'

import type { Outcome } from '../actions'
import { asksPerson, type Ask } from '../pipeline'
import { useSession } from '../session'
import { attentionWord } from '../status'
import { plain } from '../text'
import { Action, Button, May, Problem, usePress } from './action'
import { Lazily } from './lazily'
import { Sentence } from './reason'
import { Age, At } from './times'

export function AttentionNote({ ask }: { ask: Ask }) {
  return (
    <div class={asksPerson(ask) ? 'attention asks' : 'attention'} data-testid="attention" data-kind={ask.kind}>
      <p>
        <strong>{attentionWord(ask.kind)}</strong>
        {!ask.question && (
          <>
            {' '}
            <Sentence text={ask.message} />
          </>
        )}
        <span class="meta">
          {' '}
          since <Age at={ask.since} />
          {ask.nextAt && (
            <>
              {' · '}
              {asksPerson(ask) ? 'expires' : 'next'} at <At at={ask.nextAt} seconds />
            </>
          )}
        </span>
      </p>
      <May right={ask.question ? 'OPERATE' : 'DECIDE'}>
        <Answers ask={ask} />
      </May>
    </div>
  )
}

function Answers({ ask }: { ask: Ask }) {
  if (ask.permission) return <PermissionAnswers id={ask.id} message={ask.message} permission={ask.permission} />
  if (ask.question) {
    const load = () => import('./question').then((m) => m.QuestionAnswers)
    return <Lazily load={load} id={ask.id} question={ask.question} />
  }
  const approval = ask.step.approval
  if (ask.kind === 'APPROVAL' && approval) return <ApprovalAnswers approval={approval} said={ask.message} />
  return null
}

interface PermissionProps {
  id: string
  message: string
  permission: NonNullable<Ask['permission']>
}

function PermissionAnswers({ id, message, permission }: PermissionProps) {
  const { actions } = useSession()
  const unsaid = permission.patterns.filter((pattern) => !message.includes(pattern))
  const [refusing, setRefusing] = useState(false)
  return (
    <>
      {unsaid.length > 0 && <code class="patterns">{plain(unsaid.join('\n'))}</code>}
      {permission.reason && <p class="described">{plain(permission.reason)}</p>}
      <div class="actions">
        <Action label="Allow" busyLabel="Allowing…" likely shortcut="a" act={() => actions.permit(id, false)} />
        {permission.options.some((option) => option.id === 'always') && (
          <Action label={always(permission.saves)} busyLabel="Allowing…" act={() => actions.permit(id, true)} />
        )}
        <Button label="Refuse…" expanded={refusing} press={() => setRefusing(!refusing)} />
      </div>
      {refusing && (
        <Remark
          label="What should the agent do instead? (optional)"
          verb="Refuse"
          act={(remark) => actions.forbid(id, remark)}
        />
      )}
    </>
  )
}

interface ApprovalProps {
  approval: { id: string; description: string | null }
  /** What stands above already. */
  said: string
}

function ApprovalAnswers({ approval, said }: ApprovalProps) {
  const { actions, viewer } = useSession()
  const server = viewer.value?.server
  const [saying, setSaying] = useState<'approve' | 'reject' | null>(null)
  const toggle = (which: 'approve' | 'reject') => () => setSaying(saying === which ? null : which)
  return (
    <>
      {approval.description && !said.includes(approval.description) && (
        <p class="described">{plain(approval.description)}</p>
      )}
      <div class="actions">
        <Action
          label="Approve"
          busyLabel="Approving…"
          likely
          shortcut="a"
          act={() => actions.approve(approval.id, null)}
        />
        <Button label="Approve with a comment…" expanded={saying === 'approve'} press={toggle('approve')} />
        <Button label="Reject…" expanded={saying === 'reject'} press={toggle('reject')} />
      </div>
      {server && !server.approvalsBind && <p class="meta">{server.message}</p>}
      {saying === 'approve' && (
        <Remark
          key="approve"
          label="Comment, which the next agent is given"
          verb="Approve"
          act={(comment) => actions.approve(approval.id, comment)}
        />
      )}
      {saying === 'reject' && (
        <Remark
          key="reject"
          label="Why? It becomes the reason of this step"
          verb="Reject"
          act={(comment) => actions.reject(approval.id, comment)}
        />
      )}
    </>
  )
}

/** Whoever presses it is told before what will never be asked again. */
function always(saves: readonly string[]): string {
  return saves.length > 0 ? `Always: ${plain(saves.join(', '))}` : 'Always'
}

interface RemarkProps {
  label: string
  verb: string
  act: (text: string | null) => Promise<Outcome>
}

/** One line of words that go with a decision. */
function Remark({ label, verb, act }: RemarkProps) {
  const [text, setText] = useState('')
  const { busy, problem, press } = usePress(() => act(text.trim() || null))
  return (
    <form
      class="remark"
      onSubmit={(event) => {
        event.preventDefault()
        press()
      }}
    >
      <label class="field">
        <span>{label}</span>
        <input type="text" value={text} autofocus onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <Button label={verb} likely busy={busy} press={press} />
      <Problem text={problem} />
    </form>
  )
}
