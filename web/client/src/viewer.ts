/** Who looks at the page, what they may, and whether approvals bind agents: asked once the server can be reached. */

import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'

import { type Right, ViewerDocument, type ViewerQuery } from './generated/graphql'
import type { Line } from './live'
import type { Ask } from './request'

export function createViewer(ask: Ask, line: Line): ReadonlySignal<ViewerQuery | null> {
  const known = signal<ViewerQuery | null>(null)
  const open = computed(() => line.state.value.open)
  effect(() => {
    if (!open.value || known.peek()) return
    ask(ViewerDocument, {}).then(
      (answer) => (known.value = answer),
      () => null,
    )
  })
  return known
}

/** Until it is known everything is offered: the server refuses what may not be, and says why. */
export function mayIn(known: ViewerQuery | null, right: Right): boolean {
  return known?.viewer.rights.includes(right) ?? true
}
