/** The inbox: everything that waits for a person, oldest first. */

import { AttentionNote } from '../components/attention'
import { Glyph } from '../components/glyph'
import { asksPerson, type Ask, type PipelineRow } from '../pipeline'
import { paths } from '../router'
import { useSession } from '../session'
import { plain } from '../text'

export function ApprovalsPage() {
  const { feed } = useSession()
  const asks = feed.groups.value.needsYou
    .flatMap(openAsks)
    .sort((one, other) => (one.ask.since < other.ask.since ? -1 : 1))
  return (
    <>
      <h1>Approvals</h1>
      {asks.length === 0 && <p class="nothing">Nobody waits for you.</p>}
      <ol class="lines">
        {asks.map(({ row, ask }) => (
          <li key={ask.id} class="line" data-row>
            <p class="line-head">
              <Glyph status="WAITING" />
              <a href={paths.step(row.id, ask.step.id)}>{plain(row.title)}</a>
              <span class="meta">
                {plain(row.template ?? 'free composition')} · {plain(ask.step.agent ?? 'approval')}
              </span>
            </p>
            <AttentionNote ask={ask} />
          </li>
        ))}
      </ol>
    </>
  )
}

function openAsks(row: PipelineRow): { row: PipelineRow; ask: Ask }[] {
  return row.attention.filter(asksPerson).map((ask) => ({ row, ask }))
}
