/** Where the agents work: typed, or chosen from what the server lets one see; and who is at work there already. */

import { useEffect, useState } from 'preact/hooks'

import { ConflictsDocument, type ConflictsQuery, DirectoryDocument, type DirectoryQuery } from '../generated/graphql'
import { sentence } from '../request'
import { paths } from '../router'
import { useSession } from '../session'
import { useSettled } from '../settled'
import { statusWord } from '../status'
import { plain } from '../text'
import { Problem } from './action'
import { Field } from './field'

export interface DirectoryFieldProps {
  value: string
  onInput: (value: string) => void
  problem: string | null
}

export function DirectoryField({ value, onInput, problem }: DirectoryFieldProps) {
  const [browsing, setBrowsing] = useState(false)
  return (
    <div>
      <Field label="Directory" hint="absolute; empty: OpenCode's own" {...{ value, onInput, problem }} />
      <button type="button" class="more" aria-expanded={browsing} onClick={() => setBrowsing(!browsing)}>
        {browsing ? 'Close the list' : 'Choose from a list…'}
      </button>
      {browsing && <Picker start={value} onChoose={onInput} />}
    </div>
  )
}

type Listing = Extract<DirectoryQuery['directory'], { __typename: 'Directory' }>

/** What one goes into is chosen by it. */
function Picker({ start, onChoose }: { start: string; onChoose: (path: string) => void }) {
  const { ask } = useSession()
  const [listing, setListing] = useState<Listing | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const look = async (path: string | null): Promise<void> => {
    try {
      const { directory } = await ask(DirectoryDocument, { path })
      setProblem(directory.__typename === 'Directory' ? null : directory.message)
      if (directory.__typename !== 'Directory') return
      setListing(directory)
      if (path !== null) onChoose(directory.path)
    } catch (reason) {
      setProblem(sentence(reason))
    }
  }
  useEffect(() => void look(start.trim() || null), [])
  return (
    <div class="picker" role="group" aria-label="Directories">
      <Problem text={problem} />
      {problem !== null && listing === null && (
        <button type="button" onClick={() => void look(null)}>
          Begin at the top
        </button>
      )}
      {listing && (
        <>
          <p class="meta">
            <code>{plain(listing.path)}</code>
          </p>
          <ul>
            {listing.parent !== null && <Entry name=".." up onGo={() => void look(listing.parent)} />}
            {listing.entries.map((entry) => (
              <Entry
                key={entry.path}
                name={entry.name}
                repository={entry.isRepository}
                onGo={() => void look(entry.path)}
              />
            ))}
          </ul>
          {listing.entries.length === 0 && <p class="meta">There are no directories in it.</p>}
        </>
      )}
    </div>
  )
}

interface EntryProps {
  name: string
  up?: boolean
  repository?: boolean
  onGo: () => void
}

function Entry({ name, up = false, repository = false, onGo }: EntryProps) {
  return (
    <li>
      <button type="button" class="more" onClick={onGo} aria-label={up ? 'Up' : undefined}>
        {plain(name)}
      </button>
      {repository && <span class="meta"> git</span>}
    </li>
  )
}

type Conflict = Pick<ConflictsQuery['conflicts'][number], 'id' | 'title' | 'status'>

/** Told while one types. */
export function ConflictNote({ directory }: { directory: string }) {
  const { ask } = useSession()
  const [conflicts, setConflicts] = useState<readonly Conflict[]>([])
  useSettled(directory, (settled) => {
    if (!settled.trim().startsWith('/')) return setConflicts([])
    ask(ConflictsDocument, { directory: settled.trim() }).then(
      (answer) => setConflicts(answer.conflicts),
      () => setConflicts([]),
    )
  })
  if (conflicts.length === 0) return null
  return (
    <div class="note" role="status">
      At work there already: <ConflictLinks conflicts={conflicts} />
    </div>
  )
}

export function ConflictLinks({ conflicts }: { conflicts: readonly Conflict[] }) {
  return (
    <ul>
      {conflicts.map((one) => (
        <li key={one.id}>
          <a href={paths.pipeline(one.id)}>{plain(one.title)}</a> <span class="meta">{statusWord(one.status)}</span>
        </li>
      ))}
    </ul>
  )
}
