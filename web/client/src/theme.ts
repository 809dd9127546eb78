/** Light or dark: the system's choice until a person makes another one. */

import { type ReadonlySignal, signal } from '@preact/signals'

const KEY = 'stepwire.theme'

export interface Theme {
  dark: ReadonlySignal<boolean>
  toggle: () => void
}

export function createTheme(window: Window): Theme {
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  let chosen = stored(window)
  const dark = signal(chosen ? chosen === 'dark' : system.matches)
  const apply = (): void => {
    if (chosen) window.document.documentElement.dataset['theme'] = chosen
  }
  system.addEventListener('change', () => {
    if (!chosen) dark.value = system.matches
  })
  apply()
  return {
    dark,
    toggle: () => {
      dark.value = !dark.value
      chosen = dark.value ? 'dark' : 'light'
      store(window, chosen)
      apply()
    },
  }
}

function stored(window: Window): 'dark' | 'light' | null {
  try {
    const found = window.localStorage.getItem(KEY)
    return found === 'dark' || found === 'light' ? found : null
  } catch {
    return null
  }
}

function store(window: Window, chosen: string): void {
  try {
    window.localStorage.setItem(KEY, chosen)
  } catch {
    // The choice then lasts as long as the page.
  }
}
