/** What is shown in place of all else while the server wants a token, or another one. */

import { useState } from 'preact/hooks'

import { useSession } from '../session'

export function TokenLine() {
  const { useToken, hasToken } = useSession()
  const [token, setToken] = useState('')
  return (
    <form
      class="page-line is-failed token"
      onSubmit={(event) => {
        event.preventDefault()
        if (token.trim()) useToken(token.trim())
      }}
    >
      <label for="token">
        {hasToken
          ? 'The token of this page is wrong, or revoked or expired by now'
          : 'This server wants a token, and this page has none'}
        : open the address that <code>stepwire serve</code> printed, or paste a token here.
      </label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <button type="submit" class="likely">
        Use this token
      </button>
    </form>
  )
}
