/** The end of a list of which there is more. */

import { plain } from '../text'

export function OlderButton({ read, problem = null }: { read: () => void; problem?: string | null }) {
  return (
    <p class="older">
      <button type="button" onClick={read}>
        Show older
      </button>
      {problem && <span class="problem">{plain(problem)}</span>}
    </p>
  )
}
