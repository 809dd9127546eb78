/** Failures of one cause, across pipelines: how often, since when, when it last went well, and what was decided. */

import { useEffect, useState } from 'preact/hooks'

import {
  FailureGroupsDocument,
  type FailureLineFragment,
  type GroupCardFragment,
  GroupFailuresDocument,
} from '../generated/graphql'
import { usePagedList } from '../paged-list'
import { useSession } from '../session'
import { kindWords } from '../status'
import { Action, May } from './action'
import { FailureLines } from './failure-lines'
import { OlderButton } from './older'
import { Sentence } from './reason'
import { Known } from './step'
import { Ago } from './times'

type Group = GroupCardFragment

/** Calls back when the server does not know groups. */
export function Groups({ onMissing }: { onMissing: () => void }) {
  const { feed } = useSession()
  const list = usePagedList<Group>(
    async (ask, after) => (await ask(FailureGroupsDocument, { after, status: null })).failureGroups,
    (item) => item.__typename === 'FailureGroupChanged' || item.__typename === 'StepFailed',
  )
  const { rows, problem, hasMore, more, change } = list
  useEffect(() => {
    if (problem && !rows) onMissing()
  }, [problem, rows])
  useEffect(() => feed.listen((item) => item.__typename === 'FailureGroupChanged' && change(item.group)), [feed])
  return (
    <>
      {rows?.length === 0 && <p class="nothing">Nothing has failed.</p>}
      <ol class="lines">
        {rows?.map((group) => (
          <GroupLine key={group.id} group={group} />
        ))}
      </ol>
      {hasMore && <OlderButton read={more} />}
    </>
  )
}

function GroupLine({ group }: { group: Group }) {
  const { actions } = useSession()
  const [open, setOpen] = useState(false)
  const isOpen = group.status === 'OPEN'
  const seen = group.acknowledgement
  const news = group.count > (seen?.count ?? group.count)
  return (
    <li class="line" data-row data-testid="failure-group" data-status={group.status}>
      <p class="line-head">
        <span class={isOpen ? 'pill is-failed' : 'pill'}>{group.status.toLowerCase()}</span>
        <strong dir="auto">
          <Sentence text={group.title} />
        </strong>
      </p>
      <p class="meta">
        {kindWords(group.kind)} · {group.count === 1 ? 'once' : `${group.count} times`} · last{' '}
        <Ago at={group.lastSeenAt} /> · first <Ago at={group.firstSeenAt} />
        {' · '}
        {group.lastSuccessAt ? (
          <>
            went well <Ago at={group.lastSuccessAt} />
          </>
        ) : (
          'not known to have gone well'
        )}
      </p>
      {seen && <Known known={seen} count={group.count} />}
      <div class="actions">
        <May right="OPERATE">
          <Action
            label="Acknowledge"
            busyLabel="Acknowledging…"
            reason={isOpen || news ? null : `It is ${group.status.toLowerCase()} already`}
            act={() => actions.acknowledge(group.id)}
          />
          <Action
            label="Resolve"
            busyLabel="Resolving…"
            reason={group.status === 'RESOLVED' ? 'It is resolved already' : null}
            act={() => actions.resolve(group.id)}
          />
        </May>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide its failures' : 'Show its failures'}
        </button>
      </div>
      {open && <GroupFailures id={group.id} />}
    </li>
  )
}

function GroupFailures({ id }: { id: string }) {
  const list = usePagedList<FailureLineFragment>(
    async (ask, after) => {
      const { node } = await ask(GroupFailuresDocument, { id, after })
      if (node?.__typename !== 'FailureGroup') throw new Error('this group is gone')
      return node.failures
    },
    (item) => item.__typename === 'FailureGroupChanged' && item.group.id === id,
  )
  return <FailureLines list={list} empty="Its failures were removed." />
}
