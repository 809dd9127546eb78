/**
 * Keeps a press from what it was not meant for: a button that has just come under a resting pointer does nothing.
 *
 * Where the list moves up because its first row is done, the next row's button stands where that row's was, and the
 * second click of a double click would allow what nobody has read.
 */

import { SETTLES } from './keyboard'

/** A pointer that went further than this since then was moved on purpose. */
const RESTS = 10

interface Point {
  x: number
  y: number
}

interface Arrival extends Point {
  button: Element
  until: number
}

export function installGuard(document: Document): () => void {
  const window = document.defaultView
  if (!window) return () => undefined
  let at: Point | null = null
  let over: Element | null = null
  let arrival: Arrival | null = null
  let looking = 0

  const arrived = (button: Element | null): void => {
    if (button && at && button !== over) arrival = { button, ...at, until: performance.now() + SETTLES }
    over = button
  }
  const look = (): void => {
    looking = 0
    if (at) arrived(buttonOf(document.elementFromPoint?.(at.x, at.y) ?? null))
  }
  const onPointer = (event: PointerEvent): void => {
    const button = buttonOf(event.target)
    const now = { x: event.clientX, y: event.clientY }
    // The pointer came to the button, unless that stands now where the pointer was before.
    if (at && button && button !== over && holds(button, at) && near(now, at)) arrived(button)
    over = button
    at = now
    if (arrival && !near(now, arrival)) arrival = null
  }
  const onClick = (event: MouseEvent): void => {
    // Keys and programs press what they name, wherever that stands.
    if (!event.isTrusted || event.detail === 0 || !arrival) return
    const pressed = buttonOf(event.target) === arrival.button
    // When it was pressed, not when a busy page came to look at it.
    if (!pressed || event.timeStamp >= arrival.until) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  const changes = new MutationObserver(() => {
    looking ||= window.requestAnimationFrame(look)
  })
  changes.observe(document.body, { childList: true, subtree: true })
  const scrolled = (): void => {
    if (at) over = buttonOf(document.elementFromPoint?.(at.x, at.y) ?? null)
  }
  const capture = { capture: true, passive: true }
  document.addEventListener('pointermove', onPointer, capture)
  document.addEventListener('pointerdown', onPointer, capture)
  document.addEventListener('scroll', scrolled, capture)
  document.addEventListener('click', onClick, { capture: true })
  return () => {
    changes.disconnect()
    window.cancelAnimationFrame(looking)
    document.removeEventListener('pointermove', onPointer, capture)
    document.removeEventListener('pointerdown', onPointer, capture)
    document.removeEventListener('scroll', scrolled, capture)
    document.removeEventListener('click', onClick, { capture: true })
  }
}

function buttonOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest('button, a[href]') : null
}

function near(one: Point, other: Point): boolean {
  return Math.hypot(one.x - other.x, one.y - other.y) <= RESTS
}

function holds(button: Element, { x, y }: Point): boolean {
  const { left, right, top, bottom } = button.getBoundingClientRect()
  return x >= left && x <= right && y >= top && y <= bottom
}
