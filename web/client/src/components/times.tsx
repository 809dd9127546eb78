/** Times that run by themselves; each is the only thing drawn anew when its second passes. */

import { useSession } from '../session'
import { age, clockTime, duration, exactTime, instant } from '../time'

const MINUTE = 60_000

/** From an instant to another one, or to now; a page that is stale does not know what has happened since. */
export function Duration({ from, to }: { from: string; to: string | null }) {
  const { clock, freshness } = useSession()
  const now = (): number => {
    const { value } = freshness
    return value.state === 'stale' && value.lastSign !== null ? value.lastSign : clock.seconds.value
  }
  const end = to === null ? now() : instant(to)
  return <time title={exactTime(from)}>{duration(end - instant(from))}</time>
}

export interface TookProps {
  part: { workedSeconds: number; waitedSeconds: number }
  /** Since when all of it is counted. */
  from: string
  /** It goes on this moment. */
  working: boolean
  attempts?: number
}

/** How long was worked, and how long only waited: `0:16 in 8 attempts, waited 21:33`. */
export function Took({ part, from, working, attempts = 1 }: TookProps) {
  const waited = part.waitedSeconds * 1000
  const start = new Date(instant(from) + waited).toISOString()
  return (
    <>
      {working ? (
        <Duration from={start} to={null} />
      ) : (
        <time title={exactTime(from)}>{duration(part.workedSeconds * 1000)}</time>
      )}
      {attempts > 1 && ` in ${attempts} attempts`}
      {waited >= 1000 && `, waited ${duration(waited)}`}
    </>
  )
}

/** How long ago: `2 min ago`. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      <Age at={at} /> ago
    </time>
  )
}

/** The bare age, for sentences of other forms. */
export function Age({ at }: { at: string }) {
  const { clock } = useSession()
  const slow = clock.halfMinutes.value - instant(at) > MINUTE
  return <>{age((slow ? clock.halfMinutes : clock.seconds).value - instant(at))}</>
}

/** The time of day. */
export function At({ at, seconds = false }: { at: string; seconds?: boolean }) {
  const { clock } = useSession()
  return (
    <time dateTime={at} title={exactTime(at)}>
      {clockTime(instant(at), clock.halfMinutes.value, seconds)}
    </time>
  )
}
