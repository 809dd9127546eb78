/** What is asked of the server while a person types: not at each letter. */

import { useEffect, useRef } from 'preact/hooks'

const TYPING = 300

/** Calls back at once, and then whenever the value has rested for a moment. */
export function useSettled(value: string, onSettled: (value: string) => void): void {
  const first = useRef(true)
  useEffect(() => {
    const timer = setTimeout(() => onSettled(value), first.current ? 0 : TYPING)
    first.current = false
    return () => clearTimeout(timer)
  }, [value])
}
