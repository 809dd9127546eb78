/** Whatever the server or the way to it does becomes one sentence. */

import { expect, test, vi } from 'vitest'

import { outcomeOf } from '../src/actions'
import { StorageDocument } from '../src/generated/graphql'
import { createAsk } from '../src/request'

function asking(respond: () => Promise<Response>) {
  const sent: [string, RequestInit][] = []
  const onUnauthorized = vi.fn()
  const ask = createAsk({
    url: '/graphql',
    token: () => 'secret',
    onUnauthorized,
    fetch: (url, request) => {
      sent.push([String(url), request ?? {}])
      return respond()
    },
  })
  return { ask: () => ask(StorageDocument, {}), sent, onUnauthorized }
}

const json =
  (body: unknown, status = 200) =>
  async () =>
    new Response(JSON.stringify(body), { status })

test('an answer is its data, asked for with the token', async () => {
  const { ask, sent } = asking(json({ data: { engine: { reachable: true } } }))

  expect(await ask()).toEqual({ engine: { reachable: true } })
  expect(sent[0]?.[1].headers).toMatchObject({ authorization: 'Bearer secret' })
})

test.each([
  [
    'no connection',
    () => Promise.reject(new TypeError('Failed to fetch')),
    'unreachable',
    'stepwire cannot be reached',
  ],
  ['a wrong token', json({}, 401), 'unauthorized', 'stepwire wants a valid token'],
  [
    'an error of GraphQL',
    json({ errors: [{ message: 'Cannot query field "x"' }] }, 400),
    'refused',
    'Cannot query field "x"',
  ],
  [
    'HTML',
    async () => new Response('<h1>Bad Gateway', { status: 502 }),
    'refused',
    'stepwire answered with status 502 and no JSON',
  ],
  ['nothing', json({}), 'refused', 'stepwire answered with status 200 and no data'],
])('%s', async (_, respond, trouble, message) => {
  await expect(asking(respond as () => Promise<Response>).ask()).rejects.toMatchObject({ trouble, message })
})

test('a wrong token is told to the page', async () => {
  const { ask, onUnauthorized } = asking(json({}, 401))

  await expect(ask()).rejects.toThrow()
  expect(onUnauthorized).toHaveBeenCalledOnce()
})

test('a refusal is an outcome with its field; anything else is done', () => {
  expect(outcomeOf({ __typename: 'Pipeline' })).toEqual({ done: true })
  expect(outcomeOf({ __typename: 'InvalidInput', message: 'no', field: ['model'] })).toEqual({
    done: false,
    message: 'no',
    field: ['model'],
  })
})
