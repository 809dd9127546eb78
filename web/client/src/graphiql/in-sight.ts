/** Results of a subscription, of which what was told last stays in sight. */

/** Passes all on but signs of life, once there was anything else. */
export async function* withoutLaterHeartbeats<Result>(results: AsyncIterable<Result>): AsyncGenerator<Result> {
  let told = false
  for await (const result of results) {
    const heartbeat = isHeartbeat(result)
    if (heartbeat && told) continue
    told ||= !heartbeat
    yield result
  }
}

function isHeartbeat(result: unknown): boolean {
  const { data } = result as { data?: Record<string, { __typename?: string } | null> | null }
  return Object.values(data ?? {}).some((item) => item?.__typename === 'Heartbeat')
}
