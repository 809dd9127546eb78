/** The focus after a refusal: in the first field that is wrong, where the reason stands. */

import { useEffect, useRef } from 'preact/hooks'

/** For the form; whenever `refusal` is another one, whoever sent it can mend it at once. */
export function useFocusOnWrong(refusal: unknown) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (!refusal) return
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    const box = wrong?.matches('input, textarea, select') ? wrong : wrong?.querySelector<HTMLElement>('input')
    // What is folded away cannot have it.
    box?.closest('details')?.setAttribute('open', '')
    box?.focus()
  }, [refusal])
  return form
}
