/** A server of graphql-transport-ws on loopback, played by hand: it says what a test tells it to, and no more. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { type WebSocket, WebSocketServer } from 'ws'

export interface Subscription {
  query: string
  variables: Record<string, unknown>
  connection: Record<string, unknown>
  next: (data: unknown) => void
  error: (message: string) => void
  close: (code: number) => void
}

export interface SocketServer {
  url: string
  /** The next subscription that a client opens, in order. */
  subscription: () => Promise<Subscription>
  /** Closes each new socket at once with this code; null: serves again. */
  refuseWith: (code: number | null) => void
  connections: () => number
  stop: () => Promise<void>
}

interface Message {
  id: string
  type: string
  payload: { query: string; variables: Record<string, unknown> }
}

export async function socketServer(): Promise<SocketServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' })
  await once(server, 'listening')
  const waiting: ((subscription: Subscription) => void)[] = []
  const arrived: Subscription[] = []
  let refusal: number | null = null
  let connections = 0

  const arrive = (subscription: Subscription): void => {
    const taker = waiting.shift()
    if (taker) taker(subscription)
    else arrived.push(subscription)
  }
  server.on('connection', (socket: WebSocket) => {
    connections += 1
    let connection: Record<string, unknown> = {}
    socket.on('message', (text) => {
      const message = JSON.parse(String(text)) as Message
      const send = (type: string, payload: unknown): void =>
        socket.send(JSON.stringify({ id: message.id, type, payload }))
      if (message.type === 'connection_init') {
        connection = (message.payload ?? {}) as unknown as Record<string, unknown>
        if (refusal === null) socket.send(JSON.stringify({ type: 'connection_ack' }))
        else socket.close(refusal, 'refused')
      }
      if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }))
      if (message.type !== 'subscribe') return
      arrive({
        ...message.payload,
        connection,
        next: (data) => send('next', { data }),
        error: (reason) => send('error', [{ message: reason }]),
        // 1006 is what one sees when the other side is simply gone.
        close: (code) => (code === 1006 ? socket.terminate() : socket.close(code, 'told to')),
      })
    })
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    subscription: () =>
      new Promise((resolve) => {
        const ready = arrived.shift()
        if (ready) resolve(ready)
        else waiting.push(resolve)
      }),
    refuseWith: (code) => {
      refusal = code
    },
    connections: () => connections,
    stop: async () => {
      for (const socket of server.clients) socket.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}
