/** What an agent is doing this second, as a fold over the pieces that the server sends. */

import type { ActivitySubscription, CallFragment } from './generated/graphql'

export type ActivityItem = ActivitySubscription['activity']

export interface RunningCall extends CallFragment {
  /** null: it was under way when the page began to follow. */
  id: string | null
}

export interface Doing {
  text: string
  tools: readonly RunningCall[]
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
      return {
        text: tail(item.text),
        tools: item.tools.slice(-MOST_TOOLS).map((call) => ({ ...call, id: null })),
        title: null,
        todos: item.todos,
      }
    case 'TextDelta':
      return { ...doing, text: tail(doing.text + item.delta) }
    case 'ToolProgress':
      return { ...doing, tools: withCall(doing.tools, { ...item.call, id: item.callId }), title: item.title ?? null }
    case 'TodosChanged':
      return { ...doing, todos: item.todos }
  }
}

/** A further word on a call takes the place of the one before it. */
function withCall(tools: readonly RunningCall[], call: RunningCall): readonly RunningCall[] {
  const known = tools.findIndex((one) => one.id === call.id || (one.id === null && goesOn(one, call)))
  if (known === -1) return [...tools, call].slice(-MOST_TOOLS)
  return tools.map((one, place) => (place === known ? call : one))
}

/** Whether a call of the first snapshot, which has no id, is this one. */
function goesOn(before: RunningCall, now: RunningCall): boolean {
  const ended = before.status === 'completed' || before.status === 'error'
  return before.tool === now.tool && !ended
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
