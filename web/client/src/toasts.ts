/** Short words about what one's own action did, gone by themselves. */

import { type ReadonlySignal, signal } from '@preact/signals'

export interface Toast {
  id: number
  text: string
}

export interface Toasts {
  shown: ReadonlySignal<readonly Toast[]>
  say: (text: string) => void
}

const LASTS = 5_000

export function createToasts(): Toasts {
  const shown = signal<readonly Toast[]>([])
  let last = 0
  return {
    shown,
    say: (text) => {
      last += 1
      const toast = { id: last, text }
      shown.value = [...shown.value, toast]
      setTimeout(() => {
        shown.value = shown.value.filter((one) => one !== toast)
      }, LASTS)
    },
  }
}
