/** The shape of a status: readable without its colour, and hidden from screen readers, which hear the word. */

import type { Status } from '../status'

const SHAPES: Record<Status, string> = {
  PENDING: 'M8 2.75a5.25 5.25 0 1 0 0 10.5a5.25 5.25 0 1 0 0-10.5',
  RUNNING: 'M8 2.75a5.25 5.25 0 1 0 0 10.5a5.25 5.25 0 1 0 0-10.5',
  WAITING: 'M8 2.75a5.25 5.25 0 1 0 0 10.5a5.25 5.25 0 1 0 0-10.5',
  SUCCEEDED: 'M2.75 8.75l3.5 3.5l7-8',
  FAILED: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  CANCELLED: 'M8 2.75a5.25 5.25 0 1 0 0 10.5a5.25 5.25 0 1 0 0-10.5M4.5 11.5l7-7',
  SKIPPED: 'M3.5 3.5l4.5 4.5l-4.5 4.5M8.5 3.5l4.5 4.5l-4.5 4.5',
}

export function Glyph({ status }: { status: Status }) {
  return (
    <svg class={`glyph is-${status.toLowerCase()}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={SHAPES[status]} />
      {status === 'WAITING' && <path class="solid" d="M8 2.75a5.25 5.25 0 0 0 0 10.5z" />}
      {status === 'RUNNING' && <circle class="solid" cx="8" cy="8" r="2.75" />}
    </svg>
  )
}
