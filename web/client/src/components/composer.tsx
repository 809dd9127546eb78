/** Steps, put together by keyboard or by drag. */

import { type DraftStep, emptyStep, moved } from '../draft'
import { Field } from './field'
import { ModelField } from './model-field'

export interface ComposerProps {
  steps: DraftStep[]
  agents: readonly string[]
  onChange: (steps: DraftStep[]) => void
  problem: (field: string) => string | null
}

export function Composer({ steps, agents, onChange, problem }: ComposerProps) {
  const add = (kind: DraftStep['kind']) => () => onChange([...steps, emptyStep(kind)])
  return (
    <div class="composer">
      {steps.length === 0 && <p class="nothing">No steps yet: add the first one.</p>}
      <ol>
        {steps.map((step, place) => (
          <ComposedStep
            key={step.key}
            step={step}
            place={place}
            last={place === steps.length - 1}
            agents={agents}
            problem={(name) => problem(`steps.${place}.${name}`)}
            onChange={(changed) => onChange(steps.map((one) => (one.key === step.key ? changed : one)))}
            onMove={(from, to) => onChange(moved(steps, from, to))}
            onRemove={() => onChange(steps.filter((one) => one.key !== step.key))}
          />
        ))}
      </ol>
      <div class="actions">
        <button type="button" onClick={add('AGENT')}>
          Add an agent
        </button>
        <button type="button" onClick={add('APPROVAL')}>
          Add an approval
        </button>
      </div>
      {problem('steps') && (
        <p class="problem" role="alert">
          {problem('steps')}
        </p>
      )}
    </div>
  )
}

interface ComposedStepProps {
  step: DraftStep
  place: number
  last: boolean
  agents: readonly string[]
  problem: (name: string) => string | null
  onChange: (step: DraftStep) => void
  onMove: (from: number, to: number) => void
  onRemove: () => void
}

function ComposedStep({ step, place, last, agents, problem, onChange, onMove, onRemove }: ComposedStepProps) {
  const set = (change: Partial<DraftStep>): void => onChange({ ...step, ...change })
  const name = `step ${place + 1}`
  return (
    <li
      class="composed"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        onMove(Number(event.dataTransfer?.getData('text/plain')), place)
      }}
    >
      <div class="composed-head">
        <span
          class="grip"
          draggable
          title="Drag to another place"
          aria-hidden="true"
          onDragStart={(event) => event.dataTransfer?.setData('text/plain', String(place))}
        >
          ⠿
        </span>
        <strong>
          {place + 1}. {step.kind === 'AGENT' ? step.agent || 'agent' : 'approval'}
        </strong>
        <span class="composed-tools">
          <MoveButton label={`Move ${name} up`} sign="↑" disabled={place === 0} move={() => onMove(place, place - 1)} />
          <MoveButton label={`Move ${name} down`} sign="↓" disabled={last} move={() => onMove(place, place + 1)} />
          <button type="button" class="icon" aria-label={`Remove ${name}`} onClick={onRemove}>
            ×
          </button>
        </span>
      </div>
      {step.kind === 'AGENT' ? (
        <AgentFields {...{ step, set, agents, problem }} />
      ) : (
        <ApprovalFields {...{ step, set, problem }} />
      )}
      {problem('kind') && <p class="problem">{problem('kind')}</p>}
    </li>
  )
}

interface FieldsProps {
  step: DraftStep
  set: (change: Partial<DraftStep>) => void
  problem: (name: string) => string | null
}

type Name = Exclude<keyof DraftStep, 'key' | 'kind'>

/** The properties of the field for one part of a step. */
function bound({ step, set, problem }: FieldsProps, name: Name) {
  return { value: step[name], onInput: (value: string) => set({ [name]: value }), problem: problem(name) }
}

function AgentFields({ agents, ...fields }: FieldsProps & { agents: readonly string[] }) {
  const { step, problem } = fields
  const more = ['description', 'timeoutSeconds', 'maxAttempts', 'handoffSchema'] as const
  return (
    <>
      <div class="two">
        <Field label="Agent" {...bound(fields, 'agent')} options={agents} />
        <ModelField {...bound(fields, 'model')} hint="empty: the agent's own" />
      </div>
      <details class="fold" open={more.some((name) => step[name] !== '' || problem(name) !== null)}>
        <summary>Its part, limits, handoff</summary>
        <div class="two">
          <Field label="Time limit" hint="seconds" type="number" {...bound(fields, 'timeoutSeconds')} />
          <Field label="Attempts at most" type="number" {...bound(fields, 'maxAttempts')} />
        </div>
        <Field label="Its part" hint="sent to the agent with the prompt" {...bound(fields, 'description')} />
        <Field
          label="Handoff schema"
          hint="JSON Schema of what it must hand on; optional"
          lines={3}
          {...bound(fields, 'handoffSchema')}
        />
      </details>
    </>
  )
}

function ApprovalFields(fields: FieldsProps) {
  return (
    <>
      <Field label="What the person decides" {...bound(fields, 'description')} />
      <div class="two">
        <Field label="Remind after" hint="seconds; optional" type="number" {...bound(fields, 'remindAfterSeconds')} />
        <Field label="Expires after" hint="seconds; optional" type="number" {...bound(fields, 'expiresAfterSeconds')} />
      </div>
    </>
  )
}

interface MoveButtonProps {
  label: string
  sign: string
  disabled: boolean
  move: () => void
}

function MoveButton({ label, sign, disabled, move }: MoveButtonProps) {
  return (
    <button type="button" class="icon" aria-label={label} aria-disabled={disabled} onClick={() => !disabled && move()}>
      {sign}
    </button>
  )
}
