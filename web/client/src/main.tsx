/** Mounts the page. */

import { render } from 'preact'

import { App } from './app'
import { createSession, SessionProvider } from './session'

const root = document.getElementById('app')
if (root) {
  root.replaceChildren()
  render(
    <SessionProvider value={createSession(window)}>
      <App />
    </SessionProvider>,
    root,
  )
}
