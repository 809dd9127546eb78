/** What time it is, as a signal that ticks each second; only what shows a running time listens to it. */

import { type ReadonlySignal, signal } from '@preact/signals'

export interface Clock {
  /** Ticks each second. */
  seconds: ReadonlySignal<number>
  /** The same, but changes only once in half a minute: for ages that are long already. */
  halfMinutes: ReadonlySignal<number>
  /** Adopts the server's time: ages compare its instants with now, and this machine's clock may be wrong. */
  setTo: (serverTime: number) => void
}

const SLOW = 30_000
/** A smaller difference is the way of the message, not a wrong clock. */
const TOLERANCE = 2_000

export function createClock(): Clock {
  let offset = 0
  const seconds = signal(Date.now())
  const halfMinutes = signal(Date.now())
  setInterval(() => {
    seconds.value = Date.now() + offset
    if (seconds.value - halfMinutes.value >= SLOW) halfMinutes.value = seconds.value
  }, 1000)
  return {
    seconds,
    halfMinutes,
    setTo: (serverTime) => {
      const difference = serverTime - Date.now()
      offset = Math.abs(difference) > TOLERANCE ? difference : 0
    },
  }
}
