/** @jsxImportSource react */
/** GraphiQL, served by stepwire itself: it works without the internet and under a strict content security policy. */

import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import '@graphiql/plugin-explorer/style.css'
import './page.css'

import { explorerPlugin } from '@graphiql/plugin-explorer'
import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { createClient } from 'graphql-ws'
import { createRoot } from 'react-dom/client'

import { credentials, takeToken } from '../token'

const FIRST_QUERY = `# What goes wrong, as it happens. Press the play button, then let something fail.
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

const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  headers: credentials(token),
  wsClient: createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: credentials(token),
  }),
})

const root = document.getElementById('graphiql')
if (root) {
  createRoot(root).render(
    <GraphiQL
      fetcher={fetcher}
      defaultQuery={FIRST_QUERY}
      plugins={[HISTORY_PLUGIN, explorerPlugin()]}
    />,
  )
}
