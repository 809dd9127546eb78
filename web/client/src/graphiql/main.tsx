/** @jsxImportSource react */
/** GraphiQL, served by stepwire itself: it works without the internet and under a strict content security policy. */

import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import '@graphiql/plugin-explorer/style.css'
import './page.css'

import { explorerPlugin } from '@graphiql/plugin-explorer'
import { createGraphiQLFetcher, isAsyncIterable } from '@graphiql/toolkit'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { createClient } from 'graphql-ws'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

import { withoutLaterHeartbeats } from './in-sight'
import { credentials, keepToken, takeToken } from '../token'

const FORBIDDEN = 4403

const NEWEST_FAILURES = `# The newest failures, with reason and hint. Press the play button, or Ctrl+Enter.
query NewestFailures {
  failures(first: 3) {
    totalCount
    nodes {
      message
      hint
      kind
      occurredAt
      pipeline {
        title
      }
      step {
        position
        agent
      }
      causes {
        source
        message
      }
    }
  }
}
`

const AS_IT_HAPPENS = `# What goes wrong, as it happens. Press the play button, then let something fail: it stays here
# until the next one.
subscription Failures {
  failures {
    __typename
    ... on StepFailed {
      at
      errorMessage
      failure {
        kind
        hint
        causes {
          source
          message
        }
      }
      pipeline {
        title
      }
      step {
        agent
        position
      }
    }
    ... on Heartbeat {
      at
    }
  }
}
`

const token = takeToken(window)

// In the order of use: what is refused before the line is drawn must not be forgotten.
let refused = false
let onRefused = (): void => undefined

function refuse(): void {
  refused = true
  onRefused()
}

const ask = createGraphiQLFetcher({
  url: '/graphql',
  headers: credentials(token),
  fetch: async (...request) => {
    const response = await fetch(...request)
    if (response.status === 401) refuse()
    return response
  },
  wsClient: createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: credentials(token),
    on: {
      closed: (event) => {
        if (event instanceof CloseEvent && event.code === FORBIDDEN) refuse()
      },
    },
  }),
})

/** Each result takes the place of the one before: a sign of life must not take that of a failure. */
const fetcher: typeof ask = async (...request) => {
  const answer = await ask(...request)
  return isAsyncIterable(answer) ? withoutLaterHeartbeats(answer) : answer
}

function Page() {
  const [wanted, setWanted] = useState(refused)
  useEffect(() => {
    onRefused = () => setWanted(true)
    setWanted(refused)
  }, [])
  return (
    <>
      {wanted && <TokenLine />}
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={[{ query: NEWEST_FAILURES }, { query: AS_IT_HAPPENS }]}
        plugins={PLUGINS}
      />
    </>
  )
}

function TokenLine() {
  const [given, setGiven] = useState('')
  return (
    <form
      className="token-line"
      onSubmit={(event) => {
        event.preventDefault()
        keepToken(window, given.trim())
        location.reload()
      }}
    >
      <label>
        {token === null
          ? 'This server wants a token, and this page has none'
          : 'The token of this page is wrong, or revoked or expired by now'}
        : open the address that <code>stepwire serve</code> printed, or paste a token here.{' '}
        <input type="password" autoComplete="off" value={given} onChange={(event) => setGiven(event.target.value)} />
      </label>{' '}
      <button type="submit">Use this token</button>
    </form>
  )
}

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()]

const root = document.getElementById('graphiql')
if (root) createRoot(root).render(<Page />)
