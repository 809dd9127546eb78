/** Asks once before OpenCode looks into a folder: it runs what a folder brings along as soon as it does. */

import { useState } from 'preact/hooks'

import { TrustDocument } from '../generated/graphql'
import { useSession } from '../session'
import { useSettled } from '../settled'
import { plain } from '../text'
import { Action } from './action'

export interface TrustNoteProps {
  directory: string
  /** It is trusted now, which it was not before. */
  onTrusted: () => void
}

export function TrustNote({ directory, onTrusted }: TrustNoteProps) {
  const { actions, ask } = useSession()
  const [path, setPath] = useState<string | null>(null)
  useSettled(directory, (settled) => {
    setPath(null)
    if (!settled.trim().startsWith('/')) return
    ask(TrustDocument, { path: settled.trim() }).then(
      ({ directory: found }) => setPath(found.__typename === 'Directory' && !found.trusted ? found.path : null),
      () => undefined,
    )
  })
  if (path === null) return null
  const done = (): void => {
    setPath(null)
    onTrusted()
  }
  return (
    <div class="note" role="status">
      <p>
        Do you trust <code>{plain(path)}</code>? OpenCode runs what a folder brings along, such as plugins, as soon as
        it looks into it. Whoever starts a pipeline there trusts it, too.
      </p>
      <Action label="Trust this folder" act={() => actions.trust(path)} onDone={done} />
    </div>
  )
}
