// The lists of benchmarks/lists.py from the same SQLite file by graphql-yoga and better-sqlite3: each field of a row is
// the default resolver's, each list inside one prepared statement. `node yoga_lists.mjs MODULES FILE` prints its address.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const [modules, file] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
const { createSchema, createYoga } = require('graphql-yoga')
const Database = require('better-sqlite3')

const database = new Database(file, { readonly: true })
const fields = (...names) => names.map((name) => `${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)} AS ${name}`).join(', ')
const PIPELINE = fields('id', 'title', 'prompt', 'status', 'createdAt', 'startedAt', 'finishedAt', 'errorMessage', 'template')
const newest = database.prepare(`SELECT ${PIPELINE} FROM pipelines ORDER BY created_at DESC, id DESC LIMIT ?`)
const one = database.prepare(`SELECT ${PIPELINE} FROM pipelines WHERE id = ?`)
const steps = database.prepare(
  `SELECT ${fields('id', 'position', 'agent', 'status', 'errorMessage')} FROM steps WHERE pipeline_id = ? ORDER BY position`,
)
const attempts = database.prepare(
  `SELECT number, status, ${fields('sessionId', 'startedAt', 'finishedAt', 'failureId')} FROM attempts WHERE step_id = ? ORDER BY number`,
)
const failure = database.prepare(`SELECT id, kind, origin, message, hint, causes FROM failures WHERE id = ?`)

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Query { pipelines(first: Int): PipelineConnection! pipeline(id: ID!): Pipeline }
    type PipelineConnection { nodes: [Pipeline!]! pageInfo: PageInfo! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Pipeline {
      id: ID! title: String! prompt: String! status: String! createdAt: String! startedAt: String finishedAt: String
      errorMessage: String template: String steps: [Step!]!
    }
    type Step { id: ID! position: Int! agent: String status: String! errorMessage: String attempts: [Attempt!]! }
    type Attempt {
      number: Int! status: String! sessionId: String startedAt: String! finishedAt: String failure: Failure
    }
    type Failure { id: ID! kind: String! origin: String! message: String! hint: String! causes: [Cause!]! }
    type Cause { source: String! message: String! }
  `,
  resolvers: {
    Query: {
      pipelines: (_, { first }) => {
        const rows = newest.all(first + 1)
        const nodes = rows.slice(0, first)
        const last = nodes.at(-1)
        const endCursor = last ? `${last.createdAt}|${last.id}` : null
        return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } }
      },
      pipeline: (_, { id }) => one.get(id) ?? null,
    },
    Pipeline: { steps: ({ id }) => steps.all(id) },
    Step: { attempts: ({ id }) => attempts.all(id) },
    Attempt: { failure: ({ failureId }) => (failureId ? failure.get(failureId) : null) },
    Failure: { causes: ({ causes }) => JSON.parse(causes) },
  },
})

const server = createServer(createYoga({ schema, logging: false }))
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
