/** What the agent is doing this second: a line in the list, the whole in the story. */

import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import { callWords, type Doing, lastWords, nothing, unfolded } from '../activity'
import { ActivityDocument, type ActivitySubscription } from '../generated/graphql'
import { jittered } from '../live'
import { useSession } from '../session'
import { plain } from '../text'
import { RawText } from './raw'

export function useActivity(stepId: string): Signal<Doing> {
  const { line } = useSession()
  const doing = useSignal(nothing)
  useEffect(() => {
    let stop = (): void => undefined
    let tries = 0
    let timer: ReturnType<typeof setTimeout>
    const follow = (): void => {
      stop = line.follow(ActivityDocument, { stepId }, { onItem, onEnd })
    }
    const onItem = ({ activity }: ActivitySubscription): void => {
      doing.value = unfolded(doing.value, activity)
    }
    // It ends with the step, and then this is gone in a moment; but also when the server stops, and then it goes on.
    const onEnd = (): void => {
      tries += 1
      timer = setTimeout(follow, jittered(tries + 2))
    }
    follow()
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [line, stepId, doing])
  return doing
}

export function ActivityLine({ stepId }: { stepId: string }) {
  const { text, tools, title } = useActivity(stepId).value
  const call = tools.at(-1)
  const words = lastWords(text)
  if (!call && !words) return null
  return (
    <p class="activity" data-testid="activity">
      {call && <code>{plain(title ?? callWords(call))}</code>}
      {call && words && ' · '}
      {words && <>“{plain(words)}”</>}
    </p>
  )
}

export function ActivityPanel({ stepId }: { stepId: string }) {
  const { text, tools, todos } = useActivity(stepId).value
  if (!text && tools.length === 0 && todos.length === 0) {
    return <p class="nothing">The agent has not said or done anything yet.</p>
  }
  return (
    <section class="activity-panel" data-testid="activity" aria-label="What the agent is doing">
      {todos.length > 0 && <Todos todos={todos} />}
      {tools.length > 0 && (
        <ul class="tools">
          {tools.map((call, place) => (
            <li key={place} class={call.status === 'error' ? 'tool is-error' : 'tool'}>
              <code>{plain(callWords(call))}</code> <span class="meta">{plain(call.error ?? call.status)}</span>
            </li>
          ))}
        </ul>
      )}
      {text && <RawText text={text} label="Live text" follow />}
    </section>
  )
}

const TODO_MARKS: Record<string, string> = { completed: '✓', in_progress: '●', cancelled: '–' }

export function Todos({ todos }: { todos: Doing['todos'] }) {
  return (
    <ul class="todos">
      {todos.map((todo, place) => (
        <li key={place}>
          <span aria-hidden="true">{TODO_MARKS[todo.status] ?? '○'}</span> {plain(todo.content)}
          <span class="hidden"> {plain(todo.status)}</span>
        </li>
      ))}
    </ul>
  )
}
