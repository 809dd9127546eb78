/** What a step has changed in the files of its folder: how much, which files, and their diffs folded. */

import { useEffect, useState } from 'preact/hooks'

import { changedWords, linesOf, mark } from '../changes'
import { type ChangedFragment, StepChangesDocument, type StepChangesQuery } from '../generated/graphql'
import { sentence } from '../request'
import { useSession } from '../session'
import '../styles/changes.css'
import { plain } from '../text'

type AttemptChanges = { number: number; changes: ChangedFragment | null }
type File = ChangedFragment['files'][number]

export interface ChangesProps {
  stepId: string
  /** Another one when there may be news. */
  version: string
}

export function Changes({ stepId, version }: ChangesProps) {
  const { ask } = useSession()
  const [attempts, setAttempts] = useState<AttemptChanges[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let wanted = true
    ask(StepChangesDocument, { stepId }).then(
      (found) => {
        if (!wanted) return
        setProblem(null)
        setAttempts(newestFirst(found))
      },
      (reason: unknown) => wanted && setProblem(sentence(reason)),
    )
    return () => {
      wanted = false
    }
  }, [ask, stepId, version])
  if (problem !== null) return <p class="problem">{plain(problem)}</p>
  return (
    <>
      {attempts?.map(({ number, changes }) => (
        <section key={number} class="changes" data-testid="changes" aria-label={`Changes of attempt ${number}`}>
          {attempts.length > 1 && <h3>Attempt {number}</h3>}
          {changes && <Whole changes={changes} />}
        </section>
      ))}
    </>
  )
}

function newestFirst({ node }: StepChangesQuery): AttemptChanges[] {
  return node?.__typename === 'Step' ? [...node.attempts].reverse() : []
}

function Whole({ changes }: { changes: ChangedFragment }) {
  if (changes.unknown !== null) return <p class="meta">{plain(changes.unknown)}</p>
  const left = changes.fileCount - changes.files.length
  return (
    <>
      <p class="changed">{changedWords(changes)}</p>
      {changes.sharedWith.length > 0 && (
        <p class="meta is-waiting">
          {changes.sharedWith.map((title) => `“${plain(title)}”`).join(', ')} worked in the same files meanwhile: whose
          change is whose cannot be told.
        </p>
      )}
      <ul class="files">
        {changes.files.map((file) => (
          <li key={file.path}>
            <ChangedFile file={file} open={changes.files.length === 1} />
          </li>
        ))}
      </ul>
      {left > 0 && <p class="meta">and {left.toLocaleString('en')} more files</p>}
    </>
  )
}

function ChangedFile({ file, open }: { file: File; open: boolean }) {
  const [wanted, setWanted] = useState(open)
  const name = (
    <>
      <span class={`mark is-${file.status.toLowerCase()}`} aria-hidden="true">
        {mark(file.status)}
      </span>
      <span class="hidden">{file.status.toLowerCase()}</span>{' '}
      <code dir="auto">
        {file.previousPath !== null && `${plain(file.previousPath)} → `}
        {plain(file.path)}
      </code>
      <span class="counts">
        {file.binary ? (
          'binary'
        ) : (
          <>
            <span class="is-added">+{file.added}</span> <span class="is-removed">−{file.removed}</span>
          </>
        )}
      </span>
    </>
  )
  if (!file.diff) {
    const why = file.truncated && !file.binary
    return (
      <p class="file">
        {name}
        {why && <span class="meta"> not shown: there is too much</span>}
      </p>
    )
  }
  return (
    <details class="file" open={open} onToggle={(event) => event.currentTarget.open && setWanted(true)}>
      <summary>{name}</summary>
      {wanted && <Diff file={file} />}
    </details>
  )
}

/** The signs at the beginning of each line say what became of it, and colour says it again. */
function Diff({ file }: { file: File }) {
  return (
    <>
      <pre class="diff" tabIndex={0} role="group" aria-label={`Diff of ${plain(file.path)}`} dir="ltr">
        {linesOf(file.diff).map(({ kind, text }, place) => (
          <span key={place} class={kind && `is-${kind}`}>
            {plain(text)}
            {'\n'}
          </span>
        ))}
      </pre>
      {file.truncated && <p class="meta">More of it was changed than is shown.</p>}
    </>
  )
}
