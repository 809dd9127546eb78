/** What was typed into a form, kept in this tab while one looks elsewhere, and gone when it was sent or closed. */

import { useState } from 'preact/hooks'

const PREFIX = 'stepwire.form.'

export interface Kept<Draft> {
  draft: Draft
  set: (draft: Draft) => void
  forget: () => void
  /** It was begun before this form was shown. */
  restored: boolean
}

/** The draft of that name as it was left, else the first; kept once it was changed. */
export function useKept<Draft>(name: string, first: () => Draft, revived = (draft: Draft) => draft): Kept<Draft> {
  const [{ draft, restored }, setState] = useState(() => {
    const found = read<Draft>(name)
    return { draft: found ? revived(found) : first(), restored: found !== null }
  })
  return {
    draft,
    restored,
    set: (changed) => {
      write(name, changed)
      setState({ draft: changed, restored })
    },
    forget: () => write(name, null),
  }
}

export function isKept(name: string): boolean {
  return read(name) !== null
}

// Storage can be forbidden by the browser's settings, and then its mere mention throws.
function read<Draft>(name: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null') as Draft | null
  } catch {
    return null
  }
}

function write(name: string, draft: unknown): void {
  try {
    if (draft === null) sessionStorage.removeItem(PREFIX + name)
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(draft))
  } catch {
    // The form then lasts as long as it is shown.
  }
}
