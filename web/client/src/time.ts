/** Times as people read them: durations as m:ss, ages relative, the exact instant in the title. */

import { dayIn, zone } from './zone'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** 41 s → 0:41, 62 s → 1:02, an hour → 1:00:00. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND))
  const two = (value: number): string => String(value).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** How long ago: `12 s`, `2 min`, `3 h`, `5 days`. */
export function age(milliseconds: number): string {
  const past = Math.max(0, milliseconds)
  if (past < MINUTE) return `${Math.floor(past / SECOND)} s`
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min`
  if (past < DAY) return `${Math.floor(past / HOUR)} h`
  const days = Math.floor(past / DAY)
  return days === 1 ? '1 day' : `${days} days`
}

/** The time of day, with the date before it when that is not today's. */
export function clockTime(instant: number, now: number, seconds = false): string {
  const date = new Date(instant)
  const time = date.toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone.value,
    ...(seconds ? { second: '2-digit' } : {}),
  })
  if (dayIn(instant) === dayIn(now)) return time
  return `${date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: zone.value })}, ${time}`
}

/** The whole truth, for a title. */
export function exactTime(instant: string): string {
  return `${new Date(instant).toLocaleString(undefined, { timeZone: zone.value })} (${instant})`
}

export function instant(text: string): number {
  return Date.parse(text)
}

// As the server writes them in sentences: `until 14:32:07 UTC`, or a whole instant.
const STAMP = /\b(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d:\d\d)(:\d\d)?(?:\.\d+)?(?: UTC\b|Z\b)/g

/** A sentence whose times are those of the zone that the page shows; what is no time stays as it is. */
export function inZone(text: string, now = Date.now()): string {
  return text.replace(STAMP, (stamp, day: string | undefined, minutes: string, seconds: string | undefined) => {
    const at = Date.parse(`${day ?? new Date(now).toISOString().slice(0, 10)}T${minutes}${seconds ?? ':00'}Z`)
    return Number.isNaN(at) ? stamp : clockTime(at, day ? now : at, seconds !== undefined)
  })
}
