/** Which part of a long list is in sight, or nearly: only that is drawn whole. */

import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Of so many rows the first is watched: thousands of watched rows would cost more than they save. */
const BLOCK = 10
/** Far enough that nobody who scrolls sees a row being drawn. */
const NEARLY = '2000px 0px'
/** Drawn before it is known what is in sight. */
const FIRST: ReadonlySet<number> = new Set([0, 1, 2])

/** Tells by its place whether a row of the list is near the window; `key` changes with what the list holds. */
export function useSight(list: RefObject<HTMLElement | null>, key: string): (place: number) => boolean {
  const [near, setNear] = useState(FIRST)
  useEffect(() => {
    const rows = list.current?.querySelectorAll<HTMLElement>(':scope > [data-row]') ?? []
    if (typeof IntersectionObserver === 'undefined' || rows.length <= BLOCK) return
    const blocks = new Map<Element, number>()
    const observer = new IntersectionObserver(
      (entries) =>
        setNear((before) => {
          const now = new Set(before)
          for (const { target, isIntersecting } of entries) {
            const block = blocks.get(target) ?? 0
            if (isIntersecting) now.add(block)
            else now.delete(block)
          }
          return now
        }),
      { rootMargin: NEARLY },
    )
    for (let place = 0; place < rows.length; place += BLOCK) {
      const row = rows[place] as HTMLElement
      blocks.set(row, place / BLOCK)
      observer.observe(row)
    }
    return () => observer.disconnect()
  }, [list, key])
  return (place) => {
    const block = Math.floor(place / BLOCK)
    // What ends where something near begins is near.
    return near.has(block) || near.has(block + 1)
  }
}
