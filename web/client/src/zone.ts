/** In which zone times are shown: the browser's, until a person chooses UTC. One for the whole page. */

import { signal } from '@preact/signals'

const KEY = 'stepwire.zone'

/** undefined: the browser's own, as Intl has it. */
export const zone = signal<'UTC' | undefined>(stored())

function stored(): 'UTC' | undefined {
  try {
    return localStorage.getItem(KEY) === 'UTC' ? 'UTC' : undefined
  } catch {
    return undefined
  }
}

export function chooseZone(chosen: 'UTC' | undefined): void {
  zone.value = chosen
  try {
    localStorage.setItem(KEY, chosen ?? '')
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** The year, month and day that an instant has there: `2026-11-28`. */
export function dayIn(instant: number): string {
  return new Date(instant).toLocaleDateString('sv', { timeZone: zone.value })
}

/** When a day begins there, some days on. */
export function dayStart(day: string, later: number): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return zone.value ? Date.UTC(year, month - 1, date + later) : new Date(year, month - 1, date + later).getTime()
}
