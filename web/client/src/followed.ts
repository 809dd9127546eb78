/** Reads a state, follows the events after it, and begins again when the server says that it must. */

import type { TypedDocumentString } from './generated/graphql'
import { jittered, type Line } from './live'
import { RequestProblem, sentence } from './request'

interface LogItem {
  __typename: string
  cursor: string
}

export interface Followed<Item extends LogItem, Variables extends object> {
  /** Reads the state; returns the place in the log from where events complete it. null: the log was empty. */
  read: () => Promise<string | null>
  document: TypedDocumentString<{ events: Item }, Variables>
  /** All but `after`. */
  variables: object
  onItem: (item: Item) => void
  /** Why nothing is followed right now; null: all is well again. */
  onTrouble: (reason: string | null) => void
}

/** Follows until the returned function is called. */
export function keepUp<Item extends LogItem, Variables extends object>(
  line: Line,
  followed: Followed<Item, Variables>,
  wait: (tries: number) => number = jittered,
): () => void {
  const stopping = new AbortController()
  void keepFollowing(line, followed, wait, stopping.signal)
  return () => stopping.abort()
}

async function keepFollowing<Item extends LogItem, Variables extends object>(
  line: Line,
  followed: Followed<Item, Variables>,
  wait: (tries: number) => number,
  stopped: AbortSignal,
): Promise<void> {
  let place: string | null = null
  for (let tries = 0; !stopped.aborted; tries += 1) {
    if (tries > 0) await pause(wait(tries), stopped)
    try {
      const read = await followed.read()
      if (stopped.aborted) return
      followed.onTrouble(null)
      place = await followUntilResync(line, followed, place ?? read, stopped, () => {
        tries = 0
      })
    } catch (problem) {
      if (stopped.aborted) return
      followed.onTrouble(sentence(problem))
      // Only a person can help here, with a token; the page then starts anew.
      if (problem instanceof RequestProblem && problem.trouble === 'unauthorized') return
      place = null
    }
  }
}

/** Resolves with the place to go on from after a new reading; null: wherever the reading says. */
function followUntilResync<Item extends LogItem, Variables extends object>(
  line: Line,
  { document, variables, onItem }: Followed<Item, Variables>,
  after: string | null,
  stopped: AbortSignal,
  onProgress: () => void,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const sent = { ...variables, after } as Variables & { after: string | null }
    const stop = line.follow(document, sent, {
      onItem: ({ events: item }) => {
        if (stopped.aborted) return
        if (item.__typename === 'Resync') return finish(() => resolve(item.cursor))
        // Without a place to start from, what happened before the subscription began may be missing.
        const mayLack = sent.after === null
        sent.after = item.cursor
        onProgress()
        onItem(item)
        if (mayLack) finish(() => resolve(item.cursor))
      },
      onEnd: (reason) => finish(() => reject(new Error(reason ?? 'the server ended the feed'))),
    })
    let finished = false
    const finish = (settle: () => void): void => {
      if (finished) return
      finished = true
      stopped.removeEventListener('abort', onStop)
      stop()
      settle()
    }
    const onStop = (): void => finish(() => resolve(null))
    stopped.addEventListener('abort', onStop)
  })
}

function pause(milliseconds: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    stopped.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
