/** Buttons that do one thing: they answer when pressed, say what came of it, and why they cannot be pressed. */

import type { ComponentChildren } from 'preact'
import { useContext, useId, useRef, useState } from 'preact/hooks'

import { type Insisted, insisting, type Outcome, type Refusal } from '../actions'
import type { Right } from '../generated/graphql'
import { ActedContext, HELD } from '../held'
import { useSession } from '../session'
import { mayIn } from '../viewer'

/** What is shown to those alone who may do it. */
export function May({ right, children }: { right: Right; children: ComponentChildren }) {
  return mayIn(useSession().viewer.value, right) ? <>{children}</> : null
}

export interface ActionProps {
  label: string
  /** While it is under way. */
  busyLabel?: string
  act: (insisted: Insisted) => Promise<Outcome>
  /** Why it cannot be done now. */
  reason?: string | null
  /** The likely next act: the filled one. */
  likely?: boolean
  /** The key that presses it, where a list or page listens to keys. */
  shortcut?: string
  /** What is said where it stood once it is done. */
  did?: string
  onDone?: () => void
}

/** Why nothing can be done right now, whatever the button; null: the server listens. */
export function useUnreachable(): string | null {
  return useSession().stale.value ? 'No connection to stepwire' : null
}

export function Action({ label, busyLabel, act, reason = null, likely = false, shortcut, did, onDone }: ActionProps) {
  const { busy, problem, press, insist } = usePress(act, onDone, did)
  return (
    <span class="action">
      <Button
        label={busy ? (busyLabel ?? label) : label}
        {...{ reason, likely, busy }}
        shortcut={shortcut}
        press={press}
      />
      <Problem text={problem}>{insist}</Problem>
    </span>
  )
}

export interface ButtonProps {
  label: string
  press: () => void
  reason?: string | null
  /** The reason is shown elsewhere already. */
  quiet?: boolean
  likely?: boolean
  busy?: boolean
  shortcut?: string | undefined
  expanded?: boolean
}

export function Button({ label, press, reason = null, quiet = false, likely = false, ...state }: ButtonProps) {
  const { busy = false, shortcut, expanded } = state
  const id = useId()
  const unreachable = useUnreachable()
  const why = reason ?? unreachable
  return (
    <>
      <button
        type="button"
        class={likely ? 'likely' : undefined}
        aria-disabled={why !== null}
        aria-busy={busy}
        aria-expanded={expanded}
        aria-describedby={why ? id : undefined}
        title={why ?? undefined}
        data-shortcut={shortcut}
        onClick={() => {
          if (why === null && !busy) press()
        }}
      >
        {label}
      </button>
      {why && (
        <span id={id} class={reason && !quiet ? 'why' : 'hidden'}>
          {why}
        </span>
      )}
    </>
  )
}

export interface ConfirmProps extends ActionProps {
  question: string
  yes: string
  no: string
}

/** One more question, in place, before something that cannot be undone. */
export function ConfirmedAction({ question, yes, no, ...action }: ConfirmProps) {
  const [asked, setAsked] = useState(false)
  const done = (): void => {
    setAsked(false)
    action.onDone?.()
  }
  const { busy, problem, press } = usePress(action.act, done, action.did)
  if (!asked) {
    return <Button label={action.label} reason={action.reason ?? null} press={() => setAsked(true)} />
  }
  return (
    <span class="action confirm" role="group" aria-label={question}>
      <span>{question}</span>
      <Button label={busy ? (action.busyLabel ?? yes) : yes} likely busy={busy} press={press} />
      <Button label={no} press={() => setAsked(false)} />
      <Problem text={problem} />
    </span>
  )
}

export function Problem({ text, children }: { text: string | null; children?: ComponentChildren }) {
  return text === null ? null : (
    <span class="problem" role="alert">
      {text}
      {children}
    </span>
  )
}

/** Pressing: one at a time, with what came of it, and a button for what would be done if one insisted. */
export function usePress(act: (insisted: Insisted) => Promise<Outcome>, onDone?: () => void, did = 'Done') {
  const acted = useContext(ActedContext)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const running = useRef(false)
  const send = async (insisted: Insisted): Promise<void> => {
    if (running.current) return
    running.current = true
    setBusy(true)
    setRefusal(null)
    acted?.begin()
    const outcome = await act(insisted)
    const rested = (): void => {
      running.current = false
      setBusy(false)
    }
    // What was acted on is about to go away; until it does, the same act again would only be refused.
    if (acted && outcome.done) setTimeout(rested, HELD)
    else rested()
    if (outcome.done) {
      acted?.done(did)
      onDone?.()
    } else {
      acted?.drop()
      setRefusal(outcome.insist ? { ...outcome, insist: insisting(outcome.insist, insisted) } : outcome)
    }
  }
  const asked = refusal?.insist
  return {
    busy,
    problem: refusal?.message ?? null,
    press: () => void send({}),
    /** What was typed is not what was refused any more. */
    forget: () => setRefusal(null),
    insist: asked && <Button label={asked.label} press={() => void send(asked.on)} />,
  }
}
