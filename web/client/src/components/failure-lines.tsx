/** Failures in a list: each with its reason whole. */

import type { FailureLineFragment } from '../generated/graphql'
import type { PagedList } from '../paged-list'
import { paths } from '../router'
import { kindWords } from '../status'
import { plain } from '../text'
import { Glyph } from './glyph'
import { OlderButton } from './older'
import { ReasonText } from './reason'
import { Ago } from './times'

export function FailureLines({ list, empty }: { list: PagedList<FailureLineFragment>; empty: string }) {
  const { rows, problem, hasMore, more } = list
  return (
    <>
      {problem && (
        <p class="problem" role="alert">
          {plain(problem)}
        </p>
      )}
      {rows?.length === 0 && <p class="nothing">{empty}</p>}
      <ol class="lines">
        {rows?.map((failure) => (
          <li key={failure.id} class="line" data-row data-testid="failure" data-kind={failure.kind}>
            <p class="line-head">
              <Glyph status="FAILED" />
              <a href={paths.failure(failure.id)}>{plain(failure.pipeline.title)}</a>
              <span class="meta">
                {kindWords(failure.kind)} · {plain(failure.step.agent ?? 'approval')} · attempt {failure.attempt} ·{' '}
                <Ago at={failure.occurredAt} />
              </span>
            </p>
            <ReasonText message={failure.message} hint={failure.hint} />
          </li>
        ))}
      </ol>
      {hasMore && <OlderButton read={more} />}
    </>
  )
}
