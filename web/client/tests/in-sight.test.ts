/** In the API explorer a failure is not replaced by a sign of life. */

import { expect, test } from 'vitest'

import { withoutLaterHeartbeats } from '../src/graphiql/in-sight'

const item = (__typename: string) => ({ data: { failures: { __typename } } })
const [alive, failed, resync] = [item('Heartbeat'), item('StepFailed'), item('Resync')]
const broken = { errors: [{ message: 'no' }] }

test.each([
  [
    [alive, alive],
    [alive, alive],
  ],
  [
    [alive, failed, alive, alive],
    [alive, failed],
  ],
  [
    [failed, alive, failed],
    [failed, failed],
  ],
  [[resync, alive], [resync]],
  [[broken, alive], [broken]],
  [[{ data: null }, alive], [{ data: null }]],
])('%j', async (told, shown) => {
  async function* results() {
    yield* told
  }
  const seen = []
  for await (const result of withoutLaterHeartbeats<unknown>(results())) seen.push(result)

  expect(seen).toEqual(shown)
})
