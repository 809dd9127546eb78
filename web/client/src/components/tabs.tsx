/** Tabs, each with an address: the arrows go from one to the next, and Tab from the chosen one into its panel. */

import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'

import { useSession } from '../session'

export interface TabItem {
  id: string
  label: string
  href: string
}

export interface TabsProps {
  label: string
  tabs: readonly TabItem[]
  chosen: string
  /** The panel of the chosen tab. */
  children: ComponentChildren
}

export function Tabs({ label, tabs, chosen, children }: TabsProps) {
  const { router } = useSession()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const at = tabs.findIndex((tab) => tab.id === chosen)
  const go = (place: number): void => {
    const tab = tabs[(place + tabs.length) % tabs.length]
    if (!tab) return
    router.go(tab.href, 'replace')
    list.current?.querySelector<HTMLElement>(`[data-tab="${tab.id}"]`)?.focus()
  }
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label={label}
        ref={list}
        onKeyDown={(event) => {
          const place = placeOf(event.key, at, tabs.length)
          if (place === null) return
          event.preventDefault()
          go(place)
        }}
      >
        {tabs.map((tab) => (
          <a
            key={tab.id}
            id={`${id}-${tab.id}`}
            role="tab"
            href={tab.href}
            data-tab={tab.id}
            aria-selected={tab.id === chosen}
            aria-controls={tab.id === chosen ? `${id}-panel` : undefined}
            tabIndex={tab.id === chosen ? 0 : -1}
          >
            {tab.label}
          </a>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} tabIndex={0}>
        {children}
      </div>
    </>
  )
}

/** Where a key leads to; null: it is none of a tab list. A space chooses the tab that it is pressed on. */
function placeOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return at + 1
    case 'ArrowLeft':
      return at - 1
    case 'Home':
      return 0
    case 'End':
      return count - 1
    case ' ':
      return at
    default:
      return null
  }
}
