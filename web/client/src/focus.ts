/** Where the focus goes when the button that was pressed is gone. */

import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** Without it the next Tab would begin at the top of the document: what was done took its own button away. */
export function useKeptFocus(inside: RefObject<HTMLElement | null>, target: () => HTMLElement | null): void {
  useEffect(() => {
    const box = inside.current
    if (!box) return
    let last: EventTarget | null = null
    const note = (event: FocusEvent): void => {
      last = event.target
    }
    const keep = (): void => {
      if (!(last instanceof HTMLElement) || last.isConnected || document.activeElement !== document.body) return
      last = null
      target()?.focus({ preventScroll: true })
    }
    const watched = new MutationObserver(keep)
    watched.observe(box, { childList: true, subtree: true })
    box.addEventListener('focusin', note)
    return () => {
      watched.disconnect()
      box.removeEventListener('focusin', note)
    }
  }, [])
}
