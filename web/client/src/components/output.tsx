/** What a step handed on: an agent's answer, or what a person decided. */

import type { StoryStep } from '../story'
import { plain } from '../text'
import { Markdown } from './markdown'
import { RawText } from './raw'
import { Sentence } from './reason'
import { stepName } from './step'
import { At } from './times'

const LINES_IN_SIGHT = 20

export function Output({ step }: { step: StoryStep }) {
  const { approval, handoff } = step
  return (
    <>
      {approval && <Decision approval={approval} />}
      {handoff && step.kind === 'AGENT' && (
        <div data-testid="handoff">
          {handoff.suppliedBy && <p class="meta">Written by {plain(handoff.suppliedBy.name)}</p>}
          <Markdown text={handoff.markdown} label={`Handoff of ${stepName(step)}`} />
          {handoff.data !== null && <HandoffData data={handoff.data} />}
        </div>
      )}
    </>
  )
}

function Decision({ approval }: { approval: NonNullable<StoryStep['approval']> }) {
  if (!approval.decidedAt) return null
  return (
    <p>
      {approval.status.toLowerCase()}
      {approval.decidedBy && <> by {plain(approval.decidedBy.name)}</>} at <At at={approval.decidedAt} />
      {approval.comment && (
        <span dir="auto">
          : “<Sentence text={approval.comment} />”
        </span>
      )}
    </p>
  )
}

/** The structured part as it was understood, which may be another than the eye finds in the text. */
function HandoffData({ data }: { data: unknown }) {
  const text = JSON.stringify(data, null, 2)
  return (
    <details class="fold" open={text.split('\n').length <= LINES_IN_SIGHT} data-testid="handoff-data">
      <summary>Structured part</summary>
      <RawText text={text} label="Structured part" />
    </details>
  )
}
