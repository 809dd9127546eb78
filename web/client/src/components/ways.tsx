/** All ways on from where a pipeline stopped: buttons in its head, and the form of one below it. */

import { useEffect, useRef, useState } from 'preact/hooks'

import { isActive } from '../pipeline'
import { paths } from '../router'
import type { Story, StoryStep } from '../story'
import { Button, May } from './action'
import { CopyButton } from './copy'
import { Menu } from './menu'
import { goneOn, RetryButtons } from './retry'
import { Skip, Supply, TryWith } from './retry-forms'
import { CancelAction } from './row'

type Way = 'with' | 'supply' | 'skip'

export interface Ways {
  /** Whose form is open. */
  open: Way | null
  toggle: (way: Way) => void
}

export function useWays(): Ways {
  const [open, setOpen] = useState<Way | null>(null)
  return { open, toggle: (way) => setOpen(open === way ? null : way) }
}

export interface WaysProps {
  story: Story
  /** Where it stopped; undefined: it did not. */
  step: StoryStep | undefined
  ways: Ways
}

export function WayButtons({ story, step, ways }: WaysProps) {
  return (
    <div class="ways-on">
      {step && <RetryButtons pipeline={story} step={step} open={ways.open} onTryWith={() => ways.toggle('with')} />}
      {step && step.attempts.length > 0 && (
        <May right={step.kind === 'AGENT' ? 'OPERATE' : 'DECIDE'}>
          <Button
            label="Skip…"
            expanded={ways.open === 'skip'}
            quiet
            reason={goneOn(story)}
            press={() => ways.toggle('skip')}
          />
        </May>
      )}
      {isActive(story) && <CancelAction id={story.id} />}
      <Menu label="More">
        {step?.kind === 'AGENT' && step.attempts.length > 0 && (
          <May right="OPERATE">
            <Button label="Write the handoff…" quiet reason={goneOn(story)} press={() => ways.toggle('supply')} />
          </May>
        )}
        <a href={`/audit?pipeline=${encodeURIComponent(story.id)}`}>Audit trail</a>
        <CopyButton
          text={location.origin + paths.pipeline(story.id)}
          what="of this pipeline"
          label="Copy the address"
        />
      </Menu>
    </div>
  )
}

/** Below the head, which stays as small as it is. */
export function WayForm({ step, ways }: Pick<WaysProps, 'step' | 'ways'>) {
  const box = useRef<HTMLDivElement>(null)
  const { open } = ways
  useEffect(() => {
    if (!box.current?.contains(document.activeElement)) box.current?.querySelector<HTMLElement>(FIELDS)?.focus()
  }, [open])
  if (!step || !open) return null
  const close = (): void => {
    // Back to where it was opened from; should that be gone, whoever watches over the focus takes care.
    box.current?.parentElement?.querySelector<HTMLElement>(OPENERS)?.focus()
    ways.toggle(open)
  }
  const shared = { step, onDone: close }
  return (
    <div class="way-on" ref={box}>
      {open === 'with' && <TryWith {...shared} />}
      {open === 'supply' && <Supply {...shared} />}
      {open === 'skip' && <Skip {...shared} />}
    </div>
  )
}

const FIELDS = 'input, textarea'
const OPENERS = '.ways-on > [aria-expanded=true], .ways-on > .menu > button'
