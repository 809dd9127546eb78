/** What the page is about, for the title of the browser's tab. */

import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** null: the page says nothing of its own. */
export const subject = signal<string | null>(null)

/** Names what is shown, for as long as it is. */
export function useSubject(name: string | null): void {
  useEffect(() => {
    subject.value = name
    return () => {
      subject.value = null
    }
  }, [name])
}
