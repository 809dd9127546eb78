/** One question to the server over HTTP, and what can keep it from being answered. */

import type { TypedDocumentString } from './generated/graphql'
import { credentials } from './token'

export type Trouble =
  | 'unreachable' // no answer at all
  | 'unauthorized' // no token, or a wrong one
  | 'refused' // an answer, but not one to this question

export class RequestProblem extends Error {
  constructor(
    readonly trouble: Trouble,
    message: string,
  ) {
    super(message)
    this.name = 'RequestProblem'
  }
}

export type Ask = <Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
) => Promise<Result>

export interface RequestOptions {
  url: string
  token: () => string | null
  fetch: typeof fetch
  onUnauthorized: () => void
}

export function createAsk({ url, token, fetch, onUnauthorized }: RequestOptions): Ask {
  return async <Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables) => {
    const response = await send(fetch, url, token(), { query: String(document), variables })
    if (response.status === 401) {
      onUnauthorized()
      throw new RequestProblem('unauthorized', 'stepwire wants a valid token')
    }
    return answerOf<Result>(response)
  }
}

async function send(get: typeof fetch, url: string, token: string | null, body: unknown): Promise<Response> {
  try {
    return await get(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...credentials(token),
      },
      body: JSON.stringify(body),
    })
  } catch {
    throw new RequestProblem('unreachable', 'stepwire cannot be reached')
  }
}

async function answerOf<Result>(response: Response): Promise<Result> {
  let answer: { data?: Result | null; errors?: { message: string }[] }
  try {
    answer = await response.json()
  } catch {
    throw new RequestProblem('refused', `stepwire answered with status ${response.status} and no JSON`)
  }
  const error = answer.errors?.[0]
  if (error) throw new RequestProblem('refused', error.message)
  if (!answer.data) throw new RequestProblem('refused', `stepwire answered with status ${response.status} and no data`)
  return answer.data
}

/** The sentence for a person, whatever was thrown. */
export function sentence(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem)
}
