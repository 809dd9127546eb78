/** One pipeline in the list. Drawn anew only when something about it changed. */

import { Component } from 'preact'

import {
  asksPerson,
  currentStep,
  failedStep,
  type Group,
  isWorking,
  needsYouSince,
  outcomeOf,
  type PipelineRow,
  stoppedBefore,
} from '../pipeline'
import { paths } from '../router'
import { statusWord } from '../status'
import { plain } from '../text'
import { useSession } from '../session'
import { ConfirmedAction, May } from './action'
import { ActivityLine } from './activity'
import { Glyph } from './glyph'
import { StepActions } from './retry'
import { StepItem, StoppedNote } from './step'
import { Age, Ago, At, Took } from './times'

export interface RowProps {
  pipeline: PipelineRow
  group: Group
  arrived: boolean
}

export class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { pipeline, group, arrived } = this.props
    return next.pipeline !== pipeline || next.group !== group || next.arrived !== arrived
  }

  override render({ pipeline, group, arrived }: RowProps) {
    const stopped = stoppedBefore(pipeline)
    const small = group === 'done' && !stopped && pipeline.steps.every((step) => !step.errorMessage)
    return (
      <article
        class={`row in-${group}${arrived ? ' arrived' : ''}`}
        data-testid="pipeline"
        data-pipeline-id={pipeline.id}
        data-status={pipeline.status}
        data-row
      >
        <header>
          <Glyph status={outcomeOf(pipeline)} />
          <h3>
            <a href={paths.pipeline(pipeline.id)}>{plain(pipeline.title)}</a>
            <span class="hidden"> {statusWord(outcomeOf(pipeline))}</span>
          </h3>
          <Meta pipeline={pipeline} group={group} />
        </header>
        <ol class={small ? 'steps small' : 'steps'}>
          {pipeline.steps.map((step) => (
            <StepItem key={step.id} pipeline={pipeline} step={step} small={small}>
              {step === failedStep(pipeline) && group === 'needsYou' && (
                <StepActions pipeline={pipeline} step={step} details={paths.step(pipeline.id, step.id)} />
              )}
              {step === stopped && <StoppedNote pipeline={pipeline} step={step} />}
            </StepItem>
          ))}
        </ol>
        {group === 'running' && <RunningFooter pipeline={pipeline} />}
      </article>
    )
  }
}

function Meta({ pipeline, group }: { pipeline: PipelineRow; group: Group }) {
  const step = currentStep(pipeline)
  const place = step && `step ${step.position + 1} of ${pipeline.steps.length}`
  return (
    <p class="meta">
      {plain(pipeline.template ?? 'free composition')}
      {group !== 'done' && place && <> · {place}</>}
      {' · '}
      <When pipeline={pipeline} group={group} />
    </p>
  )
}

function When({ pipeline, group }: { pipeline: PipelineRow; group: Group }) {
  if (group === 'needsYou' && pipeline.attention.some(asksPerson)) {
    return (
      <span class="waits">
        waits for you since <Age at={needsYouSince(pipeline)} />
      </span>
    )
  }
  if (group === 'needsYou') return <Ago at={needsYouSince(pipeline)} />
  if (pipeline.status === 'PENDING') return <>pending, first come, first served</>
  if (!pipeline.startedAt) return <Ago at={pipeline.createdAt} />
  return (
    <>
      <PipelineTook pipeline={pipeline} />
      {pipeline.finishedAt && (
        <>
          {' · '}
          <At at={pipeline.finishedAt} />
        </>
      )}
    </>
  )
}

export function PipelineTook({ pipeline }: { pipeline: PipelineRow }) {
  const working = pipeline.steps.some((step) => isWorking(pipeline, step))
  return <Took part={pipeline} from={pipeline.createdAt} working={working} />
}

function RunningFooter({ pipeline }: { pipeline: PipelineRow }) {
  const running = pipeline.steps.find((step) => step.status === 'RUNNING')
  return (
    <footer>
      {running && <ActivityLine key={running.id} stepId={running.id} />}
      <CancelAction id={pipeline.id} />
    </footer>
  )
}

export function CancelAction({ id }: { id: string }) {
  const { actions, toasts } = useSession()
  return (
    <May right="OPERATE">
      <ConfirmedAction
        label="Cancel"
        busyLabel="Cancelling…"
        question="Cancel this pipeline?"
        yes="Yes, cancel it"
        no="Keep it running"
        act={() => actions.cancel(id, null)}
        onDone={() => toasts.say('Cancelled')}
      />
    </May>
  )
}
