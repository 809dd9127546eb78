/** What went wrong: by cause, and one by one. */

import { Groups } from '../components/groups'
import { FailureLines } from '../components/failure-lines'
import { FailuresDocument } from '../generated/graphql'
import { usePagedList } from '../paged-list'
import { type FailuresView, paths } from '../router'
import { useSession } from '../session'

export function FailuresPage({ view }: { view: FailuresView }) {
  const { router } = useSession()
  const setView = (wanted: FailuresView): void => router.go(paths.failures(wanted), 'replace')
  return (
    <>
      <h1>Failures</h1>
      <div class="views" role="group" aria-label="View">
        <button type="button" aria-pressed={view === 'cause'} onClick={() => setView('cause')}>
          By cause
        </button>
        <button type="button" aria-pressed={view === 'each'} onClick={() => setView('each')}>
          One by one
        </button>
      </div>
      {view === 'cause' ? <Groups onMissing={() => setView('each')} /> : <EachFailure />}
    </>
  )
}

function EachFailure() {
  const list = usePagedList(
    async (ask, after) => (await ask(FailuresDocument, { after, filter: null })).failures,
    (item) => item.__typename === 'StepFailed' || item.__typename === 'StepRetrying',
  )
  return <FailureLines list={list} empty="Nothing has failed." />
}
