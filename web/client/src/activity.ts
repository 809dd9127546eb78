/** What an agent is doing this second, as a fold over the pieces that the server sends. */

import type { ActivitySubscription, CallFragment } from './generated/graphql'

export type ActivityItem = ActivitySubscription['activity']

export interface Doing {
  text: string
  tools: readonly CallFragment[]
  /** What the running tool says it is doing. */
  title: string | null
  todos: readonly { content: string; status: string }[]
}

export const nothing: Doing = { text: '', tools: [], title: null, todos: [] }

/** Enough to read along; an agent that writes a book must not fill the memory of the page. */
const LONGEST = 20_000
const MOST_TOOLS = 20

export function unfolded(doing: Doing, item: ActivityItem): Doing {
  switch (item.__typename) {
    case 'ActivitySnapshot':
      return { text: tail(item.text), tools: item.tools.slice(-MOST_TOOLS), title: null, todos: item.todos }
    case 'TextDelta':
      return { ...doing, text: tail(doing.text + item.delta) }
    case 'ToolProgress':
      return { ...doing, tools: withCall(doing.tools, item.call), title: item.title ?? null }
    case 'TodosChanged':
      return { ...doing, todos: item.todos }
  }
}

/** The same call again, further on, takes the place of its last word; another one follows it. */
function withCall(tools: readonly CallFragment[], call: CallFragment): readonly CallFragment[] {
  const last = tools.at(-1)
  const again = last?.tool === call.tool && !ended(last) && sameInput(last, call)
  return [...(again ? tools.slice(0, -1) : tools), call].slice(-MOST_TOOLS)
}

function ended(call: CallFragment): boolean {
  return call.status === 'completed' || call.status === 'error'
}

// While a call is being written its input grows.
function sameInput(before: CallFragment, now: CallFragment): boolean {
  return before.status === 'pending' || JSON.stringify(before.input) === JSON.stringify(now.input)
}

function tail(text: string): string {
  return text.length > LONGEST ? text.slice(-LONGEST) : text
}

/** The last line of what it says, for a list. */
export function lastWords(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.slice(-200) ?? ''
}

/** `edit src/parser.py`: a tool and what it is about, in one line. */
export function callWords(call: Pick<CallFragment, 'tool' | 'input'>): string {
  return [call.tool, subject(call.input)].filter(Boolean).join(' ')
}

const SUBJECTS = ['filePath', 'path', 'command', 'pattern', 'url', 'description', 'query']

function subject(input: unknown): string {
  if (typeof input === 'string') return input.slice(0, 200)
  if (typeof input !== 'object' || input === null) return ''
  const fields = input as Record<string, unknown>
  const named = SUBJECTS.map((name) => fields[name]).find((value) => typeof value === 'string')
  return typeof named === 'string' ? named.slice(0, 200) : ''
}
