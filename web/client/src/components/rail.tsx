/** The steps of a pipeline, one line each, with what their attempts took on an axis that all of them share. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

import { isActive } from '../pipeline'
import { type RailLine, railLines, type Run } from '../rail'
import { paths } from '../router'
import { useSession } from '../session'
import { statusWord } from '../status'
import type { Story, StoryStep } from '../story'
import { duration, exactTime } from '../time'
import { type Axis, axisOf, barWords, type Segment, segmentsOf } from '../timeline'
import { Glyph } from './glyph'
import { stepName } from './step'

export function Rail({ story, selected }: { story: Story; selected: string | undefined }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const list = useRef<HTMLOListElement>(null)
  const unfolded = useRef<string | undefined>(undefined)
  const now = useNow(isActive(story))
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [selected])
  // At once: the next key must find the focus in its new place.
  useLayoutEffect(() => {
    if (unfolded.current) list.current?.querySelector<HTMLElement>(`#${CSS.escape(unfolded.current)}`)?.focus()
    unfolded.current = undefined
  }, [opened])
  const segments = new Map(story.steps.map((step) => [step.id, segmentsOf(story, step, now)]))
  const axis = axisOf([...segments.values()].flat())
  const bar = (steps: readonly StoryStep[]) => (
    <Bar axis={axis} steps={steps} segments={steps.flatMap((step) => segments.get(step.id) ?? [])} />
  )
  const line = (one: RailLine) =>
    'step' in one ? (
      <StepLine key={one.step.id} storyId={story.id} step={one.step} current={one.step.id === selected}>
        {bar([one.step])}
      </StepLine>
    ) : (
      <RunLine
        key={`run-${one.run.steps[0]?.id}`}
        run={one.run}
        onOpen={() => {
          setOpened(new Set([...opened, ...one.run.steps.map(({ id }) => id)]))
          unfolded.current = one.run.steps[0]?.id
        }}
      >
        {bar(one.run.steps)}
      </RunLine>
    )
  return (
    <section class="rail" aria-labelledby="steps">
      <h2 id="steps" class="hidden">
        Steps
      </h2>
      <ol ref={list}>{railLines(story, selected ?? null, opened).map(line)}</ol>
      {axis && <AxisLine axis={axis} />}
    </section>
  )
}

/** Bars grow with the clock, but not while nobody knows what happens. */
function useNow(running: boolean): number {
  const { clock, freshness } = useSession()
  const { value } = freshness
  if (value.state === 'stale' && value.lastSign !== null) return value.lastSign
  return (running ? clock.seconds : clock.halfMinutes).value
}

interface StepLineProps {
  storyId: string
  step: StoryStep
  current: boolean
  children: preact.ComponentChildren
}

function StepLine({ storyId, step, current, children }: StepLineProps) {
  const [name, word] = [stepName(step), statusWord(step.status)]
  return (
    <li data-row data-follow data-testid="rail-step" data-status={step.status}>
      <a
        id={step.id}
        class={`rail-line is-${word}`}
        href={paths.step(storyId, step.id)}
        aria-current={current ? 'step' : undefined}
        title={`${step.position + 1}. ${name}: ${word}`}
      >
        <Glyph status={step.status} />
        <span class="rail-name">{name}</span>
        <span class="hidden"> {word}</span>
        {children}
      </a>
    </li>
  )
}

function RunLine({ run, onOpen, children }: { run: Run; onOpen: () => void; children: preact.ComponentChildren }) {
  const word = statusWord(run.status)
  return (
    <li data-row data-testid="rail-run">
      <button type="button" class="rail-line" title={`Show ${run.steps.length} steps: ${word}`} onClick={onOpen}>
        <Glyph status={run.status} />
        <span class="rail-name">
          {run.steps.length}
          <span class="rail-unit"> steps</span>
        </span>
        <span class="hidden"> {word}, show them</span>
        {children}
      </button>
    </li>
  )
}

interface BarProps {
  axis: Axis | null
  steps: readonly StoryStep[]
  segments: readonly Segment[]
}

function Bar({ axis, steps, segments }: BarProps) {
  if (!axis || segments.length === 0) return <span class="track" />
  const words = barWords(steps, segments)
  return (
    <span class="track" role="img" aria-label={words} title={words}>
      {segments.map(({ from, to, look }, place) => (
        <span
          key={place}
          class={`segment is-${look}`}
          style={{ left: percent(axis.place(from)), width: percent(axis.place(to) - axis.place(from)) }}
        />
      ))}
    </span>
  )
}

/** From the first attempt to the last; its ends lie below those of the bars. */
function AxisLine({ axis }: { axis: Axis }) {
  const idle = axis.shortened.reduce((sum, { from, to }) => sum + to - from, 0)
  return (
    <p class="axis meta">
      <time title={exactTime(iso(axis.from))}>0:00</time>
      {idle > 0 && <span title={`Idle for ${duration(idle)}, which is drawn shorter`}>⁄⁄</span>}
      <time title={exactTime(iso(axis.to))}>{duration(axis.to - axis.from)}</time>
    </p>
  )
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}

function percent(part: number): string {
  return `${Math.round(part * 10_000) / 100}%`
}
