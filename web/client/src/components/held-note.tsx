/** What became of a thing that a person has just acted on, in the place where it stood. */

import type { Held } from '../held'

export function HeldNote({ held }: { held: Held | undefined }) {
  if (!held?.words) return null
  return (
    <p class="became" role="status" data-testid="became">
      <span aria-hidden="true">✓ </span>
      {held.words}
    </p>
  )
}
