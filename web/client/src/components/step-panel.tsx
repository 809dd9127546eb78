/** The selected step: how it stands, and by tab why, what it handed on, what it does now, and what was tried. */

import { isActive, isWorking } from '../pipeline'
import { paths } from '../router'
import { statusWord } from '../status'
import type { Story, StoryStep } from '../story'
import { plain } from '../text'
import { chosenTab, type Tab, tabsOf } from '../verdict'
import { ActivityPanel } from './activity'
import { Attempts } from './attempts'
import { SessionCommand } from './failure-card'
import { Glyph } from './glyph'
import { Lazily } from './lazily'
import { Output } from './output'
import { stepName } from './step'
import { Tabs } from './tabs'
import { Took } from './times'
import { UsageWords } from './usage'
import { Why } from './why'

export interface StepPanelProps {
  story: Story
  step: StoryStep
  /** What the address says. */
  tab: string | null
  attempt: number | null
}

export function StepPanel({ story, step, tab, attempt }: StepPanelProps) {
  const chosen = chosenTab(story, step, tab)
  const tabs = tabsOf(story, step).map((id) => ({
    id,
    label: labelOf(id, step),
    href: paths.tab(story.id, step.id, id),
  }))
  return (
    <section
      class={`panel step is-${statusWord(step.status)}`}
      aria-labelledby="step"
      data-testid="step"
      data-status={step.status}
      data-step-id={step.id}
      data-agent={step.agent ?? ''}
    >
      <PanelHead story={story} step={step} />
      {chosen && (
        <Tabs key={step.id} label={`What of ${stepName(step)}`} tabs={tabs} chosen={chosen}>
          <Part tab={chosen} story={story} step={step} attempt={attempt} />
        </Tabs>
      )}
    </section>
  )
}

const changes = () => import('./changes').then((m) => m.Changes)

function labelOf(tab: Tab, step: StoryStep): string {
  switch (tab) {
    case 'why':
      return 'Why'
    case 'output':
      return 'Output'
    case 'changes':
      return 'Changes'
    case 'live':
      return 'Live'
    case 'attempts':
      return step.attempts.length > 1 ? `Attempts ${step.attempts.length}` : 'Attempts'
  }
}

function Part({ tab, story, step, attempt }: Omit<StepPanelProps, 'tab'> & { tab: Tab }) {
  switch (tab) {
    case 'why':
      return <Why story={story} step={step} attempt={attempt} />
    case 'output':
      return <Output step={step} />
    case 'changes':
      return <Lazily load={changes} stepId={step.id} version={story.cursor} />
    case 'live':
      return <Live story={story} step={step} />
    case 'attempts':
      return <Attempts story={story} step={step} />
  }
}

function PanelHead({ story, step }: { story: Story; step: StoryStep }) {
  const word = statusWord(step.status)
  return (
    <header>
      <h2 id="step" class="badge-line">
        <span class={`badge is-${word}`} data-testid="step-badge">
          <Glyph status={step.status} />
          <span class="agent">{stepName(step)}</span> <span class={`word is-${word}`}>{word}</span>
        </span>
      </h2>
      <p class="meta facts-line">
        <span>
          step {step.position + 1} of {story.steps.length}
        </span>
        {step.startedAt && (step.finishedAt || isActive(story)) && (
          <span>
            <Took part={step} from={step.startedAt} working={isWorking(story, step)} attempts={step.attempts.length} />
          </span>
        )}
        {step.model && <span>{plain(step.model)}</span>}
        <UsageWords usage={step.usage} />
      </p>
      {step.description && (
        <p class="meta" dir="auto">
          {plain(step.description)}
        </p>
      )}
    </header>
  )
}

function Live({ story, step }: { story: Story; step: StoryStep }) {
  const sessionId = step.attempts.at(-1)?.sessionId
  return (
    <>
      <ActivityPanel stepId={step.id} />
      {sessionId && <SessionCommand sessionId={sessionId} directory={story.directory} />}
    </>
  )
}
