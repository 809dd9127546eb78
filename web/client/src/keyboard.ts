/** The keys of the page: j and k move, the letters press the button of the row in focus. */

import type { Router } from './router'

export const KEYS: readonly [string, string][] = [
  ['j / k', 'next / previous'],
  ['Enter', 'open'],
  ['r', 'try again'],
  ['a', 'allow or approve'],
  ['n', 'start a pipeline'],
  ['/', 'search'],
  ['g', 'all pipelines'],
  ['?', 'show these keys'],
]

export function installKeys(document: Document, router: Router, showKeys: () => void): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return
    // A key that is held down acts once.
    if (event.repeat && (event.key === 'r' || event.key === 'a')) return
    if (document.querySelector('dialog[open]')) return
    const act = actOf(event.key, document, router, showKeys)
    if (!act) return
    event.preventDefault()
    act()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function actOf(key: string, document: Document, router: Router, showKeys: () => void): (() => void) | null {
  switch (key) {
    case 'j':
      return () => move(document, router, 1)
    case 'k':
      return () => move(document, router, -1)
    case 'r':
    case 'a':
      return () => pressOnce(shortcut(document, key))
    case 'n':
      return () => router.go('/start')
    case 'g':
      return () => router.go('/')
    case '/':
      return () => focusSearch(document, router)
    case '?':
      return showKeys
    default:
      return null
  }
}

export function focusSearch(document: Document, router: Router): void {
  if (router.route.value.page !== 'pipelines') router.go('/')
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>('input[type=search]')?.focus())
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
}

/** To the row beside the one in focus, else beside the one that is shown; a list that says so is followed at once. */
function move(document: Document, router: Router, by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const focused = rows.findIndex((row) => row.contains(document.activeElement))
  const at = focused === -1 ? rows.findIndex((row) => row.querySelector('[aria-current]')) : focused
  const next = rows[at === -1 ? (by === 1 ? 0 : rows.length - 1) : at + by]
  const link = next?.querySelector<HTMLAnchorElement>('a[href]')
  const target = link ?? next?.querySelector<HTMLElement>('button') ?? next
  target?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  if (link && next?.dataset['follow'] !== undefined) router.go(link.pathname + link.search, 'replace')
}

/** In milliseconds: so long a second press is meant for what stood there at the first. */
export const SETTLES = 500
let pressed: { button: HTMLElement; at: number } | null = null

/** The second of two quick presses is meant for what has gone, not for the button that took its place. */
function pressOnce(button: HTMLElement | null): void {
  const now = performance.now()
  if (!button || (pressed && pressed.button !== button && now - pressed.at < SETTLES)) return
  pressed = { button, at: now }
  button.click()
}

/** The button of that letter in the row in focus; on a page of one pipeline, the only one there is. */
function shortcut(document: Document, key: string): HTMLElement | null {
  const focused = document.activeElement?.closest<HTMLElement>('[data-row]:not([data-follow])')
  // What is open beside a list stands for the row that it is the rest of.
  const row = focused?.querySelector('[aria-current]') ? null : focused
  const buttons = (row ?? document).querySelectorAll<HTMLElement>(`[data-shortcut="${key}"]`)
  return row || buttons.length === 1 ? (buttons[0] ?? null) : null
}
