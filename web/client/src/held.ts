/** What a person has just acted on: it stays in its place for a while, with what became of it. */

import { createContext } from 'preact'
import { type ReadonlySignal, signal } from '@preact/signals'

import type { Standing } from './pipeline'

export interface Held extends Standing {
  /** In pixels, so that nothing below it moves. */
  height: number
  /** What was done; null: it is not done yet. */
  words: string | null
  /** What was shown, for whatever is gone once it is done. */
  shown?: unknown
}

export interface Holding {
  /** By the id of what was acted on. */
  now: ReadonlySignal<ReadonlyMap<string, Held>>
  begin: (id: string, place: Omit<Held, 'words'>) => void
  done: (id: string, words: string) => void
  drop: (id: string) => void
}

export const HELD = 4_000

export function createHolding(): Holding {
  const now = signal<ReadonlyMap<string, Held>>(new Map())
  const set = (id: string, held: Held | null): void => {
    const changed = new Map(now.value)
    if (held) changed.set(id, held)
    else changed.delete(id)
    now.value = changed
  }
  return {
    now,
    // Whoever acts on it again acts on what stands there: it keeps the place that it was first held in.
    begin: (id, place) => set(id, { ...place, ...now.value.get(id), words: null }),
    done: (id, words) => {
      const before = now.value.get(id)
      if (!before) return
      const held = { ...before, words }
      set(id, held)
      setTimeout(() => now.value.get(id) === held && set(id, null), HELD)
    },
    drop: (id) => set(id, null),
  }
}

/** What a button tells the thing that it stands in. */
export interface Acted {
  begin: () => void
  done: (words: string) => void
  drop: () => void
}

/** null: the button stands in nothing that would move away. */
export const ActedContext = createContext<Acted | null>(null)
