/** How OpenCode is, told by the server as it changes, for as long as somebody looks at the page. */

import { type ReadonlySignal, signal } from '@preact/signals'

import { EngineStateDocument, type EngineStateSubscription } from './generated/graphql'
import type { Line } from './live'

export type Engine = EngineStateSubscription['engine']

/** null: not known yet, or not told by this server. */
export function createEngine(line: Line, document: Document): ReadonlySignal<Engine | null> {
  const known = signal<Engine | null>(null)
  let stop: (() => void) | null = null
  const follow = (): void => {
    // The server looks at OpenCode each second while it is followed: not for a tab that nobody sees.
    if (document.hidden) {
      stop?.()
      stop = null
    } else {
      stop ??= line.follow(
        EngineStateDocument,
        {},
        { onItem: ({ engine }) => (known.value = engine), onEnd: () => (known.value = null) },
      )
    }
  }
  document.addEventListener('visibilitychange', follow)
  follow()
  return known
}
