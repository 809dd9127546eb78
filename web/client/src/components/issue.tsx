/** A GitHub issue as context, shown as it would go before the prompt. */

import { useState } from 'preact/hooks'

import { GithubIssueDocument } from '../generated/graphql'
import { sentence } from '../request'
import { useSession } from '../session'
import { useSettled } from '../settled'
import { Field } from './field'
import { Markdown } from './markdown'

const REFERENCE = /^[\w.-]+\/[\w.-]+#\d+$/

type Found = { markdown: string } | { problem: string }

export interface IssueFieldProps {
  value: string
  onInput: (value: string) => void
  problem: string | null
}

export function IssueField({ value, onInput, problem }: IssueFieldProps) {
  const { ask } = useSession()
  const [found, setFound] = useState<Found | null>(null)
  useSettled(value, (settled) => {
    setFound(null)
    const reference = settled.trim()
    if (!REFERENCE.test(reference)) return
    ask(GithubIssueDocument, { reference }).then(
      ({ githubIssue: issue }) =>
        setFound(issue.__typename === 'GithubIssue' ? { markdown: issue.markdown } : { problem: issue.message }),
      (reason: unknown) => setFound({ problem: sentence(reason) }),
    )
  })
  const own = found && 'problem' in found ? found.problem : null
  return (
    <div>
      <Field
        label="GitHub issue"
        hint="goes before the prompt"
        placeholder="owner/name#number"
        value={value}
        onInput={(typed) => {
          setFound(null)
          onInput(typed)
        }}
        problem={problem ?? own}
      />
      {found && 'markdown' in found && (
        <details class="fold" open data-testid="issue-preview">
          <summary>What is added</summary>
          <Markdown text={found.markdown} label="GitHub issue" below={1} />
        </details>
      )}
    </div>
  )
}
