/** Before anything has run: what it takes, what of it is there, and the next button. */

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { TemplateNamesDocument } from '../generated/graphql'
import { useSession } from '../session'
import { plain } from '../text'
import { May } from './action'

export function Empty() {
  const { router, engine } = useSession()
  const templates = useTemplates()
  const up = engine.value?.reachable ?? false
  const written = templates !== null && templates.length > 0
  return (
    <section class="empty">
      <h1>Nothing has run yet</h1>
      <p>
        stepwire runs a prompt through a list of agent steps on an OpenCode server and tells you, the moment it happens,
        why a step failed or does not move.
      </p>
      <ol class="ticks">
        <Tick done={up} label="OpenCode can be reached">
          {engine.value && (up ? plain(`${engine.value.version ?? ''} at ${engine.value.url}`) : 'See the line above.')}
        </Tick>
        <Tick done={written} label="Templates are written">
          {written
            ? plain(templates.slice(0, 5).join(', '))
            : 'A template names the agents that work one after another.'}
        </Tick>
        <Tick done={false} label="A first pipeline has run" />
      </ol>
      <div class="actions">
        {!written && (
          <May right="ADMINISTER">
            <button
              type="button"
              class={templates === null ? undefined : 'likely'}
              onClick={() => router.go('/definitions?new=template')}
            >
              Write a first template
            </button>
          </May>
        )}
        <May right="OPERATE">
          <button type="button" class={written ? 'likely' : undefined} onClick={() => router.go('/start')}>
            {written ? 'Choose a template and a prompt' : 'Start without a template'}
          </button>
        </May>
      </div>
    </section>
  )
}

function Tick({ done, label, children }: { done: boolean; label: string; children?: ComponentChildren }) {
  return (
    <li class={done ? 'is-done' : undefined} data-testid="tick" data-done={done}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {done ? <path d="M3 8.5l3.5 3.5L13 4.5" /> : <circle cx="8" cy="8" r="5" />}
      </svg>
      <span>
        <strong>{label}</strong>
        <span class="hidden">{done ? ': done.' : ': not yet.'}</span>
        {children && <span class="meta"> {children}</span>}
      </span>
    </li>
  )
}

/** null: not told yet. */
function useTemplates(): string[] | null {
  const { ask, feed } = useSession()
  const [names, setNames] = useState<string[] | null>(null)
  useEffect(() => {
    const read = (): void => {
      ask(TemplateNamesDocument, {}).then(
        ({ templates }) => setNames(templates.map(({ name }) => name)),
        () => undefined,
      )
    }
    read()
    return feed.listen((item) => item.__typename === 'DefinitionChanged' && read())
  }, [ask, feed])
  return names
}
