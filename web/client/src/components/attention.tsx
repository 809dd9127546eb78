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
            <bdi>
              <Sentence text={ask.message} />
            </bdi>
          </>
        )}
        <span class="meta">
          {' '}
          since <Age at={ask.since} />
          <Next ask={ask} />
        </span>
      </p>
      <May right={ask.question ? 'OPERATE' : 'DECIDE'}>
        <Answers ask={ask} />
      </May>
    </div>
  )
}

/** When it expires, always as a time of day, or when it is tried next. */
export function Next({ ask }: { ask: Ask }) {
  if (!ask.nextAt) return null
  return asksPerson(ask) ? (
    <>
      {' · '}expires at <At at={ask.nextAt} />
    </>
  ) : (
    <>
      {' · '}next at <At at={ask.nextAt} seconds />
    </>
  )
}

/** `whole`: all that it is about stands above already, and the buttons say how far each of them reaches. */
export function Answers({ ask, whole = false }: { ask: Ask; whole?: boolean }) {
  if (ask.permission) return <PermissionAnswers ask={ask} permission={ask.permission} whole={whole} />
  if (ask.question) {
    const load = () => import('./question').then((m) => m.QuestionAnswers)
    return <Lazily load={load} id={ask.id} question={ask.question} />
  }
  const approval = ask.step.approval
  if (ask.kind === 'APPROVAL' && approval)
    return <ApprovalAnswers approval={approval} said={whole ? '' : ask.message} />
  return null
}

interface PermissionProps {
  ask: Ask
  permission: NonNullable<Ask['permission']>
  whole: boolean
}

function PermissionAnswers({ ask: { id, message }, permission, whole }: PermissionProps) {
  const { actions } = useSession()
  const unsaid = whole ? [] : permission.patterns.filter((pattern) => !message.includes(pattern))
  const [refusing, setRefusing] = useState(false)
  return (
    <>
      {unsaid.length > 0 && <code class="patterns">{plain(unsaid.join('\n'))}</code>}
      {permission.reason && !whole && (
        <p class="described" dir="auto">
          {plain(permission.reason)}
        </p>
      )}
      <div class="actions">
        <Action
          label={whole ? 'Allow once' : 'Allow'}
          busyLabel="Allowing…"
          did="Allowed once"
          likely
          shortcut="a"
          act={() => actions.permit(id, false)}
        />
        {permission.options.some((option) => option.id === 'always') && (
          <Action
            label={always(permission.saves, whole)}
            busyLabel="Allowing…"
            did="Allowed from now on"
            act={() => actions.permit(id, true)}
          />
        )}
        <Button label="Refuse…" expanded={refusing} press={() => setRefusing(!refusing)} />
      </div>
      {refusing && (
        <Remark
          label="What should the agent do instead? (optional)"
          verb="Refuse"
          did="Refused"
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
        <p class="described" dir="auto">
          {plain(approval.description)}
        </p>
      )}
      <div class="actions">
        <Action
          label="Approve"
          busyLabel="Approving…"
          did="Approved"
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
          did="Approved"
          act={(comment) => actions.approve(approval.id, comment)}
        />
      )}
      {saying === 'reject' && (
        <Remark
          key="reject"
          label="Why? It becomes the reason of this step"
          verb="Reject"
          did="Rejected"
          act={(comment) => actions.reject(approval.id, comment)}
        />
      )}
    </>
  )
}

/** Whoever presses it is told before what will never be asked again. */
function always(saves: readonly string[], whole: boolean): string {
  const verb = whole ? 'Always allow' : 'Always'
  if (saves.length === 0) return verb
  if (whole && saves.join(', ').length > LONG) return `${verb} these ${saves.length} patterns`
  return `${verb}${whole ? '' : ':'} ${plain(saves.join(', '))}`
}

/** More than this is read in the list above, not on a button. */
const LONG = 60

interface RemarkProps {
  label: string
  verb: string
  did: string
  act: (text: string | null) => Promise<Outcome>
}

/** One line of words that go with a decision. */
function Remark({ label, verb, did, act }: RemarkProps) {
  const [text, setText] = useState('')
  const { busy, problem, press, forget } = usePress(() => act(text.trim() || null), undefined, did)
  const write = (written: string): void => {
    setText(written)
    forget()
  }
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
        <input type="text" dir="auto" value={text} autofocus onInput={(event) => write(event.currentTarget.value)} />
      </label>
      <Button label={verb} likely busy={busy} press={press} />
      <Problem text={problem} />
    </form>
  )
}
