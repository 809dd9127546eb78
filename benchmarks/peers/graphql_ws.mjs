// graphql-ws over ws, told by lines of JSON as benchmarks/speaker.py is. Our schema, and events that are plain objects.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'

const [modules, schemaFile, size] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
const { buildSchema } = require('graphql')
const { useServer } = require('graphql-ws/use/ws')
const { WebSocketServer } = require('ws')
const schema = buildSchema(readFileSync(schemaFile, 'utf8'))
const happened = new EventEmitter().setMaxListeners(0)

async function* events() {
  const queue = []
  let wake = () => {}
  const hear = (event) => { queue.push(event); wake() }
  happened.on('event', hear)
  try {
    for (;;) {
      while (queue.length) yield { events: queue.shift() }
      await new Promise((resolve) => { wake = resolve })
    }
  } finally {
    happened.off('event', hear)
  }
}

const http = createServer()
const sockets = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false })
useServer({ schema, roots: { subscription: { events } } }, sockets)
http.listen(0, '127.0.0.1', () => console.log(http.address().port))

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const now = () => Number(process.hrtime.bigint())
const cpu = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e6 }

async function say({ count, gap }) {
  await pause(gap)
  const before = cpu(), said = []
  for (let number = 0; number < count; number++) {
    said.push(now())
    happened.emit('event', {
      __typename: 'DefinitionChanged', cursor: `MTIz${number}`, at: new Date().toISOString(),
      definition: 'agent a', change: 'x'.repeat(Number(size)), actor: null,
    })
    await pause(gap)
  }
  return { said, cpu: cpu() - before }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line)
  const answer = asked.do === 'memory' ? { bytes: process.memoryUsage().rss } : await say(asked)
  console.log(JSON.stringify(answer))
}
process.exit()
