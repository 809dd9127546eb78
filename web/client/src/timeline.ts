/** When the attempts of a pipeline's steps worked, waited and failed, and the one axis on which all of it is drawn. */

import { asksOf, asksPerson } from './pipeline'
import type { Story, StoryStep } from './story'
import { duration, instant } from './time'

export type Look = 'well' | 'failed' | 'stopped' | 'working' | 'waiting'

/** Part of an attempt; both ends are instants in milliseconds. */
export interface Segment {
  from: number
  to: number
  look: Look
}

export interface Axis {
  from: number
  to: number
  /** Idle times that are drawn shorter than they were; in milliseconds. */
  shortened: readonly { from: number; to: number }[]
  /** 0 at its left end, 1 at its right one. */
  place: (instant: number) => number
}

type Attempt = StoryStep['attempts'][number]

/** The longest idle time that is drawn as it was, as a part of the time in which something happened. */
const LONGEST_IDLE = 0.15

/** What runs, runs until `now`. */
export function segmentsOf(story: Story, step: StoryStep, now: number): Segment[] {
  const asked = asksOf(story, step).filter(asksPerson)
  const since = asked.length > 0 ? Math.min(...asked.map((ask) => instant(ask.since))) : null
  return step.attempts.flatMap((attempt) => partsOf(attempt, since, now)).filter(({ from, to }) => to >= from)
}

function partsOf({ status, startedAt, finishedAt, waitedSeconds }: Attempt, since: number | null, now: number) {
  const from = instant(startedAt)
  const to = Math.max(from, finishedAt === null ? now : instant(finishedAt))
  const look = lookOf(status)
  if (finishedAt === null && since !== null) return split(from, Math.max(from, since), to, to, look)
  const waited = Math.min(waitedSeconds * 1000, to - from)
  // How long it waited is known, and not when: one that went on did so after it, every other may have ended with it.
  const after = look === 'well' || look === 'working' ? (to - from - waited) / 2 : 0
  return split(from, to - after - waited, to - after, to, look)
}

/** An attempt that waited from `asked` to `answered`. */
function split(from: number, asked: number, answered: number, to: number, look: Look): Segment[] {
  const whole: Segment[] = [{ from, to, look }]
  if (answered <= asked) return whole
  const parts: Segment[] = [
    { from, to: asked, look },
    { from: asked, to: answered, look: 'waiting' },
    { from: answered, to, look },
  ]
  return parts.filter((part) => part.to > part.from)
}

/** `0:16 in 8 attempts, 7 failed, waited 21:33`: what a bar shows, for those who do not see it. */
export function barWords(steps: readonly StoryStep[], segments: readonly Segment[]): string {
  const attempts = steps.flatMap((step) => step.attempts)
  const failed = attempts.filter(({ status }) => status === 'FAILED').length
  const worked = segments.reduce((sum, { from, to, look }) => sum + (look === 'waiting' ? 0 : to - from), 0)
  const drawn = segments.reduce((sum, { from, to, look }) => sum + (look === 'waiting' ? to - from : 0), 0)
  const waited = Math.max(
    drawn,
    steps.reduce((sum, step) => sum + step.waitedSeconds * 1000, 0),
  )
  return [
    `${duration(worked)}${attempts.length > 1 ? ` in ${attempts.length} attempts` : ''}`,
    failed > 0 && `${failed} failed`,
    waited >= 1000 && `waited ${duration(waited)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function lookOf(status: Attempt['status']): Look {
  switch (status) {
    case 'SUCCEEDED':
      return 'well'
    case 'FAILED':
      return 'failed'
    case 'CANCELLED':
    case 'SKIPPED':
      return 'stopped'
    case 'WAITING':
      return 'waiting'
    case 'PENDING':
    case 'RUNNING':
      return 'working'
  }
}

/** null: nothing has happened yet. */
export function axisOf(segments: readonly Segment[]): Axis | null {
  const busy = merged(segments)
  const [first, last] = [busy[0], busy.at(-1)]
  if (!first || !last) return null
  const worked = busy.reduce((sum, { from, to }) => sum + to - from, 0)
  const kept = Math.max(worked * LONGEST_IDLE, 1)
  const idle = busy.slice(1).map(({ from }, at) => ({ from: busy[at]?.to ?? from, to: from }))
  const shortened = idle.filter(({ from, to }) => to - from > kept)
  const drawn = (until: number): number =>
    shortened.reduce((sum, { from, to }) => {
      const passed = Math.min(Math.max((until - from) / (to - from), 0), 1)
      return sum - passed * (to - from - kept)
    }, until - first.from)
  const length = Math.max(drawn(last.to), 1)
  return { from: first.from, to: last.to, shortened, place: (until) => Math.min(Math.max(drawn(until) / length, 0), 1) }
}

function merged(segments: readonly Segment[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  for (const { from, to } of [...segments].sort((one, other) => one.from - other.from)) {
    const last = found.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else found.push({ from, to })
  }
  return found
}
