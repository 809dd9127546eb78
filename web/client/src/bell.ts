/** The browser's own notifications, while the page is hidden and if a person asked for them. */

import { signal } from '@preact/signals'

const KEY = 'stepwire.bell'

export type Bell = 'on' | 'off' | 'denied' | 'missing'

export const bell = signal<Bell>(initial())

function initial(): Bell {
  if (typeof Notification === 'undefined') return 'missing'
  if (Notification.permission === 'denied') return 'denied'
  return Notification.permission === 'granted' && stored() ? 'on' : 'off'
}

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on'
  } catch {
    return false
  }
}

export async function toggleBell(): Promise<void> {
  if (bell.value === 'on') bell.value = 'off'
  else bell.value = (await Notification.requestPermission()) === 'granted' ? 'on' : 'denied'
  try {
    localStorage.setItem(KEY, bell.value)
  } catch {
    // The choice then lasts as long as the page.
  }
}

export function notify(news: { title: string; text: string; pipelineId: string }, open: () => void): void {
  if (bell.value !== 'on' || !document.hidden) return
  const shown = new Notification(news.title, { body: news.text, tag: news.pipelineId })
  shown.onclick = () => {
    window.focus()
    open()
    shown.close()
  }
}
