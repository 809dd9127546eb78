/** One pipeline in the list. Drawn anew only when something about it changed, and only its title while out of sight. */

import { Component, createRef } from 'preact'

import { type Acted, ActedContext, type Held, type Holding } from '../held'
import {
  asksOf,
  asksPerson,
  currentStep,
  failedStep,
  type Group,
  isWorking,
  needsYouSince,
  outcomeOf,
  type PipelineRow,
  standingOf,
  type StepRow,
  stoppedBefore,
} from '../pipeline'
import { paths } from '../router'
import { statusWord } from '../status'
import { plain } from '../text'
import { useSession } from '../session'
import { ConfirmedAction, May } from './action'
import { ActivityLine } from './activity'
import { Glyph } from './glyph'
import { HeldNote } from './held-note'
import { StepActions } from './retry'
import { StepItem, StoppedNote } from './step'
import { FEW_STEPS, StepStrip } from './strip'
import { Age, Ago, At, Took } from './times'

export interface RowProps {
  pipeline: PipelineRow
  group: Group
  arrived: boolean
  holding: Holding
  held: Held | undefined
  /** In sight, or nearly. */
  near: boolean
}

export class Row extends Component<RowProps> implements Acted {
  private readonly place = createRef<HTMLElement>()
  /** As it was last drawn whole, in pixels. */
  private height = 0

  override shouldComponentUpdate(next: RowProps): boolean {
    const { pipeline, group, arrived, held, near } = this.props
    if (near && !next.near) this.height = this.article.offsetHeight
    return (
      next.pipeline !== pipeline ||
      next.group !== group ||
      next.arrived !== arrived ||
      next.held !== held ||
      next.near !== near
    )
  }

  begin(): void {
    const { pipeline, holding, group } = this.props
    holding.begin(pipeline.id, { ...standingOf(pipeline), group, height: this.article.offsetHeight })
  }

  done(words: string): void {
    this.props.holding.done(this.props.pipeline.id, words)
  }

  drop(): void {
    this.props.holding.drop(this.props.pipeline.id)
  }

  override render({ pipeline, group, arrived, held, near: inSight }: RowProps) {
    const near = inSight || isInUse(this.place.current)
    const height = held?.height ?? (near ? 0 : this.height)
    return (
      <article
        ref={this.place}
        class={`row in-${group}${arrived ? ' arrived' : ''}${held?.words ? ' acted' : ''}${near ? '' : ' away'}`}
        style={height ? { minHeight: `${height}px` } : undefined}
        data-testid="pipeline"
        data-pipeline-id={pipeline.id}
        data-status={pipeline.status}
        data-row
      >
        <header>
          {near && <Glyph status={outcomeOf(pipeline)} />}
          <h3 dir="auto">
            <a href={paths.pipeline(pipeline.id)}>{plain(pipeline.title)}</a>
            <span class="hidden"> {statusWord(outcomeOf(pipeline))}</span>
          </h3>
          {near && <Meta pipeline={pipeline} group={group} />}
        </header>
        {near && (
          <ActedContext.Provider value={this}>
            <HeldNote held={held} />
            <Steps pipeline={pipeline} group={group} />
            {group === 'running' && <RunningFooter pipeline={pipeline} />}
          </ActedContext.Provider>
        )}
      </article>
    )
  }

  private get article(): HTMLElement {
    return this.place.current as HTMLElement
  }
}

/** What is written or stands in focus in there would be lost. */
function isInUse(article: HTMLElement | null): boolean {
  return article !== null && (article.contains(document.activeElement) || article.querySelector('form') !== null)
}

function Steps({ pipeline, group }: { pipeline: PipelineRow; group: Group }) {
  const stopped = stoppedBefore(pipeline)
  const failed = failedStep(pipeline)
  const isStrip = pipeline.steps.length > FEW_STEPS
  const small = group === 'done' && !stopped && pipeline.steps.every((step) => !step.errorMessage)
  const tells = (step: StepRow): boolean =>
    Boolean(step.errorMessage) || step === stopped || asksOf(pipeline, step).length > 0
  const shown = isStrip ? pipeline.steps.filter((step) => tells(step) || step.status === 'RUNNING') : pipeline.steps
  return (
    <>
      {isStrip && <StepStrip steps={pipeline.steps} />}
      {shown.length > 0 && (
        <ol class={small ? 'steps small' : 'steps'}>
          {shown.map((step) => (
            <StepItem key={step.id} pipeline={pipeline} step={step} small={small}>
              {step === failed && (
                <StepActions pipeline={pipeline} step={step} details={paths.step(pipeline.id, step.id)} />
              )}
              {step === stopped && <StoppedNote pipeline={pipeline} step={step} />}
            </StepItem>
          ))}
        </ol>
      )}
    </>
  )
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
        did="Cancelled"
        onDone={() => toasts.say('Cancelled')}
      />
    </May>
  )
}
